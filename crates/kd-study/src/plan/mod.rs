//! Which runs a study needs, and what a report says of it: all that a results folder has to know of its study.

pub mod cost;
pub mod doubt;
mod info;
mod keep;
mod part;
mod places;
pub(crate) mod shape;
mod students;
mod teachers;

use std::collections::{BTreeMap, HashSet};

use kd_analysis::{Datum, Place, Role, StudyInfo};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::spec::{Keep, Order, RunId, RunSpec};
use crate::study::{Study, Task};

/// Every run of a study, teachers first, then students seed by seed, so that an interrupted study has whole
/// replicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What reports say of the study.
    pub study: StudyInfo,
    /// Runs in the order in which they start.
    pub runs: Vec<PlannedRun>,
}

/// A run and its place in the study. Two places can share a run, and thus an id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// Identity.
    pub id: RunId,
    /// Where it stands; the arm of teachers is `teacher`, their M is N.
    pub place: Place,
    /// The arm's role.
    pub role: Role,
    /// N; none where it stands for places of several.
    pub teacher_samples: Option<u64>,
    /// The run that its predictions are compared with, or those of all members of an ensemble: what it hears, else the
    /// task's teacher. None of teachers, nor where it stands for places of several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<RunId>,
    /// What is kept of it, for all places that share it.
    #[serde(default, skip_serializing_if = "Keep::is_nothing")]
    pub keep: Keep,
    /// What it trains.
    pub spec: RunSpec,
}

impl PlannedRun {
    /// What a worker is told.
    #[must_use]
    pub fn order(&self) -> Order {
        Order { spec: self.spec.clone(), keep: self.keep.clone() }
    }
}

impl Plan {
    /// The runs of `study`.
    ///
    /// # Errors
    /// If a specification has no canonical form.
    pub fn new(study: &Study) -> Result<Self> {
        let mut runs = places::without_idle_levels(teachers::of(study)?);
        runs.extend(places::without_idle_levels(students::of(study)?));
        keep::share(&mut runs);
        Ok(Self { study: info::info(study, runs.len()), runs })
    }

    /// One place for each id: what there is to train.
    #[must_use]
    pub fn distinct(&self) -> Vec<&PlannedRun> {
        let mut seen = HashSet::new();
        self.runs.iter().filter(|run| seen.insert(&run.id)).collect()
    }
}

/// The place of a run of `task`, with the levels of what the task varies and of `others`.
fn place(task: &Task, arm: &str, others: &BTreeMap<String, Datum>, spec: &RunSpec, seed: u64) -> Place {
    let mut factors = task.levels.clone();
    factors.extend(others.clone());
    Place { task: task.name.clone(), arm: arm.to_owned(), factors, samples: spec.samples(), seed }
}

#[cfg(test)]
mod tests;
