use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::row::{certain, set};

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

pub(super) fn correct(row: &mut [f64], label: usize, WhereRight { k }: WhereRight, temperature: f64) {
    let above = row.iter().filter(|&&logit| logit > row[label]).count();
    if above >= k.get() as usize {
        let classes = row.len();
        set(row, &certain(classes, label), temperature);
    }
}
