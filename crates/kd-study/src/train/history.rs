//! What was seen on the way, and whether the loss came to rest.

use kd_models::Model;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// What was seen after a step: the mean loss since the last one and the gradient where a part of the budget ends, the
/// score on the validation split where it was scored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    /// Updates made.
    pub step: u64,
    /// Mean training loss over the part of the budget that ends here.
    pub loss: Option<f64>,
    /// Euclidean norm of the gradient that the last update followed, over all weights that move; none of what is solved
    /// at once.
    pub gradient_norm: Option<f64>,
    /// Score on the validation split.
    pub validation_score: Option<f64>,
}

/// Who watches training.
pub(crate) struct Watch<'a> {
    /// Scores a model on the validation split after a step.
    pub(crate) score: &'a mut dyn FnMut(&Model, u64) -> Result<f64>,
    /// Hears of every milestone as it is reached.
    pub(crate) tell: &'a mut dyn FnMut(&Milestone),
}

/// What was seen on the way.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) milestones: Vec<Milestone>,
    /// Whether the gradient vanishes at the end, of an optimiser that looks.
    pub(crate) arrived: Option<bool>,
}

impl History {
    /// Keeps a milestone, in place of one of the same step.
    pub(super) fn reach(&mut self, milestone: Milestone, watch: &mut Watch<'_>) {
        (watch.tell)(&milestone);
        self.milestones.pop_if(|last| last.step == milestone.step);
        self.milestones.push(milestone);
    }

    /// Whether the loss came to rest, if there is one: as the optimiser says, or by how it fell.
    pub(crate) fn convergence(&self) -> Option<Convergence> {
        let losses: Vec<f64> = self.milestones.iter().filter_map(|milestone| milestone.loss).collect();
        let final_loss = *losses.last()?;
        Some(match self.arrived {
            None => Convergence::of(&losses),
            Some(true) => Convergence { final_loss, slope: 0.0, converged: true },
            Some(false) => Convergence { converged: false, ..Convergence::of(&losses) },
        })
    }
}

/// How training ended.
pub(crate) enum Ending {
    Finished(History),
    /// The loss stopped being a number somewhere up to this step.
    NotFinite {
        step: u64,
    },
}

/// Whether the training loss came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Convergence {
    /// Mean training loss over the last tenth of the budget, or where an optimiser arrived.
    pub final_loss: f64,
    /// Fall of the mean loss from the last tenth but one to the last, as a share of its whole fall since the first.
    pub slope: f64,
    /// Whether that share is below [`Convergence::AT_REST`], or an optimiser that looks found its gradient gone.
    pub converged: bool,
}

impl Convergence {
    /// A run whose last tenth brought less than 2 % of all it gained has come to rest.
    pub const AT_REST: f64 = 0.02;

    /// From the mean losses of successive equal parts of the budget.
    #[must_use]
    pub fn of(losses: &[f64]) -> Self {
        let tenth = losses.len().div_ceil(10).max(1);
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len().max(1) as f64;
        let last = mean(&losses[losses.len().saturating_sub(tenth)..]);
        let end_before = losses.len().saturating_sub(tenth);
        let before = mean(&losses[end_before.saturating_sub(tenth)..end_before]);
        let first = losses.first().copied().unwrap_or(last);
        let fall = first - last;
        let slope = if losses.len() < 2 {
            1.0
        } else if fall.abs() <= f64::EPSILON * first.abs() {
            0.0
        } else {
            (before - last) / fall
        };
        Self { final_loss: last, slope, converged: fall >= 0.0 && slope.abs() < Self::AT_REST }
    }
}

/// Whether `done` of `steps` completes one of `parts` equal parts.
pub(crate) fn ends_part(done: u64, steps: u64, parts: u64) -> bool {
    done * parts / steps > (done - 1) * parts / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_evenly_and_with_the_budget() {
        let ends: Vec<u64> = (1..=10).filter(|&done| ends_part(done, 10, 4)).collect();
        assert_eq!(ends, [3, 5, 8, 10]);
        let ends: Vec<u64> = (1..=3).filter(|&done| ends_part(done, 3, 20)).collect();
        assert_eq!(ends, [1, 2, 3]);
    }

    #[test]
    fn a_flat_end_has_converged_and_a_falling_one_has_not() {
        let mut losses: Vec<f64> = (0..20).map(|i| (-f64::from(i)).exp()).collect();
        assert!(Convergence::of(&losses).converged);
        losses = (0..20).map(|i| 2.0 - 0.05 * f64::from(i)).collect();
        let falling = Convergence::of(&losses);
        assert!(!falling.converged && (falling.slope - 0.1 / 0.925).abs() < 1e-9, "{falling:?}");
        assert!((falling.final_loss - 1.075).abs() < 1e-9);
        losses = (0..20).map(|i| 1.0 + f64::from(i)).collect();
        assert!(!Convergence::of(&losses).converged, "a rising loss has diverged");
        assert!(!Convergence::of(&[1.0]).converged, "one part says nothing");
    }

    #[test]
    fn the_last_tenth_is_held_against_the_one_before() {
        let losses = |count: usize| -> Vec<f64> { (0..count).map(|i| 10.0 - i as f64).collect() };
        // Of ten parts, tenths are single ones: from 9 down to 1 by 1 each.
        let ten = Convergence::of(&losses(10));
        assert!((ten.final_loss - 1.0).abs() < 1e-12 && (ten.slope - 1.0 / 9.0).abs() < 1e-12, "{ten:?}");
        // Of eleven, they are two parts long.
        let eleven = Convergence::of(&losses(11));
        assert!((eleven.final_loss - 0.5).abs() < 1e-12, "{eleven:?}");
        assert!((eleven.slope - 2.0 / 9.5).abs() < 1e-12, "{eleven:?}");
        let flat = Convergence::of(&[3.0; 5]);
        assert!(flat.converged && flat.slope == 0.0, "{flat:?}");
        let one = Convergence::of(&[2.5]);
        assert!((one.final_loss - 2.5).abs() < 1e-12 && (one.slope - 1.0).abs() < 1e-12, "{one:?}");
        // At rest below 2 % of the fall, and not at it.
        let end = |rise: f64| {
            let mut losses = vec![1.0; 10];
            (losses[8], losses[9]) = (rise, 0.0);
            Convergence::of(&losses)
        };
        assert!(
            end(0.019).converged && !end(0.021).converged && end(-0.019).converged && !end(-0.021).converged
        );
    }

    #[test]
    fn an_optimiser_that_looks_knows_whether_it_arrived() {
        let history = |losses: &[Option<f64>], arrived| History {
            milestones: (1..)
                .zip(losses)
                .map(|(step, &loss)| Milestone { step, loss, gradient_norm: None, validation_score: None })
                .collect(),
            arrived,
        };
        let falling = [Some(4.0), None, Some(3.0), Some(2.0), None];
        let told = history(&falling, None).convergence().unwrap();
        assert_eq!(told, Convergence::of(&[4.0, 3.0, 2.0]));
        let arrived = history(&falling, Some(true)).convergence().unwrap();
        assert_eq!(arrived, Convergence { final_loss: 2.0, slope: 0.0, converged: true });
        let flat = history(&[Some(1.0), Some(1.0)], Some(false)).convergence().unwrap();
        assert_eq!(flat, Convergence { final_loss: 1.0, slope: 0.0, converged: false });
        assert_eq!(history(&[None], None).convergence(), None);
    }
}
