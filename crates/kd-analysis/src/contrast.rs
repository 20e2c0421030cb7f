//! Differences between arms, paired by seed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::interval::Estimate;
use crate::metric::Metric;
use crate::role::Role;
use crate::study::{StudyInfo, TaskInfo};
use crate::table::RunRow;

/// The finished students of one task, at one level of every factor, by arm, M and seed.
pub(crate) struct Cells<'a> {
    metric: Metric,
    confidence: f64,
    /// Every M that the study asks for.
    planned: &'a [u64],
    /// By role, and within a role in the order of the study.
    arms: Vec<(&'a Role, &'a str, BySamples<'a>)>,
}

/// An arm's runs by M and seed.
type BySamples<'a> = BTreeMap<u64, BTreeMap<u64, &'a RunRow>>;

/// A difference of scores at one M.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// M.
    pub samples: u64,
    /// Mean difference over seeds with the interval for this M alone.
    pub alone: Estimate,
    /// The same with an interval that holds for every M of the curve at once.
    pub jointly: Estimate,
}

impl<'a> Cells<'a> {
    /// Those of `rows`, which are of `task`.
    pub(crate) fn new(rows: &[&'a RunRow], study: &StudyInfo, task: &'a TaskInfo) -> Self {
        let metric = Metric::of(study, task);
        let mut arms: Vec<(&Role, &str, BySamples<'a>)> = Vec::new();
        for row in rows.iter().filter(|row| *row.role() != Role::Teacher) {
            let place = row.place();
            let known = arms.iter().position(|(_, arm, _)| *arm == place.arm);
            let index = known.unwrap_or_else(|| {
                arms.push((row.role(), &place.arm, BTreeMap::new()));
                arms.len() - 1
            });
            if metric.read(row).is_some() {
                let seeds = arms[index].2.entry(place.samples).or_default();
                // A run is one replicate, however many places share it.
                if !seeds.values().any(|known| known.is_same_run(row)) {
                    seeds.insert(place.seed, row);
                }
            }
        }
        arms.sort_by_key(|(role, ..)| role.rank());
        Self { metric, confidence: study.confidence, planned: &task.samples, arms }
    }

    /// Arms in the order of reports.
    pub(crate) fn arms(&self) -> impl Iterator<Item = (&'a Role, &'a str)> + '_ {
        self.arms.iter().map(|(role, arm, _)| (*role, *arm))
    }

    /// Every M that the study asks for.
    pub(crate) fn planned(&self) -> &'a [u64] {
        self.planned
    }

    /// The first arm of a role.
    pub(crate) fn arm_of(&self, role: &Role) -> Option<&'a str> {
        self.arms().find(|(known, _)| *known == role).map(|(_, arm)| arm)
    }

    /// The finished runs of an arm by M and seed.
    pub(crate) fn runs(&self, arm: &str) -> impl Iterator<Item = (u64, &BTreeMap<u64, &'a RunRow>)> + '_ {
        let cells = self.arms.iter().find(|(_, name, _)| *name == arm).map(|(.., cells)| cells);
        cells.into_iter().flatten().map(|(&samples, seeds)| (samples, seeds))
    }

    /// What is analysed.
    pub(crate) fn metric(&self) -> &Metric {
        &self.metric
    }

    /// Score by seed of an arm at M, the higher the better.
    pub(crate) fn scores(&self, arm: &str, samples: u64) -> BTreeMap<u64, f64> {
        self.runs(arm)
            .filter(|(known, _)| *known == samples)
            .flat_map(|(_, seeds)| seeds.iter())
            .filter_map(|(&seed, row)| self.metric.read(row).map(|value| (seed, self.metric.merit(value))))
            .collect()
    }

    /// Score differences `arm - other` at M, for the seeds that both have.
    fn paired(&self, arm: &str, other: &str, samples: u64) -> Vec<(u64, f64)> {
        let others = self.scores(other, samples);
        self.scores(arm, samples)
            .into_iter()
            .filter_map(|(seed, score)| others.get(&seed).map(|other| (seed, score - other)))
            .collect()
    }

    /// The curve of paired differences `arm - other`. Joint intervals hold over every M that the study asks for, and
    /// over `curves` of them, however many have been measured so far.
    pub(crate) fn differences(&self, arm: &str, other: &str, curves: usize) -> Vec<Difference> {
        let by_samples: Vec<(u64, Vec<f64>)> = self
            .runs(arm)
            .map(|(samples, _)| {
                (
                    samples,
                    self.paired(arm, other, samples).into_iter().map(|(_, difference)| difference).collect(),
                )
            })
            .filter(|(_, differences): &(u64, Vec<f64>)| !differences.is_empty())
            .collect();
        let family = self.planned.len().max(by_samples.len()) * curves.max(1);
        by_samples
            .iter()
            .filter_map(|(samples, differences)| {
                Some(Difference {
                    samples: *samples,
                    alone: Estimate::of(differences, self.confidence, 1)?,
                    jointly: Estimate::of(differences, self.confidence, family)?,
                })
            })
            .collect()
    }

    /// Change of the difference `arm - other` for each doubling of M: the least-squares slope against log2 M of each
    /// seed that has every M, over seeds.
    pub(crate) fn trend(&self, arm: &str, other: &str) -> Option<Estimate> {
        let mut by_seed: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
        let mut points = 0;
        for (samples, _) in self.runs(arm) {
            points += 1;
            for (seed, difference) in self.paired(arm, other, samples) {
                by_seed.entry(seed).or_default().push(((samples as f64).log2(), difference));
            }
        }
        let slopes: Vec<f64> = by_seed
            .values()
            .filter(|line| points > 1 && line.len() == points)
            .map(|line| slope(line))
            .collect();
        Estimate::of(&slopes, self.confidence, 1)
    }
}

