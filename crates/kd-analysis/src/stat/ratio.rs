//! Totals over places, and the ratio of two of them.

use super::replicates::Replicates;
use super::student::{t_above, t_quantile};

/// A total over places of means over seeds. A seed that is missing at one place counts at the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Total {
    pub(crate) value: f64,
    /// Squared standard error.
    pub(crate) variance: f64,
    pub(crate) degrees: f64,
}

impl Total {
    /// None where a place has fewer than two seeds. The covariance between places is that of the seeds that both have, which
    /// counts as often as they are in both means; degrees of freedom are those of the harmonic mean of the numbers of seeds.
    /// Means are taken to vary at least as those of deviations of `floor` do.
    pub(crate) fn of(places: &[&Replicates], floor: f64) -> Option<Self> {
        let degrees = degrees(places)?;
        let variance = covariance(places, places).max(least(places, floor));
        Some(Self { value: value(places), variance, degrees })
    }

    /// Half the width of its interval.
    pub(crate) fn half_width(&self, confidence: f64) -> f64 {
        t_quantile(f64::midpoint(1.0, confidence), self.degrees) * self.variance.sqrt()
    }

    /// Its interval.
    pub(crate) fn interval(&self, confidence: f64) -> (f64, f64) {
        let half_width = self.half_width(confidence);
        (self.value - half_width, self.value + half_width)
    }

    /// The probability of a total at least as far above 0, were it none or less.
    pub(crate) fn above_zero(&self) -> f64 {
        exceeds(self.value, self.variance, self.degrees)
    }

    /// The probability of a total at least as far below 0, were it none or more.
    pub(crate) fn below_zero(&self) -> f64 {
        exceeds(-self.value, self.variance, self.degrees)
    }
}

fn exceeds(value: f64, variance: f64, degrees: f64) -> f64 {
    if variance > 0.0 {
        t_above(value / variance.sqrt(), degrees)
    } else if value > 0.0 {
        0.0
    } else {
        1.0
    }
}

/// The ratio of two totals over the same places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ratio {
    part: f64,
    whole: f64,
    part_variance: f64,
    whole_variance: f64,
    covariance: f64,
    degrees: f64,
}

impl Ratio {
    /// Of replicates at the same places. None where a place has fewer than two seeds.
    pub(crate) fn of(parts: &[&Replicates], wholes: &[&Replicates], floor: f64) -> Option<Self> {
        Some(Self {
            part: value(parts),
            whole: value(wholes),
            part_variance: covariance(parts, parts).max(least(parts, floor)),
            whole_variance: covariance(wholes, wholes).max(least(wholes, floor)),
            covariance: covariance(parts, wholes),
            degrees: degrees(parts)?.min(degrees(wholes)?),
        })
    }

    /// Part by whole.
    pub(crate) fn value(&self) -> f64 {
        self.part / self.whole
    }

    /// Its interval (Fieller 1954, "Some Problems in Interval Estimation"): every ratio r for which `part − r whole` cannot be
    /// told from 0. None where the whole itself cannot, of which no ratio is too large.
    pub(crate) fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        let critical = t_quantile(f64::midpoint(1.0, confidence), self.degrees).powi(2);
        let square = self.whole.powi(2) - critical * self.whole_variance;
        let middle = self.part * self.whole - critical * self.covariance;
        let rest = self.part.powi(2) - critical * self.part_variance;
        let root = middle.powi(2) - square * rest;
        (square > 0.0).then(|| {
            let root = root.max(0.0).sqrt();
            ((middle - root) / square, (middle + root) / square)
        })
    }

    /// The probability of parts at least as large, were the ratio `share` or less, the whole being positive.
    pub(crate) fn above(&self, share: f64) -> f64 {
        let (value, variance) = self.excess(share);
        exceeds(value, variance, self.degrees)
    }

    /// The probability of parts at least as small, were the ratio `share` or more.
    pub(crate) fn below(&self, share: f64) -> f64 {
        let (value, variance) = self.excess(share);
        exceeds(-value, variance, self.degrees)
    }

    /// `part − share × whole` in standard errors.
    pub(crate) fn distance(&self, share: f64) -> f64 {
        let (value, variance) = self.excess(share);
        value / variance.sqrt()
    }

    fn excess(&self, share: f64) -> (f64, f64) {
        let variance =
            self.part_variance - 2.0 * share * self.covariance + share * share * self.whole_variance;
        (self.part - share * self.whole, variance.max(0.0))
    }
}

fn value(places: &[&Replicates]) -> f64 {
    places.iter().map(|replicates| replicates.values().sum::<f64>() / replicates.len() as f64).sum()
}

