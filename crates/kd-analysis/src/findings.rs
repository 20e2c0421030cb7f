//! The answer: pure data, from which every renderer works.

use std::collections::{BTreeMap, BTreeSet};

use kd_doubt::Doubt;
use serde::{Deserialize, Serialize};

use crate::bootstrap::resampled_interval;
use crate::contrast::{Cells, Difference};
use crate::datum::Datum;
use crate::decomposition::Decomposition;
use crate::doubt::doubts;
use crate::efficiency::{Bound, Equivalence, Scores, equivalence, within};
use crate::interval::Estimate;
use crate::metric::Metric;
use crate::place::named as named_at;
use crate::role::Role;
use crate::section::{Section, sections};
use crate::study::{StudyInfo, TaskInfo};
use crate::table::{Column, Outcome, RunRow, Timing, named};
use crate::theory::{FEWEST_SEEDS, Verdict, verdicts};
use crate::tuning::{Choice, Choices};

/// Everything a study found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// The study.
    pub study: StudyInfo,
    /// What is doubtful of it, most weighty first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// One for each task in the study's order and, where factors set tasks apart, for each combination of their levels.
    pub tasks: Vec<TaskFindings>,
    /// Runs that failed, or whose teacher did.
    pub failures: Vec<RunRow>,
    /// Every run. Where something is tuned, they say what was chosen.
    pub runs: Vec<RunRow>,
    /// Time spent training, over all runs, in seconds.
    pub seconds: f64,
}

/// What was found on one task, at one level of every factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskFindings {
    /// The task.
    pub info: TaskInfo,
    /// The levels of what the study varies beside M.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<String, Datum>,
    /// N, once a teacher has been trained.
    pub teacher_samples: Option<u64>,
    /// The teacher's accuracy, or what is analysed instead.
    pub teacher: Option<Estimate>,
    /// Accuracy, or what is analysed instead, over M, an arm each.
    pub curves: Vec<Curve>,
    /// Gain over labels, for every arm but labels.
    pub gains: Vec<Gain>,
    /// What each distilled arm is worth in labels, over M.
    pub efficiency: Vec<Efficiency>,
    /// Theories.
    pub verdicts: Vec<Verdict>,
    /// Every pair of arms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contrasts: Vec<ArmContrast>,
    /// What validation chose of what is tuned, for each arm and M.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tuning: Vec<Choice>,
}

/// An arm over M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The arm.
    pub arm: String,
    /// Its role.
    pub role: Role,
    /// Ascending in M.
    pub cells: Vec<Cell>,
}

/// An arm at one M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// M.
    pub samples: u64,
    /// What is analysed, of each seed, in its own unit.
    pub scores: BTreeMap<u64, f64>,
    /// Their mean.
    pub accuracy: Estimate,
    /// Means over seeds: negative log-likelihood in nats, expected calibration error, agreement with the teacher on
    /// test and on the run's own samples, Hellinger distance to it.
    pub nll: Option<f64>,
    /// See `nll`.
    pub ece: Option<f64>,
    /// See `nll`.
    pub agreement: Option<f64>,
    /// See `nll`.
    pub train_agreement: Option<f64>,
    /// See `nll`.
    pub hellinger: Option<f64>,
    /// Runs that ten times the steps would probably have made better.
    pub not_converged: usize,
    /// Bias, variance and accuracy class by class, where predictions were handed to [`Findings::decompose`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decomposition: Option<Decomposition>,
}

/// An arm's paired gain over labels: above zero, the arm is better, whatever is analysed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// The arm.
    pub arm: String,
    /// Its role.
    pub role: Role,
    /// Arms that are its controls: they differ from it in the teacher's signal only.
    pub controls: Vec<String>,
    /// Ascending in M.
    pub points: Vec<Difference>,
    /// Change per doubling of M; below zero, the gain is amplified as data shrink.
    pub trend: Option<Estimate>,
    /// The M with the largest mean gain.
    pub peak: Option<Landmark>,
    /// The M at which the mean gain turns from positive to negative.
    pub crossing: Option<Landmark>,
}

/// Two arms over M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmContrast {
    /// The later of the two in the order of reports.
    pub arm: String,
    /// The earlier.
    pub other: String,
    /// The former minus the latter, paired by seed, ascending in M. Joint intervals hold over M, not over the pairs.
    pub differences: Vec<Difference>,
}

