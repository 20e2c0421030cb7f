use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::{set, top};
use crate::error::Result;
use crate::parameter::Probability;
use crate::random::Stream;

/// `1 - ε + ε/K` on the teacher's top class and ε/K on each other: label smoothing with the teacher as the labeller.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniform {
    /// ε.
    pub epsilon: Probability,
}

impl Uniform {
    /// Smoothing by ε.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) on an ε outside `(0, 1)`.
    pub fn of(epsilon: f64) -> Result<Self> {
        Ok(Self { epsilon: Probability::new(epsilon)? })
    }
}

impl Intervention for Uniform {
    fn name(&self) -> &'static str {
        "uniform"
    }

    fn reach(&self) -> Reach {
        Reach::Example
    }

    fn depends_on_temperature(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn control(&self) -> Option<Control> {
        None
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, table: &mut Table<'_>, _: &mut Stream) {
        let temperature = table.temperature;
        for (row, _) in table.rows() {
            smooth(row, *self, temperature);
        }
    }
}

fn smooth(row: &mut [f64], Uniform { epsilon }: Uniform, temperature: f64) {
    let (top, classes) = (top(row), row.len());
    let off = epsilon.get() / classes as f64;
    let log_p: Vec<f64> = (0..classes)
        .map(|class| if class == top { (1.0 - epsilon.get() + off).ln() } else { off.ln() })
        .collect();
    set(row, &log_p, temperature);
}
