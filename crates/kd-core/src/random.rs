//! Randomness that is split by concern and portable.
//!
//! Every random decision of a run comes from a [`Stream`]: `ChaCha` with 8 rounds, keyed by a BLAKE3 hash of the
//! seeds and of the [`Concern`] that asks. Streams of different concerns are independent, so changing what one
//! concern draws (say, the batch order) leaves every other (say, the initialisation) as it was. That is what makes
//! two arms of one seed a *pair*.
//!
//! ```
//! use kd_core::random::{Concern, Stream};
//!
//! let mut order = Stream::new(&[11, 0], Concern::BatchOrder);
//! let permutation = order.permutation(5);
//! assert_eq!(permutation, Stream::new(&[11, 0], Concern::BatchOrder).permutation(5));
//! assert_ne!(order.next_u64(), Stream::new(&[11, 0], Concern::Dropout).next_u64());
//! ```

use std::sync::LazyLock;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of random numbers decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// The weights a model starts from.
    Initialisation,
    /// The order in which examples are visited.
    BatchOrder,
    /// Dropout masks.
    Dropout,
    /// Random changes to the teacher's signal, such as a permutation of its wrong classes.
    Intervention,
    /// What an objective's learnt parts start from, and what it draws.
    Criterion,
    /// The examples of a synthetic data set.
    Examples,
    /// Which labels are made wrong.
    LabelNoise,
    /// How examples are changed before a model sees them.
    Augmentation,
}

impl Concern {
    fn name(self) -> &'static str {
        match self {
            Self::Initialisation => "initialisation",
            Self::BatchOrder => "batch order",
            Self::Dropout => "dropout",
            Self::Intervention => "intervention",
            Self::Criterion => "criterion",
            Self::Examples => "examples",
            Self::LabelNoise => "label noise",
            Self::Augmentation => "augmentation",
        }
    }
}

/// A stream of random numbers, the same on every machine and for every version of every library.
///
/// The distributions are written out here because those of general-purpose crates change between releases.
#[derive(Debug, Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of `concern` under these seeds (for instance the study's and the run's).
    #[must_use]
    pub fn new(seeds: &[u64], concern: Concern) -> Self {
        // Views open a stream for each example of each batch.
        static KEY: LazyLock<blake3::Hasher> =
            LazyLock::new(|| blake3::Hasher::new_derive_key("kd random stream 1"));
        let mut hasher = KEY.clone();
        hasher.update(concern.name().as_bytes());
        for seed in seeds {
            hasher.update(&seed.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
    }

    /// 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`, a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in `0..bound`, without bias (Lemire's multiplication with rejection, arXiv 1805.10941).
    ///
    /// # Panics
    /// If `bound` is 0: there is nothing to draw from.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "cannot draw from an empty range");
        let rejected = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= rejected {
                return (product >> 64) as u64;
            }
        }
    }

    /// Standard normal (Box-Muller; the second value of each pair is dropped, so that a draw needs no memory).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Beta distributed, both parameters positive: the share of one of two gamma variates.
    pub fn beta(&mut self, alpha: f64, beta: f64) -> f64 {
        let [first, second] = [alpha, beta].map(|shape| self.log_gamma(shape));
        1.0 / (1.0 + (second - first).exp())
    }

    /// Logarithm of a gamma variate of unit scale (Marsaglia & Tsang 2000, "A Simple Method for Generating Gamma
    /// Variables"): small shapes give numbers that only their logarithm holds.
    fn log_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.log_gamma(shape + 1.0) + (1.0 - self.uniform()).ln() / shape;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let log_v = 3.0 * (1.0 + c * x).ln();
            // Not a number where 1 + c x is negative, which refuses it as it should.
            if (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * log_v.exp() + d * log_v {
                return d.ln() + log_v;
            }
        }
    }

    /// Shuffles in place, uniformly over all orders (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(last as u64 + 1) as usize;
            items.swap(last, chosen);
        }
    }

    /// A uniform permutation of `0..length`, as libtorch indexes.
    pub fn permutation(&mut self, length: usize) -> Vec<i64> {
        let mut order: Vec<i64> = (0..length as i64).collect();
        self.shuffle(&mut order);
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_never_change() {
        let mut stream = Stream::new(&[11, 13], Concern::BatchOrder);
        assert_eq!(stream.permutation(8), GOLDEN_PERMUTATION);
        assert_eq!(stream.next_u64(), GOLDEN_BITS);
    }

    const GOLDEN_PERMUTATION: [i64; 8] = [3, 0, 6, 2, 5, 1, 4, 7];
    const GOLDEN_BITS: u64 = 8_111_417_611_229_212_833;

    #[test]
    fn bounded_draws_are_uniform() {
        let mut stream = Stream::new(&[1], Concern::BatchOrder);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[stream.below(7) as usize] += 1;
        }
        let chi_square: f64 = counts.iter().map(|&c| (f64::from(c) - 10_000.0).powi(2) / 10_000.0).sum();
        assert!(
            chi_square < 22.46,
            "chi-square with 6 degrees of freedom exceeds its 99.9 % point: {chi_square}"
        );
    }

    #[test]
    fn normal_draws_have_unit_moments() {
        let mut stream = Stream::new(&[2], Concern::Initialisation);
        let draws: Vec<f64> = (0..50_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 50_000.0;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / 50_000.0;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "mean {mean}, variance {variance}");
    }
    #[test]
    fn beta_draws_have_the_moments_of_beta() {
        for (alpha, beta) in [(0.05, 0.05), (1.0, 1.0), (2.0, 5.0)] {
            let mut stream = Stream::new(&[3], Concern::Augmentation);
            let draws: Vec<f64> = (0..50_000).map(|_| stream.beta(alpha, beta)).collect();
            assert!(draws.iter().all(|x| (0.0..=1.0).contains(x)));
            let mean = draws.iter().sum::<f64>() / 50_000.0;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 50_000.0;
            let sum: f64 = alpha + beta;
            let expected = (alpha / sum, alpha * beta / (sum * sum * (sum + 1.0)));
            // Six standard errors at least: no variance exceeds 1/4.
            assert!((mean - expected.0).abs() < 0.015, "mean {mean} of {alpha}, {beta}");
            assert!((variance - expected.1).abs() < 0.01, "variance {variance} of {alpha}, {beta}");
        }
    }
}
