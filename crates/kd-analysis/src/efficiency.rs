//! How many labels distillation is worth.

use serde::{Deserialize, Serialize};

use crate::bootstrap::resampled_interval;
use crate::isotonic::isotonic;

/// A number of samples that the measured range may only bound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Within the range.
    Exact(f64),
    /// Beyond its upper end.
    AtLeast(f64),
    /// Below its lower end.
    AtMost(f64),
}

impl Bound {
    /// The number, whatever its kind.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Exact(value) | Self::AtLeast(value) | Self::AtMost(value) => value,
        }
    }

    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Exact(value) => Self::Exact(change(value)),
            Self::AtLeast(value) => Self::AtLeast(change(value)),
            Self::AtMost(value) => Self::AtMost(change(value)),
        }
    }
}

/// How many labelled samples reach what an arm reaches with M.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Equivalence {
    /// M.
    pub samples: u64,
    /// `M_labels(score)`, the labelled samples that reach the arm's mean score.
    pub labelled: Bound,
    /// Its interval, from resampled seeds; absent below [`crate::FEWEST_SEEDS`] of them.
    pub interval: Option<(Bound, Bound)>,
}

impl Equivalence {
    /// The data-efficiency factor η(M) = `M_labels` / M.
    #[must_use]
    pub fn factor(&self) -> Bound {
        self.labelled.map(|labelled| labelled / self.samples as f64)
    }

    /// The interval of η(M).
    #[must_use]
    pub fn factor_interval(&self) -> Option<(Bound, Bound)> {
        let divide = |bound: Bound| bound.map(|labelled| labelled / self.samples as f64);
        self.interval.map(|(low, high)| (divide(low), divide(high)))
    }
}

/// Scores of one arm by M (ascending) and seed; all M have the same seeds.
pub(crate) struct Scores<'a> {
    pub(crate) samples: &'a [u64],
    /// `[M][seed]`.
    pub(crate) scores: &'a [Vec<f64>],
}

/// Equivalences of an arm's mean score at `samples` with the label curve, seeds resampled for both together.
pub(crate) fn equivalence(
    labels: &Scores<'_>,
    samples: u64,
    arm: &[f64],
    confidence: f64,
) -> Option<Equivalence> {
    let everyone: Vec<usize> = (0..arm.len()).collect();
    let labelled_with = |seeds: &[usize]| {
        let mean = |scores: &[f64]| seeds.iter().map(|&seed| scores[seed]).sum::<f64>() / seeds.len() as f64;
        let curve: Vec<f64> = labels.scores.iter().map(|scores| mean(scores)).collect();
        invert(labels.samples, &isotonic(&curve), mean(arm))
    };
    let labelled = labelled_with(&everyone)?;
    let interval = resampled_interval(arm.len(), confidence, |seeds| {
        labelled_with(seeds).map(|bound| match bound {
            Bound::Exact(value) => value,
            Bound::AtLeast(_) => f64::INFINITY,
            Bound::AtMost(_) => 0.0,
        })
    });
    Some(Equivalence { samples, labelled, interval: interval.map(|ends| within(labels.samples, ends)) })
}

/// Ends of an interval on the axis of M, of which 0 and infinity mean beyond what was measured.
pub(crate) fn within(samples: &[u64], (low, high): (f64, f64)) -> (Bound, Bound) {
    let edge = |samples: Option<&u64>| samples.map_or(0.0, |&samples| samples as f64);
    let bound = |value: f64| match value {
        0.0 => Bound::AtMost(edge(samples.first())),
        value if value.is_infinite() => Bound::AtLeast(edge(samples.last())),
        value => Bound::Exact(value),
    };
    (bound(low), bound(high))
}

