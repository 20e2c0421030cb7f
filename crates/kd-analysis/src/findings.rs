//! The answer: pure data, from which every renderer works.

use kd_doubt::Doubt;
use serde::{Deserialize, Serialize};

use crate::across::{Across, ShareOverTasks};
use crate::factor::Effect;
use crate::study::StudyInfo;
use crate::table::RunRow;
use crate::task::TaskFindings;
use crate::theory::{FEWEST_SEEDS, Theory};

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
    /// What holds over tasks, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub across: Vec<Across>,
    /// What theories explain over tasks, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ShareOverTasks>,
    /// What each factor does to each arm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Runs that failed, or whose teacher did.
    pub failures: Vec<RunRow>,
    /// Every run. Where something is tuned, they say what was chosen.
    pub runs: Vec<RunRow>,
    /// How many are left out of `runs`, where these are kept as a table beside.
    #[serde(default, skip_serializing_if = "nothing")]
    pub left_out: u64,
    /// Time spent training, over all runs, in seconds.
    pub seconds: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref)] // serde passes it so
fn nothing(left_out: &u64) -> bool {
    *left_out == 0
}

impl Findings {
    /// Runs that have not been tried yet.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.study.planned_runs.saturating_sub(self.runs.len() as u64 + self.left_out)
    }

    /// Whether some task tests a theory.
    pub(crate) fn tests(&self, theory: &Theory) -> bool {
        self.tasks.iter().flat_map(|task| &task.verdicts).any(|verdict| verdict.theory == theory.name)
    }

    /// Whether there are too few seeds for verdicts.
    #[must_use]
    pub fn has_few_seeds(&self) -> bool {
        self.study.seeds.len() < FEWEST_SEEDS
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::difference::Difference;
    use crate::efficiency::Bound;
    use crate::made_up::{arm, row, study};
    use crate::table::Timing;

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
        let means = |points: &[Difference]| points.iter().map(|point| point.jointly).collect::<Vec<_>>();
        assert_eq!(means(&task.contrasts[0].differences), means(&task.gains[0].points), "as over labels");
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
