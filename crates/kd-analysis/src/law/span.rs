//! A number with its interval.

use serde::{Deserialize, Serialize};

use super::power::Ends;

/// A number with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The number.
    pub value: f64,
    /// The lower end; absent where the data do not bound it.
    pub low: Option<f64>,
    /// The upper end, likewise.
    pub high: Option<f64>,
}

impl Span {
    pub(crate) fn of(value: f64, (low, high): Ends) -> Self {
        Self { value, low, high }
    }

    /// Whether `value` is within the interval.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.low.is_none_or(|low| low <= value) && self.high.is_none_or(|high| value <= high)
    }
}
