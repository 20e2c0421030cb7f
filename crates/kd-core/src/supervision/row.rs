//! One example's logits.

/// Index of the largest value, the first of equals.
pub(super) fn top(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, index| if row[index] > row[best] { index } else { best })
}

/// `log softmax(z / T)`.
pub(super) fn log_probabilities(row: &[f64], temperature: f64) -> Vec<f64> {
    let scaled: Vec<f64> = row.iter().map(|logit| logit / temperature).collect();
    let total = log_sum_exp(&scaled);
    scaled.iter().map(|logit| logit - total).collect()
}

pub(super) fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

/// Entropy in nats of log-probabilities.
pub(super) fn entropy(log_probabilities: &[f64]) -> f64 {
    -log_probabilities.iter().map(|log_p| log_p.exp() * log_p).sum::<f64>()
}

/// Logits whose softmax at T has these log-probabilities; centred, so that the numbers stay small and rows compare.
pub(super) fn set(row: &mut [f64], log_probabilities: &[f64], temperature: f64) {
    let mean = log_probabilities.iter().sum::<f64>() / row.len() as f64;
    for (logit, log_p) in row.iter_mut().zip(log_probabilities) {
        *logit = (log_p - mean) * temperature;
    }
}

/// Log-probabilities with `log_on` on one class and the rest, `log_rest` in all, spread evenly over the others.
pub(super) fn spread(classes: usize, on: usize, log_on: f64, log_rest: f64) -> Vec<f64> {
    // A remainder of nothing would be minus infinity; e^-700 is the smallest that float64 can tell.
    let each = (log_rest - ((classes - 1) as f64).ln()).max(log_on - 700.0);
    (0..classes).map(|class| if class == on { log_on } else { each }).collect()
}

/// How far below the top a class is that counts as impossible: e^-40 is lost in the rounding of float64.
const IMPOSSIBLE: f64 = 40.0;

/// Log-probabilities of all but certainty of one class.
pub(super) fn certain(classes: usize, on: usize) -> Vec<f64> {
    (0..classes).map(|class| if class == on { 0.0 } else { -IMPOSSIBLE }).collect()
}

/// `floor` lowered by as much as makes a class impossible beside it.
pub(super) fn impossible_beside(floor: f64) -> f64 {
    floor - IMPOSSIBLE
}
