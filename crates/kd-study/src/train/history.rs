//! What was seen on the way.

use kd_models::Model;
use serde::{Deserialize, Serialize};

use super::convergence::Convergence;
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

    /// Whether more steps would have brought more, if there was a loss: as the optimiser says, or by losses and scores.
    pub(crate) fn convergence(&self, hears_teacher: bool) -> Option<Convergence> {
        let told = Convergence::of(&self.milestones, hears_teacher)?;
        Some(match self.arrived {
            None => told,
            Some(true) => {
                let last = self.milestones.iter().rev().find_map(|milestone| milestone.loss);
                Convergence { final_loss: last.unwrap_or(told.final_loss), slope: 0.0, converged: true }
            }
            Some(false) => Convergence { converged: false, ..told },
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
    fn an_optimiser_that_looks_knows_whether_it_arrived() {
        let history = |losses: &[Option<f64>], arrived| History {
            milestones: (1..)
                .zip(losses)
                .map(|(step, &loss)| Milestone { step, loss, gradient_norm: None, validation_score: None })
                .collect(),
            arrived,
        };
        let falling = [Some(4.0), None, Some(3.0), Some(2.0), None];
        let told = history(&falling, None).convergence(false).unwrap();
        assert!((told.final_loss - 2.0).abs() < 1e-12 && (told.slope - 0.5).abs() < 1e-12 && !told.converged);
        let arrived = history(&falling, Some(true)).convergence(false).unwrap();
        assert_eq!(arrived, Convergence { final_loss: 2.0, slope: 0.0, converged: true });
        let flat = history(&[Some(1.0), Some(1.0)], Some(false)).convergence(false).unwrap();
        assert_eq!(flat, Convergence { final_loss: 1.0, slope: 0.0, converged: false });
        assert_eq!(history(&[None], None).convergence(false), None);
    }
}
