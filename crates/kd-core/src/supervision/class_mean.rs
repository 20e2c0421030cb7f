use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::{log_probabilities, set};
use crate::error::Result;
use crate::random::Stream;

/// Every example's distribution becomes the mean of the teacher's over all examples with its label: what the teacher
/// knows of classes, and nothing of examples. The mean is over the whole table that is supervised, whatever M.
///
/// Tang et al. 2020, "Understanding and Improving Knowledge Distillation", arXiv 2002.03532.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassMean {}

impl Intervention for ClassMean {
    fn name(&self) -> &'static str {
        "class_mean"
    }

    fn reach(&self) -> Reach {
        Reach::Table
    }

    fn depends_on_temperature(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        true
    }

    fn control(&self) -> Option<Control> {
        Some(Control::ClassMean)
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, table: &mut Table<'_>, _: &mut Stream) {
        average_by_class(table.values, table.labels, table.classes, table.temperature);
    }
}

fn average_by_class(values: &mut [f64], labels: &[usize], classes: usize, temperature: f64) {
    let mut sums = vec![vec![0.0; classes]; classes];
    let mut counts = vec![0.0; classes];
    for (row, &label) in values.chunks_exact(classes).zip(labels) {
        for (sum, log_p) in sums[label].iter_mut().zip(log_probabilities(row, temperature)) {
            *sum += log_p.exp();
        }
        counts[label] += 1.0;
    }
    for (row, &label) in values.chunks_exact_mut(classes).zip(labels) {
        let log_mean: Vec<f64> =
            sums[label].iter().map(|sum| (sum / counts[label]).max(f64::MIN_POSITIVE).ln()).collect();
        set(row, &log_mean, temperature);
    }
}
