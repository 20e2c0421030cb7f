//! How a model is trained: budget, batches, optimiser, schedule.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{NonNegative, Positive, Rate};
use super::optimizer::{AdamW, Optimizer, Sgd};
use super::schedule::Schedule;

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// How long; at most, with `lbfgs`. `least_squares` takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Examples per step; fewer when there are fewer samples. `lbfgs` and `least_squares` read all at once.
    #[serde(default = "batch_default")]
    pub batch: NonZeroU32,
    /// How weights follow gradients.
    pub optimizer: Optimizer,
    /// How the learning rate changes over the budget.
    #[serde(default)]
    pub schedule: Schedule,
    /// How often, evenly over the budget, the validation split is scored and the best weights are remembered. Where it is not
    /// said, ten times, each time on so much of the split, evenly spread over it, that all of them read no more than a twentieth
    /// of what training reads (or 500 labels each, if those are more); on all of it in studies that choose by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluations: Option<NonZeroU32>,
    /// Decay of an exponential moving average of the weights, such as 0.999, if given: the average is what is scored and
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<Rate>,
    /// Largest Euclidean norm of the weights into a unit (a row of a layer's weights, a kernel of a convolution), such as 3,
    /// if given: after every step, what is longer is shortened to it (Srivastava et al. 2014, "Dropout").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_norm: Option<Positive>,
    /// What the forward pass computes in.
    #[serde(default, skip_serializing_if = "Precision::is_float32")]
    pub precision: Precision,
}

/// What the forward pass computes in; weights and gradients are float32 always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    Float32,
    /// 16 bits for products with weights, by autocasting: for processors that are made for it.
    Bfloat16,
}

impl Precision {
    #[expect(clippy::trivially_copy_pass_by_ref)] // serde passes it so
    fn is_float32(&self) -> bool {
        *self == Self::Float32
    }
}

fn batch_default() -> NonZeroU32 {
    const { NonZeroU32::new(64).unwrap() }
}

/// How often a run is scored on the validation split where nothing is said.
pub(crate) const EVALUATIONS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// So many labels tell an accuracy to two points or so.
const LABELS: u64 = 500;

/// All validations together read one example for so many that are learnt from.
const LEARNT: u64 = 20;

/// How long a model is trained.
///
/// In epochs a smaller sample means fewer steps, so softer targets, which need more of them, look worse than they
/// are; in steps every sample size gets the same number of updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// Updates, whatever the number of samples.
    Steps(NonZeroU32),
    /// Passes over the samples.
    Epochs(NonZeroU32),
}

impl Training {
    /// Examples per step when there are `samples`.
    #[must_use]
    pub fn batch_of(&self, samples: u64) -> u64 {
        if self.reads_all() { samples } else { u64::from(self.batch.get()).min(samples) }
    }

    /// Number of updates on `samples` examples; the most, of what may stop before.
    #[must_use]
    pub fn steps(&self, samples: u64) -> u64 {
        match self.budget {
            None => 1,
            Some(Budget::Steps(steps)) => u64::from(steps.get()),
            Some(Budget::Epochs(epochs)) => {
                (u64::from(epochs.get()) * samples).div_ceil(self.batch_of(samples))
            }
        }
    }

