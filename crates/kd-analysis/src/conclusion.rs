//! From the sections of a study to its findings. What is claimed is settled over the whole study at once.

use std::collections::BTreeMap;

use crate::across::{across, shares};
use crate::cells::Cells;
use crate::datum::Datum;
use crate::difference::{Difference, differences};
use crate::doubt::doubts;
use crate::efficiency::{Efficiency, LabelCurve};
use crate::factor::effects;
use crate::findings::Findings;
use crate::gain::{Gain, Shape};
use crate::interval::Estimate;
use crate::law::laws;
use crate::metric::Metric;
use crate::role::Role;
use crate::section::{Section, sections};
use crate::stat::holm;
use crate::study::StudyInfo;
use crate::table::{Column, Outcome, RunRow, Timing, named};
use crate::task::{ArmContrast, Cell, Curve, TaskFindings};
use crate::theory::{Evidence, FEWEST_SEEDS, Neighbour, Tested, Untested, Verdict, tested};
use crate::tuning::{Choice, Choices};

impl Findings {
    /// Analyses rows, complete or not.
    #[must_use]
    pub fn of(study: &StudyInfo, rows: &[RunRow], timings: &[Timing]) -> Self {
        let choices = Choices::of(study, rows);
        let runs = choices.mark(study, rows);
        let tasks = conclude(study, &sections(study, &runs), &choices);
        Self {
            study: study.clone(),
            doubts: doubts(study, &runs, &tasks),
            across: across(study, &tasks),
            shares: shares(&tasks, study.confidence),
            effects: effects(study, &tasks, &runs),
            tasks,
            failures: runs.iter().filter(|row| row.outcome() == Outcome::Failed).cloned().collect(),
            runs,
            seconds: timings.iter().map(|timing| timing.seconds).sum(),
            left_out: 0,
        }
    }
}

