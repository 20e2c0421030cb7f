//! Where the errors of an arm's runs come from: bias and variance over runs, and class by class.
//!
//! Plain functions of predictions on one test split by several runs, and of its labels. Whoever has predictions hands them
//! to [`Findings::decompose`](crate::Findings::decompose).

use serde::{Deserialize, Serialize};

use crate::reliability::{ReliabilityBin, reliability};

/// What the predictions of the runs of a cell tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// Runs.
    pub runs: usize,
    /// Test examples.
    pub examples: usize,
    /// Of the share of wrong classes; none of a single run.
    pub zero_one: Option<ZeroOne>,
    /// Of the negative log-likelihood; none of a single run.
    pub log_loss: Option<LogLoss>,
    /// Accuracy on the examples of each class, in the order of classes, as a mean over runs; none where there are none.
    pub class_accuracy: Vec<Option<f64>>,
    /// What each run has in the negative log-likelihood and its variance, in the order of runs; none of fewer than three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_run: Vec<OfRun>,
    /// Accuracy against confidence, of logits; none of classes alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliability: Vec<ReliabilityBin>,
}

/// The 0-1 loss over runs, its bias and its variance, as means over examples (Domingos 2000, "A Unified Bias-Variance
/// Decomposition and its Applications"). The main prediction of an example is the class that most runs name. Labels count as
/// free of noise.
///
/// `loss = bias + net_variance`, and `net_variance = unbiased_variance − biased_variance`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ZeroOne {
    /// Share of wrong classes.
    pub loss: f64,
    /// Share of examples whose main prediction is wrong.
    pub bias: f64,
    /// Share of predictions that are not the main one.
    pub variance: f64,
    /// The part of it on examples whose main prediction is right, where it does harm.
    pub unbiased_variance: f64,
    /// On examples whose main prediction is wrong, the share of predictions that are right all the same: the part of the
    /// variance that does good.
    pub biased_variance: f64,
    /// What variance adds to the loss.
    pub net_variance: f64,
}

/// The negative log-likelihood over runs in nats, its bias and its variance, as means over examples (Zhou et al. 2021,
/// "Rethinking Soft Labels for Knowledge Distillation: A Bias-Variance Tradeoff Perspective"; Heskes 1998). The main
/// prediction of an example is the normalised geometric mean of the runs' probabilities.
///
/// `loss = bias + variance`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogLoss {
    /// Negative log-likelihood.
    pub loss: f64,
    /// That of the main prediction.
    pub bias: f64,
    /// Mean KL divergence of the runs' probabilities from the main prediction.
    pub variance: f64,
}

/// What a run has in a decomposition of the negative log-likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OfRun {
    /// Its negative log-likelihood.
    pub loss: f64,
    /// Its pseudo-value of the variance, `n V − (n − 1) V₋ᵣ` with V₋ᵣ that of the others (Tukey 1958): their mean is free of the
    /// bias that few runs give V, and they vary as much as it does.
    pub variance: f64,
}

impl Decomposition {
    /// Of the logits of several runs, each `[examples, classes]` row by row. Logarithms of probabilities are logits too.
    ///
    /// None without runs or examples, or where a run has another number of logits or a label is no class.
    #[must_use]
    pub fn of(logits: &[&[f32]], labels: &[usize], classes: usize) -> Option<Self> {
        let whole = |run: &&[f32]| run.len() == labels.len() * classes;
        if classes == 0 || !logits.iter().all(whole) {
            return None;
        }
        let predicted: Vec<Vec<usize>> =
            logits.iter().map(|run| run.chunks_exact(classes).map(largest).collect()).collect();
        let predicted: Vec<&[usize]> = predicted.iter().map(Vec::as_slice).collect();
        let log_loss = (logits.len() > 1).then(|| log_loss(logits, labels, classes));
        let reliability = reliability(logits, labels, classes).unwrap_or_default();
        let by_run = if logits.len() > 2 { by_run(logits, labels, classes) } else { Vec::new() };
        let of_classes = Self::of_classes(&predicted, labels, classes)?;
        Some(Self { log_loss: log_loss.flatten(), by_run, reliability, ..of_classes })
    }

