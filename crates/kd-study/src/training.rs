//! How a model is trained: budget, batches, optimiser, schedule.

use std::fmt;
use std::num::NonZeroU32;

use kd_models::{Autocast, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Device;

use crate::file::{NonNegative, Positive, Rate};

/// How a model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// How long.
    pub budget: Budget,
    /// Examples per step; fewer when there are fewer samples.
    #[serde(default = "batch_default")]
    pub batch: NonZeroU32,
    /// How weights follow gradients.
    pub optimizer: Optimizer,
    /// How the learning rate changes over the budget.
    #[serde(default)]
    pub schedule: Schedule,
    /// How often, evenly over the budget, the validation split is scored and the best weights are remembered.
    #[serde(default = "evaluations_default")]
    pub evaluations: NonZeroU32,
    /// Decay of an exponential moving average of the weights, such as 0.999, if given: the average is what is scored and
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<Rate>,
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

    /// Holds while what it returns lives.
    pub(crate) fn hold(self, device: Device) -> kd_models::Result<Option<Autocast>> {
        (self == Self::Bfloat16).then(|| Autocast::new(device)).transpose()
    }
}

fn batch_default() -> NonZeroU32 {
    const { NonZeroU32::new(64).unwrap() }
}

fn evaluations_default() -> NonZeroU32 {
    const { NonZeroU32::new(10).unwrap() }
}

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

/// Update rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", arXiv 1711.05101.
    Adamw(AdamW),
    /// Stochastic gradient descent with momentum, PyTorch's convention.
    Sgd(Sgd),
}

/// Parameters of `adamw`; the defaults are PyTorch's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdamW {
    /// Step size.
    pub learning_rate: Positive,
    /// Decoupled weight decay.
    #[serde(default = "weight_decay_default")]
    pub weight_decay: NonNegative,
    /// Decay of the mean of gradients.
    #[serde(default = "beta1_default")]
    pub beta1: Rate,
    /// Decay of the mean of squared gradients.
    #[serde(default = "beta2_default")]
    pub beta2: Rate,
}

/// Parameters of `sgd`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sgd {
    /// Step size.
    pub learning_rate: Positive,
    /// Momentum.
    #[serde(default = "zero_rate")]
    pub momentum: Rate,
    /// L2 penalty added to the gradient.
    #[serde(default = "zero")]
    pub weight_decay: NonNegative,
    /// Nesterov's form of momentum.
    #[serde(default)]
    pub nesterov: bool,
}

/// How the learning rate changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It does not.
    #[default]
    Constant,
    /// Linear warm-up from 0, then half a cosine down to 0 (Loshchilov & Hutter 2017, arXiv 1608.03983).
    Cosine(Cosine),
}

/// Parameters of `cosine`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cosine {
    /// Share of the budget spent warming up.
    #[serde(default = "zero_rate")]
    pub warmup: Rate,
}

fn checked<T: TryFrom<f64, Error = String>>(number: f64) -> T {
    T::try_from(number).unwrap_or_else(|error| unreachable!("a default is in range: {error}"))
}

fn weight_decay_default() -> NonNegative {
    checked(0.01)
}

fn beta1_default() -> Rate {
    checked(0.9)
}

fn beta2_default() -> Rate {
    checked(0.999)
}

fn zero_rate() -> Rate {
    checked(0.0)
}

fn zero() -> NonNegative {
    checked(0.0)
}

impl Training {
    /// Examples per step when there are `samples`.
    #[must_use]
    pub fn batch_of(&self, samples: u64) -> u64 {
        u64::from(self.batch.get()).min(samples)
    }

    /// Number of updates on `samples` examples.
    #[must_use]
    pub fn steps(&self, samples: u64) -> u64 {
        match self.budget {
            Budget::Steps(steps) => u64::from(steps.get()),
            Budget::Epochs(epochs) => (u64::from(epochs.get()) * samples).div_ceil(self.batch_of(samples)),
        }
    }
}

impl Training {
    /// Divides the budget, down to no less than one step or epoch.
    pub(crate) fn shorten(&mut self, divisor: u32) {
        let shorter = |length: NonZeroU32| NonZeroU32::new(length.get() / divisor).unwrap_or(NonZeroU32::MIN);
        self.budget = match self.budget {
            Budget::Steps(steps) => Budget::Steps(shorter(steps)),
            Budget::Epochs(epochs) => Budget::Epochs(shorter(epochs)),
        };
    }
}

impl Optimizer {
    /// Why libtorch would refuse these parameters together, if it would.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        match self {
            Self::Sgd(sgd) if sgd.nesterov && sgd.momentum.get() <= 0.0 => {
                Some("Nesterov's form needs a momentum above 0")
            }
            _ => None,
        }
    }

    /// The rule that these parameters describe.
    pub(crate) fn rule(&self) -> Rule {
        match self {
            Self::Adamw(AdamW { beta1, beta2, weight_decay, .. }) => {
                Rule::AdamW { beta1: beta1.get(), beta2: beta2.get(), weight_decay: weight_decay.get() }
            }
            Self::Sgd(Sgd { momentum, weight_decay, nesterov, .. }) => {
                Rule::Sgd { momentum: momentum.get(), weight_decay: weight_decay.get(), nesterov: *nesterov }
            }
        }
    }

    /// The learning rate before any schedule.
    #[must_use]
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Adamw(adamw) => adamw.learning_rate.get(),
            Self::Sgd(sgd) => sgd.learning_rate.get(),
        }
    }
}

impl Schedule {
    /// The factor on the learning rate at step `step` of `steps`, counted from 0.
    #[must_use]
    pub fn factor(&self, step: u64, steps: u64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine(Cosine { warmup }) => {
                let warmup = warmup.get() * steps as f64;
                let done = step as f64 + 1.0;
                if done <= warmup {
                    done / warmup
                } else {
                    let progress = (step as f64 - warmup).max(0.0) / (steps as f64 - warmup).max(1.0);
                    0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
                }
            }
        }
    }
}

/// `1,000 steps of 32 examples`.
impl fmt::Display for Training {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.budget {
            Budget::Steps(steps) => write!(f, "{steps} steps")?,
            Budget::Epochs(epochs) => write!(f, "{epochs} epochs")?,
        }
        write!(f, " of batches of {}, ", self.batch)?;
        match &self.optimizer {
            Optimizer::Adamw(_) => f.write_str("AdamW")?,
            Optimizer::Sgd(_) => f.write_str("SGD")?,
        }
        write!(f, " at {}", self.optimizer.learning_rate())?;
        match self.schedule {
            Schedule::Constant => Ok(()),
            Schedule::Cosine(_) => f.write_str(", cosine"),
        }
    }
}
