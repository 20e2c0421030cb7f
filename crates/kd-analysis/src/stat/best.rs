//! Multiple comparisons with the best.

use super::ratio::Total;
use super::replicates::{Replicates, mean, minus};

/// The key of the largest mean, the first of equals, and every key that is not established to be below another, in the order
/// given (Hsu 1981, "Simultaneous Confidence Intervals for all Distances from the Best"; Bonferroni over the others). None of
/// fewer than two.
pub(crate) fn best_of<K: Copy + PartialEq>(
    all: &[(K, Replicates)],
    floor: f64,
    confidence: f64,
) -> Option<(K, Vec<K>)> {
    if all.len() < 2 {
        return None;
    }
    let mean = |(_, values): &&(K, Replicates)| mean(&values.values().copied().collect::<Vec<_>>());
    let (best, _) = all.iter().rev().max_by(|a, b| mean(a).total_cmp(&mean(b)))?;
    let alpha = (1.0 - confidence) / (all.len() - 1) as f64;
    let is_below = |values: &Replicates| {
        let others = all.iter().filter_map(|(_, other)| Total::of(&[&minus(other, values)], floor));
        others.into_iter().any(|excess| excess.above_zero() < alpha)
    };
    let among = all.iter().filter(|(key, values)| key == best || !is_below(values)).map(|(key, _)| *key);
    Some((*best, among.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replicates(middle: f64) -> Replicates {
        (1..=5).map(|seed| (seed, middle + 0.001 * (seed * seed % 5) as f64)).collect()
    }

    #[test]
    fn what_cannot_be_told_from_the_best_is_among_it() {
        let all =
            [("a", replicates(0.1)), ("b", replicates(0.5)), ("c", replicates(0.5)), ("d", replicates(0.3))];
        assert_eq!(best_of(&all, 0.0001, 0.95), Some(("b", vec!["b", "c"])));
        assert_eq!(best_of(&all[..1], 0.0001, 0.95), None);
        assert_eq!(best_of(&all[1..], 10.0, 0.95), Some(("b", vec!["b", "c", "d"])), "a floor hides all");
    }
}