    /// How often the validation split is scored.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        u64::from(self.evaluations.unwrap_or(EVALUATIONS).get())
    }

    /// How many examples of a validation split of so many, each with `labels` labels, are scored each time when there are
    /// `samples`.
    #[must_use]
    pub fn validated_on(&self, split: u64, labels: u64, samples: u64) -> u64 {
        if self.evaluations.is_some() || self.reads_all() {
            return split;
        }
        let learnt = self.steps(samples) * self.batch_of(samples);
        split.min((learnt / LEARNT / self.evaluations()).max(LABELS.div_ceil(labels.max(1))))
    }

    /// Divides the budget, down to no less than one step or epoch.
    pub(crate) fn shorten(&mut self, divisor: u32) {
        let shorter = |length: NonZeroU32| NonZeroU32::new(length.get() / divisor).unwrap_or(NonZeroU32::MIN);
        self.budget = self.budget.map(|budget| match budget {
            Budget::Steps(steps) => Budget::Steps(shorter(steps)),
            Budget::Epochs(epochs) => Budget::Epochs(shorter(epochs)),
        });
    }

    /// Limits the budget to `most` steps on `samples` examples.
    pub(crate) fn limit(&mut self, most: u64, samples: u64) {
        if self.budget.is_some() && self.steps(samples) > most {
            let steps = u32::try_from(most).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
            self.budget = Some(Budget::Steps(steps));
        }
    }

    /// Whether the optimiser reads all samples at every step.
    pub(crate) fn reads_all(&self) -> bool {
        match self.optimizer {
            Optimizer::Adamw(_) | Optimizer::Sgd(_) => false,
            Optimizer::Lbfgs(_) | Optimizer::LeastSquares(_) => true,
        }
    }

    /// What is set although it means nothing to what reads all samples at once.
    pub(crate) fn unused(&self) -> Option<&'static str> {
        let set = [
            ("batch", self.batch != batch_default()),
            ("schedule", self.schedule != Schedule::Constant),
            ("average", self.average.is_some()),
            ("max_norm", self.max_norm.is_some()),
            ("precision", !self.precision.is_float32()),
        ];
        set.into_iter().find(|(_, set)| *set).map(|(name, _)| name)
    }
}

