use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names of an array of inputs and one of their targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayPair {
    /// The inputs.
    pub inputs: String,
    /// The targets.
    pub targets: String,
    /// The files (or folders) that hold them part after part, such as CIFAR-5M's. Left out: `path`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PathBuf>,
    /// How many examples are read, from the first on; of a file `.npz`, no more than these. Left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
}
