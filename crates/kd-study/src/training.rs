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

/// Update rules, and what reads all samples at once. The latter compute in float64 and need a loss that stays the same:
/// no augmentation, dropout or schedules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization", arXiv 1711.05101.
    Adamw(AdamW),
    /// Stochastic gradient descent with momentum, PyTorch's convention.
    Sgd(Sgd),
    /// Limited-memory BFGS with a strong Wolfe line search (Liu & Nocedal 1989), which brings convex losses, such as
    /// those of logistic regression, to their minimum.
    Lbfgs(Lbfgs),
    /// The exact solution, of a linear model (`mlp = { hidden = [] }`) of numbers under squared errors.
    LeastSquares(LeastSquares),
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

/// Parameters of `lbfgs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lbfgs {
    /// It has converged where no derivative of the loss is larger than this, and stops there.
    #[serde(default = "tolerance_default")]
    pub tolerance: NonNegative,
    /// How many of its last steps tell it of the curvature.
    #[serde(default = "memory_default")]
    pub memory: NonZeroU32,
    /// λ of the penalty λ ‖W‖² that is added to the loss; biases are free.
    #[serde(default = "zero")]
    pub ridge: NonNegative,
}

/// Parameters of `least_squares`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeastSquares {
    /// λ of the penalty λ ‖W‖² that is added to the loss; the bias is free. At 0, of several solutions the one of least
    /// norm is taken. Inputs and targets are standardised.
    #[serde(default = "zero")]
    pub ridge: NonNegative,
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

fn tolerance_default() -> NonNegative {
    checked(1e-6)
}

fn memory_default() -> NonZeroU32 {
    const { NonZeroU32::new(10).unwrap() }
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

    /// Whether the optimiser reads all samples at every step.
    fn reads_all(&self) -> bool {
        matches!(self.optimizer, Optimizer::Lbfgs(_) | Optimizer::LeastSquares(_))
    }

    /// Why these settings cannot be had together, and what to do, if so.
    pub(crate) fn refusal(&self) -> Option<(String, &'static str)> {
        let optimizer = &self.optimizer;
        let refused = |why: &str, advice| Some((why.to_owned(), advice));
        match (optimizer, self.budget) {
            (Optimizer::Sgd(sgd), _) if sgd.nesterov && sgd.momentum.get() <= 0.0 => {
                refused("Nesterov's form needs a momentum above 0", "momentum = 0.9 is usual")
            }
            (Optimizer::LeastSquares(_), Some(_)) => {
                refused("`budget` means nothing to least squares, which takes no steps", "leave it out")
            }
            (Optimizer::LeastSquares(_), None) | (_, Some(_)) => {
                let unused = self.unused().filter(|_| self.reads_all())?;
                let why =
                    format!("`{unused}` means nothing to {optimizer}: all samples are read, in float64");
                Some((why, "leave it out"))
            }
            (_, None) => refused("`budget` is missing here", "budget.steps = 1000 is a usual choice"),
        }
    }

    /// What is set although it means nothing to what reads all samples at once.
    fn unused(&self) -> Option<&'static str> {
        let set = [
            ("batch", self.batch != batch_default()),
            ("schedule", self.schedule != Schedule::Constant),
            ("average", self.average.is_some()),
            ("precision", !self.precision.is_float32()),
        ];
        set.into_iter().find(|(_, set)| *set).map(|(name, _)| name)
    }
}

impl Training {
    /// Divides the budget, down to no less than one step or epoch.
    pub(crate) fn shorten(&mut self, divisor: u32) {
        let shorter = |length: NonZeroU32| NonZeroU32::new(length.get() / divisor).unwrap_or(NonZeroU32::MIN);
        self.budget = self.budget.map(|budget| match budget {
            Budget::Steps(steps) => Budget::Steps(shorter(steps)),
            Budget::Epochs(epochs) => Budget::Epochs(shorter(epochs)),
        });
    }
}

impl AdamW {
    pub(crate) fn rule(&self) -> Rule {
        let Self { beta1, beta2, weight_decay, .. } = self;
        Rule::AdamW { beta1: beta1.get(), beta2: beta2.get(), weight_decay: weight_decay.get() }
    }
}

impl Sgd {
    pub(crate) fn rule(&self) -> Rule {
        let Self { momentum, weight_decay, nesterov, .. } = self;
        Rule::Sgd { momentum: momentum.get(), weight_decay: weight_decay.get(), nesterov: *nesterov }
    }
}

/// Its name, as people write it.
impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Adamw(_) => "AdamW",
            Self::Sgd(_) => "SGD",
            Self::Lbfgs(_) => "L-BFGS",
            Self::LeastSquares(_) => "least squares",
        })
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
