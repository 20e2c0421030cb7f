use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::{certain, set};
use crate::error::{Result, at_most};
use crate::random::Stream;

/// The teacher as it is where its k most probable classes hold the label, and certainty of the label elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhereRight {
    /// k.
    #[serde(default = "one")]
    pub k: NonZeroU32,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Default for WhereRight {
    fn default() -> Self {
        Self { k: one() }
    }
}

impl Intervention for WhereRight {
    fn name(&self) -> &'static str {
        "where_right"
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

    fn check(&self, classes: i64) -> Result<()> {
        at_most(self.k, classes).map(drop)
    }

    fn change(&self, table: &mut Table<'_>, _: &mut Stream) {
        let temperature = table.temperature;
        for (row, label) in table.rows() {
            correct(row, label, *self, temperature);
        }
    }
}

fn correct(row: &mut [f64], label: usize, WhereRight { k }: WhereRight, temperature: f64) {
    let above = row.iter().filter(|&&logit| logit > row[label]).count();
    if above >= k.get() as usize {
        let classes = row.len();
        set(row, &certain(classes, label), temperature);
    }
}
