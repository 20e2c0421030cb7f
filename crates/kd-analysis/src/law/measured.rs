//! What a law is fitted to: a quantity at several M, by seed.

use std::collections::BTreeMap;

use crate::stat::t_quantile;

/// Fewer M than this have no law: three numbers are fitted, and one M at least has to be able to contradict them.
pub const FEWEST_SIZES: usize = 4;
/// Fewer seeds than this have no law.
pub const FEWEST_LAW_SEEDS: usize = 3;

/// A quantity of the seeds that have it at every M. Vectors over M are scaled by the roots of the weights, so that
/// plain inner products are weighted ones.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// M, ascending.
    pub(crate) samples: Vec<u64>,
    /// ln(M / smallest M).
    pub(crate) x: Vec<f64>,
    /// Roots of the weights, whose mean is 1.
    pub(crate) root: Vec<f64>,
    /// `[seed][M]`, scaled.
    pub(crate) seeds: Vec<Vec<f64>>,
    /// Mean over seeds, scaled.
    pub(crate) mean: Vec<f64>,
}

impl Measured {
    /// Of values by M and seed. M that fewer than half of the seeds have are left out, then seeds that miss one of the
    /// others. None where too few are left, or where no seed differs from another, so that there is no error to hold a
    /// law against.
    pub(crate) fn of(values: &BTreeMap<u64, BTreeMap<u64, f64>>) -> Option<Self> {
        let most = values.values().map(BTreeMap::len).max()?;
        let kept: Vec<(u64, &BTreeMap<u64, f64>)> = values
            .iter()
            .filter(|(_, seeds)| 2 * seeds.len() >= most)
            .map(|(&samples, seeds)| (samples, seeds))
            .collect();
        let (_, first) = kept.first()?;
        let complete = first.keys().filter(|seed| kept.iter().all(|(_, seeds)| seeds.contains_key(seed)));
        let by_seed: Vec<Vec<f64>> =
            complete.map(|seed| kept.iter().map(|(_, seeds)| seeds[seed]).collect()).collect();
        let samples: Vec<u64> = kept.iter().map(|(samples, _)| *samples).collect();
        Self::complete(&samples, &by_seed)
    }

    /// Of values `[seed][M]`.
    pub(crate) fn complete(samples: &[u64], by_seed: &[Vec<f64>]) -> Option<Self> {
        if samples.len() < FEWEST_SIZES || by_seed.len() < FEWEST_LAW_SEEDS || samples[0] == 0 {
            return None;
        }
        if by_seed.iter().flatten().any(|value| !value.is_finite()) {
            return None;
        }
        let least = samples[0] as f64;
        let x: Vec<f64> = samples.iter().map(|&samples| (samples as f64 / least).ln()).collect();
        let root = roots(&x, by_seed)?;
        let scaled = |values: &Vec<f64>| -> Vec<f64> {
            std::iter::zip(values, &root).map(|(value, root)| value * root).collect()
        };
        let seeds: Vec<Vec<f64>> = by_seed.iter().map(scaled).collect();
        let mean = (0..x.len()).map(|m| mean(seeds.iter().map(|seed| seed[m]))).collect();
        Some(Self { samples: samples.to_vec(), x, root, seeds, mean })
    }

    /// `of` x at every M, scaled.
    pub(crate) fn column(&self, of: impl Fn(f64) -> f64) -> Vec<f64> {
        std::iter::zip(&self.x, &self.root).map(|(&x, root)| root * of(x)).collect()
    }

    /// What Student's t over seeds stays below with `probability`. Weights are estimated from the same seeds, which makes
    /// errors look smaller than they are; simulation of nothing but the test, with weights known and estimated, says by how
    /// much the critical value has to grow.
    pub(crate) fn critical(&self, probability: f64) -> f64 {
        let degrees = (self.seeds.len() - 1) as f64;
        t_quantile(probability, degrees) * wider(degrees)
    }

    /// What is said of M beyond those measured: ln(M / smallest M).
    pub(crate) fn place(&self, samples: f64) -> f64 {
        (samples / self.samples[0] as f64).ln()
    }

    /// Student's t of `direction` over seeds: the mean of its inner products with `seed − shift`, over their standard
    /// error.
    pub(crate) fn t(&self, direction: &[f64], shift: f64) -> f64 {
        let products: Vec<f64> = self
            .seeds
            .iter()
            .map(|seed| {
                let terms = std::iter::zip(direction, std::iter::zip(seed, &self.root));
                terms.map(|(along, (value, root))| along * (value - shift * root)).sum()
            })
            .collect();
        t(&products)
    }
}

/// By what intervals over seeds of this many degrees of freedom are widened for estimated weights.
pub(crate) fn wider(degrees: f64) -> f64 {
    1.0 + 1.0 / (3.0 * degrees)
}

