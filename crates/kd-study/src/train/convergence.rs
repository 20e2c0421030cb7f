//! Whether a run would have been better for more steps, told from its losses and validation scores alone.

use serde::{Deserialize, Serialize};

use super::history::Milestone;

/// Whether more steps would have brought more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Mean training loss over the last tenth of the budget, or where an optimiser arrived.
    pub final_loss: f64,
    /// Fall of the mean loss from the last tenth but one to the last, as a share of its whole fall since the first.
    pub slope: f64,
    /// Whether ten times the steps would probably not bring another half a point of accuracy, as [`Convergence::of`] tells,
    /// or an optimiser that looks found its gradient gone.
    pub converged: bool,
}

impl Convergence {
    /// A run has converged where `(loss + 0.001) (speed + 0.02)^POWER` lies below this, if it learns from labels alone.
    const LABELS: f64 = 0.030;
    /// The same where it hears a teacher, which it can follow to much smaller losses and still gain.
    const TEACHER: f64 = 0.0052;
    const POWER: f64 = 0.775;
    /// From this share of the budget on, scores tell the speed.
    const FROM: f64 = 0.4;

    /// From what was seen of a training.
    ///
    /// The loss is the mean over the last tenth of the budget. The speed is the slope of the validation score against the
    /// logarithm of the step over the last three fifths of the budget, as a share of what is still missing to a perfect
    /// score; of a run with fewer than four scores there, it is not known and taken for a tenth. The loss alone does not
    /// tell: a schedule that ends at 0 flattens any loss, and a student that knows its samples by heart goes on to push its
    /// loss towards 0 for nothing.
    ///
    /// The three numbers are those of a logistic regression on stored histories whose budget was multiplied by ten, with
    /// which `tests/convergence.rs` holds this, on histories of other settings.
    ///
    /// None where there is no loss.
    #[must_use]
    pub fn of(milestones: &[Milestone], hears_teacher: bool) -> Option<Self> {
        let losses: Vec<f64> = milestones.iter().filter_map(|milestone| milestone.loss).collect();
        let (final_loss, slope) = end(&losses)?;
        let fell = losses.first().is_some_and(|&first| final_loss <= first);
        let limit = if hears_teacher { Self::TEACHER } else { Self::LABELS };
        let distance = (final_loss.max(0.0) + 0.001) * (speed(milestones).max(0.0) + 0.02).powf(Self::POWER);
        Some(Self { final_loss, slope, converged: fell && losses.len() > 1 && distance < limit })
    }
}

/// The mean loss over the last tenth of the parts of a budget, and its fall since the tenth before, as a share of the
/// whole fall.
fn end(losses: &[f64]) -> Option<(f64, f64)> {
    let first = *losses.first()?;
    let tenth = losses.len().div_ceil(10).max(1);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
    let end_before = losses.len().saturating_sub(tenth);
    let last = mean(&losses[end_before..]);
    let before = mean(&losses[end_before.saturating_sub(tenth)..end_before]);
    let fall = first - last;
    let slope = if losses.len() < 2 {
        1.0
    } else if fall.abs() <= f64::EPSILON * first.abs() {
        0.0
    } else {
        (before - last) / fall
    };
    Some((last, slope))
}

/// How fast the validation score rises at the end: the least-squares slope against the logarithm of the step, as a share
/// of what is missing to 1.
fn speed(milestones: &[Milestone]) -> f64 {
    /// Where too few scores tell it.
    const UNKNOWN: f64 = 0.1;
    const FEWEST: usize = 4;
    let steps = milestones.last().map_or(0, |milestone| milestone.step) as f64;
    let late = milestones.iter().filter(|milestone| milestone.step as f64 >= Convergence::FROM * steps);
    let scores: Vec<(f64, f64)> =
        late.filter_map(|seen| Some(((seen.step.max(1) as f64).ln(), seen.validation_score?))).collect();
    let Some(&(_, last)) = scores.last().filter(|_| scores.len() >= FEWEST) else { return UNKNOWN };
    let count = scores.len() as f64;
    let (steps, values) = scores.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    let (steps, values) = (steps / count, values / count);
    let (spread, together) = scores.iter().fold((0.0, 0.0), |sum, (step, value)| {
        (sum.0 + (step - steps).powi(2), sum.1 + (step - steps) * (value - values))
    });
    if spread <= 0.0 { UNKNOWN } else { together / spread / (1.0 - last + 0.02) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty losses, and a score at every other one.
    fn history(loss: impl Fn(f64) -> f64, score: impl Fn(f64) -> f64) -> Vec<Milestone> {
        (1..=20)
            .map(|part| Milestone {
                step: 10 * part,
                loss: Some(loss(part as f64)),
                gradient_norm: None,
                validation_score: (part % 2 == 0).then(|| score(part as f64)),
            })
            .collect()
    }

    fn converged(history: &[Milestone], hears_teacher: bool) -> bool {
        Convergence::of(history, hears_teacher).unwrap().converged
    }

    #[test]
    fn what_knows_its_samples_and_rises_no_more_has_converged() {
        let falling = |part: f64| 2.0 * (-0.4 * part).exp();
        let flat = history(falling, |_| 0.9);
        assert!(converged(&flat, false), "its loss still falls, which brings nothing");
        let rising = history(|part| 0.05 + 2.0 * (-part).exp(), |part| 0.9 - 0.8 / part);
        assert!(!converged(&rising, true));
        let scheduled = history(|part| 0.9 + 1.1 * (-part).exp(), |_| 0.9);
        assert!(!converged(&scheduled, false), "a loss that is flat and large");
        assert!(!converged(&history(|part| 1.0 + part, |_| 0.9), false), "a rising loss has diverged");
        assert!(!converged(&flat[..1], false), "one part says nothing");
        assert_eq!(Convergence::of(&[], false), None);
    }

    #[test]
    fn what_hears_a_teacher_has_further_to_go() {
        let near = history(|part| 0.2 + 2.0 * (-part).exp(), |_| 0.9);
        assert!(converged(&near, false) && !converged(&near, true));
    }

    #[test]
    fn the_speed_is_a_share_of_what_is_missing() {
        let logarithmic = |part: f64| 0.5 + 0.1 * part.ln();
        let last = logarithmic(20.0);
        let told = speed(&history(|_| 1.0, logarithmic));
        assert!((told - 0.1 / (1.0 - last + 0.02)).abs() < 1e-9, "{told}");
        let few: Vec<Milestone> = history(|_| 1.0, logarithmic).into_iter().take(4).collect();
        assert!((speed(&few) - 0.1).abs() < 1e-12, "too few to tell");
    }

    #[test]
    fn the_last_tenth_is_held_against_the_one_before() {
        let losses = |count: usize| -> Vec<f64> { (0..count).map(|i| 10.0 - i as f64).collect() };
        // Of ten parts, tenths are single ones: from 9 down to 1 by 1 each.
        let (last, slope) = end(&losses(10)).unwrap();
        assert!((last - 1.0).abs() < 1e-12 && (slope - 1.0 / 9.0).abs() < 1e-12);
        // Of eleven, they are two parts long.
        let (last, slope) = end(&losses(11)).unwrap();
        assert!((last - 0.5).abs() < 1e-12 && (slope - 2.0 / 9.5).abs() < 1e-12);
        assert_eq!(end(&[3.0; 5]).unwrap(), (3.0, 0.0));
        assert_eq!(end(&[2.5]).unwrap(), (2.5, 1.0));
    }
}
