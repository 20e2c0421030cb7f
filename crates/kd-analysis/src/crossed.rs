//! Gains for the population that test examples were drawn from, not for this test set alone.
//!
//! Seeds are crossed with test examples: every run is asked about every example. The mean of `right of the arm − right of
//! labels` over both varies with the seeds that were drawn and with the examples that were drawn, and its variance has a part
//! for each and one for both together (Owen 2007, "The Pigeonhole Bootstrap", doi 10.1214/07-AOAS122). For a mean these parts
//! have a closed form, the mean squares of a two-way table, which needs one bit for each run and example.

use serde::{Deserialize, Serialize};

use crate::interval::Estimate;
use crate::stat::t_quantile;

/// The gain of an arm over labels at one M, for the population of test examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// The arm.
    pub arm: String,
    /// M.
    pub samples: u64,
    /// What was found.
    pub gain: CrossedGain,
}

/// A gain over seeds and examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CrossedGain {
    /// The gain with its interval for seeds and examples like these; `n` are seeds.
    pub estimate: Estimate,
    /// Test examples.
    pub examples: usize,
    /// Half the width of the interval for this test set, by the same formula.
    pub on_this_test_set: f64,
}

/// Of each pair of runs: whether the arm was right of each test example, and whether labels were.
///
/// None below two pairs or two examples, where pairs are of other lengths, or where nothing varies. With `s`, `e` and `r` the
/// mean squares of seeds, of examples and of what is left, the variance of the mean of n seeds and m examples is
/// `(s + e − r) / n m`, and never taken to be below `s / n m`, which is that on this test set. Degrees of freedom are those of
/// Satterthwaite (1946).
#[must_use]
pub fn crossed_gain(pairs: &[(&[bool], &[bool])], confidence: f64) -> Option<CrossedGain> {
    let (runs, asked) = (pairs.len(), pairs.first()?.0.len());
    if runs < 2 || asked < 2 || pairs.iter().any(|(arm, labels)| arm.len() != asked || labels.len() != asked)
    {
        return None;
    }
    let (seeds, examples) = (runs as f64, asked as f64);
    let mut of_seed = vec![0.0; runs];
    let mut of_example = vec![0.0; asked];
    let mut squares = 0.0;
    for (seed, (arm, labels)) in pairs.iter().enumerate() {
        for (example, (arm, labels)) in std::iter::zip(*arm, *labels).enumerate() {
            let difference = f64::from(u8::from(*arm)) - f64::from(u8::from(*labels));
            of_seed[seed] += difference;
            of_example[example] += difference;
            squares += difference * difference;
        }
    }
    let size = seeds * examples;
    let mean = of_seed.iter().sum::<f64>() / size;
    let around = |totals: &[f64], each: f64| -> f64 {
        totals.iter().map(|total| (total / each - mean).powi(2)).sum::<f64>() * each
    };
    let (between_seeds, between_examples) = (around(&of_seed, examples), around(&of_example, seeds));
    let left = (squares - size * mean * mean - between_seeds - between_examples).max(0.0);
    let degrees = [seeds - 1.0, examples - 1.0, (seeds - 1.0) * (examples - 1.0)];
    let [of_seeds, mut of_examples, mut of_both] =
        [between_seeds / degrees[0], between_examples / degrees[1], left / degrees[2]];
    if of_examples <= of_both {
        // A part that is taken to be nil leaves nothing to be uncertain of.
        (of_examples, of_both) = (0.0, 0.0);
    }
    let variance = (of_seeds + of_examples - of_both) / size;
    if variance <= 0.0 {
        return None;
    }
    let uncertain: f64 = std::iter::zip([of_seeds, of_examples, of_both], degrees)
        .map(|(part, degrees)| (part / size).powi(2) / degrees)
        .sum();
    let effective = (variance * variance / uncertain).max(degrees[0]);
    let upper = f64::midpoint(1.0, confidence);
    let half_width = Some(t_quantile(upper, effective) * variance.sqrt());
    Some(CrossedGain {
        estimate: Estimate { mean, half_width, n: runs },
        examples: asked,
        on_this_test_set: t_quantile(upper, degrees[0]) * (of_seeds / size).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> Vec<bool> {
        text.chars().map(|bit| bit == '1').collect()
    }

    fn gain(pairs: &[(&str, &str)]) -> Option<CrossedGain> {
        let pairs: Vec<(Vec<bool>, Vec<bool>)> =
            pairs.iter().map(|(arm, labels)| (bits(arm), bits(labels))).collect();
        let pairs: Vec<(&[bool], &[bool])> =
            pairs.iter().map(|(arm, labels)| (arm.as_slice(), labels.as_slice())).collect();
        crossed_gain(&pairs, 0.95)
    }

    #[test]
    fn mean_squares_are_those_of_a_two_way_table_and_never_narrow_the_interval() {
        // Both seeds gain on the same half of the examples, and one on one example more.
        let found = gain(&[("11110000", "00000000"), ("11111000", "00000000")]).unwrap();
        assert!((found.estimate.mean - 9.0 / 16.0).abs() < 1e-12);
        // Seeds: 8 · 2 · (1/16)² over 1 = 1/16. Examples: means 1 (4 times), ½, 0 (3 times) have squares around 9/16 of
        // 4 · 49/256 + 1/256 + 3 · 81/256 = 440/256, twice that over 7. Left: 1/2 − 1/16 over 7.
        let parts: [f64; 3] =
            [1.0 / 16.0, 2.0 * 440.0 / 256.0 / 7.0, 7.0 / 16.0 / 7.0].map(|part| part / 16.0);
        let variance = parts[0] + parts[1] - parts[2];
        let uncertain = parts[0].powi(2) + (parts[1].powi(2) + parts[2].powi(2)) / 7.0;
        let half = t_quantile(0.975, variance * variance / uncertain) * variance.sqrt();
        assert!((found.estimate.half_width.unwrap() - half).abs() < 1e-9, "{found:?} {half}");
        // Where examples vary less than chance would have it, the interval is that of this test set.
        let mixed = gain(&[("1010", "0000"), ("0101", "0010")]).unwrap();
        assert!((mixed.estimate.half_width.unwrap() - mixed.on_this_test_set).abs() < 1e-12, "{mixed:?}");
    }

    #[test]
    fn what_has_no_table_has_no_gain() {
        assert_eq!(gain(&[("11", "00")]), None, "one seed");
        assert_eq!(gain(&[("11", "00"), ("1", "0")]), None, "of two lengths");
        assert_eq!(gain(&[("1", "0"), ("1", "0")]), None, "one example");
        assert_eq!(gain(&[("11", "00"), ("11", "00")]), None, "nothing varies");
        assert_eq!(gain(&[]), None);
    }
}
