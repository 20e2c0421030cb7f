//! What is measured of representations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// On how many examples of the test split representations are compared. They are the first by keyed hash, the same for
/// every run on a data set, whatever M and the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RepresentationSpec {
    /// Examples on which the last features before the head are compared, at least 4.
    #[schemars(range(min = 4))]
    pub examples: u32,
    /// How many of them tangent kernels are compared on, at least 4; 0 leaves the kernels out. They take a backward pass
    /// for each example and class.
    #[serde(default)]
    pub tangent_examples: u32,
}