/// `1,000 steps of batches of 32, AdamW at 0.001`.
impl fmt::Display for Training {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let optimizer = &self.optimizer;
        let ridge = |ridge: &NonNegative| match ridge.get() {
            0.0 => String::new(),
            ridge => format!(", ridge {ridge}"),
        };
        let rate = match optimizer {
            Optimizer::LeastSquares(own) => return write!(f, "{optimizer}{}", ridge(&own.ridge)),
            Optimizer::Lbfgs(own) => {
                let (most, tolerance, ridge) = (self.steps(1), own.tolerance.get(), ridge(&own.ridge));
                return write!(
                    f,
                    "at most {most} steps of {optimizer}, until no derivative exceeds {tolerance:e}{ridge}"
                );
            }
            Optimizer::Adamw(AdamW { learning_rate, .. }) | Optimizer::Sgd(Sgd { learning_rate, .. }) => {
                learning_rate.get()
            }
        };
        match self.budget {
            Some(Budget::Epochs(epochs)) => write!(f, "{epochs} epochs")?,
            _ => write!(f, "{} steps", self.steps(1))?,
        }
        write!(f, " of batches of {}, {optimizer} at {rate}", self.batch)?;
        match self.schedule {
            Schedule::Constant => Ok(()),
            Schedule::Cosine(_) => f.write_str(", cosine"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn training(json: &str) -> Training {
        serde_json::from_str(json).unwrap()
    }

    const ADAMW: &str = r#""optimizer":{"adamw":{"learning_rate":0.001}}"#;

    #[test]
    fn steps_are_as_many_whatever_there_is_and_epochs_are_not() {
        let steps = training(&format!(r#"{{"budget":{{"steps":100}},"batch":32,{ADAMW}}}"#));
        assert_eq!([1, 20, 1000].map(|samples| steps.steps(samples)), [100; 3]);
        assert_eq!([1, 20, 1000].map(|samples| steps.batch_of(samples)), [1, 20, 32]);
        let epochs = training(&format!(r#"{{"budget":{{"epochs":3}},"batch":32,{ADAMW}}}"#));
        // The last step of the last epoch may run over it; batches run on across epochs.
        assert_eq!([1, 20, 32, 33, 64].map(|samples| epochs.steps(samples)), [3, 3, 3, 4, 6]);
        let whole = training(r#"{"budget":{"epochs":3},"optimizer":{"lbfgs":{}}}"#);
        assert_eq!((whole.batch_of(1000), whole.steps(1000)), (1000, 3));
        let solved = training(r#"{"optimizer":{"least_squares":{}}}"#);
        assert_eq!((solved.batch_of(1000), solved.steps(1000)), (1000, 1));
    }

    #[test]
    fn validations_read_a_twentieth_of_what_training_does_where_nobody_says_how_often() {
        let own = |evaluations: &str| {
            training(&format!(r#"{{"budget":{{"steps":1000}},"batch":64{evaluations},{ADAMW}}}"#))
        };
        let unsaid = own("");
        assert_eq!(unsaid.evaluations(), 10);
        assert_eq!([300, 6000].map(|split| unsaid.validated_on(split, 1, 5000)), [300, 500]);
        let longer = training(&format!(r#"{{"budget":{{"steps":10000}},"batch":64,{ADAMW}}}"#));
        assert_eq!(longer.validated_on(6000, 1, 5000), 3200);
        assert_eq!(longer.validated_on(6000, 1, 20), 1000, "batches of 20");
        assert_eq!(unsaid.validated_on(6000, 64, 20), 100, "of sequences of 64");
        let said = own(r#","evaluations":10"#);
        assert_eq!((said.evaluations(), said.validated_on(6000, 1, 5000)), (10, 6000));
        let whole = training(r#"{"budget":{"epochs":3},"optimizer":{"lbfgs":{}}}"#);
        assert_eq!(whole.validated_on(6000, 1, 10), 6000);
    }

    #[test]
    fn a_budget_is_shortened_to_no_less_than_one() {
        for (budget, shorter) in [
            (r#"{"steps":100}"#, r#"{"steps":5}"#),
            (r#"{"steps":39}"#, r#"{"steps":1}"#),
            (r#"{"epochs":7}"#, r#"{"epochs":1}"#),
        ] {
            let mut own = training(&format!(r#"{{"budget":{budget},{ADAMW}}}"#));
            own.shorten(20);
            assert_eq!(serde_json::to_string(&own.budget).unwrap(), shorter);
        }
    }

    #[test]
    fn what_means_nothing_to_a_solver_is_told() {
        let with = |setting: &str| {
            let own =
                training(&format!(r#"{{"budget":{{"steps":9}},"optimizer":{{"lbfgs":{{}}}}{setting}}}"#));
            own.unused()
        };
        assert_eq!(with(""), None);
        assert_eq!(with(r#","batch":64,"schedule":"constant","precision":"float32""#), None);
        assert_eq!(with(r#","batch":63"#), Some("batch"));
        assert_eq!(with(r#","schedule":{"cosine":{}}"#), Some("schedule"));
        assert_eq!(with(r#","average":0.5"#), Some("average"));
        assert_eq!(with(r#","precision":"bfloat16""#), Some("precision"));
    }

    #[test]
    fn training_is_told_in_a_line() {
        for (json, line) in [
            (
                r#"{"budget":{"steps":50},"batch":8,"optimizer":{"sgd":{"learning_rate":0.1}},"schedule":{"cosine":{}}}"#,
                "50 steps of batches of 8, SGD at 0.1, cosine",
            ),
            (
                r#"{"budget":{"epochs":5},"optimizer":{"adamw":{"learning_rate":0.001}}}"#,
                "5 epochs of batches of 64, AdamW at 0.001",
            ),
            (
                r#"{"budget":{"epochs":5},"optimizer":{"lbfgs":{"ridge":0.5}}}"#,
                "at most 5 steps of L-BFGS, until no derivative exceeds 1e-6, ridge 0.5",
            ),
            (r#"{"optimizer":{"least_squares":{}}}"#, "least squares"),
            (r#"{"optimizer":{"least_squares":{"ridge":2}}}"#, "least squares, ridge 2"),
        ] {
            assert_eq!(training(json).to_string(), line);
        }
    }
}
