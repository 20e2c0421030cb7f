//! The finished students of one task, at one level of every factor.

use std::collections::BTreeMap;

use crate::metric::Metric;
use crate::role::Role;
use crate::stat::{Replicates, minus};
use crate::study::{StudyInfo, TaskInfo};
use crate::table::RunRow;

/// A cell with fewer pairs of runs says nothing of a curve.
pub(crate) const FEWEST_PAIRS: usize = 3;

/// Finished students by arm, M and seed.
pub(crate) struct Cells<'a> {
    metric: Metric,
    confidence: f64,
    /// Deviations below this cannot be told from none.
    floor: f64,
    /// By role, and within a role in the order of the study.
    arms: Vec<Arm<'a>>,
}

struct Arm<'a> {
    role: &'a Role,
    name: &'a str,
    cells: BTreeMap<u64, Cell<'a>>,
}

/// The runs of an arm at one M.
#[derive(Default)]
struct Cell<'a> {
    runs: BTreeMap<u64, &'a RunRow>,
    /// What is analysed, the higher the better.
    scores: Replicates,
}

impl<'a> Cells<'a> {
    /// Those of `rows`, which are of `task`.
    pub(crate) fn new(rows: &[&'a RunRow], study: &StudyInfo, task: &TaskInfo) -> Self {
        let metric = Metric::of(study, task);
        let mut arms: Vec<Arm<'a>> = Vec::new();
        for row in rows.iter().copied().filter(|row| *row.role() != Role::Teacher) {
            let place = row.place();
            let known = arms.iter().position(|arm| arm.name == place.arm);
            let index = known.unwrap_or_else(|| {
                arms.push(Arm { role: row.role(), name: &place.arm, cells: BTreeMap::new() });
                arms.len() - 1
            });
            let Some(value) = metric.read(row).filter(|value| value.is_finite()) else { continue };
            let cell = arms[index].cells.entry(place.samples).or_default();
            // A run is one replicate, however many places share it.
            if !cell.runs.values().any(|known| known.is_same_run(row)) {
                cell.runs.insert(place.seed, row);
                cell.scores.insert(place.seed, metric.merit(value));
            }
        }
        arms.sort_by_key(|arm| arm.role.rank());
        let floor = metric.resolution(task) / 2.0;
        Self { metric, confidence: study.confidence, floor, arms }
    }

    /// Arms in the order of reports.
    pub(crate) fn arms(&self) -> impl Iterator<Item = (&'a Role, &'a str)> + '_ {
        self.arms.iter().map(|arm| (arm.role, arm.name))
    }

    /// The first arm of a role.
    pub(crate) fn arm_of(&self, role: &Role) -> Option<&'a str> {
        self.arms().find(|(known, _)| *known == role).map(|(_, arm)| arm)
    }

    /// Every distilled arm.
    pub(crate) fn distilled(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.arms().filter(|(role, _)| **role == Role::Distilled).map(|(_, arm)| arm)
    }

    /// The finished runs of an arm by M and seed.
    pub(crate) fn runs(&self, arm: &str) -> impl Iterator<Item = (u64, &BTreeMap<u64, &'a RunRow>)> + '_ {
        self.cells_of(arm).map(|(samples, cell)| (samples, &cell.runs))
    }

    /// Every M at which an arm has a run.
    pub(crate) fn sizes(&self, arm: &str) -> Vec<u64> {
        self.cells_of(arm).map(|(samples, _)| samples).collect()
    }

    fn cells_of(&self, arm: &str) -> impl Iterator<Item = (u64, &Cell<'a>)> + '_ {
        let cells = self.arms.iter().find(|known| known.name == arm).map(|arm| &arm.cells);
        cells.into_iter().flatten().map(|(&samples, cell)| (samples, cell))
    }

    /// What is analysed.
    pub(crate) fn metric(&self) -> &Metric {
        &self.metric
    }

    /// Level of intervals.
    pub(crate) fn confidence(&self) -> f64 {
        self.confidence
    }

    /// Deviations below this cannot be told from none: half of what one test example makes.
    pub(crate) fn floor(&self) -> f64 {
        self.floor
    }

    /// Score by seed of an arm at M, the higher the better.
    pub(crate) fn scores(&self, arm: &str, samples: u64) -> Option<&Replicates> {
        let arm = self.arms.iter().find(|known| known.name == arm)?;
        arm.cells.get(&samples).map(|cell| &cell.scores)
    }

    /// Score differences `arm - other` at M, for the seeds that both have.
    pub(crate) fn paired(&self, arm: &str, other: &str, samples: u64) -> Replicates {
        let (Some(scores), Some(others)) = (self.scores(arm, samples), self.scores(other, samples)) else {
            return Replicates::new();
        };
        minus(scores, others)
    }

    /// The paired differences `arm - other` at each M at which there are any.
    pub(crate) fn pairs(&self, arm: &str, other: &str) -> Vec<(u64, Replicates)> {
        let each = self.sizes(arm).into_iter().map(|samples| (samples, self.paired(arm, other, samples)));
        each.filter(|(_, differences)| !differences.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::made_up::{arm, row, study};

    #[test]
    fn arms_are_paired_by_seed() {
        let mut rows = arm("distilled", "distilled", &[(10, 0.6), (40, 0.7)], &Value::Null);
        rows.extend(arm("labels", "labels", &[(10, 0.5), (40, 0.68)], &Value::Null));
        rows.push(row("teacher", "teacher", 1000, 1, 0.99, &Value::Null));
        rows.push(row("labels", "labels", 10, 7, 0.1, &Value::Null));
        rows.push(row("labels", "labels", 10, 8, f64::NAN, &Value::Null));
        let rows: Vec<&RunRow> = rows.iter().collect();
        let study = study(&[10, 40, 160], 0);
        let cells = Cells::new(&rows, &study, &study.tasks[0]);
        let arms: Vec<(&Role, &str)> = cells.arms().collect();
        assert_eq!(arms, [(&Role::Labels, "labels"), (&Role::Distilled, "distilled")]);
        assert_eq!((cells.arm_of(&Role::Distilled), cells.arm_of(&Role::Teacher)), (Some("distilled"), None));
        let pairs = cells.pairs("distilled", "labels");
        assert_eq!(pairs.iter().map(|(samples, _)| *samples).collect::<Vec<_>>(), [10, 40]);
        assert_eq!(pairs[0].1.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!(cells.pairs("distilled", "nobody").is_empty());
    }

    #[test]
    fn a_run_that_places_share_is_one_replicate() {
        let shared = |seed| row("labels", "labels", 10, seed, 0.5, &json!({ "run": "f00d" }));
        let unnamed = |seed| row("labels", "labels", 10, seed, 0.5, &json!({ "run": "" }));
        let (rows, study) = ([shared(1), shared(2), unnamed(3), unnamed(4)], study(&[10], 0));
        let rows: Vec<&RunRow> = rows.iter().collect();
        let cells = Cells::new(&rows, &study, &study.tasks[0]);
        assert_eq!(cells.scores("labels", 10).unwrap().keys().copied().collect::<Vec<_>>(), [1, 3, 4]);
    }
}
