use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::top;
use crate::error::Result;
use crate::parameter::Weight;
use crate::random::Stream;

/// A teacher of a chosen accuracy on the examples that are supervised: on a random share of them its top logit is moved
/// to the label, on the others to a random wrong class, by exchanging two logits. Confidence and entropy are untouched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noisy {
    /// Share of examples on which the top class is the label.
    pub accuracy: Weight,
}

impl Noisy {
    /// A teacher that is right on this share of examples.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) on a share outside `[0, 1]`.
    pub fn of(accuracy: f64) -> Result<Self> {
        Ok(Self { accuracy: Weight::new(accuracy)? })
    }
}

impl Intervention for Noisy {
    fn name(&self) -> &'static str {
        "noisy"
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

    fn change(&self, table: &mut Table<'_>, stream: &mut Stream) {
        set_accuracy(table.values, table.labels, table.classes, *self, stream);
    }
}

fn set_accuracy(
    values: &mut [f64],
    labels: &[usize],
    classes: usize,
    Noisy { accuracy }: Noisy,
    stream: &mut Stream,
) {
    let right = (accuracy.get() * labels.len() as f64).round() as usize;
    let order = stream.permutation(labels.len());
    let mut is_right = vec![false; labels.len()];
    for &row in &order[..right] {
        is_right[row as usize] = true;
    }
    for ((row, &label), is_right) in values.chunks_exact_mut(classes).zip(labels).zip(is_right) {
        let top = top(row);
        if is_right {
            row.swap(top, label);
        } else if top == label {
            let other = stream.below(classes as u64 - 1) as usize;
            row.swap(top, if other < label { other } else { other + 1 });
        }
    }
}
