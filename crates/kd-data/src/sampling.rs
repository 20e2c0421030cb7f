use std::fmt;
use std::num::NonZeroU32;

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
    /// As many examples of every class, to within one, until a class has no more.
    Balanced,
    /// Many examples of the first class and few of the last, until a class has no more.
    LongTailed(LongTailed),
}

/// Shares that fall from class to class: class k of K gets `imbalance`^(-k / (K - 1)) of what class 0 gets (Cao et al.
/// 2019, "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss", arXiv:1906.07413).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LongTailed {
    /// How many times as many examples the first class has as the last.
    pub imbalance: NonZeroU32,
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Stratified => f.write_str("stratified"),
            Self::Balanced => f.write_str("balanced"),
            Self::LongTailed(LongTailed { imbalance }) => write!(f, "long-tailed (imbalance {imbalance})"),
        }
    }
}
