//! Tests that theories of their own predictions share.

use super::verdict::{Probabilities, Tested};
use super::{Share, Theory};
use crate::stat::{Replicates, Total};
use super::evidence::Evidence;

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

/// A total over places with the seeds that each has, if each has three.
pub(super) fn total(places: &[&Replicates], floor: f64) -> Option<Total> {
    let enough = places.iter().all(|place| place.len() >= crate::gain::FEWEST_PAIRS);
    Total::of(places, floor).filter(|_| enough)
}

/// The differences of the seeds that both have.
pub(super) fn minus(these: &Replicates, those: &Replicates) -> Replicates {
    these.iter().filter_map(|(seed, value)| Some((*seed, value - those.get(seed)?))).collect()
}

/// A test of a share that is not by controls.
pub(super) fn of_share(
    theory: &'static Theory,
    evidence: &Evidence<'_>,
    explained: super::share::Explained,
    because: impl Fn(&Share) -> String,
) -> Tested {
    let probabilities = Probabilities {
        supported: explained.carries,
        refuted: explained.no_part,
        partly: explained.between,
    };
    Tested {
        more_seeds: explained.more_seeds,
        share: Some(explained.overall),
        ..own(theory, evidence, probabilities, because(&explained.overall))
    }
}
