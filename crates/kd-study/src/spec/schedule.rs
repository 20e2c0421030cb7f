//! How the learning rate changes over a budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::WarmUp;

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
    #[serde(default = "no_warm_up")]
    pub warmup: WarmUp,
}

fn no_warm_up() -> WarmUp {
    const { WarmUp::constant(0.0) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(schedule: &Schedule, steps: u64) -> Vec<f64> {
        (0..steps).map(|step| schedule.factor(step, steps)).collect()
    }

    #[test]
    fn a_constant_rate_stays() {
        assert_eq!(factors(&Schedule::Constant, 3), [1.0; 3]);
    }

    #[test]
    fn a_rate_rises_and_falls_along_half_a_cosine() {
        let cosine = |warmup: f64| Schedule::Cosine(Cosine { warmup: WarmUp::try_from(warmup).unwrap() });
        let close = |found: &[f64], expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
            assert!(found.iter().zip(expected).all(near), "{found:?}, not {expected:?}");
        };
        // From 1 at the first step: (1 + cos(π s / 4)) / 2.
        let half = 0.5_f64.sqrt() / 2.0;
        close(&factors(&cosine(0.0), 4), &[1.0, 0.5 + half, 0.5, 0.5 - half]);
        // Four steps up to 1, then four down from 1.
        let up = [0.25, 0.5, 0.75, 1.0];
        close(&factors(&cosine(0.5), 8), &[&up[..], &[1.0, 0.5 + half, 0.5, 0.5 - half]].concat());
        // A warm-up that ends within a step: 1.5 steps of 3, then from 1 over the 1.5 that are left.
        let progress = 0.5 / 1.5 * std::f64::consts::PI;
        close(&factors(&cosine(0.5), 3), &[1.0 / 1.5, 1.0, 0.5 + 0.5 * progress.cos()]);
        close(&factors(&cosine(0.0), 1), &[1.0]);
    }
}
