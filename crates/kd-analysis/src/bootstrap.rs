//! Resampling of replicates.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Up to this many replicates, every resample is visited: 6^6 is 46,656.
const EXHAUSTIVE: usize = 6;
/// Beyond, that many are drawn, always the same.
const DRAWS: usize = 10_000;

/// Indices of resamples with replacement of `n` replicates (Efron 1979): all n^n for few, else a fixed random sample.
pub(crate) fn resamples(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return Vec::new();
    }
    if n <= EXHAUSTIVE {
        let total = n.pow(n as u32);
        return (0..total).map(|code| (0..n).map(|digit| code / n.pow(digit as u32) % n).collect()).collect();
    }
    let mut generator = ChaCha8Rng::seed_from_u64(0);
    (0..DRAWS).map(|_| (0..n).map(|_| (generator.next_u64() % n as u64) as usize).collect()).collect()
}

/// The `(1 - confidence) / 2` and `(1 + confidence) / 2` quantiles of values in their order; values may be infinite.
pub(crate) fn percentile_interval(mut values: Vec<f64>, confidence: f64) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let at = |probability: f64| values[(probability * last as f64).round() as usize];
    Some((at((1.0 - confidence) / 2.0), at(f64::midpoint(1.0, confidence))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_replicates_are_resampled_in_every_way() {
        let all = resamples(3);
        assert_eq!(all.len(), 27);
        assert_eq!(all.iter().filter(|resample| **resample == [0, 0, 0]).count(), 1);
        assert_eq!(resamples(8).len(), DRAWS);
        assert!(resamples(0).is_empty());
    }

    #[test]
    fn percentiles_allow_for_infinity() {
        let values = (0..=100).map(f64::from).collect();
        assert_eq!(percentile_interval(values, 0.9), Some((5.0, 95.0)));
        assert_eq!(percentile_interval(vec![1.0, f64::INFINITY], 0.95), Some((1.0, f64::INFINITY)));
        assert_eq!(percentile_interval(vec![], 0.95), None);
    }
}