/// A place on the axis of M: where a gain peaks, or turns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    /// M.
    pub samples: f64,
    /// Its interval over resampled seeds; absent below [`FEWEST_SEEDS`] of them.
    pub interval: Option<(Bound, Bound)>,
}

/// What a distilled arm is worth in labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Efficiency {
    /// The arm.
    pub arm: String,
    /// Ascending in M.
    pub points: Vec<Equivalence>,
}

impl Findings {
    /// Analyses rows, complete or not.
    #[must_use]
    pub fn of(study: &StudyInfo, rows: &[RunRow], timings: &[Timing]) -> Self {
        let choices = Choices::of(study, rows);
        let runs = choices.mark(study, rows);
        let of = |section: &Section<'_>| TaskFindings::of(study, section, &choices);
        let tasks: Vec<TaskFindings> = sections(study, &runs).iter().map(of).collect();
        Self {
            study: study.clone(),
            doubts: doubts(study, &runs, &tasks),
            tasks,
            failures: runs.iter().filter(|row| row.outcome() == Outcome::Failed).cloned().collect(),
            runs,
            seconds: timings.iter().map(|timing| timing.seconds).sum(),
        }
    }

    /// Gives each cell what `of` makes of its finished runs, one of each seed.
    pub fn decompose(&mut self, mut of: impl FnMut(&[&RunRow]) -> Option<Decomposition>) {
        for (section, task) in sections(&self.study, &self.runs).iter().zip(&mut self.tasks) {
            let cells = Cells::new(&section.rows, &self.study, section.info);
            for curve in &mut task.curves {
                for (samples, seeds) in cells.runs(&curve.arm) {
                    let runs: Vec<&RunRow> = seeds.values().copied().collect();
                    if let Some(cell) = curve.cells.iter_mut().find(|cell| cell.samples == samples) {
                        cell.decomposition = of(&runs);
                    }
                }
            }
        }
    }

    /// Runs that have not been tried yet.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.study.planned_runs.saturating_sub(self.runs.len() as u64)
    }

    /// Whether there are too few seeds for verdicts.
    #[must_use]
    pub fn has_few_seeds(&self) -> bool {
        self.study.seeds.len() < FEWEST_SEEDS
    }
}

/// The mean score of the teachers of each seed: members of an ensemble are no replicates.
fn by_seed<'a>(teachers: impl Iterator<Item = &'a RunRow>, metric: &Metric) -> Vec<f64> {
    let mut seeds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in teachers {
        seeds.entry(row.place().seed).or_default().extend(metric.read(row));
    }
    let mean = |scores: &Vec<f64>| scores.iter().sum::<f64>() / scores.len() as f64;
    seeds.values().filter(|scores| !scores.is_empty()).map(mean).collect()
}

impl TaskFindings {
    fn of(study: &StudyInfo, section: &Section<'_>, choices: &Choices<'_>) -> Self {
        let cells = Cells::new(&section.rows, study, section.info);
        let teachers = teachers(&section.rows);
        let teacher_scores = by_seed(teachers.iter().copied(), cells.metric());
        let n = |row: &&RunRow| {
            row.get(const { named("teacher_samples") }).and_then(Datum::count).filter(|&n| n > 0)
        };
        let labels = cells.arm_of(&Role::Labels);
        Self {
            info: section.info.clone(),
            factors: section.factors.clone(),
            // A table that somebody brought may have N without a row for the teacher.
            teacher_samples: teachers.first().and_then(n).or_else(|| section.rows.iter().find_map(n)),
            teacher: Estimate::of(&teacher_scores, study.confidence, 1),
            curves: cells.arms().map(|(role, arm)| curve(&cells, role, arm, study.confidence)).collect(),
            gains: labels
                .into_iter()
                .flat_map(|labels| cells.arms().map(move |arm| (labels, arm)))
                .filter(|(_, (role, _))| **role != Role::Labels)
                .map(|(labels, (role, arm))| gain(&cells, role, arm, labels, study.confidence))
                .collect(),
            efficiency: labels
                .into_iter()
                .flat_map(|labels| cells.arms().map(move |arm| (labels, arm)))
                .filter(|(_, (role, _))| **role == Role::Distilled)
                .map(|(labels, (_, arm))| efficiency(&cells, arm, labels, study.confidence))
                .collect(),
            verdicts: verdicts(&cells, study.margin),
            contrasts: contrasts(&cells),
            tuning: tuning(study, section, &cells, choices),
        }
    }

