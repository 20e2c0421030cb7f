//! Which examples a run gets.
//!
//! Every example has a rank: a keyed hash of its identity (data set, split, row) under a seed. A subset of M is the
//! first M in rank order, so subsets are nested, do not depend on the order in which candidates are listed, and
//! never change with a library's version.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::{Examples, LongTailed, Sampling, Targets};

/// The candidates in an order whose every prefix is the subset of that size.
///
/// `candidates` are rows of the training split and `targets` that split's targets. Prefixes that are not uniform hold
/// each class within one of its exact share `m · w_c / Σ w`, by the quota method of Balinski & Young 1975 ("The Quota
/// Method of Apportionment", American Mathematical Monthly 82), which costs one pass over the classes per example. A
/// class weighs what it holds (stratified), 1 (balanced) or ever less (long-tailed); once one of them has no more
/// examples, the others make up for it.
///
/// # Errors
/// If sampling is by class and targets are not classes.
pub fn rank(
    seed: u64,
    dataset: &str,
    candidates: &[usize],
    targets: &Targets,
    sampling: Sampling,
) -> Result<Vec<usize>> {
    let key = Key::new(seed, dataset);
    let ranked = key.rank(candidates);
    match sampling {
        Sampling::Uniform => Ok(ranked),
        by_class => Ok(interleave(&ranked, targets.classes()?, by_class, &key)),
    }
}

/// A class while its examples are dealt out.
struct Class {
    /// Its examples, best rank last.
    waiting: Vec<usize>,
    /// Its share of a subset, in units that do not matter.
    weight: u128,
    dealt: u128,
    /// Decides between classes with equal claims, so that no class is favoured for its number.
    tie: [u8; 32],
}

fn interleave(ranked: &[usize], labels: &[i64], sampling: Sampling, key: &Key) -> Vec<usize> {
    let mut by_label: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for &row in ranked.iter().rev() {
        by_label.entry(labels[row]).or_default().push(row);
    }
    let count = by_label.len();
    let mut classes: Vec<Class> = by_label
        .into_iter()
        .enumerate()
        .map(|(place, (label, waiting))| Class {
            weight: weight(sampling, waiting.len(), place, count),
            waiting,
            dealt: 0,
            tie: key.hash(b"class", label as u64),
        })
        .collect();
    let total: u128 = classes.iter().map(|class| class.weight).sum();
    let mut order = Vec::with_capacity(ranked.len());
    for taken in 1..=ranked.len() as u128 {
        // Among classes that one more example would not lift above their exact share rounded up, the one with the
        // largest w_c / (dealt + 1).
        let below = |class: &Class| class.dealt * total < class.weight * taken;
        let next = classes.iter_mut().filter(|class| !class.waiting.is_empty()).max_by(|a, b| {
            below(a)
                .cmp(&below(b))
                .then_with(|| (a.weight * (b.dealt + 1)).cmp(&(b.weight * (a.dealt + 1))))
                .then_with(|| a.tie.cmp(&b.tie))
        });
        let Some(class) = next else { break };
        class.dealt += 1;
        order.extend(class.waiting.pop());
    }
    order
}

/// What a class of `size` examples, the one at `place` of `count`, weighs.
fn weight(sampling: Sampling, size: usize, place: usize, count: usize) -> u128 {
    match sampling {
        Sampling::Uniform | Sampling::Stratified => size as u128,
        Sampling::Balanced => 1,
        Sampling::LongTailed(LongTailed { imbalance }) => {
            const UNIT: f64 = (1_u64 << 40) as f64;
            let depth = place as f64 / (count - 1).max(1) as f64;
            (UNIT * f64::from(imbalance.get()).powf(-depth)).round() as u128
        }
    }
}

