//! Critical values of moderated t, by a parametric bootstrap of the whole fit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};

use super::moderated::{MOST_PRIOR_DEGREES, Variances};
use super::replicates::{Replicates, mean, variance};
use super::student::{t_above, t_quantile};

/// Families that are drawn for each design.
const DRAWS: usize = 2000;
/// Correlations for which they are drawn.
const CORRELATIONS: [f64; 6] = [0.0, 0.15, 0.3, 0.5, 0.7, 0.9];
/// Prior degrees of freedom are rounded to this many for each factor of e.
const STEPS_OF_DEGREES: f64 = 3.0;
/// The part of the tail that Student's t is fitted to where a probability is asked for.
const TAIL: f64 = 0.005;

/// Means of replicates at several places, such as each M, whose variances lend each other strength.
#[derive(Debug, Clone)]
pub(crate) struct Family {
    /// Of each place: mean, standard error and number of replicates.
    pub(crate) means: Vec<(f64, f64, usize)>,
    reference: Reference,
}

/// What moderated t are held to.
#[derive(Debug, Clone, Copy)]
enum Reference {
    /// Student's t, each with its own degrees of freedom: too few places to moderate anything.
    Plain,
    /// What a bootstrap found.
    Drawn(Drawn),
}

/// What a bootstrap found.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    /// Of the largest |t| of a family, the percentile at the confidence.
    joint: f64,
    /// Degrees of freedom of the t whose tail is that of all |t|.
    degrees: f64,
}

/// What the distribution of moderated t depends on; their scale and a trend of it do not matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Design {
    places: Vec<u64>,
    counts: Vec<usize>,
    degrees: i64,
    correlation: usize,
    confidence: u64,
}

impl Family {
    /// Of replicates at places on the axis of log M. Deviations below `floor`, what the unit of a score can tell apart, count as that.
    /// Places with fewer than two replicates are given with an infinite standard error.
    pub(crate) fn of(places: &[(f64, &Replicates)], floor: f64, confidence: f64) -> Self {
        let values: Vec<Vec<f64>> =
            places.iter().map(|(_, replicates)| replicates.values().copied().collect()).collect();
        let known: Vec<usize> = (0..values.len()).filter(|&place| values[place].len() > 1).collect();
        let at: Vec<f64> = known.iter().map(|&place| places[place].0).collect();
        let counts: Vec<usize> = known.iter().map(|&place| values[place].len()).collect();
        let degrees: Vec<f64> = counts.iter().map(|count| (count - 1) as f64).collect();
        let floored = |place: &usize| variance(&values[*place]).max(floor * floor);
        let own: Vec<f64> = known.iter().map(floored).collect();
        let variances = Variances { at: &at, own: &own, degrees: &degrees };
        let prior = if own.iter().all(|variance| *variance > 0.0) { variances.prior() } else { None };
        let moderated = variances.moderated(prior.as_ref());
        let reference = prior.as_ref().map_or(Reference::Plain, |prior| {
            let deviations: Vec<f64> = own.iter().map(|variance| variance.sqrt()).collect();
            let whose: Vec<&Replicates> = known.iter().map(|&place| places[place].1).collect();
            let correlation = nearest_correlation(correlation(&whose, &deviations));
            let degrees = (prior.degrees.max(0.5).ln() * STEPS_OF_DEGREES).round() as i64;
            let places = at.iter().map(|at| at.to_bits()).collect();
            let confidence = confidence.to_bits();
            Reference::Drawn(drawn(Design { places, counts, degrees, correlation, confidence }))
        });
        let means = values.iter().enumerate().map(|(place, values)| {
            let count = values.len();
            let error = known
                .iter()
                .position(|&known| known == place)
                .map_or(f64::INFINITY, |index| (moderated[index] / count as f64).sqrt());
            (mean(values), error, count)
        });
        Self { means: means.collect(), reference }
    }

