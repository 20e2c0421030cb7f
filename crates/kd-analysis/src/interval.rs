//! Means with intervals.

use crate::stat::{mean, t_quantile, variance};
use serde::{Deserialize, Serialize};

/// A mean over replicates, with its interval where there are at least two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Mean.
    pub mean: f64,
    /// Half the interval's width; absent below two replicates.
    pub half_width: Option<f64>,
    /// Number of replicates.
    pub n: usize,
}

impl Estimate {
    /// The t-interval of the mean at level `confidence`, widened so that `family` of them hold at once (Bonferroni).
    ///
    /// None without values.
    #[must_use]
    pub fn of(values: &[f64], confidence: f64, family: usize) -> Option<Self> {
        Self::within(values, 0.0, confidence, family)
    }

    /// The t-interval of the mean at level `confidence`, of deviations of `floor` at least: what cannot be told apart may
    /// differ by as much.
    pub(crate) fn above_floor(values: &[f64], floor: f64, confidence: f64) -> Option<Self> {
        Self::within(values, floor, confidence, 1)
    }

    fn within(values: &[f64], floor: f64, confidence: f64, family: usize) -> Option<Self> {
        let n = values.len();
        let half_width = (n > 1).then(|| {
            let deviation = variance(values).sqrt().max(floor);
            let tail = (1.0 - confidence) / (2.0 * family.max(1) as f64);
            t_quantile(1.0 - tail, (n - 1) as f64) * deviation / (n as f64).sqrt()
        });
        (n > 0).then(|| Self { mean: mean(values), half_width, n })
    }

    /// Lower end; the mean itself is no bound, so none without an interval.
    #[must_use]
    pub fn low(&self) -> Option<f64> {
        self.half_width.map(|half_width| self.mean - half_width)
    }

    /// Upper end.
    #[must_use]
    pub fn high(&self) -> Option<f64> {
        self.half_width.map(|half_width| self.mean + half_width)
    }

    /// Whether the whole interval is above zero.
    #[must_use]
    pub fn is_above_zero(&self) -> bool {
        self.low().is_some_and(|low| low > 0.0)
    }

    /// Whether the whole interval is below zero.
    #[must_use]
    pub fn is_below_zero(&self) -> bool {
        self.high().is_some_and(|high| high < 0.0)
    }

    /// Whether the whole interval is within `margin` of zero: equivalence, which is more than "no difference seen".
    #[must_use]
    pub fn is_within(&self, margin: f64) -> bool {
        self.low().is_some_and(|low| low > -margin) && self.high().is_some_and(|high| high < margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_t_interval_of_a_textbook() {
        // mean 3, sd sqrt(2.5), t(0.975, 4) = 2.776445.
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95, 1).unwrap();
        assert!((estimate.mean - 3.0).abs() < 1e-12);
        assert!((estimate.half_width.unwrap() - 2.776_445_1 * (2.5_f64 / 5.0).sqrt()).abs() < 1e-6);
        // Bonferroni over 5: t(0.995, 4) = 4.604095.
        let wide = Estimate::of(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95, 5).unwrap();
        assert!((wide.half_width.unwrap() - 4.604_094_9 * (2.5_f64 / 5.0).sqrt()).abs() < 1e-6);
    }

    #[test]
    fn one_replicate_has_no_interval_and_none_no_mean() {
        let single = Estimate::of(&[0.5], 0.95, 1).unwrap();
        assert_eq!((single.low(), single.is_above_zero(), single.is_within(1.0)), (None, false, false));
        assert_eq!(Estimate::of(&[], 0.95, 1), None);
    }

    #[test]
    fn equivalence_needs_the_whole_interval() {
        let near = Estimate { mean: 0.001, half_width: Some(0.005), n: 5 };
        assert!(near.is_within(0.01) && !near.is_within(0.005) && !near.is_above_zero());
        let below = Estimate { mean: -0.001, ..near };
        assert!(below.is_within(0.01) && !below.is_within(0.005) && !below.is_below_zero());
    }

    #[test]
    fn an_interval_that_ends_at_zero_is_on_no_side_of_it() {
        let of = |mean| Estimate { mean, half_width: Some(0.5), n: 5 };
        assert_eq!([0.75, 0.5, -0.75].map(|mean| of(mean).is_above_zero()), [true, false, false]);
        assert_eq!([0.75, -0.5, -0.75].map(|mean| of(mean).is_below_zero()), [false, false, true]);
        assert_eq!([0.25, 0.5, -0.5].map(|mean| of(mean).is_within(1.0)), [true, false, false]);
        assert_eq!((of(2.0).low(), of(2.0).high()), (Some(1.5), Some(2.5)));
    }
}
