//! Several claims at once.

/// Which of the claims hold at level `alpha` together, given the probability of each if it were false (Holm 1979, "A Simple
/// Sequentially Rejective Multiple Test Procedure"): the smallest is held to `alpha` divided by their number, the next to
/// `alpha` divided by what is left, and so on until one fails.
pub(crate) fn holm(probabilities: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    let mut holds = vec![false; probabilities.len()];
    for (place, &claim) in order.iter().enumerate() {
        if probabilities[claim] > alpha / (order.len() - place) as f64 || probabilities[claim].is_nan() {
            break;
        }
        holds[claim] = true;
    }
    holds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_held_to_what_is_left() {
        assert_eq!(holm(&[0.04, 0.01, 0.03], 0.05), [false, true, false], "0.03 is above a half of 0.05");
        assert_eq!(holm(&[0.04, 0.01, 0.024], 0.05), [true, true, true]);
        assert_eq!(holm(&[0.02, 0.5], 0.05), [true, false]);
        assert_eq!(holm(&[0.03, 0.03], 0.05), [false, false]);
        assert_eq!(holm(&[f64::NAN, 0.001], 0.05), [false, true]);
        assert_eq!(holm(&[], 0.05), [] as [bool; 0]);
    }
}