    /// Half the width of the interval of a place, all of which hold at once; none where there is no interval.
    pub(crate) fn joint_half_width(&self, place: usize, confidence: f64) -> Option<f64> {
        let (_, error, count) = self.means[place];
        let critical = match self.reference {
            Reference::Plain => {
                let family = self.means.len() as f64;
                t_quantile(1.0 - (1.0 - confidence) / (2.0 * family), count.saturating_sub(1).max(1) as f64)
            }
            Reference::Drawn(drawn) => drawn.joint,
        };
        error.is_finite().then_some(critical * error)
    }

    /// The two-sided probability of a mean at least as far from 0, were there none; 1 where there is no interval.
    pub(crate) fn probability(&self, place: usize) -> f64 {
        let (mean, error, count) = self.means[place];
        if !error.is_finite() {
            return 1.0;
        }
        if error == 0.0 {
            return if mean == 0.0 { 1.0 } else { 0.0 };
        }
        let degrees = match self.reference {
            Reference::Plain => (count - 1) as f64,
            Reference::Drawn(drawn) => drawn.degrees,
        };
        (2.0 * t_above(mean.abs() / error, degrees)).min(1.0)
    }
}

/// The mean correlation between places, over pairs of them and the seeds that they share.
fn correlation(places: &[&Replicates], deviations: &[f64]) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (index, one) in places.iter().enumerate() {
        for (other_index, other) in places.iter().enumerate().skip(index + 1) {
            let shared: Vec<(f64, f64)> =
                one.iter().filter_map(|(seed, value)| Some((*value, *other.get(seed)?))).collect();
            if shared.len() < 2 {
                continue;
            }
            let count = shared.len() as f64;
            let (a, b) = (
                shared.iter().map(|pair| pair.0).sum::<f64>() / count,
                shared.iter().map(|pair| pair.1).sum::<f64>() / count,
            );
            let together: f64 = shared.iter().map(|pair| (pair.0 - a) * (pair.1 - b)).sum();
            sum += together / (count - 1.0) / (deviations[index] * deviations[other_index]);
            pairs += 1.0;
        }
    }
    if pairs > 0.0 { sum / pairs } else { 0.0 }
}

