//! Training, and what it needs: which examples, what a student hears and sees, how outputs are scored.

pub(crate) mod comparison;
mod convergence;
pub(crate) mod draw;
mod error;
pub(crate) mod evaluate;
mod gradient;
mod history;
mod lbfgs;
mod learning;
mod least_squares;
pub mod modules;
pub(crate) mod outputs;
pub(crate) mod prediction;
pub(crate) mod pretrained;
pub(crate) mod reading;
pub(crate) mod signal;
pub(crate) mod view;
mod whole;

use kd_core::random::Stream;

pub use convergence::Convergence;
pub use error::TrainError;
pub use history::Milestone;
pub(crate) use history::{Ending, History, Watch};
pub(crate) use learning::{Learning, Samples};
pub use prediction::Quality;

use crate::error::Result;
use crate::spec::{Optimizer, Training};

/// Minimises the criterion, moving the model and what the criterion learns, and asks for the validation score
/// `training.evaluations` times.
pub(crate) fn train(
    learning: Learning<'_>,
    samples: Samples<'_>,
    training: &Training,
    order: &mut Stream,
    watch: Watch<'_>,
) -> Result<Ending> {
    match &training.optimizer {
        Optimizer::Adamw(own) => gradient::descend(learning, samples, training, own.into(), order, watch),
        Optimizer::Sgd(own) => gradient::descend(learning, samples, training, own.into(), order, watch),
        Optimizer::Lbfgs(own) => lbfgs::minimise(learning, samples, training, own, watch),
        Optimizer::LeastSquares(own) => least_squares::solve(learning, samples, own, watch),
    }
}
