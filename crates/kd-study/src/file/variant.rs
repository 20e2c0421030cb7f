//! What a part of a study file stands for where it sweeps.

use kd_analysis::Datum;
use serde::Deserialize;

/// One of those that a task or an arm stands for: there is one for each combination of the values that it sweeps over or
/// tunes.
#[derive(Debug, Clone, Deserialize)]
pub struct Variant<T> {
    /// Its levels of the factors that it varies, in the order written.
    pub levels: Vec<Level>,
    /// As if those values had been written alone.
    pub file: T,
}

/// A value of a factor.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Level {
    /// What varies.
    pub factor: String,
    /// The value, or what it is called.
    pub level: Datum,
    /// Whether validation chooses among the factor's values.
    pub tuned: bool,
}
