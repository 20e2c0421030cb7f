//! Update rules, and what reads all samples at once.

use std::fmt;
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{NonNegative, Positive, Rate};

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

fn weight_decay_default() -> NonNegative {
    const { NonNegative::constant(0.01) }
}

fn beta1_default() -> Rate {
    const { Rate::constant(0.9) }
}

fn beta2_default() -> Rate {
    const { Rate::constant(0.999) }
}

fn zero_rate() -> Rate {
    const { Rate::constant(0.0) }
}

fn zero() -> NonNegative {
    const { NonNegative::constant(0.0) }
}

fn tolerance_default() -> NonNegative {
    const { NonNegative::constant(1e-6) }
}

fn memory_default() -> NonZeroU32 {
    const { NonZeroU32::new(10).unwrap() }
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
