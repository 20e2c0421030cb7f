//! How the learning rate changes over a budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Rate;

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

fn zero_rate() -> Rate {
    Rate::try_from(0.0).unwrap_or_else(|error| unreachable!("a default is in range: {error}"))
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
