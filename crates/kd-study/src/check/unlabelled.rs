//! Samples without labels: how many there can be, and who can learn from them.

use std::ops::Range;

use kd_core::objective::{Objective, Predicted};
use kd_data::augment::Augmentation;
use toml::Spanned;

use crate::problem::Problem;
use crate::spec::{Amount, Extra, Optimizer, Training};
use crate::study::Task;

/// What a study file asks for, if it does.
pub(super) type Listed<'a> = Option<&'a Spanned<Vec<Spanned<Extra>>>>;

/// Every U, ascending, of what the largest of `samples` leaves of those that are `there`. Where a task `varies`, two shares
/// may come to one U at some of its levels.
pub(super) fn sizes(
    listed: Listed<'_>,
    samples: &[u64],
    there: u64,
    varies: bool,
    problems: &mut Vec<Problem>,
) -> Vec<u64> {
    let (Some(listed), Some(&largest)) = (listed, samples.last()) else { return vec![0] };
    if listed.get_ref().is_empty() {
        problems.push(
            Problem::new(listed.span(), "at least one number of samples without labels is needed", "empty")
                .help("remove it, or compare some with none: unlabelled = [0, \"all\"]"),
        );
    }
    let left = there - largest;
    let mut counts: Vec<u64> = Vec::new();
    for extra in listed.get_ref() {
        let Extra(amount) = *extra.get_ref();
        let count = amount.of(left);
        if count > left || (count == 0 && amount != Amount::Count(0)) {
            problems.push(too_many(extra, count, left, largest));
        } else if counts.contains(&count) {
            if varies && !amount.is_count() {
                continue;
            }
            problems.push(
                Problem::new(extra.span(), format!("U = {count} is listed twice"), "again here")
                    .help("remove it"),
            );
        } else {
            counts.push(count);
        }
    }
    counts.sort_unstable();
    counts
}

fn too_many(extra: &Spanned<Extra>, count: u64, left: u64, largest: u64) -> Problem {
    let (what, label) = match left {
        0 => (
            format!("M = {largest} leaves no sample to learn from without its label"),
            "of nothing".to_owned(),
        ),
        _ => (
            format!("U = {count} samples without labels, but M = {largest} leaves {left}"),
            format!("expected 1 to {left}, or 0"),
        ),
    };
    Problem::new(extra.span(), what, label)
        .help("U is the same at every M, so it is of what the largest M leaves: ask for less, or for fewer `samples`")
}

/// What keeps any student of a task from learning without labels.
pub(super) fn unfit(
    listed: Listed<'_>,
    task: kd_data::Task,
    augmentation: Option<&Augmentation>,
    training: &Training,
) -> Option<Problem> {
    let listed = listed?;
    let is_asked = listed.get_ref().iter().any(|extra| extra.get_ref().0 != Amount::Count(0));
    let is_solved = match training.optimizer {
        Optimizer::LeastSquares(_) => true,
        Optimizer::Adamw(_) | Optimizer::Sgd(_) | Optimizer::Lbfgs(_) => false,
    };
    let (what, advice) = if !is_asked {
        return None;
    } else if task == kd_data::Task::LanguageModelling {
        ("samples without labels are asked for, but next tokens are in the samples", "remove `unlabelled`")
    } else if augmentation.is_some_and(|augmentation| augmentation.mix.is_some()) {
        (
            "`mix` makes one sample of two, of which one may have a label and the other none",
            "leave out `mix`, or remove `unlabelled`",
        )
    } else if is_solved {
        (
            "least squares takes a target of every sample, but some have no label",
            "optimizer.lbfgs = {} with a budget finds the same minimum, or remove `unlabelled`",
        )
    } else {
        return None;
    };
    Some(Problem::new(listed.span(), what, "cannot be learnt from").help(advice))
}

/// That a teacher's students can be asked under this objective of samples without labels, if a task has such.
pub(super) fn unasked(objective: &Objective, task: &Task, span: &Range<usize>) -> Option<Problem> {
    if task.student.unlabelled_under(objective).iter().all(|&count| count == 0) {
        return None;
    }
    let error = objective.check_unlabelled().err()?;
    let other = match task.predicted {
        Predicted::Classes(_) => "`distillation` needs none, nor does supervision such as `full` or `top_k`",
        Predicted::Numbers => "`prediction_matching` needs none",
    };
    let (what, name) = (format!("in task `{}`, {error}", task.name), &task.name);
    let advice = format!("{other}; or remove `unlabelled` from [tasks.{name}.student]");
    Some(Problem::new(span.clone(), what, "needs every label").help(advice))
}