    /// What is analysed.
    #[must_use]
    pub fn metric(&self, study: &StudyInfo) -> Metric {
        Metric::of(study, &self.info)
    }

    /// The task's name, with the levels of its factors.
    #[must_use]
    pub fn name(&self) -> String {
        named_at(&self.info.name, &self.factors)
    }
}

/// The teachers among rows, each run once.
fn teachers<'a>(rows: &[&'a RunRow]) -> Vec<&'a RunRow> {
    let mut teachers: Vec<&RunRow> = Vec::new();
    for row in rows.iter().filter(|row| *row.role() == Role::Teacher) {
        if !teachers.iter().any(|known| known.is_same_run(row)) {
            teachers.push(row);
        }
    }
    teachers
}

/// Every pair of arms that have seeds in common.
fn contrasts(cells: &Cells<'_>) -> Vec<ArmContrast> {
    let arms: Vec<&str> = cells.arms().map(|(_, arm)| arm).collect();
    let pairs = arms.iter().enumerate().flat_map(|(index, other)| {
        arms[index + 1..].iter().map(|arm| ArmContrast {
            arm: (*arm).to_owned(),
            other: (*other).to_owned(),
            differences: cells.differences(arm, other, 1),
        })
    });
    pairs.filter(|contrast| !contrast.differences.is_empty()).collect()
}

/// What was chosen, by arm in the order of reports.
fn tuning(study: &StudyInfo, section: &Section<'_>, cells: &Cells<'_>, choices: &Choices<'_>) -> Vec<Choice> {
    let there = choices.at(study, &section.info.name, &section.factors);
    let mut choices: Vec<Choice> = there.cloned().collect();
    choices.sort_by_key(|choice| cells.arms().position(|(_, arm)| arm == choice.arm).unwrap_or(usize::MAX));
    choices
}

fn curve(cells: &Cells<'_>, role: &Role, arm: &str, confidence: f64) -> Curve {
    let at = |(samples, seeds): (u64, &BTreeMap<u64, &RunRow>)| {
        let mean = |column: &Column| {
            let values: Vec<f64> = seeds.values().filter_map(|row| row.number(column)).collect();
            Estimate::of(&values, confidence, 1).map(|estimate| estimate.mean)
        };
        let value = |(&seed, row): (&u64, &&RunRow)| Some((seed, cells.metric().read(row)?));
        let scores: BTreeMap<u64, f64> = seeds.iter().filter_map(value).collect();
        let values: Vec<f64> = scores.values().copied().collect();
        let moves =
            |row: &&&RunRow| row.get(const { named("converged") }).and_then(Datum::flag) == Some(false);
        Some(Cell {
            samples,
            accuracy: Estimate::of(&values, confidence, 1)?,
            scores,
            nll: mean(const { named("test_nll") }),
            ece: mean(const { named("test_ece") }),
            agreement: mean(const { named("test_agreement") }),
            train_agreement: mean(const { named("train_agreement") }),
            hellinger: mean(const { named("test_hellinger") }),
            not_converged: seeds.values().filter(moves).count(),
            decomposition: None,
        })
    };
    Curve { arm: arm.to_owned(), role: role.clone(), cells: cells.runs(arm).filter_map(at).collect() }
}

/// Scores of `arms` by M and seed, for the seeds that have finished at every M in every one of them.
fn complete_scores(cells: &Cells<'_>, arms: &[&str]) -> (Vec<u64>, Vec<Vec<Vec<f64>>>) {
    let samples: BTreeSet<u64> =
        arms.iter().flat_map(|arm| cells.runs(arm).map(|(samples, _)| samples)).collect();
    let samples: Vec<u64> = samples.into_iter().collect();
    let table: Vec<Vec<BTreeMap<u64, f64>>> =
        arms.iter().map(|arm| samples.iter().map(|&m| cells.scores(arm, m)).collect()).collect();
    let seeds: BTreeSet<u64> = table.iter().flatten().flat_map(BTreeMap::keys).copied().collect();
    let complete: Vec<u64> = seeds
        .into_iter()
        .filter(|seed| table.iter().flatten().all(|scores| scores.contains_key(seed)))
        .collect();
    let pick = |scores: &BTreeMap<u64, f64>| complete.iter().map(|seed| scores[seed]).collect::<Vec<f64>>();
    let scores = table.iter().map(|arm| arm.iter().map(pick).collect()).collect();
    (if complete.is_empty() { Vec::new() } else { samples }, scores)
}