/// Mean over standard error; infinite where nothing varies but the mean is not nil.
fn t(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = mean(values.iter().copied());
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    if mean.abs() <= f64::EPSILON * error { 0.0 } else { mean / error }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

/// Roots of weights, which are one over the variance over seeds. Single variances of few seeds are rough, so their
/// logarithms are smoothed: a line against ln M (as limma-trend does; Law et al. 2014), whose slope is kept within
/// what learning curves show.
fn roots(x: &[f64], by_seed: &[Vec<f64>]) -> Option<Vec<f64>> {
    const SLOPES: (f64, f64) = (-3.0, 1.0);
    let n = by_seed.len() as f64;
    let variance = |m: usize| {
        let mean = mean(by_seed.iter().map(|seed| seed[m]));
        by_seed.iter().map(|seed| (seed[m] - mean).powi(2)).sum::<f64>() / (n - 1.0)
    };
    let variances: Vec<f64> = (0..x.len()).map(variance).collect();
    // What rounding leaves of equal seeds is no variance.
    let size = by_seed.iter().flatten().map(|value| value.abs()).fold(0.0, f64::max);
    let some = variances.iter().copied().filter(|variance| *variance > (1e-9 * size).powi(2));
    let least = some.min_by(f64::total_cmp)?;
    let logs: Vec<f64> = variances.iter().map(|variance| variance.max(0.1 * least).ln()).collect();
    let slope = slope(x, &logs).clamp(SLOPES.0, SLOPES.1);
    let weights: Vec<f64> = x.iter().map(|x| (-slope * x).exp()).collect();
    let total = mean(weights.iter().copied());
    Some(weights.iter().map(|weight| (weight / total).sqrt()).collect())
}

/// The least-squares slope of `y` against `x`.
pub(crate) fn slope(x: &[f64], y: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(x.iter().copied()), mean(y.iter().copied()));
    let covariance: f64 = std::iter::zip(x, y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    covariance / x.iter().map(|x| (x - mean_x).powi(2)).sum::<f64>()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    std::iter::zip(a, b).map(|(a, b)| a * b).sum()
}

/// What is left of `vector` without its parts along `others`, of which there are two at most.
pub(crate) fn without(vector: &[f64], others: &[&[f64]]) -> Vec<f64> {
    let mut left = vector.to_vec();
    for other in orthonormal(others) {
        let along = dot(&left, &other);
        std::iter::zip(&mut left, &other).for_each(|(left, other)| *left -= along * other);
    }
    left
}

/// An orthonormal basis of what `vectors` span (Gram and Schmidt, each step twice). Those that nearly lie in what comes
/// before them add nothing.
pub(crate) fn orthonormal(vectors: &[&[f64]]) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for vector in vectors {
        let mut left = vector.to_vec();
        for known in basis.iter().chain(basis.iter()) {
            let along = dot(&left, known);
            std::iter::zip(&mut left, known).for_each(|(left, known)| *left -= along * known);
        }
        let length = dot(&left, &left).sqrt();
        if length > 1e-9 * dot(vector, vector).sqrt() {
            basis.push(left.iter().map(|value| value / length).collect());
        }
    }
    basis
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[(u64, &[(u64, f64)])]) -> BTreeMap<u64, BTreeMap<u64, f64>> {
        cells.iter().map(|(samples, seeds)| (*samples, seeds.iter().copied().collect())).collect()
    }

    #[test]
    fn one_lost_run_costs_its_seed_and_a_thin_size_only_itself() {
        let all: &[(u64, f64)] = &[(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.5)];
        let values = table(&[(10, all), (20, all), (30, &all[..1]), (40, &all[1..]), (80, all)]);
        let found = Measured::of(&values).unwrap();
        assert_eq!((found.samples.as_slice(), found.seeds.len()), (&[10, 20, 40, 80][..], 3));
        assert!(Measured::of(&table(&[(10, all), (20, all), (40, all)])).is_none(), "three sizes");
        let two = &all[..2];
        assert!(Measured::of(&table(&[(10, two), (20, two), (40, two), (80, two)])).is_none(), "two seeds");
    }

    #[test]
    fn seeds_that_do_not_differ_have_no_error() {
        let same: &[(u64, f64)] = &[(1, 0.3), (2, 0.1 + 0.2), (3, 0.3)];
        assert!(Measured::of(&table(&[(10, same), (20, same), (40, same), (80, same)])).is_none());
    }

    #[test]
    fn weights_follow_the_trend_of_the_variance() {
        // The deviation halves with each doubling of M, so the variance falls with M squared.
        let at = |m: f64| [1.0, 0.0, -1.0].map(|deviation| deviation / m);
        let by_seed: Vec<Vec<f64>> =
            (0..3).map(|seed| [1.0, 2.0, 4.0, 8.0].map(|m| at(m)[seed]).to_vec()).collect();
        let found = Measured::complete(&[10, 20, 40, 80], &by_seed).unwrap();
        let ratios: Vec<f64> = found.root.windows(2).map(|pair| pair[1] / pair[0]).collect();
        assert!(ratios.iter().all(|ratio| (ratio - 2.0).abs() < 1e-9), "{ratios:?}");
        assert!((found.root.iter().map(|root| root * root).sum::<f64>() - 4.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_left_is_orthogonal_to_all_that_was_taken() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0]);
        let left = without(&[4.0, -1.0, 2.5, 9.0], &[&a, &b]);
        assert!(dot(&left, &a).abs() < 1e-9 && dot(&left, &b).abs() < 1e-9 && dot(&left, &left) > 1.0);
        assert_eq!(orthonormal(&[&a, &a.map(|value| 2.0 * value), &b]).len(), 2);
    }
}
