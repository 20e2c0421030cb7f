//! Classes by quota: the method of Balinski & Young 1975 ("The Quota Method of Apportionment", American Mathematical
//! Monthly 82), which costs one pass over the classes per example.

use std::collections::BTreeMap;

use super::Key;
use crate::{LongTailed, Sampling};

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

/// `ranked` in an order whose prefixes of m hold each class within one of its exact share `m · w_c / Σ w`, and within
/// each class as they are. A class weighs what it holds, 1 (balanced) or ever less (long-tailed); once one of them has
/// no more examples, the others make up for it.
pub(crate) fn interleave(ranked: &[usize], labels: &[i64], sampling: &Sampling, key: &Key) -> Vec<usize> {
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
fn weight(sampling: &Sampling, size: usize, place: usize, count: usize) -> u128 {
    match sampling {
        Sampling::Balanced => 1,
        Sampling::LongTailed(LongTailed { imbalance }) => {
            const UNIT: f64 = (1_u64 << 40) as f64;
            let depth = place as f64 / (count - 1).max(1) as f64;
            (UNIT * f64::from(imbalance.get()).powf(-depth)).round() as u128
        }
        _ => size as u128,
    }
}
