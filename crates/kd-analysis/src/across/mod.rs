//! Over the tasks of a study: what holds in all of them, on average, and in how many.
//!
//! Tasks are the observations, not runs: a mean over tasks speaks of tasks like these, and its interval rests on how much
//! they differ. Levels of a factor are no tasks, so each combination of levels is looked at for itself.

mod pooled;
mod shares;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::pooled::{OfTask, Pooled};
pub(crate) use self::shares::shares;
pub use self::shares::{ShareOfTask, ShareOverTasks};
use crate::datum::Datum;
use crate::metric::Metric;
use crate::role::Role;
use crate::stat::Replicates;
use crate::study::StudyInfo;
use crate::task::{Curve, TaskFindings};

/// Fewer tasks than this have no mean.
pub const FEWEST_TASKS: usize = 3;
/// Ratios M/N that differ by less count as the same.
const SAME_KAPPA: f64 = 0.01;

/// Which gain of each task is pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// At the smallest M of each task.
    SmallestSamples,
    /// At the largest M/N that all of them have.
    LargestCommonKappa,
    /// At the largest M of each task.
    LargestSamples,
}

/// The gain of a distilled arm over labels, over tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Across {
    /// The levels of what the study varies beside M, where that sets tasks apart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<String, Datum>,
    /// The arm.
    pub arm: String,
    /// At which M.
    pub place: Where,
    /// What was found, in merits: above nil, the arm is the better.
    pub pooled: Pooled,
}

/// Of every distilled arm that two tasks or more have at the same levels of every factor. Tasks of different metrics, such
/// as accuracy and R², are not pooled.
pub(crate) fn across(study: &StudyInfo, tasks: &[TaskFindings]) -> Vec<Across> {
    let mut groups: Vec<(&BTreeMap<String, Datum>, Metric, Vec<&TaskFindings>)> = Vec::new();
    for task in tasks {
        let metric = task.metric(study);
        match groups.iter_mut().find(|(factors, known, _)| **factors == task.factors && *known == metric) {
            Some((.., group)) => group.push(task),
            None => groups.push((&task.factors, metric, vec![task])),
        }
    }
    let in_group = |(factors, metric, group): &(&BTreeMap<String, Datum>, Metric, Vec<&TaskFindings>)| {
        let of_arm = |arm: &str| {
            let of = |place| {
                let pooled =
                    Pooled::of(gains(group, arm, place, metric, study.confidence)?, study.confidence);
                Some(Across { factors: (*factors).clone(), arm: arm.to_owned(), place, pooled })
            };
            let places = [Where::SmallestSamples, Where::LargestCommonKappa, Where::LargestSamples];
            places.into_iter().filter_map(of).collect::<Vec<_>>()
        };
        distilled(group).into_iter().flat_map(of_arm).collect::<Vec<_>>()
    };
    groups.iter().flat_map(in_group).collect()
}

/// Distilled arms, in the order in which tasks have them.
fn distilled<'a>(tasks: &[&'a TaskFindings]) -> Vec<&'a str> {
    let mut arms: Vec<&str> = Vec::new();
    for curve in tasks.iter().flat_map(|task| &task.curves).filter(|curve| curve.role == Role::Distilled) {
        if !arms.contains(&curve.arm.as_str()) {
            arms.push(&curve.arm);
        }
    }
    arms
}

/// The gain of each task that has one there; none where fewer than two have, or where the place is no other one.
fn gains(
    tasks: &[&TaskFindings],
    arm: &str,
    place: Where,
    metric: &Metric,
    confidence: f64,
) -> Option<Vec<OfTask>> {
    let paired: Vec<(&TaskFindings, BTreeMap<u64, Replicates>)> = tasks
        .iter()
        .filter_map(|task| Some((*task, differences(task, arm, metric)?)))
        .filter(|(_, by_samples)| !by_samples.is_empty())
        .collect();
    let samples: Vec<u64> = match place {
        Where::SmallestSamples => paired.iter().filter_map(|(_, all)| all.keys().next().copied()).collect(),
        Where::LargestSamples => {
            // With a single M, the largest is the smallest.
            let several = paired.iter().any(|(_, all)| all.len() > 1);
            several.then(|| paired.iter().filter_map(|(_, all)| all.keys().last().copied()).collect())?
        }
        Where::LargestCommonKappa => common(&paired)?,
    };
    let of = |((task, all), samples): (&(&TaskFindings, BTreeMap<u64, Replicates>), u64)| {
        let kappa = task.teacher_samples.filter(|n| *n > 0).map(|n| samples as f64 / n as f64);
        let differences: Vec<f64> = all.get(&samples)?.values().copied().collect();
        OfTask::of(task.info.name.clone(), (samples, kappa), &differences, confidence)
    };
    let found: Vec<OfTask> = std::iter::zip(&paired, samples).filter_map(of).collect();
    (found.len() > 1).then_some(found)
}

/// The M of each task at the largest M/N that all have; none where that is the smallest or the largest M of every task,
/// which are looked at anyway, or where an N is not known.
fn common(paired: &[(&TaskFindings, BTreeMap<u64, Replicates>)]) -> Option<Vec<u64>> {
    let kappas: Option<Vec<Vec<(u64, f64)>>> = paired
        .iter()
        .map(|(task, all)| {
            let n = task.teacher_samples.filter(|n| *n > 0)? as f64;
            Some(all.keys().map(|&samples| (samples, samples as f64 / n)).collect())
        })
        .collect();
    let kappas = kappas?;
    let near = |own: &[(u64, f64)], kappa: f64| {
        own.iter().find(|(_, other)| (other / kappa).ln().abs() < SAME_KAPPA).map(|(samples, _)| *samples)
    };
    let everywhere = |kappa: f64| kappas.iter().map(|own| near(own, kappa)).collect::<Option<Vec<u64>>>();
    let found = kappas.first()?.iter().rev().find_map(|(_, kappa)| everywhere(*kappa))?;
    let both = || std::iter::zip(&kappas, &found);
    let are_first = both().all(|(own, samples)| own.first().is_some_and(|(end, _)| end == samples));
    let are_last = both().all(|(own, samples)| own.last().is_some_and(|(end, _)| end == samples));
    (!are_first && !are_last).then_some(found)
}

/// Merits of an arm minus those of labels by M and seed.
pub(crate) fn differences(
    task: &TaskFindings,
    arm: &str,
    metric: &Metric,
) -> Option<BTreeMap<u64, Replicates>> {
    let labels = task.curves.iter().find(|curve| curve.role == Role::Labels)?;
    let arm = task.curves.iter().find(|curve| curve.arm == arm)?;
    let at = |curve: &Curve, samples: u64| {
        curve.cells.iter().find(|cell| cell.samples == samples).map(|cell| cell.scores.clone())
    };
    let of = |cell: &crate::Cell| {
        let others = at(labels, cell.samples)?;
        let pair = |(seed, score): (&u64, &f64)| {
            Some((*seed, metric.merit(*score) - metric.merit(*others.get(seed)?)))
        };
        let differences: Replicates = cell.scores.iter().filter_map(pair).collect();
        (!differences.is_empty()).then_some((cell.samples, differences))
    };
    Some(arm.cells.iter().filter_map(of).collect())
}

#[cfg(test)]
mod tests;
