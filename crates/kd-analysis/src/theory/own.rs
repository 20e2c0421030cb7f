//! Tests that theories of their own predictions share.

use super::evidence::Evidence;
use super::verdict::{Probabilities, Tested};
use super::{Share, Theory};
use crate::interval::Estimate;
use crate::stat::{Replicates, Total};

/// A test that rests on contrasts of its own.
pub(super) fn own(
    theory: &'static Theory,
    evidence: &Evidence<'_>,
    probabilities: Probabilities,
    because: String,
) -> Tested {
    Tested {
        theory,
        arm: evidence.arm.to_owned(),
        probabilities,
        because,
        gap: None,
        more_seeds: None,
        share: None,
        contrasts: Vec::new(),
    }
}

/// `−0.2 [−1.2, +0.8] points`: a total, or the mean of as many of which it is the total.
pub(super) fn told(evidence: &Evidence<'_>, total: &Total, count: usize) -> String {
    let (cells, count) = (evidence.cells(), count as f64);
    let half_width = Some(total.half_width(cells.confidence()) / count);
    cells.metric().difference_with_unit(&Estimate { mean: total.value / count, half_width, n: 2 })
}

/// A total over places with the seeds that each has, if each has three.
pub(super) fn total(places: &[&Replicates], floor: f64) -> Option<Total> {
    let enough = places.iter().all(|place| place.len() >= crate::cells::FEWEST_PAIRS);
    Total::of(places, floor).filter(|_| enough)
}

/// A test of a share that is not by controls.
pub(super) fn of_share(
    theory: &'static Theory,
    evidence: &Evidence<'_>,
    explained: &super::share::Explained,
    because: impl Fn(&Share) -> String,
) -> Tested {
    let probabilities =
        Probabilities { supported: explained.carries, refuted: explained.no_part, partly: explained.between };
    Tested {
        more_seeds: explained.more_seeds,
        share: Some(explained.overall),
        ..own(theory, evidence, probabilities, because(&explained.overall))
    }
}