fn nearest_correlation(correlation: f64) -> usize {
    let distance = |index: &usize| (CORRELATIONS[*index] - correlation).abs();
    (0..CORRELATIONS.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

/// What a bootstrap of a design finds, which is always the same and found once.
fn drawn(design: Design) -> Drawn {
    static KNOWN: Mutex<Option<HashMap<Design, Drawn>>> = Mutex::new(None);
    let known =
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().get(&design).copied();
    known.unwrap_or_else(|| {
        let found = draw(&design);
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(design, found);
        found
    })
}

/// Replicates of deviations that vary around a trend as the prior says, of one correlation between places, are fitted as data are.
fn draw(design: &Design) -> Drawn {
    let degrees = (design.degrees as f64 / STEPS_OF_DEGREES).exp().min(MOST_PRIOR_DEGREES);
    let correlation = CORRELATIONS[design.correlation];
    let at: Vec<f64> = design.places.iter().map(|&bits| f64::from_bits(bits)).collect();
    let seeds = design.counts.iter().copied().max().unwrap_or(0);
    let freedom: Vec<f64> = design.counts.iter().map(|&count| (count - 1) as f64).collect();
    let mut generator = ChaCha8Rng::seed_from_u64(0);
    // Prior degrees of freedom are positive.
    let spread = ChiSquared::new(degrees).ok();
    let (mut all, mut largest) = (Vec::with_capacity(DRAWS * at.len()), Vec::with_capacity(DRAWS));
    for _ in 0..DRAWS {
        let mut normal = || -> f64 { StandardNormal.sample(&mut generator) };
        let shared: Vec<f64> = (0..seeds).map(|_| normal()).collect();
        let values: Vec<Vec<f64>> = design
            .counts
            .iter()
            .map(|&count| {
                let own = |seed: &f64| correlation.sqrt() * seed + (1.0 - correlation).sqrt() * normal();
                shared[..count].iter().map(own).collect()
            })
            .collect();
        let scale: Vec<f64> =
            at.iter().map(|_| spread.map_or(1.0, |spread| degrees / spread.sample(&mut generator))).collect();
        let own: Vec<f64> =
            values.iter().zip(&scale).map(|(values, scale)| scale * variance(values)).collect();
        let variances = Variances { at: &at, own: &own, degrees: &freedom };
        let moderated = variances.moderated(variances.prior().as_ref());
        let each = (0..at.len()).map(|place| {
            mean(&values[place]).abs() * (scale[place] * values[place].len() as f64 / moderated[place]).sqrt()
        });
        let before = all.len();
        all.extend(each);
        largest.push(all[before..].iter().copied().fold(0.0, f64::max));
    }
    let joint = percentile(&mut largest, f64::from_bits(design.confidence));
    Drawn { joint, degrees: degrees_of_tail(percentile(&mut all, 1.0 - TAIL)) }
}

fn percentile(values: &mut [f64], probability: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .get((probability * values.len() as f64) as usize)
        .or(values.last())
        .copied()
        .unwrap_or(f64::INFINITY)
}

/// The degrees of freedom of Student's t that is beyond `critical` on either side as often as [`TAIL`] says.
fn degrees_of_tail(critical: f64) -> f64 {
    let (mut few, mut many) = (0.5_f64, 1e4_f64);
    for _ in 0..40 {
        let middle = (few * many).sqrt();
        if t_quantile(1.0 - TAIL / 2.0, middle) > critical {
            few = middle;
        } else {
            many = middle;
        }
    }
    (few * many).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_seed(values: &[f64]) -> Replicates {
        (1..).zip(values.iter().copied()).collect()
    }

    #[test]
    fn few_places_are_held_to_students_t() {
        let values = by_seed(&[0.01, 0.02, 0.03, 0.04]);
        let family = Family::of(&[(0.0, &values), (1.0, &values)], 0.0, 0.95);
        let (mean, error, count) = family.means[0];
        assert!((mean - 0.025).abs() < 1e-12 && count == 4);
        // Bonferroni over two: t(1 − 0.0125, 3) = 4.176535.
        assert!((family.joint_half_width(0, 0.95).unwrap() / error - 4.176_535).abs() < 1e-5);
        // t = 0.025 / (0.0129099 / 2) = 3.872983.
        assert!((family.probability(0) - 2.0 * t_above(3.872_983, 3.0)).abs() < 1e-6);
    }

    #[test]
    fn a_lone_replicate_has_no_interval_and_equal_ones_one_of_the_units_width() {
        let (lone, equal) = (by_seed(&[0.1]), by_seed(&[0.1; 3]));
        let family = Family::of(&[(0.0, &lone), (1.0, &equal)], 0.005, 0.95);
        assert_eq!((family.joint_half_width(0, 0.95), family.probability(0)), (None, 1.0));
        assert!(family.joint_half_width(1, 0.95).unwrap() > 0.005);
        let exact = Family::of(&[(1.0, &equal)], 0.0, 0.95);
        assert!(exact.probability(0) < 1e-9, "{}", exact.probability(0));
    }

    #[test]
    fn many_places_lend_each_other_degrees_of_freedom() {
        let places: Vec<Replicates> =
            (0..7).map(|place| by_seed(&[0.0, 0.01, 0.02, 0.03, 0.04 + 0.001 * f64::from(place)])).collect();
        let places: Vec<(f64, &Replicates)> = (0..).map(f64::from).zip(&places).collect();
        let family = Family::of(&places, 0.0, 0.95);
        let plain = t_quantile(1.0 - 0.05 / 14.0, 4.0);
        let (_, error, _) = family.means[3];
        let critical = family.joint_half_width(3, 0.95).unwrap() / error;
        assert!((2.3..plain).contains(&critical), "{critical}");
    }
}
