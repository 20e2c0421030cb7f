use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::row::{certain, set, top};

/// Certainty of the teacher's top class: its opinion without its doubts. For losses on probabilities; as logits it
/// means little.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hard {}

pub(super) fn harden(row: &mut [f64], temperature: f64) {
    let top = top(row);
    let classes = row.len();
    set(row, &certain(classes, top), temperature);
}
