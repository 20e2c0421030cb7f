//! The order that a seed gives to examples: by a keyed hash of what they are, whatever the order in which they come.

mod by_class;

pub(crate) use by_class::interleave;

use crate::{Examples, Sampling, Targets};

/// Hashes identities under a seed.
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn new(seed: u64, dataset: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("kd subset rank 1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(dataset.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    pub(crate) fn rank(&self, candidates: &[usize]) -> Vec<usize> {
        let mut ranked = candidates.to_vec();
        ranked.sort_by_cached_key(|&row| (self.hash(b"train", row as u64), row));
        ranked
    }

    fn hash(&self, what: &[u8], number: u64) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(what);
        hasher.update(&number.to_le_bytes());
        *hasher.finalize().as_bytes()
    }
}

/// Splits the training rows into `(pool, held out)`, both ascending: `fraction` of them, rounded; of every class its
/// share where targets are classes.
#[must_use]
pub fn holdout(seed: u64, dataset: &str, examples: &Examples, fraction: f64) -> (Vec<usize>, Vec<usize>) {
    let rows: Vec<usize> = (0..examples.len()).collect();
    let count = (fraction * rows.len() as f64).round() as usize;
    holdout_of(seed, dataset, examples, &rows, count)
}

/// Splits `rows` alone, which are training rows, in the same order: `count` of them are held out.
#[must_use]
pub fn holdout_of(
    seed: u64,
    dataset: &str,
    examples: &Examples,
    rows: &[usize],
    count: usize,
) -> (Vec<usize>, Vec<usize>) {
    let key = Key::new(seed, &format!("{dataset} validation"));
    let ranked = key.rank(rows);
    let mut held_out = match &examples.targets {
        Targets::Classes(labels) => interleave(&ranked, labels, &Sampling::Stratified, &key),
        Targets::Numbers(_) | Targets::NextToken => ranked,
    };
    let mut pool = held_out.split_off(count.min(held_out.len()));
    pool.sort_unstable();
    held_out.sort_unstable();
    (pool, held_out)
}
