//! Which examples a run gets.
//!
//! Every example has a rank: a keyed hash of its identity (data set, split, row) under a seed. A subset of M is the
//! first M in rank order, so subsets are nested, do not depend on the order in which candidates are listed, and
//! never change with a library's version. Where a score or distances decide the order, the rank decides between equals.

mod core_set;
pub(crate) mod numbers;

use std::cmp::Ordering;

use tch::Kind;

use crate::error::{Error, Result};
use crate::ranking::{Key, interleave};
pub use crate::ranking::{holdout, holdout_of};
use crate::{ByScore, Examples, Order, Sampling};

/// The first `samples` candidates (or all, if there are fewer) in an order whose every prefix is the subset of that
/// size. `candidates` are rows of `examples`, the training split.
///
/// Sampled by class, every prefix holds each class within one of its exact share. A core set takes memory in proportion
/// to the candidates, and time in proportion to candidates times `samples`.
///
/// ```
/// use kd_data::{Sampling, catalogue, subset};
///
/// # fn main() -> Result<(), kd_data::Error> {
/// let letters = catalogue::load("letter")?;
/// let all: Vec<usize> = (0..letters.train.len()).collect();
/// let of = |samples| subset::rank(7, &letters.name, &all, &letters.train, &Sampling::Balanced, samples);
/// assert_eq!(of(26)?, of(260)?[..26]); // a letter of each, which are the first of every larger subset
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If [`check`] refuses.
pub fn rank(
    seed: u64,
    dataset: &str,
    candidates: &[usize],
    examples: &Examples,
    sampling: &Sampling,
    samples: usize,
) -> Result<Vec<usize>> {
    let key = Key::new(seed, dataset);
    let ranked = key.rank(candidates);
    let samples = samples.min(ranked.len());
    if samples == 0 {
        return Ok(Vec::new());
    }
    let by_class =
        |order: &[usize]| -> Result<Vec<usize>> { Ok(interleave(order, examples.labels()?, sampling, &key)) };
    let placed = |places: Vec<usize>| places.into_iter().map(|place| ranked[place]).collect();
    let mut order = match sampling {
        Sampling::Uniform => ranked,
        Sampling::Stratified | Sampling::Balanced | Sampling::LongTailed(_) => by_class(&ranked)?,
        Sampling::ByScore(scores) => {
            let order = by_score(ranked, scores, examples.len())?;
            if scores.stratified { by_class(&order)? } else { order }
        }
        Sampling::KCentre(measured) => {
            placed(core_set::k_centre(&core_set::points(examples, &ranked, measured)?, samples)?)
        }
        Sampling::Herding(measured) => {
            placed(core_set::herding(&core_set::points(examples, &ranked, measured)?, samples)?)
        }
    };
    order.truncate(samples);
    Ok(order)
}

/// That `examples`, the training split, can be drawn from.
///
/// # Errors
/// If sampling is by class and targets are not classes, by distance and inputs are texts, or by a file without a row of
/// finite numbers for each example.
pub fn check(examples: &Examples, sampling: &Sampling) -> Result<()> {
    if sampling.is_by_class() {
        examples.labels()?;
    }
    match sampling {
        Sampling::ByScore(scores) => self::scores(scores, examples.len()).map(drop),
        Sampling::KCentre(measured) | Sampling::Herding(measured) => core_set::check(examples, measured),
        _ => Ok(()),
    }
}

/// `ranked` by score; equals stay in order.
fn by_score(mut ranked: Vec<usize>, by: &ByScore, count: usize) -> Result<Vec<usize>> {
    let scores = scores(by, count)?;
    ranked.sort_by(|&a, &b| {
        let rising = scores[a].partial_cmp(&scores[b]).unwrap_or(Ordering::Equal);
        if by.order == Order::Highest { rising.reverse() } else { rising }
    });
    Ok(ranked)
}

fn scores(by: &ByScore, count: usize) -> Result<Vec<f64>> {
    let numbers = numbers::read(&by.path, count)?;
    match numbers.size2()? {
        (_, 1) => Ok(Vec::try_from(numbers.f_flatten(0, -1)?.f_to_kind(Kind::Double)?)?),
        (_, width) => {
            let problem = format!("has {width} numbers for each example, but a score is one");
            Err(Error::file(by.path.display().to_string(), problem))
        }
    }
}

/// A hash of which rows a subset holds, whatever their order, in hexadecimal.
#[must_use]
pub fn subset_hash(rows: &[usize]) -> String {
    let mut sorted = rows.to_vec();
    sorted.sort_unstable();
    let mut hasher = blake3::Hasher::new_derive_key("kd subset 1");
    for row in sorted {
        hasher.update(&(row as u64).to_le_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests;
