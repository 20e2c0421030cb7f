//! The numbers of an objective.

use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::number::{Limit, Number, Range, Usual};

/// T, the divisor of logits before the softmax: finite and positive. Higher is softer.
pub type Temperature = Number<range::Temperature>;

/// A share, in `[0, 1]`.
pub type Weight = Number<range::Weight>;

/// Probability taken from the true class, in `[0, 1)`.
pub type Epsilon = Number<range::Epsilon>;

/// A probability or share that is neither 0 nor 1.
pub type Probability = Number<range::Probability>;

/// A probability or share that is not 0.
pub type Chance = Number<range::Chance>;

/// How much a part of a loss counts: finite, at least 0.
pub type Factor = Number<range::Factor>;

/// A share of training that is not nothing: above 0, at most 1.
pub type Share = Number<range::Share>;

/// A finite number above 0.
pub type Positive = Number<range::Positive>;

/// Where each of them may lie.
pub mod range {
    /// Of [`Temperature`](super::Temperature).
    pub enum Temperature {}
    /// Of [`Weight`](super::Weight).
    pub enum Weight {}
    /// Of [`Epsilon`](super::Epsilon).
    pub enum Epsilon {}
    /// Of [`Probability`](super::Probability).
    pub enum Probability {}
    /// Of [`Chance`](super::Chance).
    pub enum Chance {}
    /// Of [`Factor`](super::Factor).
    pub enum Factor {}
    /// Of [`Share`](super::Share).
    pub enum Share {}
    /// Of [`Positive`](super::Positive).
    pub enum Positive {}
}

impl Range for range::Temperature {
    const NAME: &str = "Temperature";
    const LIMITS: [Limit; 2] = [Excluded(0.0), Unbounded];
    const EXPECTED: &str = "temperature must be a positive finite number, got";
    const ADVICE: &str =
        "1 leaves the teacher's probabilities as they are, higher is softer, 4 is a usual choice";
}

impl Usual for range::Temperature {
    /// Probabilities as they are.
    const USUAL: f64 = 1.0;
}

impl Range for range::Weight {
    const NAME: &str = "Weight";
    const LIMITS: [Limit; 2] = [Included(0.0), Included(1.0)];
    const EXPECTED: &str = "a weight must be between 0 and 1, got";
    const ADVICE: &str = "0 is the teacher alone, 1 the labels alone";
}

impl Usual for range::Weight {
    /// The teacher's signal alone.
    const USUAL: f64 = 0.0;
}

impl Range for range::Epsilon {
    const NAME: &str = "Epsilon";
    const LIMITS: [Limit; 2] = [Included(0.0), Excluded(1.0)];
    const EXPECTED: &str = "epsilon must be at least 0 and below 1, got";
    const ADVICE: &str = "0.1 is a usual choice";
}

impl Range for range::Probability {
    const NAME: &str = "Probability";
    const LIMITS: [Limit; 2] = [Excluded(0.0), Excluded(1.0)];
    const EXPECTED: &str = "expected a number above 0 and below 1, got";
    const ADVICE: &str = "the ends are other objectives";
}

impl Range for range::Chance {
    const NAME: &str = "Chance";
    const LIMITS: [Limit; 2] = [Excluded(0.0), Included(1.0)];
    const EXPECTED: &str = "expected a number above 0 and at most 1, got";
    const ADVICE: &str = "leave the key out for never, 1 is always";
}

impl Range for range::Factor {
    const NAME: &str = "Factor";
    const LIMITS: [Limit; 2] = [Included(0.0), Unbounded];
    const EXPECTED: &str = "expected a number of at least 0, got";
    const ADVICE: &str = "0 leaves that part out";
}

impl Usual for range::Factor {
    /// It counts as it is.
    const USUAL: f64 = 1.0;
}

impl Range for range::Share {
    const NAME: &str = "Share";
    const LIMITS: [Limit; 2] = [Excluded(0.0), Included(1.0)];
    const EXPECTED: &str = "a share of training must be above 0 and at most 1, got";
    const ADVICE: &str = "0.5 is half of the budget";
}

impl Usual for range::Share {
    /// All of it.
    const USUAL: f64 = 1.0;
}

impl Range for range::Positive {
    const NAME: &str = "Positive";
    const LIMITS: [Limit; 2] = [Excluded(0.0), Unbounded];
    const EXPECTED: &str = "expected a number above 0, got";
    const ADVICE: &str = "1 is a usual choice";
}

impl Usual for range::Positive {
    const USUAL: f64 = 1.0;
}
