//! What is known of a run once it has ended.

use kd_core::metrics::Fidelity;
use serde::{Deserialize, Serialize};

use crate::prediction::Quality;
use crate::representation::Representation;
use crate::spec::{RunId, RunSpec};

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
    /// What else may decide the last bits.
    pub environment: Environment,
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

/// The measures of a finished run. Scores are fractions.
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
    /// Score on the run's own training samples, weights after the last step.
    pub train_score: f64,
    /// Likeness to the teacher; students that predict classes only.
    pub fidelity: Option<TeacherFidelity>,
    /// Updates made.
    pub steps: u64,
    /// Whether and where the training loss came to rest, if anything was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convergence: Option<Convergence>,
    /// Trainable numbers; 0 of a teacher whose outputs alone are here.
    pub parameters: u64,
    /// Hash of the training subset.
    pub subset: String,
    /// Where training took its representation, if the study asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representation: Option<Representation>,
}

/// Likeness of a student to its teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TeacherFidelity {
    /// On the test split.
    pub test: Fidelity,
    /// On the run's own training samples.
    pub train: Fidelity,
}

/// Whether the training loss came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Mean training loss over the last tenth of the budget, or where an optimiser arrived.
    pub final_loss: f64,
    /// Fall of the mean loss from the last tenth but one to the last, as a share of its whole fall since the first.
    pub slope: f64,
    /// Whether that share is below [`Convergence::AT_REST`], or an optimiser that looks found its gradient gone.
    pub converged: bool,
}

impl Convergence {
    /// A run whose last tenth brought less than 2 % of all it gained has come to rest.
    pub const AT_REST: f64 = 0.02;

    /// From the mean losses of successive equal parts of the budget.
    #[must_use]
    pub fn of(losses: &[f64]) -> Self {
        let tenth = losses.len().div_ceil(10).max(1);
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
        let last = mean(&losses[losses.len().saturating_sub(tenth)..]);
        let end_before = losses.len().saturating_sub(tenth);
        let before = mean(&losses[end_before.saturating_sub(tenth)..end_before]);
        let first = losses.first().copied().unwrap_or(last);
        let fall = first - last;
        let slope = if losses.len() < 2 {
            1.0
        } else if fall.abs() <= f64::EPSILON * first.abs() {
            0.0
        } else {
            (before - last) / fall
        };
        Self { final_loss: last, slope, converged: fall >= 0.0 && slope.abs() < Self::AT_REST }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_end_has_converged_and_a_falling_one_has_not() {
        let mut losses: Vec<f64> = (0..20).map(|i| (-f64::from(i)).exp()).collect();
        assert!(Convergence::of(&losses).converged);
        losses = (0..20).map(|i| 2.0 - 0.05 * f64::from(i)).collect();
        let falling = Convergence::of(&losses);
        assert!(!falling.converged && (falling.slope - 0.1 / 0.925).abs() < 1e-9, "{falling:?}");
        assert!((falling.final_loss - 1.075).abs() < 1e-9);
        losses = (0..20).map(|i| 1.0 + f64::from(i)).collect();
        assert!(!Convergence::of(&losses).converged, "a rising loss has diverged");
        assert!(!Convergence::of(&[1.0]).converged, "one part says nothing");
    }
}
