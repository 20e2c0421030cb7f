use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How what a teacher from elsewhere says is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Where each class of the data, in their order, stands among its own, from 0; empty where it is the same place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<i64>,
    /// What its numbers are.
    #[serde(default, rename = "as", skip_serializing_if = "Scale::is_of_logits")]
    pub scale: Scale,
}

impl Reading {
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// What the numbers are that a teacher from elsewhere says of classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Logits, or logarithms of probabilities; of what is no class, numbers in the units of the data.
    #[default]
    Logits,
    /// Probabilities, whose logarithms are taken for logits; one below 10⁻⁷ counts as that.
    Probabilities,
}

impl Scale {
    // serde asks by reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_of_logits(&self) -> bool {
        *self == Self::Logits
    }
}
