//! Whether models can be trained as asked.

use std::ops::Range;

use kd_core::objective::{Objective, Predicted, SquaredErrors};
use kd_data::Dataset;
use kd_models::Architecture;
use toml::Spanned;

use crate::problem::Problem;
use crate::spec::{Optimizer, Training};
use crate::study::Task;

/// Settings that cannot be had together, or not with this model on these data.
pub(super) fn unfit(
    training: &Spanned<Training>,
    model: &Architecture,
    dataset: &Dataset,
    is_augmented: bool,
) -> Option<Problem> {
    contradiction(training).or_else(|| unsuited(training, model, dataset, is_augmented))
}

fn refused(training: &Spanned<Training>, what: impl Into<String>, advice: &str) -> Problem {
    Problem::new(training.span(), what, "here").help(advice)
}

/// Settings that exclude each other.
fn contradiction(training: &Spanned<Training>) -> Option<Problem> {
    let own = training.get_ref();
    let optimizer = &own.optimizer;
    match (optimizer, own.budget) {
        (Optimizer::Sgd(sgd), _) if sgd.nesterov && sgd.momentum.get() <= 0.0 => {
            Some(refused(training, "Nesterov's form needs a momentum above 0", "momentum = 0.9 is usual"))
        }
        (Optimizer::LeastSquares(_), Some(_)) => {
            let what = "`budget` means nothing to least squares, which takes no steps";
            Some(refused(training, what, "leave it out"))
        }
        (Optimizer::Adamw(_) | Optimizer::Sgd(_) | Optimizer::Lbfgs(_), None) => {
            Some(refused(training, "`budget` is missing here", "budget.steps = 1000 is a usual choice"))
        }
        (Optimizer::LeastSquares(_), None)
        | (Optimizer::Adamw(_) | Optimizer::Sgd(_) | Optimizer::Lbfgs(_), Some(_)) => {
            let unused = own.unused().filter(|_| own.reads_all())?;
            let what = format!("`{unused}` means nothing to {optimizer}: all samples are read, in float64");
            Some(refused(training, what, "leave it out"))
        }
    }
}

/// What an optimiser cannot train.
fn unsuited(
    training: &Spanned<Training>,
    model: &Architecture,
    dataset: &Dataset,
    is_augmented: bool,
) -> Option<Problem> {
    let (optimizer, task) = (&training.get_ref().optimizer, dataset.train.targets.task());
    let needs = match optimizer {
        Optimizer::Adamw(_) | Optimizer::Sgd(_) => return None,
        Optimizer::LeastSquares(_) if task != kd_data::Task::Regression => {
            let what = format!("least squares predicts numbers, but this is {task}");
            let advice = "optimizer.lbfgs = {} with a budget finds the minimum of other losses";
            return Some(refused(training, what, advice));
        }
        Optimizer::LeastSquares(_) if !model.is_linear() => {
            let what = format!("least squares solves linear models, but this is `{model}`");
            let advice =
                "model.mlp = { hidden = [] } is linear; optimizer.lbfgs = {} with a budget trains any model";
            return Some(refused(training, what, advice));
        }
        Optimizer::LeastSquares(_) | Optimizer::Lbfgs(_) => {
            format!("{optimizer} needs a loss that stays the same")
        }
    };
    if is_augmented {
        Some(refused(training, format!("{needs}, but examples are augmented"), "leave out `augmentation`"))
    } else if model.drops_out() {
        let what = format!("{needs}, but this model drops activations at random");
        Some(refused(training, what, "set its dropout to 0"))
    } else {
        None
    }
}

/// Students that cannot be trained under an objective.
pub(super) fn unsolved(objective: &Objective, task: &Task, span: &Range<usize>) -> Option<Problem> {
    let solved = |errors: SquaredErrors| errors.weight() > 0.0;
    let (what, advice) = match &task.student.training.optimizer {
        // Of classes, the task itself has been complained of.
        Optimizer::LeastSquares(_) if task.predicted != Predicted::Numbers => return None,
        Optimizer::LeastSquares(_) if !objective.squared_errors().is_some_and(solved) => (
            format!(
                "students of task `{}` are solved by least squares, but this is no squared error that stays the same",
                task.name
            ),
            "`squared_error` is, and `prediction_matching` without `delta` and schedules, and sums of them; \
             optimizer.lbfgs = {} with a budget minimises others",
        ),
        Optimizer::Lbfgs(_) if !objective.is_fixed() => (
            format!("L-BFGS, by which task `{}` trains, needs a loss that stays the same", task.name),
            "leave out schedules and what is drawn anew at every step, or train with optimizer.adamw",
        ),
        Optimizer::LeastSquares(_) | Optimizer::Lbfgs(_) | Optimizer::Adamw(_) | Optimizer::Sgd(_) => {
            return None;
        }
    };
    Some(Problem::new(span.clone(), what, "cannot be solved").help(advice))
}
