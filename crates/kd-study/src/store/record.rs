//! What is known of a run once it has ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::spec::{RunId, RunSpec};
use crate::train::{Convergence, Quality};

/// The outcome of one run, as stored in its folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Identity.
    pub id: RunId,
    /// What was trained.
    pub spec: RunSpec,
    /// What came of it.
    pub outcome: Outcome,
    /// Wall-clock time of the run.
    pub seconds: f64,
    /// Those of them that went into scores on the validation split, the test split and its own samples; not into what others
    /// learn from it. None where nothing was trained, or before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluating: Option<f64>,
    /// What its process held. None where the system does not tell, or before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// What else may decide the last bits.
    pub environment: Environment,
    /// BLAKE3 of every other file of the run's folder, by name, in hexadecimal: what publishing it fills in, and nothing
    /// of what was published before there were checksums.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// BLAKE3 of the rest of this record as JSON without spaces, its keys in alphabetical order; filled in and absent
    /// like `files`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
}

/// What a process holds in memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The most that it had held when the run ended, with what earlier runs of the same worker took.
    pub peak: u64,
    /// How much of what it held then was of files, such as libraries and data that are mapped: it is there once for all
    /// processes.
    pub shared: u64,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It trained to the end of its budget.
    Finished(Box<Measures>),
    /// It did not.
    Failed(Failure),
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Whether trying again can help.
    pub kind: FailureKind,
    /// In a sentence.
    pub reason: String,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The same would happen again: the loss stopped being a number, an input did not fit.
    Deterministic,
    /// The process died or the machine refused memory. The next `kd run` tries again.
    Environment,
}

/// What was measured of a finished run alone; what compares it with others is a [`comparison`](super::comparison). Scores
/// are fractions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Test split, weights after the last step.
    pub test: Quality,
    /// Score (accuracy, or R² of numbers) on the test split of the weights that scored best on the validation split.
    pub test_score_at_best: f64,
    /// Step after which those weights were taken.
    pub best_step: u64,
    /// Score on the validation split, weights after the last step; none where it is an official one of which a teacher
    /// that was trained elsewhere says nothing.
    pub validation_score: Option<f64>,
    /// The best score on the validation split, that of the weights after `best_step`; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_score_at_best: Option<f64>,
    /// Score on the run's own training samples, weights after the last step.
    pub train_score: f64,
    /// How many classes are said of all test examples together, weights after the last step; none of numbers, nor where
    /// it was not counted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_predictions: Option<u64>,
    /// Updates made.
    pub steps: u64,
    /// Whether and where the training loss came to rest, if anything was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convergence: Option<Convergence>,
    /// Trainable numbers; 0 of a teacher whose outputs alone are here.
    pub parameters: u64,
    /// Hash of the training subset.
    pub subset: String,
}

/// What else may decide the last bits of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// `cpu` or `cuda:0`.
    pub device: String,
    /// Threads inside one libtorch operation.
    pub threads: i32,
    /// Version of this program.
    pub version: String,
}

impl Environment {
    /// Whether the same run may be taken to have the same numbers in the other: on the same kind of device, by as many
    /// threads and the same version.
    #[must_use]
    pub fn computes_like(&self, other: &Self) -> bool {
        let kind = |environment: &Self| environment.device.split(':').next().map(str::to_owned);
        kind(self) == kind(other) && self.threads == other.threads && self.version == other.version
    }
}

impl RunRecord {
    /// Whether it failed.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        match self.outcome {
            Outcome::Finished(_) => false,
            Outcome::Failed(_) => true,
        }
    }

    /// Whether the next `kd run` should train it again.
    #[must_use]
    pub fn is_worth_retrying(&self) -> bool {
        match &self.outcome {
            Outcome::Finished(_) => false,
            Outcome::Failed(failure) => failure.kind == FailureKind::Environment,
        }
    }
}