/// The variance of a total of means whose deviations are `floor`.
fn least(places: &[&Replicates], floor: f64) -> f64 {
    places.iter().map(|replicates| floor * floor / replicates.len() as f64).sum()
}

fn degrees(places: &[&Replicates]) -> Option<f64> {
    let fewest = places.iter().map(|replicates| replicates.len()).min()?;
    let inverse: f64 = places.iter().map(|replicates| 1.0 / replicates.len() as f64).sum();
    (fewest > 1).then(|| places.len() as f64 / inverse - 1.0)
}

/// The covariance of two totals of means.
fn covariance(these: &[&Replicates], those: &[&Replicates]) -> f64 {
    let pairs = these.iter().flat_map(|this| those.iter().map(move |that| (*this, *that)));
    pairs.map(|(this, that)| of_means(this, that)).sum()
}

fn of_means(this: &Replicates, that: &Replicates) -> f64 {
    let shared: Vec<(f64, f64)> =
        this.iter().filter_map(|(seed, value)| Some((*value, *that.get(seed)?))).collect();
    if shared.len() < 2 {
        return 0.0;
    }
    let count = shared.len() as f64;
    let (a, b) = (
        shared.iter().map(|pair| pair.0).sum::<f64>() / count,
        shared.iter().map(|pair| pair.1).sum::<f64>() / count,
    );
    let together: f64 = shared.iter().map(|pair| (pair.0 - a) * (pair.1 - b)).sum();
    together / (count - 1.0) * count / (this.len() * that.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_seed(values: &[f64]) -> Replicates {
        (1..).zip(values.iter().copied()).collect()
    }

    #[test]
    fn a_total_of_whole_places_is_that_of_sums_by_seed() {
        let (a, b) = (by_seed(&[1.0, 2.0, 4.0]), by_seed(&[0.5, 0.0, 1.0]));
        let total = Total::of(&[&a, &b], 0.0).unwrap();
        // Sums 1.5, 2, 5: mean 17/6, variance 43/12 of three.
        assert!((total.value - 17.0 / 6.0).abs() < 1e-12 && (total.degrees - 2.0).abs() < 1e-12);
        assert!((total.variance - 43.0 / 36.0).abs() < 1e-12, "{}", total.variance);
        assert!((total.half_width(0.95) - 4.302_653 * (43.0_f64 / 36.0).sqrt()).abs() < 1e-5);
        assert!((total.above_zero() + total.below_zero() - 1.0).abs() < 1e-12 && total.above_zero() < 0.1);
    }

    #[test]
    fn a_missing_seed_costs_its_place_alone() {
        let (a, mut b) = (by_seed(&[1.0, 2.0, 4.0, 3.0]), by_seed(&[0.5, 0.0, 1.0, 0.7]));
        b.remove(&2);
        let total = Total::of(&[&a, &b], 0.0).unwrap();
        assert!((total.value - (2.5 + 2.2 / 3.0)).abs() < 1e-12);
        assert!((total.degrees - (2.0 / (1.0 / 4.0 + 1.0 / 3.0) - 1.0)).abs() < 1e-12);
        b.remove(&1);
        b.remove(&3);
        assert_eq!(Total::of(&[&a, &b], 0.0), None);
    }

    #[test]
    fn a_ratio_has_fiellers_interval() {
        let part = by_seed(&[1.0, 1.2, 0.8, 1.0]);
        let whole = by_seed(&[2.0, 2.1, 1.9, 2.0]);
        let ratio = Ratio::of(&[&part], &[&whole], 0.0).unwrap();
        let (low, high) = ratio.interval(0.95).unwrap();
        assert!((ratio.value() - 0.5).abs() < 1e-12 && low < 0.5 && 0.5 < high);
        // Its ends are where the probability on one side is a half of what is left.
        assert!((ratio.above(low) - 0.025).abs() < 1e-9 && (ratio.below(high) - 0.025).abs() < 1e-9);
        let nothing = by_seed(&[-1.0, 1.0, 0.5, -0.5]);
        assert_eq!(Ratio::of(&[&part], &[&nothing], 0.0).unwrap().interval(0.95), None);
    }

    #[test]
    fn what_does_not_vary_is_certain() {
        let (part, whole) = (by_seed(&[0.3; 3]), by_seed(&[1.0; 3]));
        let ratio = Ratio::of(&[&part], &[&whole], 0.0).unwrap();
        assert_eq!((ratio.above(0.2), ratio.below(0.2)), (0.0, 1.0));
        let (low, high) = ratio.interval(0.95).unwrap();
        assert!((low - 0.3).abs() < 1e-7 && (high - 0.3).abs() < 1e-7);
    }
}
