//! Intervals for the population of test examples.

use super::draws::Draws;
use super::{ANY, Row, shares};
use crate::crossed::crossed_gain;

const CONFIDENCE: f64 = 0.95;

/// Everything about seeds and examples, over as many studies for each row.
#[must_use]
pub fn examples(studies: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (seeds, count) in [(5, 200), (5, 1000), (10, 1000)] {
        for spread in [0.002, 0.01] {
            rows.extend(coverage(studies, seeds, count, spread));
        }
    }
    rows
}

/// Labels are right of 80 in 100, the arm of 83. Each example has a difficulty that runs of either arm share for the greater
/// part, each pair of runs an own strength, of standard deviation `spread` in accuracy.
pub(super) fn coverage(studies: usize, seeds: usize, count: usize, spread: f64) -> Vec<Row> {
    // An example is right if difficulty + noise of the run is below a threshold; the sum has a variance of 1.
    const OF_EXAMPLES: f64 = 0.7;
    const OF_ARM: f64 = 0.15;
    // Normal quantiles of 0.80 and 0.83, and the densities there, which turn accuracy into threshold.
    const LABELS: (f64, f64) = (0.841_621, 0.279_962);
    const ARM: (f64, f64) = (0.954_165, 0.253_046);
    let mut draws = Draws::new(21);
    let (mut ratio, mut told) = (0.0, 0.0);
    let found = shares(studies, |_| {
        let difficulty: Vec<[f64; 2]> = (0..count)
            .map(|_| {
                let common = OF_EXAMPLES.sqrt() * draws.normal();
                [common + OF_ARM.sqrt() * draws.normal(), common + OF_ARM.sqrt() * draws.normal()]
            })
            .collect();
        let noise = (1.0 - OF_EXAMPLES - OF_ARM).sqrt();
        let mut run = |which: usize, (threshold, density): (f64, f64)| -> Vec<bool> {
            // A strength moves accuracy by half of the spread of differences, squared twice.
            let strength = spread / 2.0_f64.sqrt() * draws.normal() / density;
            difficulty.iter().map(|own| own[which] + noise * draws.normal() < threshold + strength).collect()
        };
        let pairs: Vec<(Vec<bool>, Vec<bool>)> = (0..seeds).map(|_| (run(0, ARM), run(1, LABELS))).collect();
        let pairs: Vec<(&[bool], &[bool])> =
            pairs.iter().map(|(arm, labels)| (&arm[..], &labels[..])).collect();
        let Some(gain) = crossed_gain(&pairs, CONFIDENCE) else { return [None; 2] };
        // What strengths take from the mean accuracy is far below what can be seen here.
        let off = (gain.estimate.mean - 0.03).abs();
        let half = gain.estimate.half_width.unwrap_or(0.0);
        ratio += half / gain.on_this_test_set.max(1e-9);
        told += 1.0;
        [Some(off <= half), Some(off <= gain.on_this_test_set)]
    });
    let row = |what: &str, value, wanted| Row {
        what: format!("{count} test examples, pairs differ by {} points: {what}", 100.0 * spread),
        seeds,
        tasks: None,
        value,
        wanted,
    };
    vec![
        row("interval for the population", found[0], (0.93, 0.97)),
        row("interval for this test set alone", found[1], ANY),
        row("mean ratio of their widths", ratio / told, ANY),
    ]
}
