//! A line through ln η against ln M.

use super::measured::{Measured, dot, wider, without};
use super::span::Span;
use crate::interval::Estimate;

/// `intercept − exponent · x`.
pub(crate) struct Line {
    pub(crate) intercept: f64,
    pub(crate) exponent: Span,
}

impl Line {
    /// The weighted line through the means, its slope by Student's t over the slopes of seeds.
    pub(crate) fn through(measured: &Measured, confidence: f64) -> Self {
        let (x, one) = (measured.column(|x| x), measured.column(|_| 1.0));
        let direction = without(&x, &[&one]);
        let length = dot(&direction, &direction);
        let slopes: Vec<f64> = measured.seeds.iter().map(|seed| -dot(&direction, seed) / length).collect();
        let estimate = Estimate::of(&slopes, confidence, 1);
        let exponent = estimate.map_or(0.0, |estimate| estimate.mean);
        let flat: Vec<f64> =
            std::iter::zip(&measured.mean, &x).map(|(mean, x)| mean + exponent * x).collect();
        let intercept = dot(&one, &flat) / dot(&one, &one);
        let half =
            estimate.and_then(|found| found.half_width).map(|half| half * wider((slopes.len() - 1) as f64));
        let ends = (half.map(|half| exponent - half), half.map(|half| exponent + half));
        Self { intercept, exponent: Span::of(exponent, ends) }
    }
}
