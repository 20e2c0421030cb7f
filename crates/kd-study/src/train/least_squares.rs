//! The exact solution of linear models under squared errors.

use std::path::Path;

use kd_models::Output;
use tch::Kind;

use super::error::TrainError;
use super::history::{Ending, History, Milestone, Watch};
use super::learning::{Learning, Samples};
use super::whole::Whole;
use crate::error::Result;
use crate::spec::LeastSquares;

/// Solves for the weights of a linear model, and tells of it as of a single step.
///
/// `a MSE(y) + b MSE(teacher)` is, but for what no weight changes, `(a + b) MSE` with the mean of both, weighted so.
pub(super) fn solve(
    learning: Learning<'_>,
    mut samples: Samples<'_>,
    settings: &LeastSquares,
    mut watch: Watch<'_>,
) -> Result<Ending> {
    let Learning { model, objective, criterion, .. } = learning;
    let Some(errors) = objective.squared_errors().filter(|_| samples.labelled.is_none()) else {
        return Err(TrainError::NotSquared.into());
    };
    let Whole { inputs, held } = Whole::of(&mut samples)?;
    let (inputs, share) = (inputs.f_flatten(1, -1)?, errors.teacher / errors.weight());
    let targets = match held.heard.logits().next() {
        Some(teacher) if share > 0.0 => held.labels.f_lerp(teacher, share)?,
        _ => held.labels.shallow_clone(),
    };
    // The criterion takes the mean over outputs, the solver their sum.
    let ridge = settings.ridge.get() * targets.size()[1] as f64 / errors.weight();
    let weights = kd_models::least_squares(&inputs, &targets, ridge)?;
    model.set_weights(&weights, Path::new("least squares"))?;

    let (weight, bias) = (&weights["head.weight"], &weights["head.bias"]);
    let output = Output { logits: inputs.f_linear(weight, Some(bias))?, features: Vec::new() };
    let penalty = settings.ridge.get() * weight.f_square()?.f_sum(Kind::Double)?.f_double_value(&[])?;
    let loss = held.loss(criterion, &output, 0.0)?.f_double_value(&[])? + penalty;
    if !loss.is_finite() {
        return Ok(Ending::NotFinite { step: 1 });
    }
    let validation_score = Some((watch.score)(model, 1)?);
    let mut history = History { arrived: Some(true), ..History::default() };
    history.reach(Milestone { step: 1, loss: Some(loss), gradient_norm: None, validation_score }, &mut watch);
    Ok(Ending::Finished(history))
}
