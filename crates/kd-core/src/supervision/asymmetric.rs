use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use crate::error::Result;
use crate::parameter::Temperature;
use crate::random::Stream;

/// One temperature for the label's logit and another for all others, whatever the objective's own.
///
/// ATS of Li et al. 2022, "Asymmetric Temperature Scaling Makes Larger Networks Teach Well Again", arXiv 2210.04427.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asymmetric {
    /// Divides the label's logit.
    pub label_temperature: Temperature,
    /// Divides every other logit.
    pub others_temperature: Temperature,
}

impl Asymmetric {
    /// These temperatures for the label and for the other classes.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) if one is not positive.
    pub fn at(label_temperature: f64, others_temperature: f64) -> Result<Self> {
        Ok(Self {
            label_temperature: Temperature::new(label_temperature)?,
            others_temperature: Temperature::new(others_temperature)?,
        })
    }
}

impl Intervention for Asymmetric {
    fn name(&self) -> &'static str {
        "asymmetric"
    }

    fn reach(&self) -> Reach {
        Reach::Example
    }

    fn depends_on_temperature(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        true
    }

    fn control(&self) -> Option<Control> {
        None
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, table: &mut Table<'_>, _: &mut Stream) {
        let temperature = table.temperature;
        for (row, label) in table.rows() {
            scale(row, label, *self, temperature);
        }
    }
}

fn scale(row: &mut [f64], label: usize, asymmetric: Asymmetric, temperature: f64) {
    for (class, logit) in row.iter_mut().enumerate() {
        let own = if class == label { asymmetric.label_temperature } else { asymmetric.others_temperature };
        *logit *= temperature / own.get();
    }
}
