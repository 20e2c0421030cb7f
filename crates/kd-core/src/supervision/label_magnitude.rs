use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::top;
use crate::error::Result;
use crate::random::Stream;

/// The label with the teacher's magnitude: m on the label and 0 elsewhere, m being the mean over the examples that are
/// supervised of the teacher's largest logit minus the mean of its others. With `logit_mse`, the fair baseline of
/// regressing on labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelMagnitude {}

impl Intervention for LabelMagnitude {
    fn name(&self) -> &'static str {
        "label_magnitude"
    }

    fn reach(&self) -> Reach {
        Reach::Table
    }

    fn depends_on_temperature(&self) -> bool {
        false
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
        set_magnitude(table.values, table.labels, table.classes);
    }
}

fn set_magnitude(values: &mut [f64], labels: &[usize], classes: usize) {
    let contrast = |row: &[f64]| {
        let top = row[top(row)];
        top - (row.iter().sum::<f64>() - top) / (classes - 1) as f64
    };
    let magnitude = values.chunks_exact(classes).map(contrast).sum::<f64>() / labels.len().max(1) as f64;
    for (row, &label) in values.chunks_exact_mut(classes).zip(labels) {
        row.fill(0.0);
        row[label] = magnitude;
    }
}