/// The number of samples at which a non-decreasing curve, linear in log M between its points, reaches `score`.
fn invert(samples: &[u64], curve: &[f64], score: f64) -> Option<Bound> {
    let (least, most) = (*samples.first()? as f64, *samples.last()? as f64);
    if score < *curve.first()? {
        return Some(Bound::AtMost(least));
    }
    if score > *curve.last()? {
        return Some(Bound::AtLeast(most));
    }
    let after = curve.iter().position(|&value| value >= score)?;
    if after == 0 {
        return Some(Bound::Exact(least));
    }
    let (low, high) = (curve[after - 1], curve[after]);
    let (from, to) = ((samples[after - 1] as f64).ln(), (samples[after] as f64).ln());
    Some(Bound::Exact((from + (to - from) * (score - low) / (high - low)).exp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_inverted_in_log_samples_and_censored_at_their_ends() {
        let samples = [10, 100, 1000];
        let curve = [0.5, 0.7, 0.9];
        let at = |score| invert(&samples, &curve, score).unwrap();
        assert_eq!(at(0.5), Bound::Exact(10.0));
        let Bound::Exact(middle) = at(0.8) else { panic!("within the range") };
        assert!((middle - 100.0 * 10.0_f64.sqrt()).abs() < 1e-9);
        let Bound::Exact(top) = at(0.9) else { panic!("within the range") };
        assert!((top - 1000.0).abs() < 1e-9);
        assert_eq!(at(0.95), Bound::AtLeast(1000.0));
        assert_eq!(at(0.4), Bound::AtMost(10.0));
        assert_eq!(
            invert(&[10, 100], &[0.6, 0.6], 0.6),
            Some(Bound::Exact(10.0)),
            "a plateau starts where it starts"
        );
    }

    #[test]
    fn equal_seeds_give_a_point() {
        let labels = Scores { samples: &[10, 1000], scores: &[vec![0.5; 5], vec![0.9; 5]] };
        let found = equivalence(&labels, 10, &[0.7; 5], 0.95).unwrap();
        assert!(
            (found.labelled.value() - 100.0).abs() < 1e-9 && (found.factor().value() - 10.0).abs() < 1e-9
        );
        let (low, high) = found.interval.unwrap();
        assert!((low.value() - 100.0).abs() < 1e-9 && (high.value() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn an_interval_says_where_it_leaves_the_range() {
        let labels = Scores { samples: &[10, 1000], scores: &[vec![0.5; 5], vec![0.9; 5]] };
        let found = equivalence(&labels, 10, &[0.8, 0.85, 0.9, 0.95, 0.97], 0.95).unwrap();
        assert!(matches!(found.interval, Some((Bound::Exact(_), Bound::AtLeast(_)))), "{found:?}");
    }

    #[test]
    fn the_label_curve_is_made_monotone_before_it_is_read() {
        // Made monotone, it is 0.5, 0.8, 0.8, and reaches 0.75 five sixths of the way from 10 to 100.
        let labels =
            Scores { samples: &[10, 100, 1000], scores: &[vec![0.5; 5], vec![0.9; 5], vec![0.7; 5]] };
        let found = equivalence(&labels, 100, &[0.75; 5], 0.95).unwrap();
        let expected = 10.0 * 10.0_f64.powf(5.0 / 6.0);
        assert!((found.labelled.value() - expected).abs() < 1e-9, "{found:?}");
        let (low, high) = found.factor_interval().unwrap();
        assert!([low, high].iter().all(|end| (end.value() - expected / 100.0).abs() < 1e-9), "{found:?}");
    }

    #[test]
    fn bounds_stay_what_they_are_when_divided() {
        let of = |labelled| Equivalence { samples: 4, labelled, interval: Some((labelled, labelled)) };
        for (bound, divided) in [
            (Bound::Exact(10.0), Bound::Exact(2.5)),
            (Bound::AtLeast(10.0), Bound::AtLeast(2.5)),
            (Bound::AtMost(10.0), Bound::AtMost(2.5)),
        ] {
            assert_eq!(of(bound).factor(), divided);
            assert_eq!(of(bound).factor_interval(), Some((divided, divided)));
        }
        assert_eq!(within(&[10, 40], (0.0, f64::INFINITY)), (Bound::AtMost(10.0), Bound::AtLeast(40.0)));
        assert_eq!(within(&[10, 40], (12.0, 13.0)), (Bound::Exact(12.0), Bound::Exact(13.0)));
    }
}
