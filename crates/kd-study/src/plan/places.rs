//! Which factors a run depends on.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use kd_analysis::{Datum, Place};

use super::PlannedRun;
use crate::spec::RunId;

/// The levels of a place.
type Levels = BTreeMap<String, Datum>;

/// Leaves out of every place the levels of factors that its arm does not depend on: at each of them, all else being the
/// same, it is the same run. Places that are the same then are one.
pub(super) fn without_idle_levels(mut runs: Vec<PlannedRun>) -> Vec<PlannedRun> {
    let arms: BTreeSet<(String, String)> = runs.iter().map(|run| arm_of(&run.place)).collect();
    for arm in arms {
        let mut own: Vec<&mut PlannedRun> = runs.iter_mut().filter(|run| arm_of(&run.place) == arm).collect();
        let idle = idle(&own);
        let rest = |place: &Place| Place {
            factors: without(&place.factors, |factor| idle.contains(factor)),
            ..place.clone()
        };
        // Factors that are idle each for itself may not be so together where not every M is at all of their levels.
        let mut found: BTreeMap<Place, &RunId> = BTreeMap::new();
        if own.iter().all(|run| *found.entry(rest(&run.place)).or_insert(&run.id) == &run.id) {
            for run in &mut own {
                run.place = rest(&run.place);
            }
        }
    }
    merged(runs)
}

fn arm_of(place: &Place) -> (String, String) {
    (place.task.clone(), place.arm.clone())
}

fn without(levels: &Levels, left_out: impl Fn(&str) -> bool) -> Levels {
    levels
        .iter()
        .filter(|(factor, _)| !left_out(factor))
        .map(|(factor, level)| (factor.clone(), level.clone()))
        .collect()
}

/// The factors that make no difference to the runs of an arm.
fn idle(runs: &[&mut PlannedRun]) -> HashSet<String> {
    let factors: BTreeSet<&String> = runs.iter().flat_map(|run| run.place.factors.keys()).collect();
    factors.into_iter().filter(|factor| is_idle(factor, runs)).cloned().collect()
}

fn is_idle(factor: &str, runs: &[&mut PlannedRun]) -> bool {
    let levels: BTreeSet<&Datum> = runs.iter().filter_map(|run| run.place.factors.get(factor)).collect();
    let mut groups: BTreeMap<(Levels, u64, u64), Vec<&RunId>> = BTreeMap::new();
    for run in runs {
        let Place { factors, samples, seed, .. } = &run.place;
        groups.entry((without(factors, |own| own == factor), *samples, *seed)).or_default().push(&run.id);
    }
    // An M that is there at some levels alone tells nothing of the others.
    levels.len() > 1
        && groups.values().all(|ids| ids.len() == levels.len() && ids.iter().all(|id| *id == ids[0]))
}

/// One of each place.
fn merged(runs: Vec<PlannedRun>) -> Vec<PlannedRun> {
    let mut first: BTreeMap<Place, usize> = BTreeMap::new();
    let mut merged: Vec<PlannedRun> = Vec::new();
    for run in runs {
        if let Some(&index) = first.get(&run.place) {
            merged[index].stands_for(&run);
        } else {
            first.insert(run.place.clone(), merged.len());
            merged.push(run);
        }
    }
    merged
}

impl PlannedRun {
    /// `other` is at the same place. What is not the same of both cannot be told.
    fn stands_for(&mut self, other: &Self) {
        if self.teacher_samples != other.teacher_samples {
            self.teacher_samples = None;
        }
        if self.compared != other.compared {
            self.compared.clear();
        }
        self.keep.add(&other.keep);
        if self.compared.is_empty() {
            self.keep.compare_with_nobody();
        }
    }
}