/// What is found on each section.
///
/// Three families of claims are settled over all tasks, levels and arms, each at the level of the study's intervals (Holm 1979): where distilled
/// arms gain or lose, how their gains change over M, and what theories are worth. With fewer than [`FEWEST_SEEDS`] seeds, nothing is
/// claimed.
fn conclude(study: &StudyInfo, sections: &[Section<'_>], choices: &Choices<'_>) -> Vec<TaskFindings> {
    let cells: Vec<Cells<'_>> =
        sections.iter().map(|section| Cells::new(&section.rows, study, section.info)).collect();
    let mut found: Vec<TaskFindings> = std::iter::zip(sections, &cells)
        .map(|(section, cells)| of_section(study, section, cells, choices))
        .collect();
    if study.seeds.len() >= FEWEST_SEEDS {
        establish(study, &mut found);
    }
    shapes(study, &mut found);
    theories(study, sections, &cells, &mut found);
    found
}

/// All but what is claimed.
fn of_section(
    study: &StudyInfo,
    section: &Section<'_>,
    cells: &Cells<'_>,
    choices: &Choices<'_>,
) -> TaskFindings {
    let teachers = teachers(&section.rows);
    let n = |row: &&RunRow| row.get(const { named("teacher_samples") }).and_then(Datum::count);
    let labels = cells.arm_of(&Role::Labels);
    let others = || cells.arms().filter(|(role, _)| **role != Role::Labels);
    let curve_of_labels = labels.and_then(|labels| LabelCurve::of(cells, labels));
    let gain = |labels| others().map(move |(role, arm)| Gain::of(cells, role, arm, labels));
    let worth = |curve: Option<&LabelCurve>| -> Vec<Efficiency> {
        cells.distilled().map(|arm| Efficiency::of(cells, curve, arm)).collect()
    };
    TaskFindings {
        info: section.info.clone(),
        factors: section.factors.clone(),
        teacher_samples: teachers
            .first()
            .and_then(n)
            .or_else(|| section.rows.first().and_then(n))
            .filter(|n| *n > 0),
        teacher: Estimate::of(&by_seed(&teachers, cells.metric()), study.confidence, 1),
        curves: cells.arms().map(|(role, arm)| curve(cells, role, arm, study.confidence)).collect(),
        gains: labels.into_iter().flat_map(gain).collect(),
        efficiency: labels.map_or_else(Vec::new, |_| worth(curve_of_labels.as_ref())),
        verdicts: Vec::new(),
        untested: Vec::new(),
        contrasts: contrasts(cells),
        tuning: tuning(study, section, cells, choices),
        histories: Vec::new(),
        laws: laws(cells, study.confidence),
        populations: Vec::new(),
    }
}

/// Settles where distilled arms gain or lose over labels, and where they are above or below what is not distilled: two families.
fn establish(study: &StudyInfo, found: &mut [TaskFindings]) {
    let gains = found.iter_mut().flat_map(|task| &mut task.gains);
    let distilled = gains.filter(|gain| gain.role == Role::Distilled);
    settle(study, distilled.flat_map(|gain| &mut gain.points).collect());
    let others = found.iter_mut().flat_map(|task| {
        let role =
            |arm: &str| task.curves.iter().find(|curve| curve.arm == arm).map(|curve| curve.role.clone());
        let is_told = |contrast: &&mut ArmContrast| {
            let roles = [role(&contrast.arm), role(&contrast.other)];
            let distilled = roles.iter().filter(|role| **role == Some(Role::Distilled)).count();
            distilled == 1 && !roles.contains(&Some(Role::Labels))
        };
        task.contrasts.iter_mut().filter(is_told).collect::<Vec<_>>()
    });
    settle(study, others.flat_map(|contrast| &mut contrast.differences).collect());
}

/// Marks those of a family that are there beyond doubt.
fn settle(study: &StudyInfo, mut family: Vec<&mut Difference>) {
    let probabilities: Vec<f64> = family.iter().map(|claim| claim.probability).collect();
    for (claim, holds) in family.iter_mut().zip(holm(&probabilities, 1.0 - study.confidence)) {
        claim.established = holds;
    }
}

/// Settles which gains are amplified, or peak: of distilled arms; of others nothing is claimed.
fn shapes(study: &StudyInfo, found: &mut [TaskFindings]) {
    let gains = found.iter_mut().flat_map(|task| &mut task.gains);
    let may_claim = |gain: &Gain| gain.role == Role::Distilled && study.seeds.len() >= FEWEST_SEEDS;
    let (claimed, others): (Vec<&mut Gain>, Vec<&mut Gain>) = gains.partition(|gain| may_claim(gain));
    for shape in others.into_iter().filter_map(|gain| gain.shape.as_mut()) {
        shape.settle([false; 2]);
    }
    let mut claims: Vec<&mut Shape> = claimed.into_iter().filter_map(|gain| gain.shape.as_mut()).collect();
    // Each may be wrong in two ways.
    let alpha = (1.0 - study.confidence) / 2.0;
    let holds_of = |which: usize| {
        let probabilities: Vec<f64> = claims.iter().map(|shape| shape.probabilities[which]).collect();
        holm(&probabilities, alpha)
    };
    let (amplified, peaks) = (holds_of(0), holds_of(1));
    for ((shape, amplified), peaks) in claims.iter_mut().zip(amplified).zip(peaks) {
        shape.settle([amplified, peaks]);
    }
}

/// Tests every theory on every section, and settles all of them.
fn theories(study: &StudyInfo, sections: &[Section<'_>], cells: &[Cells<'_>], found: &mut [TaskFindings]) {
    let neighbours: Vec<Neighbour<'_>> = std::iter::zip(sections, cells)
        .zip(found.iter())
        .map(|((section, cells), found)| Neighbour {
            info: section.info,
            factors: &section.factors,
            cells,
            teacher: found.teacher.map(|teacher| teacher.mean),
        })
        .collect();
    let mut tests: Vec<(usize, Tested)> = Vec::new();
    let mut untested: Vec<Vec<Untested>> = Vec::new();
    let mut from = 0;
    while from < sections.len() {
        let task = &sections[from].info.name;
        let count = sections[from..].iter().take_while(|section| section.info.name == *task).count();
        for index in from..from + count {
            let (of_section, lacking) = tests_of(
                study,
                &neighbours[index],
                &neighbours[from..from + count],
                index == from,
                &found[index],
            );
            tests.extend(of_section.into_iter().map(|test| (index, test)));
            untested.push(lacking);
        }
        from += count;
    }
    let probabilities: Vec<f64> = tests.iter().map(|(_, test)| test.probability()).collect();
    let alpha = if study.seeds.len() >= FEWEST_SEEDS { (1.0 - study.confidence) / 2.0 } else { -1.0 };
    let holds = holm(&probabilities, alpha);
    for ((index, test), holds) in tests.into_iter().zip(holds) {
        found[index].verdicts.push(test.settled(holds));
    }
    for (found, untested) in found.iter_mut().zip(untested) {
        found.verdicts.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
        found.untested = untested;
    }
}

/// By the share of the gain explained, the largest first; those of no such share behind, in their order.
pub(crate) fn rank(verdict: &Verdict) -> f64 {
    verdict.share_of_gain().map_or(f64::INFINITY, |share| -share.value)
}

/// The gains whose causes are asked for: of each distilled arm that has controls of its own, or else of the first.
pub(crate) fn tested_arms(gains: &[Gain]) -> Vec<&Gain> {
    let distilled: Vec<&Gain> = gains.iter().filter(|gain| gain.role == Role::Distilled).collect();
    let controlled: Vec<&Gain> = distilled.iter().copied().filter(|gain| !gain.controls.is_empty()).collect();
    if controlled.is_empty() { distilled.into_iter().take(1).collect() } else { controlled }
}

/// The tests of a section.
fn tests_of(
    study: &StudyInfo,
    here: &Neighbour<'_>,
    all: &[Neighbour<'_>],
    is_first: bool,
    found: &TaskFindings,
) -> (Vec<Tested>, Vec<Untested>) {
    let Some(labels) = here.cells.arm_of(&Role::Labels) else { return (Vec::new(), Vec::new()) };
    let mut tests = Vec::new();
    let mut untested: Option<Vec<Untested>> = None;
    for (place, gain) in tested_arms(&found.gains).into_iter().enumerate() {
        let evidence = Evidence {
            here,
            arm: &gain.arm,
            labels,
            established: &gain.established(),
            all,
            leads: is_first && place == 0,
            margin: study.margin,
        };
        let (of_arm, lacking) = tested(&evidence);
        tests.extend(of_arm);
        let still =
            |known: Vec<Untested>| known.into_iter().filter(|theory| lacking.contains(theory)).collect();
        untested = Some(untested.map_or_else(|| lacking.clone(), still));
    }
    (tests, untested.unwrap_or_default())
}

/// The mean score of the teachers of each seed: members of an ensemble are no replicates.
fn by_seed(teachers: &[&RunRow], metric: &Metric) -> Vec<f64> {
    let mut seeds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for row in teachers {
        seeds.entry(row.place().seed).or_default().extend(metric.read(row));
    }
    let mean = |scores: &Vec<f64>| scores.iter().sum::<f64>() / scores.len() as f64;
    seeds.values().filter(|scores| !scores.is_empty()).map(mean).collect()
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
            differences: differences(&cells.pairs(arm, other), cells.floor(), cells.confidence()),
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
