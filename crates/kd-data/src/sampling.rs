use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a subset is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Every subset of the size is equally likely.
    #[default]
    Uniform,
    /// Every class keeps its share, to within one example.
    Stratified,
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uniform => "uniform",
            Self::Stratified => "stratified",
        })
    }
}
