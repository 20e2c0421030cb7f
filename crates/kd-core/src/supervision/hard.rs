use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::{certain, set, top};
use crate::error::Result;
use crate::random::Stream;

/// Certainty of the teacher's top class: its opinion without its doubts. For losses on probabilities; as logits it
/// means little.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hard {}

impl Intervention for Hard {
    fn name(&self) -> &'static str {
        "hard"
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
        Some(Control::Hard)
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, table: &mut Table<'_>, _: &mut Stream) {
        let temperature = table.temperature;
        for (row, _) in table.rows() {
            harden(row, temperature);
        }
    }
}

fn harden(row: &mut [f64], temperature: f64) {
    let top = top(row);
    let classes = row.len();
    set(row, &certain(classes, top), temperature);
}