fn gain(cells: &Cells<'_>, role: &Role, arm: &str, labels: &str, confidence: f64) -> Gain {
    let (samples, scores) = complete_scores(cells, &[arm, labels]);
    let seeds = scores.first().and_then(|arm| arm.first()).map_or(0, Vec::len);
    let curve_of = |seeds: &[usize]| -> Vec<f64> {
        std::iter::zip(&scores[0], &scores[1])
            .map(|(arm, labels)| {
                seeds.iter().map(|&seed| arm[seed] - labels[seed]).sum::<f64>() / seeds.len() as f64
            })
            .collect()
    };
    let landmark = |find: fn(&[u64], &[f64]) -> Option<f64>| {
        if samples.len() < 2 {
            return None;
        }
        let everyone: Vec<usize> = (0..seeds).collect();
        let found = find(&samples, &curve_of(&everyone))?;
        let interval = resampled_interval(seeds, confidence, |seeds| {
            let gains = curve_of(seeds);
            // Without such a place, it lies before the range if the gain ends below zero, else beyond.
            let ends_below = gains.iter().rev().find(|gain| **gain != 0.0).is_some_and(|gain| *gain < 0.0);
            Some(find(&samples, &gains).unwrap_or(if ends_below { 0.0 } else { f64::INFINITY }))
        });
        Some(Landmark { samples: found, interval: interval.map(|ends| within(&samples, ends)) })
    };
    Gain {
        arm: arm.to_owned(),
        role: role.clone(),
        controls: controls_of(cells, arm),
        points: cells.differences(arm, labels, 1),
        trend: cells.trend(arm, labels),
        peak: landmark(peak),
        crossing: landmark(crossing),
    }
}

fn peak(samples: &[u64], gains: &[f64]) -> Option<f64> {
    std::iter::zip(samples, gains).max_by(|a, b| a.1.total_cmp(b.1)).map(|(&samples, _)| samples as f64)
}

/// The last change from positive to negative, linear in log M.
fn crossing(samples: &[u64], gains: &[f64]) -> Option<f64> {
    let signed: Vec<(f64, f64)> = std::iter::zip(samples, gains)
        .filter(|(_, gain)| **gain != 0.0)
        .map(|(&samples, &gain)| ((samples as f64).ln(), gain))
        .collect();
    let turn = signed.windows(2).rev().find(|pair| pair[0].1 > 0.0 && pair[1].1 < 0.0)?;
    let [(from, above), (to, below)] = [turn[0], turn[1]];
    Some((from + (to - from) * above / (above - below)).exp())
}

/// Arms whose only difference from `arm` is what is done to the teacher's signal, in the order of reports.
fn controls_of(cells: &Cells<'_>, arm: &str) -> Vec<String> {
    let own = cells.arms().filter(|(role, _)| role.control_of() == Some(arm));
    own.map(|(_, control)| control.to_owned()).collect()
}

