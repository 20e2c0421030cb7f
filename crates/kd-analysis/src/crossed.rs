//! Gains for the population that test examples were drawn from, not for this test set alone.
//!
//! Seeds are crossed with test examples: every run is asked about every example. The mean of `right of the arm − right of
//! labels` over both varies with the seeds that were drawn and with the examples that were drawn, and its variance has a part
//! for each and one for both together (Owen 2007, "The Pigeonhole Bootstrap", doi 10.1214/07-AOAS122). For a mean these parts
//! have a closed form, the mean squares of a two-way table, which needs one bit for each run and example.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contrast::Cells;
use crate::findings::Findings;
use crate::interval::{Estimate, t_quantile};
use crate::role::Role;
use crate::section::sections;
use crate::study::Score;
use crate::table::RunRow;

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
    let (n, m) = (pairs.len(), pairs.first()?.0.len());
    if n < 2 || m < 2 || pairs.iter().any(|(arm, labels)| arm.len() != m || labels.len() != m) {
        return None;
    }
    let (seeds, examples) = (n as f64, m as f64);
    let mut of_seed = vec![0.0; n];
    let mut of_example = vec![0.0; m];
    let mut squares = 0.0;
    for (seed, (arm, labels)) in pairs.iter().enumerate() {
        for (example, (arm, labels)) in std::iter::zip(*arm, *labels).enumerate() {
            let difference = f64::from(u8::from(*arm)) - f64::from(u8::from(*labels));
            of_seed[seed] += difference;
            of_example[example] += difference;
            squares += difference * difference;
        }
    }
    let mean = of_seed.iter().sum::<f64>() / (seeds * examples);
    let around = |totals: &[f64], each: f64| -> f64 {
        totals.iter().map(|total| (total / each - mean).powi(2)).sum::<f64>() * each
    };
    let (between_seeds, between_examples) = (around(&of_seed, examples), around(&of_example, seeds));
    let left = squares - seeds * examples * mean * mean - between_seeds - between_examples;
    let degrees = [seeds - 1.0, examples - 1.0, (seeds - 1.0) * (examples - 1.0)];
    let mean_squares = [between_seeds, between_examples, left.max(0.0)];
    let [s, e, r] = std::array::from_fn(|part| mean_squares[part] / degrees[part]);
    let size = seeds * examples;
    let of_examples = (e - r).max(0.0);
    // Of parts that were taken to be nil, nothing is left to be uncertain of.
    let (e, r) = if e > r { (e, r) } else { (0.0, 0.0) };
    let variance = (s + of_examples) / size;
    if variance <= 0.0 {
        return None;
    }
    let uncertain: f64 =
        std::iter::zip([s, e, r], degrees).map(|(part, df)| (part / size).powi(2) / df).sum();
    let effective = (variance * variance / uncertain).max(seeds - 1.0);
    let upper = f64::midpoint(1.0, confidence);
    Some(CrossedGain {
        estimate: Estimate { mean, half_width: Some(t_quantile(upper, effective) * variance.sqrt()), n },
        examples: m,
        on_this_test_set: t_quantile(upper, seeds - 1.0) * (s / size).sqrt(),
    })
}

impl Findings {
    /// Gives each task the gains of its arms for the population of test examples. `of` is handed the finished runs of an arm
    /// and of labels that share a seed, in the order of seeds, and the number of test examples; it makes of what they said
    /// what [`crossed_gain`] does, if that was kept. Only accuracy after the last step is analysed so.
    pub fn over_examples(&mut self, mut of: impl FnMut(&[(&RunRow, &RunRow)], u64) -> Option<CrossedGain>) {
        for (section, task) in sections(&self.study, &self.runs).iter().zip(&mut self.tasks) {
            let is_accuracy = self.study.metric.is_none()
                && self.study.score == Score::LastStep
                && section.info.classes > 0;
            task.populations.clear();
            let cells = Cells::new(&section.rows, &self.study, section.info);
            let Some(labels) = cells.arm_of(&Role::Labels).filter(|_| is_accuracy) else { continue };
            let labelled: BTreeMap<u64, &BTreeMap<u64, &RunRow>> = cells.runs(labels).collect();
            for (_, arm) in cells.arms().filter(|(role, _)| **role != Role::Labels) {
                for (samples, runs) in cells.runs(arm) {
                    let Some(others) = labelled.get(&samples) else { continue };
                    let mut pairs: Vec<(&RunRow, &RunRow)> = Vec::new();
                    for (seed, run) in runs {
                        pairs.extend(others.get(seed).map(|other| (*run, *other)));
                    }
                    if pairs.len() < 2 {
                        continue;
                    }
                    if let Some(gain) = of(&pairs, section.info.test_examples) {
                        task.populations.push(Population { arm: arm.to_owned(), samples, gain });
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::made_up::{arm, study};

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
        let (s, e, r) = (1.0 / 16.0, 2.0 * 440.0 / 256.0 / 7.0, 7.0 / 16.0 / 7.0);
        let variance: f64 = (s + e - r) / 16.0;
        let uncertain = (s / 16.0_f64).powi(2) + ((e / 16.0_f64).powi(2) + (r / 16.0_f64).powi(2)) / 7.0;
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

    #[test]
    fn pairs_are_runs_of_an_arm_and_of_labels_of_one_seed() {
        let mut rows = arm("labels", "labels", &[(10, 0.5)], &Value::Null);
        rows.extend(arm("distilled", "distilled", &[(10, 0.6), (40, 0.7)], &Value::Null));
        rows.remove(1);
        let mut found = Findings::of(&study(&[10, 40], 0), &rows, &[]);
        let mut seen = Vec::new();
        found.over_examples(|pairs, examples| {
            seen.extend(pairs.iter().map(|(arm, labels)| {
                assert_eq!((arm.place().arm.as_str(), labels.place().arm.as_str()), ("distilled", "labels"));
                (arm.place().seed, labels.place().seed, arm.place().samples)
            }));
            assert_eq!(examples, 1797);
            crossed_gain(&[(&[true, false], &[false, false]), (&[true, true], &[true, false])], 0.95)
        });
        assert_eq!(seen, [(1, 1, 10), (3, 3, 10), (4, 4, 10), (5, 5, 10)]);
        assert_eq!(found.tasks[0].populations.len(), 0, "nothing varies");
        found.over_examples(|_, _| {
            crossed_gain(&[(&[true, true, false], &[false; 3]), (&[true; 3], &[false; 3])], 0.95)
        });
        let populations = &found.tasks[0].populations;
        assert_eq!((populations.len(), populations[0].samples), (1, 10));
        found.study.metric = Some("test_nll".to_owned());
        found.over_examples(|_, _| panic!("a loss has no bits"));
    }
}
