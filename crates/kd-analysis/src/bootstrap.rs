//! Resampling of replicates.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::interval::t_quantile;
use crate::theory::FEWEST_SEEDS;

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

/// The interval of a statistic over resampled replicates, none below [`FEWEST_SEEDS`] of them. Values may be infinite;
/// where there is none, the resample is left out.
///
/// Expanded percentiles (Hesterberg 2015, "What Teachers Should Know About the Bootstrap", arXiv 1411.5279): plain ones
/// are too narrow for few replicates, by the factor between Student's t with `√(n / (n - 1))` and the normal quantile.
pub(crate) fn resampled_interval(
    replicates: usize,
    confidence: f64,
    statistic: impl Fn(&[usize]) -> Option<f64>,
) -> Option<(f64, f64)> {
    if replicates < FEWEST_SEEDS {
        return None;
    }
    let mut values: Vec<f64> = resamples(replicates).iter().filter_map(|chosen| statistic(chosen)).collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let upper = expanded(confidence, replicates);
    let at = |probability: f64| values[(probability * last as f64).round() as usize];
    Some((at(1.0 - upper), at(upper)))
}

/// The upper percentile to take for an interval of level `confidence` over `n` replicates.
fn expanded(confidence: f64, n: usize) -> f64 {
    let n = n as f64;
    let quantile = t_quantile(f64::midpoint(1.0, confidence), n - 1.0) * (n / (n - 1.0)).sqrt();
    // Mean 0 and deviation 1 are always accepted.
    Normal::new(0.0, 1.0).map_or(1.0, |normal| normal.cdf(quantile))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_replicates_are_resampled_in_every_way() {
        let all = resamples(3);
        assert_eq!(all.len(), 27);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 27, "each once");
        assert_eq!(resamples(6).len(), 46_656);
        assert_eq!(all.iter().filter(|resample| **resample == [0, 0, 0]).count(), 1);
        let drawn = resamples(8);
        assert_eq!(drawn.len(), DRAWS);
        let mut counts = [0; 8];
        drawn.iter().flatten().for_each(|&replicate| counts[replicate] += 1);
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "evenly: {counts:?}");
        assert!(resamples(0).is_empty());
    }

    #[test]
    fn percentiles_are_those_of_the_literature_and_allow_for_infinity() {
        // t(0.975, 4) = 2.776445, times the root of 5/4 is 3.104160, whose normal probability is 0.999046.
        assert!((expanded(0.95, 5) - 0.999_046).abs() < 1e-6);
        assert_eq!(resampled_interval(4, 0.95, |_| Some(1.0)), None, "too few");
        let ends =
            resampled_interval(5, 0.95, |chosen| Some(if chosen[0] == 0 { f64::INFINITY } else { 1.0 }));
        assert_eq!(ends, Some((1.0, f64::INFINITY)));
        assert_eq!(resampled_interval(5, 0.95, |_| None), None);
    }

    #[test]
    fn ends_are_at_their_percentiles() {
        // Of 3,125 resamples the one in place 3 from either end: 1 is all of the least, 5 are four of it and one of the
        // next.
        let sum = |chosen: &[usize]| Some(chosen.iter().sum::<usize>() as f64);
        assert_eq!(resampled_interval(5, 0.95, sum), Some((1.0, 19.0)));
    }

    #[test]
    fn intervals_of_five_cover_the_truth_about_as_often_as_they_say() {
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        // A sum of twelve uniform numbers is close to normal; the truth is 0.
        let mut normal = || {
            let uniform = |bits: u64| (bits >> 11) as f64 / (1_u64 << 53) as f64;
            (0..12).map(|_| uniform(generator.next_u64())).sum::<f64>() - 6.0
        };
        let studies = 400;
        let covered = (0..studies)
            .filter(|_| {
                let seeds: Vec<f64> = (0..5).map(|_| normal()).collect();
                let mean = |chosen: &[usize]| Some(chosen.iter().map(|&seed| seeds[seed]).sum::<f64>() / 5.0);
                resampled_interval(5, 0.95, mean).is_some_and(|(low, high)| low < 0.0 && 0.0 < high)
            })
            .count();
        let share = covered as f64 / f64::from(studies);
        assert!((0.90..=0.98).contains(&share), "{share} of intervals at 0.95 cover the truth");
    }
}
