//! What is found on one task: pure data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::crossed::Population;
use crate::datum::Datum;
use crate::decomposition::Decomposition;
use crate::difference::Difference;
use crate::efficiency::Efficiency;
use crate::gain::Gain;
use crate::interval::Estimate;
use crate::law::Law;
use crate::metric::Metric;
use crate::place::named as named_at;
use crate::role::Role;
use crate::study::{StudyInfo, TaskInfo};
use crate::theory::{Untested, Verdict};
use crate::tuning::Choice;

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
    /// Theories, those that explain most of the gain first.
    pub verdicts: Vec<Verdict>,
    /// Theories that nothing here tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untested: Vec<Untested>,
    /// Every pair of arms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contrasts: Vec<ArmContrast>,
    /// What validation chose of what is tuned, for each arm and M.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tuning: Vec<Choice>,
    /// How runs were trained, for each arm and M, where histories were handed to [`Findings::trace`](crate::Findings::trace).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histories: Vec<crate::History>,
    /// Laws over M.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<Law>,
    /// Gains for the population of test examples, where what runs said was handed to [`Findings::over_examples`](crate::Findings::over_examples).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub populations: Vec<Population>,
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
    /// Bias, variance and accuracy class by class, where predictions were handed to [`Findings::decompose`](crate::Findings::decompose).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decomposition: Option<Decomposition>,
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

impl TaskFindings {
    /// Every M at which an arm has a finished run, ascending.
    #[must_use]
    pub fn sizes(&self) -> Vec<u64> {
        let cells = self.curves.iter().flat_map(|curve| &curve.cells);
        let mut sizes: Vec<u64> = cells.map(|cell| cell.samples).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
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
