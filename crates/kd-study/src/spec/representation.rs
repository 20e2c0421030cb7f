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

impl RepresentationSpec {
    /// The same on few examples of at most `tests`.
    pub(crate) fn at_most(self, tests: u64) -> Self {
        const EXAMPLES: u32 = 32;
        const TANGENT: u32 = 4;
        let most = u32::try_from(tests).unwrap_or(u32::MAX).min(EXAMPLES);
        Self { examples: self.examples.min(most), tangent_examples: self.tangent_examples.min(TANGENT) }
    }
}