    /// Of the classes that several runs predict, without the negative log-likelihood.
    ///
    /// None without runs or examples, or where a run has another number of predictions or a label is no class.
    #[must_use]
    pub fn of_classes(predicted: &[&[usize]], labels: &[usize], classes: usize) -> Option<Self> {
        if !are_whole(predicted, labels) || labels.iter().any(|&label| label >= classes) {
            return None;
        }
        let by_run: Vec<Vec<Option<f64>>> =
            predicted.iter().map(|run| class_accuracy(run, labels, classes)).collect();
        let mean = |class: usize| {
            let accuracies: Option<Vec<f64>> = by_run.iter().map(|run| run[class]).collect();
            accuracies.map(|accuracies| accuracies.iter().sum::<f64>() / accuracies.len() as f64)
        };
        Some(Self {
            runs: predicted.len(),
            examples: labels.len(),
            zero_one: if predicted.len() > 1 { zero_one(predicted, labels) } else { None },
            log_loss: None,
            by_run: Vec::new(),
            class_accuracy: (0..classes).map(mean).collect(),
            reliability: Vec::new(),
        })
    }
}

/// Accuracy on the examples of each class; none where there are none. Labels beyond `classes` are passed over.
#[must_use]
pub fn class_accuracy(predicted: &[usize], labels: &[usize], classes: usize) -> Vec<Option<f64>> {
    let mut right = vec![0_usize; classes];
    let mut all = vec![0_usize; classes];
    for (&predicted, &label) in predicted.iter().zip(labels).filter(|(_, label)| **label < classes) {
        all[label] += 1;
        right[label] += usize::from(predicted == label);
    }
    let share = |(&right, &all): (&usize, &usize)| (all > 0).then(|| right as f64 / all as f64);
    right.iter().zip(&all).map(share).collect()
}

/// Bias and variance of the 0-1 loss of the classes that runs predict. Of classes that equally many runs name, the first is
/// the main prediction.
///
/// None without runs or examples, or where a run has another number of predictions.
#[must_use]
pub fn zero_one(predicted: &[&[usize]], labels: &[usize]) -> Option<ZeroOne> {
    if !are_whole(predicted, labels) {
        return None;
    }
    let classes = 1 + predicted.iter().flat_map(|run| run.iter()).copied().max()?;
    let runs = predicted.len() as f64;
    let mut sum = [0.0; 5];
    for (example, &label) in labels.iter().enumerate() {
        let mut named = vec![0_usize; classes];
        for run in predicted {
            named[run[example]] += 1;
        }
        let main = (0..classes).rev().max_by_key(|&class| named[class])?;
        let right = named.get(label).map_or(0.0, |&named| named as f64 / runs);
        let variance = 1.0 - named[main] as f64 / runs;
        let is_biased = main != label;
        let parts = [
            1.0 - right,
            f64::from(u8::from(is_biased)),
            variance,
            if is_biased { 0.0 } else { variance },
            if is_biased { right } else { 0.0 },
        ];
        std::iter::zip(&mut sum, parts).for_each(|(sum, part)| *sum += part);
    }
    let [loss, bias, variance, unbiased_variance, biased_variance] = sum.map(|sum| sum / labels.len() as f64);
    let net_variance = unbiased_variance - biased_variance;
    Some(ZeroOne { loss, bias, variance, unbiased_variance, biased_variance, net_variance })
}

/// Bias and variance of the negative log-likelihood of runs' logits, each `[examples, classes]` row by row.
///
/// None without runs or examples, or where a run has another number of logits or a label is no class.
#[must_use]
pub fn log_loss(logits: &[&[f32]], labels: &[usize], classes: usize) -> Option<LogLoss> {
    let whole = |run: &&[f32]| run.len() == labels.len() * classes;
    let known = labels.iter().all(|&label| label < classes);
    if logits.is_empty() || labels.is_empty() || !logits.iter().all(whole) || !known {
        return None;
    }
    let runs = logits.len() as f64;
    let (mut loss, mut variance) = (0.0, 0.0);
    for (example, &label) in labels.iter().enumerate() {
        let mut means = vec![0.0; classes];
        for run in logits {
            let row = log_probabilities(&run[example * classes..(example + 1) * classes]);
            std::iter::zip(&mut means, row).for_each(|(mean, log)| *mean += log / runs);
        }
        loss -= means[label];
        // With Z the sum of geometric means, the main prediction has log p = mean log p_r − log Z, and the mean KL
        // divergence from it is −log Z.
        variance -= log_sum_exp(&means);
    }
    let examples = labels.len() as f64;
    let (loss, variance) = (loss / examples, variance / examples);
    Some(LogLoss { loss, bias: loss - variance, variance })
}