fn slope(line: &[(f64, f64)]) -> f64 {
    let n = line.len() as f64;
    let mean_x = line.iter().map(|(x, _)| x).sum::<f64>() / n;
    let mean_y = line.iter().map(|(_, y)| y).sum::<f64>() / n;
    let covariance: f64 = line.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    covariance / line.iter().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::made_up::{arm, row, study};

    #[test]
    fn a_slope_is_a_slope() {
        assert!((slope(&[(1.0, 5.0), (2.0, 3.0), (3.0, 1.0)]) + 2.0).abs() < 1e-12);
        // Around (3, 16/3): 26/3 - 2/3 + 11 over 4 + 1 + 9.
        assert!((slope(&[(1.0, 1.0), (2.0, 6.0), (6.0, 9.0)]) - 19.0 / 14.0).abs() < 1e-12);
    }

    fn rows() -> Vec<RunRow> {
        let mut rows = arm("distilled", "distilled", &[(10, 0.6), (40, 0.7)], &Value::Null);
        rows.extend(arm("labels", "labels", &[(10, 0.5), (40, 0.68)], &Value::Null));
        rows.extend(arm("another", "distilled", &[(10, 0.9)], &Value::Null));
        rows.push(row("teacher", "teacher", 1000, 1, 0.99, &Value::Null));
        // Seeds differ in their gain.
        rows.push(row("distilled", "distilled", 10, 6, 0.7, &Value::Null));
        rows.push(row("labels", "labels", 10, 6, 0.5, &Value::Null));
        rows.push(row("labels", "labels", 10, 7, 0.1, &Value::Null));
        rows
    }

    #[test]
    fn arms_are_paired_by_seed_and_intervals_hold_over_all_that_is_planned() {
        let (rows, study) = (rows(), StudyInfo { confidence: 0.9, ..study(&[10, 40, 160], 0) });
        let rows: Vec<&RunRow> = rows.iter().collect();
        let cells = Cells::new(&rows, &study, &study.tasks[0]);
        let arms: Vec<(&Role, &str)> = cells.arms().collect();
        let expected =
            [(&Role::Labels, "labels"), (&Role::Distilled, "distilled"), (&Role::Distilled, "another")];
        assert_eq!(arms, expected);
        assert_eq!((cells.arm_of(&Role::Distilled), cells.arm_of(&Role::Teacher)), (Some("distilled"), None));
        let found = cells.differences("distilled", "labels", 2);
        assert_eq!(found.iter().map(|found| found.samples).collect::<Vec<_>>(), [10, 40]);
        let gains = [0.6 - 0.5, 0.6 - 0.5, 0.6 - 0.5, 0.6 - 0.5, 0.6 - 0.5, 0.7 - 0.5];
        assert_eq!(Some(found[0].alone), Estimate::of(&gains, 0.9, 1));
        assert_eq!(Some(found[0].jointly), Estimate::of(&gains, 0.9, 6), "three M and two curves");
        assert_eq!(cells.differences("another", "labels", 1).len(), 1);
        assert!(cells.differences("another", "nobody", 1).is_empty());
        // Seed 6 has one M of two, so the slope is that of the others.
        let trend = cells.trend("distilled", "labels").unwrap();
        assert_eq!(trend.n, 5);
        assert!((trend.mean - (0.02 - 0.1) / 2.0).abs() < 1e-12);
        assert_eq!(cells.trend("another", "labels"), None);
    }

    #[test]
    fn a_run_that_places_share_is_one_replicate() {
        let shared = |seed| row("labels", "labels", 10, seed, 0.5, &json!({ "run": "f00d" }));
        let unnamed = |seed| row("labels", "labels", 10, seed, 0.5, &json!({ "run": "" }));
        let (rows, study) = ([shared(1), shared(2), unnamed(3), unnamed(4)], study(&[10], 0));
        let rows: Vec<&RunRow> = rows.iter().collect();
        let cells = Cells::new(&rows, &study, &study.tasks[0]);
        assert_eq!(cells.scores("labels", 10).into_keys().collect::<Vec<_>>(), [1, 3, 4]);
    }

    #[test]
    fn more_sizes_than_planned_widen_intervals_too() {
        let (rows, study) = (rows(), StudyInfo { confidence: 0.9, ..study(&[], 0) });
        let rows: Vec<&RunRow> = rows.iter().collect();
        let cells = Cells::new(&rows, &study, &study.tasks[0]);
        let found = cells.differences("distilled", "labels", 0);
        let gains = [0.6 - 0.5, 0.6 - 0.5, 0.6 - 0.5, 0.6 - 0.5, 0.6 - 0.5, 0.7 - 0.5];
        assert_eq!(Some(found[0].jointly), Estimate::of(&gains, 0.9, 2));
        assert!(cells.planned().is_empty());
    }
}