fn efficiency(cells: &Cells<'_>, arm: &str, labels: &str, confidence: f64) -> Efficiency {
    let (samples, scores) = complete_scores(cells, &[arm, labels]);
    let points = if samples.len() < 2 {
        Vec::new()
    } else {
        let labels = Scores { samples: &samples, scores: &scores[1] };
        std::iter::zip(&samples, &scores[0])
            .filter_map(|(&m, scores)| equivalence(&labels, m, scores, confidence))
            .collect()
    };
    Efficiency { arm: arm.to_owned(), points }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::made_up::{arm, row, study};

    #[test]
    fn a_gain_peaks_and_crosses() {
        let samples = [10, 100, 1000];
        assert_eq!(peak(&samples, &[0.01, 0.05, -0.02]), Some(100.0));
        let crossed = crossing(&samples, &[0.01, 0.05, -0.05]).unwrap();
        assert!((crossed - 100.0 * 10.0_f64.sqrt()).abs() < 1e-9);
        assert_eq!(crossing(&samples, &[0.01, 0.05, 0.02]), None);
        let through_zero = crossing(&samples, &[0.05, 0.0, -0.05]).unwrap();
        assert!((through_zero - 100.0).abs() < 1e-9, "a gain of exactly nil is passed through");
    }

    fn gains_of(distilled: &[RunRow], labels: &[RunRow], samples: &[u64]) -> Gain {
        let rows: Vec<RunRow> = labels.iter().chain(distilled).cloned().collect();
        let found = Findings::of(&study(samples, rows.len() as u64), &rows, &[]);
        found.tasks[0].gains.iter().find(|gain| gain.arm == "distilled").unwrap().clone()
    }

    const SIZES: [u64; 3] = [10, 100, 1000];

    fn labels() -> Vec<RunRow> {
        arm("labels", "labels", &SIZES.map(|samples| (samples, 0.5)), &Value::Null)
    }

    /// Runs whose gain over [`labels`] is `gains`, for every seed alike but those given.
    fn distilled(gains: [f64; 3], others: &[(u64, [f64; 3])]) -> Vec<RunRow> {
        let of =
            |seed: u64| others.iter().find(|(other, _)| *other == seed).map_or(gains, |(_, gains)| *gains);
        let runs = |seed: u64| {
            let points = std::iter::zip(SIZES, of(seed));
            points.map(move |(m, gain)| row("distilled", "distilled", m, seed, 0.5 + gain, &Value::Null))
        };
        (1..=5).flat_map(runs).collect()
    }

    #[test]
    fn landmarks_are_those_of_the_gain_over_labels() {
        let gain = gains_of(&distilled([0.02, 0.05, -0.05], &[]), &labels(), &SIZES);
        let at = |landmark: Option<Landmark>| {
            let Landmark { samples, interval } = landmark.unwrap();
            let (low, high) = interval.unwrap();
            [samples, low.value(), high.value()].map(f64::round)
        };
        assert_eq!((at(gain.peak), at(gain.crossing)), ([100.0; 3], [316.0; 3]));
        assert!((gain.points[0].alone.mean - 0.02).abs() < 1e-12);
        // log2 of 10 is the step, and the least-squares slope over three equal ones is half of last minus first.
        assert!((gain.trend.unwrap().mean + 0.035 / 10.0_f64.log2()).abs() < 1e-12);
    }

    #[test]
    fn a_crossing_that_some_seeds_lack_is_bounded_on_their_side() {
        let bounds = |others| {
            let gain = gains_of(&distilled([0.02, 0.05, -0.05], others), &labels(), &SIZES);
            gain.crossing.unwrap().interval.unwrap()
        };
        let (low, high) = bounds(&[(3, [-0.1, -0.1, -0.05])]);
        assert_eq!(low, Bound::AtMost(10.0), "a seed that is below labels throughout");
        assert!(matches!(high, Bound::Exact(_)));
        let (low, high) = bounds(&[(3, [0.02, 0.05, 0.15])]);
        assert_eq!(high, Bound::AtLeast(1000.0), "a seed that is above them to the end");
        assert!(matches!(low, Bound::Exact(_)));
    }

    #[test]
    fn landmarks_take_two_sizes_and_the_seeds_that_have_all() {
        let at = |kept: &[u64]| {
            let of = |rows: Vec<RunRow>| -> Vec<RunRow> {
                rows.into_iter().filter(|row| kept.contains(&row.place().samples)).collect()
            };
            gains_of(&of(distilled([0.02, 0.05, -0.05], &[])), &of(labels()), kept)
        };
        assert_eq!((at(&[10]).peak, at(&[10]).crossing), (None, None));
        assert!(at(&[100, 1000]).peak.is_some_and(|peak| peak.samples == 100.0));
        assert!(at(&[10, 100]).crossing.is_none());
        // Seed 3 would move the peak, but lacks its largest M.
        let mut rows = distilled([0.02, 0.05, -0.05], &[(3, [0.9, 0.0, 0.0])]);
        rows.retain(|row| (row.place().seed, row.place().samples) != (3, 1000));
        let gain = gains_of(&rows, &labels(), &SIZES);
        assert!(gain.peak.is_some_and(|peak| peak.samples == 100.0 && peak.interval.is_none()));
        assert_eq!(gain.points.iter().map(|point| point.alone.n).collect::<Vec<_>>(), [5, 5, 4]);
    }

    #[test]
    fn a_cell_holds_the_means_of_its_own_measures() {
        let of = |seed: u64, more: f64, converged: bool| {
            let measures = json!({
                "test_nll": 0.1 + more, "test_ece": 0.2 + more, "test_agreement": 0.3 + more,
                "train_agreement": 0.4 + more, "test_hellinger": 0.5 + more, "converged": converged,
            });
            row("labels", "labels", 10, seed, 0.6 + more, &measures)
        };
        let mut rows = vec![of(1, 0.0, true), of(2, 0.02, false)];
        rows.push(row("labels", "labels", 10, 3, 0.65, &Value::Null));
        let teacher = json!({ "teacher_samples": 640 });
        rows.push(row("teacher", "teacher", 640, 1, 0.9, &teacher));
        let failed = json!({ "test_accuracy": null, "outcome": "failed", "test_nll": 9.0 });
        rows.push(row("labels", "labels", 10, 4, 0.0, &failed));
        rows.push(row("labels", "labels", 10, 1, 0.0, &json!({ "task": "another" })));
        let found = Findings::of(&study(&[10], 9), &rows, &[]);
        let task = &found.tasks[0];
        assert_eq!((task.teacher_samples, task.teacher.unwrap().mean), (Some(640), 0.9));
        assert_eq!((task.curves.len(), task.curves[0].cells.len()), (1, 1));
        let cell = &task.curves[0].cells[0];
        let means = [cell.nll, cell.ece, cell.agreement, cell.train_agreement, cell.hellinger];
        let rounded = means.map(|mean| (1e6 * mean.unwrap()).round() / 1e6);
        assert_eq!(rounded, [0.11, 0.21, 0.31, 0.41, 0.51]);
        assert_eq!((cell.accuracy.n, cell.not_converged), (3, 1));
        assert_eq!(cell.scores, BTreeMap::from([(1, 0.6), (2, 0.62), (3, 0.65)]));
        assert_eq!((found.failures.len(), found.missing(), found.has_few_seeds()), (1, 3, false));
    }

    #[test]
    fn every_pair_of_arms_is_contrasted_once() {
        let mut rows = labels();
        rows.extend(distilled([0.02, 0.05, -0.05], &[]));
        rows.extend(arm("smoothed", "label_smoothing", &[(10, 0.51)], &Value::Null));
        rows.extend(arm("elsewhere", "other", &[(20, 0.51)], &Value::Null));
        let found = Findings::of(&study(&SIZES, 0), &rows, &[]);
        let task = &found.tasks[0];
        let pairs: Vec<(&str, &str)> =
            task.contrasts.iter().map(|found| (found.arm.as_str(), found.other.as_str())).collect();
        assert_eq!(pairs, [("distilled", "labels"), ("smoothed", "labels"), ("smoothed", "distilled")]);
        assert_eq!(task.contrasts[0].differences, task.gains[0].points, "as over labels");
        let last = task.contrasts[2].differences[0];
        assert!((last.jointly.mean + 0.01).abs() < 1e-12 && last.samples == 10);
    }

    #[test]
    fn few_seeds_are_fewer_than_a_verdict_takes() {
        let mut study = study(&[10], 2);
        study.seeds.truncate(4);
        let found = Findings::of(&study, &[], &[Timing { run: "a".to_owned(), seconds: 1.5 }]);
        assert!(found.has_few_seeds());
        assert_eq!((found.missing(), found.seconds), (2, 1.5));
        assert_eq!(found.tasks.len(), 1, "a task without runs is there");
    }

    #[test]
    fn efficiency_takes_two_sizes() {
        let found = |samples: &[u64]| {
            let points = |accuracy: f64| -> Vec<(u64, f64)> {
                samples.iter().map(|&m| (m, accuracy + 0.1 * (m as f64).log10())).collect()
            };
            let mut rows = arm("labels", "labels", &points(0.5), &Value::Null);
            rows.extend(arm("distilled", "distilled", &points(0.6), &Value::Null));
            Findings::of(&study(samples, 20), &rows, &[]).tasks[0].efficiency[0].points.clone()
        };
        assert_eq!(found(&[10]), []);
        let points = found(&[10, 100]);
        assert!((points[0].factor().value() - 10.0).abs() < 1e-6);
        assert_eq!((points[1].labelled, points.len()), (Bound::AtLeast(100.0), 2));
    }
}