/// See [`Decomposition::by_run`]. Labels are classes, and every run has all logits.
fn by_run(logits: &[&[f32]], labels: &[usize], classes: usize) -> Vec<OfRun> {
    let (runs, examples) = (logits.len(), labels.len() as f64);
    let count = runs as f64;
    let mut all = vec![OfRun { loss: 0.0, variance: 0.0 }; runs];
    for (example, &label) in labels.iter().enumerate() {
        let rows: Vec<Vec<f64>> = logits
            .iter()
            .map(|run| log_probabilities(&run[example * classes..(example + 1) * classes]).collect())
            .collect();
        let sums: Vec<f64> = (0..classes).map(|class| rows.iter().map(|row| row[class]).sum()).collect();
        // The variance is minus the logarithm of what geometric means come to together, as in `log_loss`.
        let variance = -log_sum_exp(&sums.iter().map(|sum| sum / count).collect::<Vec<_>>());
        for (of_run, row) in std::iter::zip(&mut all, &rows) {
            let others: Vec<f64> =
                std::iter::zip(&sums, row).map(|(sum, own)| (sum - own) / (count - 1.0)).collect();
            of_run.loss -= row.get(label).copied().unwrap_or_default() / examples;
            of_run.variance += (count * variance + (count - 1.0) * log_sum_exp(&others)) / examples;
        }
    }
    all
}

/// Whether there are runs and examples, and each run predicts each example.
fn are_whole(predicted: &[&[usize]], labels: &[usize]) -> bool {
    !predicted.is_empty() && !labels.is_empty() && predicted.iter().all(|run| run.len() == labels.len())
}

/// The first class of the largest logit.
fn largest(logits: &[f32]) -> usize {
    (0..logits.len()).rev().max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0)
}

fn log_probabilities(logits: &[f32]) -> impl Iterator<Item = f64> {
    let logits: Vec<f64> = logits.iter().copied().map(f64::from).collect();
    let total = log_sum_exp(&logits);
    logits.into_iter().map(move |logit| logit - total)
}

fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn accuracy_is_counted_class_by_class() {
        let found = class_accuracy(&[0, 1, 1, 2, 0], &[0, 0, 1, 2, 2], 4);
        assert_eq!(found, [Some(0.5), Some(1.0), Some(0.5), None]);
    }

    #[test]
    fn the_zero_one_loss_is_taken_apart_by_hand() {
        // Four runs, three examples of class 0: all right; right but for one; and wrong (class 1, twice), once right and once
        // class 2.
        let runs: [&[usize]; 4] = [&[0, 0, 1], &[0, 0, 1], &[0, 0, 0], &[0, 2, 2]];
        let found = zero_one(&runs, &[0, 0, 0]).unwrap();
        let expected = ZeroOne {
            loss: (0.25 + 0.75) / 3.0,
            bias: 1.0 / 3.0,
            variance: (0.25 + 0.5) / 3.0,
            unbiased_variance: 0.25 / 3.0,
            biased_variance: 0.25 / 3.0,
            net_variance: 0.0,
        };
        assert_eq!(found, expected);
        // Of equals, the first class is the main prediction.
        assert!(close(zero_one(&[&[1], &[0]], &[0]).unwrap().bias, 0.0));
        assert!(close(zero_one(&[&[1], &[0]], &[1]).unwrap().bias, 1.0));
        assert_eq!(zero_one(&[&[1], &[0, 1]], &[1]), None, "of two lengths");
        assert_eq!((zero_one(&[], &[1]), zero_one(&[&[]], &[])), (None, None));
        assert!(close(zero_one(&[&[1], &[1]], &[7]).unwrap().loss, 1.0), "a class that nobody names");
    }

    #[test]
    fn the_negative_log_likelihood_is_taken_apart_by_hand() {
        // Probabilities (0.8, 0.2) and (0.2, 0.8): geometric means 0.4 and 0.4, so Z is 0.8 and the main prediction (½, ½).
        let run = |p: f32| [p.ln(), (1.0 - p).ln()];
        let (a, b) = (run(0.8), run(0.2));
        let found = log_loss(&[&a, &b], &[0], 2).unwrap();
        let loss = -f64::midpoint(0.8_f64.ln(), 0.2_f64.ln());
        assert!((found.loss - loss).abs() < 1e-6 && (found.bias - 2.0_f64.ln()).abs() < 1e-6, "{found:?}");
        assert!((found.variance + 0.8_f64.ln()).abs() < 1e-6, "{found:?}");
        // The mean of KL(½ ‖ 0.8) and KL(½ ‖ 0.2).
        let kl = |p: f64| 0.5 * (0.5 / p).ln() + 0.5 * (0.5 / (1.0 - p)).ln();
        assert!((found.variance - f64::midpoint(kl(0.8), kl(0.2))).abs() < 1e-6);
        // Logits are shifted at will.
        let shifted = a.map(|logit| logit + 100.0);
        assert!((log_loss(&[&shifted, &b], &[0], 2).unwrap().loss - loss).abs() < 1e-4);
        assert_eq!(log_loss(&[&a, &b[..1]], &[0], 2), None, "of two lengths");
        assert_eq!((log_loss(&[&a], &[2], 2), log_loss(&[], &[0], 2)), (None, None));
    }

    #[test]
    fn everything_is_told_of_logits() {
        let runs: [&[f32]; 2] = [&[2.0, 1.0, 0.0, 3.0], &[1.0, 1.0, 4.0, 3.0]];
        let found = Decomposition::of(&runs, &[0, 1], 2).unwrap();
        assert_eq!((found.runs, found.examples), (2, 2));
        assert_eq!(found.class_accuracy, [Some(1.0), Some(0.5)], "of equal logits, the first class");
        assert_eq!(found.zero_one, zero_one(&[&[0, 1], &[0, 0]], &[0, 1]));
        assert_eq!(found.log_loss, log_loss(&runs, &[0, 1], 2));
        assert!(found.by_run.is_empty(), "of two runs");
        let three = Decomposition::of(&[runs[0], runs[1], runs[0]], &[0, 1], 2).unwrap();
        let (all, parts) = (three.log_loss.unwrap(), &three.by_run);
        assert!(close(parts.iter().map(|part| part.loss).sum::<f64>() / 3.0, all.loss));
        let without = |others: [&[f32]; 2]| log_loss(&others, &[0, 1], 2).unwrap().variance;
        assert!(close(parts[1].variance, 3.0 * all.variance - 2.0 * without([runs[0], runs[0]])));
        assert!(close(parts[2].variance, 3.0 * all.variance - 2.0 * without([runs[0], runs[1]])));
        let alone = Decomposition::of(&runs[..1], &[0, 1], 2).unwrap();
        assert_eq!((alone.zero_one, alone.log_loss), (None, None), "one run has no variance");
        assert_eq!(Decomposition::of(&runs, &[0, 2], 2), None);
        assert_eq!(Decomposition::of(&runs, &[0], 2), None);
        let json = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Decomposition>(&json).unwrap(), found);
    }

    proptest! {
        /// What Domingos (2000) and Zhou et al. (2021) prove, of any predictions.
        #[test]
        fn losses_are_the_sum_of_their_parts(
            logits in prop::collection::vec(prop::collection::vec(-9.0_f32..9.0, 5 * 3), 1..6),
            labels in prop::collection::vec(0_usize..3, 5),
        ) {
            let logits: Vec<&[f32]> = logits.iter().map(Vec::as_slice).collect();
            let nll = log_loss(&logits, &labels, 3).unwrap();
            prop_assert!(nll.variance > -1e-9 && nll.bias > -1e-9);
            prop_assert!(close(nll.loss, nll.bias + nll.variance));
            // The bias is the negative log-likelihood of the main prediction, made by itself.
            let bias: f64 = labels.iter().enumerate().map(|(example, &label)| {
                let means: Vec<f64> = (0..3).map(|class| {
                    logits.iter().map(|run| {
                        log_probabilities(&run[3 * example..3 * example + 3]).nth(class).unwrap()
                    }).sum::<f64>() / logits.len() as f64
                }).collect();
                log_sum_exp(&means) - means[label]
            }).sum::<f64>() / 5.0;
            prop_assert!(close(nll.bias, bias));
            let classes: Vec<Vec<usize>> =
                logits.iter().map(|run| run.chunks_exact(3).map(largest).collect()).collect();
            let classes: Vec<&[usize]> = classes.iter().map(Vec::as_slice).collect();
            let found = zero_one(&classes, &labels).unwrap();
            prop_assert!(close(found.loss, found.bias + found.net_variance));
            prop_assert!(close(found.net_variance, found.unbiased_variance - found.biased_variance));
            prop_assert!(found.unbiased_variance + found.biased_variance <= found.variance + 1e-9);
            let wrong: usize = classes.iter().map(|run| std::iter::zip(*run, &labels).filter(|(a, b)| a != b).count()).sum();
            prop_assert!(close(found.loss, wrong as f64 / (5 * classes.len()) as f64));
        }
    }
}
