//! Checked numbers of a study file. Each refuses a wrong value while the file is read, so the error has its place.

use std::ops::Bound::{Excluded, Included, Unbounded};

use kd_core::number::{Limit, Number, Range};

/// A share of something, in `(0, 1)`.
pub type Fraction = Number<range::Fraction>;

/// A positive finite number.
pub type Positive = Number<range::Positive>;

/// A finite number that is not negative.
pub type NonNegative = Number<range::NonNegative>;

/// A rate of decay or momentum, in `[0, 1)`.
pub type Rate = Number<range::Rate>;

/// The share of a budget, in `[0, 1)`.
pub type WarmUp = Number<range::WarmUp>;

/// Where each of them may lie.
pub(super) mod range {
    /// Of [`Fraction`](super::Fraction).
    pub enum Fraction {}
    /// Of [`Positive`](super::Positive).
    pub enum Positive {}
    /// Of [`NonNegative`](super::NonNegative).
    pub enum NonNegative {}
    /// Of [`Rate`](super::Rate).
    pub enum Rate {}
    /// Of [`WarmUp`](super::WarmUp).
    pub enum WarmUp {}
}

impl Range for range::Fraction {
    const NAME: &str = "Fraction";
    const LIMITS: [Limit; 2] = [Excluded(0.0), Excluded(1.0)];
    const EXPECTED: &str = "expected a fraction above 0 and below 1, found";
    const ADVICE: &str = "a tenth is written 0.1";
}

impl Range for range::Positive {
    const NAME: &str = "Positive";
    const LIMITS: [Limit; 2] = [Excluded(0.0), Unbounded];
    const EXPECTED: &str = "expected a positive number, found";
    const ADVICE: &str = "1e-3 is a usual learning rate for AdamW, 0.1 for SGD";
}

impl Range for range::NonNegative {
    const NAME: &str = "NonNegative";
    const LIMITS: [Limit; 2] = [Included(0.0), Unbounded];
    const EXPECTED: &str = "expected a number of at least 0, found";
    const ADVICE: &str = "0 switches it off";
}

impl Range for range::Rate {
    const NAME: &str = "Rate";
    const LIMITS: [Limit; 2] = [Included(0.0), Excluded(1.0)];
    const EXPECTED: &str = "expected a number of at least 0 and below 1, found";
    const ADVICE: &str = "0.9 is a usual choice";
}

impl Range for range::WarmUp {
    const NAME: &str = "WarmUp";
    const LIMITS: [Limit; 2] = [Included(0.0), Excluded(1.0)];
    const EXPECTED: &str = "expected a share of the budget, at least 0 and below 1, found";
    const ADVICE: &str = "it is a share, not steps: 100 of 2,000 steps are 0.05";
}
