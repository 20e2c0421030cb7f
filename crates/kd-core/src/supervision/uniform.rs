use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::row::{set, top};
use crate::parameter::Probability;

/// `1 - ε + ε/K` on the teacher's top class and ε/K on each other: label smoothing with the teacher as the labeller.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniform {
    /// ε.
    pub epsilon: Probability,
}

pub(super) fn smooth(row: &mut [f64], Uniform { epsilon }: Uniform, temperature: f64) {
    let (top, classes) = (top(row), row.len());
    let off = epsilon.get() / classes as f64;
    let log_p: Vec<f64> = (0..classes)
        .map(|class| if class == top { (1.0 - epsilon.get() + off).ln() } else { off.ln() })
        .collect();
    set(row, &log_p, temperature);
}
