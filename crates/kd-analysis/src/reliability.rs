//! Whether confidence is what it says: accuracy against confidence in bins (Guo et al. 2017, "On Calibration of Modern
//! Neural Networks").

use serde::{Deserialize, Serialize};

/// Bins of equal width, from 0 to 1.
pub const BINS: usize = 10;

/// The predictions of a bin, of all runs of a cell together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// The share of all predictions that are in it.
    pub share: f64,
    /// Mean probability of the class that is named.
    pub confidence: f64,
    /// Share of them that are right.
    pub accuracy: f64,
}

/// The bins that have predictions, ascending in confidence, of the logits of several runs, each `[examples, classes]` row by
/// row. Logarithms of probabilities are logits too.
///
/// None without runs or examples, where a run has another number of logits, or where a logit is not finite.
#[must_use]
pub fn reliability(logits: &[&[f32]], labels: &[usize], classes: usize) -> Option<Vec<ReliabilityBin>> {
    let whole =
        |run: &&[f32]| run.len() == labels.len() * classes && run.iter().all(|logit| logit.is_finite());
    if classes == 0 || labels.is_empty() || logits.is_empty() || !logits.iter().all(whole) {
        return None;
    }
    // Count, confidence and how many are right.
    let mut bins = [(0_usize, 0.0_f64, 0_usize); BINS];
    for run in logits {
        for (row, &label) in run.chunks_exact(classes).zip(labels) {
            let (named, confidence) = named(row);
            let bin = &mut bins[((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1];
            *bin = (bin.0 + 1, bin.1 + confidence, bin.2 + usize::from(named == label));
        }
    }
    let all = (logits.len() * labels.len()) as f64;
    let bin = |&(count, confidence, right): &(usize, f64, usize)| ReliabilityBin {
        share: count as f64 / all,
        confidence: confidence / count as f64,
        accuracy: right as f64 / count as f64,
    };
    Some(bins.iter().filter(|(count, ..)| *count > 0).map(bin).collect())
}

/// The class of the largest logit, the first of equals, with its probability.
fn named(logits: &[f32]) -> (usize, f64) {
    let mut largest = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[largest] {
            largest = class;
        }
    }
    let sum: f64 = logits.iter().map(|logit| (f64::from(*logit) - f64::from(logits[largest])).exp()).sum();
    (largest, 1.0 / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logits whose probabilities of two classes are `p` and `1 - p`.
    fn logits(p: f32) -> [f32; 2] {
        [p.ln(), (1.0 - p).ln()]
    }

    #[test]
    fn predictions_are_counted_where_their_confidence_is() {
        let run: Vec<f32> = [0.95, 0.92, 0.15, 0.55].into_iter().flat_map(logits).collect();
        let found = reliability(&[&run], &[0, 1, 1, 0], 2).unwrap();
        let close = |bin: &ReliabilityBin, share: f64, confidence: f64, accuracy: f64| {
            (bin.share - share).abs() < 1e-9
                && (bin.confidence - confidence).abs() < 1e-6
                && (bin.accuracy - accuracy).abs() < 1e-9
        };
        assert_eq!(found.len(), 3, "0.55, 0.85 and the two above 0.9: {found:?}");
        assert!(
            close(&found[0], 0.25, 0.55, 1.0)
                && close(&found[1], 0.25, 0.85, 1.0)
                && close(&found[2], 0.5, 0.935, 0.5)
        );
    }

    #[test]
    fn a_calibrated_classifier_lies_on_the_diagonal() {
        // Of predictions at 0.7, seven in ten are right.
        let run: Vec<f32> = std::iter::repeat_n(logits(0.7), 10).flatten().collect();
        let labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
        let found = reliability(&[&run, &run], &labels, 2).unwrap();
        assert_eq!(found.len(), 1);
        assert!(
            (found[0].accuracy - found[0].confidence).abs() < 1e-6 && (found[0].share - 1.0).abs() < 1e-9
        );
    }

    #[test]
    fn what_cannot_be_read_has_none() {
        assert_eq!(reliability(&[], &[0], 2), None);
        assert_eq!(reliability(&[&[0.0]], &[0], 2), None);
        assert_eq!(reliability(&[&[f32::NAN, 0.0]], &[0], 2), None);
        let sure = reliability(&[&[f32::MAX, f32::MIN]], &[0], 2).unwrap()[0];
        assert!((sure.confidence - 1.0).abs() < 1e-9, "no overflow");
    }
}