/// Splits the training rows into `(pool, held out)`, both ascending: `fraction` of them, rounded; of every class its
/// share where targets are classes.
#[must_use]
pub fn holdout(seed: u64, dataset: &str, examples: &Examples, fraction: f64) -> (Vec<usize>, Vec<usize>) {
    let key = Key::new(seed, &format!("{dataset} validation"));
    let rows: Vec<usize> = (0..examples.len()).collect();
    let ranked = key.rank(&rows);
    let mut held_out = match &examples.targets {
        Targets::Classes(labels) => interleave(&ranked, labels, Sampling::Stratified, &key),
        Targets::Numbers(_) | Targets::NextToken => ranked,
    };
    let mut pool = held_out.split_off((fraction * rows.len() as f64).round() as usize);
    pool.sort_unstable();
    held_out.sort_unstable();
    (pool, held_out)
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

/// Hashes identities under a seed.
struct Key([u8; 32]);

impl Key {
    fn new(seed: u64, dataset: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("kd subset rank 1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(dataset.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    fn rank(&self, candidates: &[usize]) -> Vec<usize> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Error, Inputs};

    fn rank(seed: u64, dataset: &str, rows: &[usize], labels: &[i64], sampling: Sampling) -> Vec<usize> {
        super::rank(seed, dataset, rows, &Targets::Classes(labels.to_vec()), sampling).unwrap()
    }

    fn examples(targets: Targets, count: usize) -> Examples {
        Examples { inputs: Inputs::Texts(vec![String::new(); count]), targets }
    }

    /// Labels of up to 6 classes, some of them rare.
    fn label_sets() -> impl Strategy<Value = Vec<i64>> {
        prop::collection::vec(prop_oneof![Just(0_i64), Just(0), Just(0), 0_i64..6], 1..120)
    }

    fn long_tailed(imbalance: u32) -> Sampling {
        Sampling::LongTailed(LongTailed { imbalance: imbalance.try_into().unwrap() })
    }

    fn samplings() -> impl Strategy<Value = Sampling> {
        prop_oneof![
            Just(Sampling::Uniform),
            Just(Sampling::Stratified),
            Just(Sampling::Balanced),
            (1_u32..1000).prop_map(long_tailed),
        ]
    }

    fn rows(labels: &[i64]) -> Vec<usize> {
        (0..labels.len()).collect()
    }

    proptest! {
        #[test]
        fn every_stratified_prefix_is_within_one_of_its_shares(labels in label_sets(), seed in any::<u64>()) {
            let order = rank(seed, "set", &rows(&labels), &labels, Sampling::Stratified);
            let mut counts = [0.0; 6];
            for (taken, &row) in order.iter().enumerate() {
                counts[labels[row] as usize] += 1.0;
                for (class, &count) in counts.iter().enumerate() {
                    let size = labels.iter().filter(|&&label| label == class as i64).count() as f64;
                    let share = (taken + 1) as f64 * size / labels.len() as f64;
                    prop_assert!((count - share).abs() < 1.0, "class {class}: {count} against {share}");
                }
            }
        }

        #[test]
        fn weighted_prefixes_are_within_one_of_their_shares(imbalance in 1_u32..200, seed in any::<u64>()) {
            let labels: Vec<i64> = (0..1200).map(|row| row % 4).collect();
            let order = rank(seed, "set", &rows(&labels), &labels, long_tailed(imbalance));
            let weights = [0.0, 1.0, 2.0, 3.0].map(|k: f64| f64::from(imbalance).powf(-k / 3.0));
            let mut counts = [0.0; 4];
            for (taken, &row) in order.iter().take(300).enumerate() {
                counts[labels[row] as usize] += 1.0;
                for (count, weight) in counts.iter().zip(weights) {
                    let share = (taken + 1) as f64 * weight / weights.iter().sum::<f64>();
                    prop_assert!((count - share).abs() < 1.0 + 1e-6, "{count} against {share}");
                }
            }
        }

        #[test]
        fn balanced_prefixes_are_even_until_a_class_runs_out(labels in label_sets(), seed in any::<u64>()) {
            let order = rank(seed, "set", &rows(&labels), &labels, Sampling::Balanced);
            let mut sizes: BTreeMap<i64, usize> = BTreeMap::new();
            for &label in &labels {
                *sizes.entry(label).or_default() += 1;
            }
            let smallest = sizes.values().min().copied().unwrap_or(0);
            let mut counts: BTreeMap<i64, usize> = sizes.keys().map(|&label| (label, 0)).collect();
            for &row in &order[..smallest * sizes.len()] {
                *counts.entry(labels[row]).or_default() += 1;
                let (least, most) = (counts.values().min(), counts.values().max());
                prop_assert!(most.unwrap() - least.unwrap() <= 1, "{counts:?}");
            }
        }

        #[test]
        fn an_order_holds_every_candidate_once_however_they_are_listed(
            labels in label_sets(), seed in any::<u64>(), sampling in samplings(),
        ) {
            let order = rank(seed, "set", &rows(&labels), &labels, sampling);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &rows(&labels));
            let backwards: Vec<usize> = rows(&labels).into_iter().rev().collect();
            prop_assert_eq!(order, rank(seed, "set", &backwards, &labels, sampling));
        }

        #[test]
        fn holding_out_splits_and_keeps_shares(labels in label_sets(), fraction in 0.0..1.0) {
            let (pool, held_out) = holdout(0, "set", &examples(Targets::Classes(labels.clone()), labels.len()), fraction);
            prop_assert_eq!(held_out.len(), (fraction * labels.len() as f64).round() as usize);
            let mut both = [pool, held_out].concat();
            both.sort_unstable();
            prop_assert_eq!(both, rows(&labels));
        }
    }

    #[test]
    fn orders_never_change() {
        let labels: Vec<i64> = (0..12).map(|row| row % 3).collect();
        assert_eq!(rank(11, "golden", &rows(&labels), &labels, Sampling::Uniform), GOLDEN_UNIFORM);
        assert_eq!(rank(11, "golden", &rows(&labels), &labels, Sampling::Stratified), GOLDEN_STRATIFIED);
        assert_eq!(rank(11, "golden", &rows(&labels), &labels, long_tailed(9)), GOLDEN_LONG_TAILED);
        assert_eq!(subset_hash(&[3, 1, 2]), "405c11b6a62db10166f98200bba625f6");
        assert_eq!(subset_hash(&[1, 2, 3]), "405c11b6a62db10166f98200bba625f6");
    }

    const GOLDEN_UNIFORM: [usize; 12] = [9, 5, 0, 4, 11, 6, 10, 3, 2, 8, 7, 1];
    const GOLDEN_STRATIFIED: [usize; 12] = [9, 5, 4, 0, 11, 10, 6, 2, 7, 3, 8, 1];

    const GOLDEN_LONG_TAILED: [usize; 12] = [9, 0, 6, 4, 3, 10, 5, 7, 1, 11, 2, 8];

    #[test]
    fn numbers_are_held_out_uniformly_and_cannot_be_stratified() {
        let numbers = Targets::Numbers(vec![0.5; 10]);
        let refused = super::rank(0, "set", &[0, 1], &numbers, Sampling::Stratified);
        assert!(matches!(refused, Err(Error::Task { .. })), "{refused:?}");
        let (pool, held_out) = holdout(0, "set", &examples(numbers, 10), 0.3);
        assert_eq!((pool.len(), held_out.len()), (7, 3));
    }

    #[test]
    fn every_example_is_equally_likely() {
        let labels = vec![0; 20];
        let mut drawn = [0_u32; 20];
        for seed in 0..4000 {
            for &row in &rank(seed, "set", &rows(&labels), &labels, Sampling::Uniform)[..5] {
                drawn[row] += 1;
            }
        }
        // Counts of draws without replacement vary less than multinomial ones, by (1 - 5/20).
        let chi_square: f64 =
            drawn.iter().map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0).sum::<f64>() / 0.75;
        assert!(
            chi_square < 43.82,
            "chi-square with 19 degrees of freedom exceeds its 99.9 % point: {chi_square}"
        );
    }

    #[test]
    fn small_stratified_subsets_favour_no_class() {
        let labels: Vec<i64> = (0..40).map(|row| row % 4).collect();
        let mut first = [0_u32; 4];
        for seed in 0..2000 {
            let order = rank(seed, "set", &rows(&labels), &labels, Sampling::Stratified);
            first[labels[order[0]] as usize] += 1;
        }
        assert!(first.iter().all(|&count| (400..600).contains(&count)), "{first:?}");
    }
}
