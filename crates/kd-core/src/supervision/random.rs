use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::{entropy, log_probabilities, set};
use crate::error::Result;
use crate::random::Stream;

/// Per example, a random distribution with the teacher's entropy: softmax of Gaussian numbers, scaled to match. Nothing
/// is left but how sure the teacher was, not even of what.
///
/// The control of Mason-Williams et al. 2025, arXiv 2510.12615.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Intervention for Random {
    fn name(&self) -> &'static str {
        "random"
    }

    fn reach(&self) -> Reach {
        Reach::Table
    }

    fn depends_on_temperature(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn control(&self) -> Option<Control> {
        Some(Control::Random)
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, table: &mut Table<'_>, stream: &mut Stream) {
        let temperature = table.temperature;
        for (row, _) in table.rows() {
            randomise(row, temperature, stream);
        }
    }
}

fn randomise(row: &mut [f64], temperature: f64, stream: &mut Stream) {
    let wanted = entropy(&log_probabilities(row, temperature));
    let direction: Vec<f64> = row.iter().map(|_| stream.normal()).collect();
    // The entropy falls from ln K to 0 as the scale grows.
    let (mut low, mut high) = (-60.0_f64, 60.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        let found = entropy(&log_probabilities(&direction, (-middle).exp()));
        if found > wanted { low = middle } else { high = middle }
    }
    set(row, &log_probabilities(&direction, (-0.5 * (low + high)).exp()), temperature);
}
