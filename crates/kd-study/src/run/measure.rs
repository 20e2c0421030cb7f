//! What is measured of a model at the end of its training.

use std::collections::BTreeMap;
use std::path::Path;

use kd_models::Model;
use tch::Tensor;

use super::examples::Examples;
use crate::error::Result;
use crate::store::record::Measures;
use crate::train::outputs::Outputs;
use crate::train::prediction::{distinct, score};
use crate::train::{History, Quality};

/// The weights that scored best on the validation split.
pub(super) struct Best {
    pub(super) score: f64,
    pub(super) step: u64,
    pub(super) weights: BTreeMap<String, Tensor>,
}

pub(super) fn measure(
    model: &mut Model,
    examples: &Examples,
    predictions: &Outputs,
    best: &Best,
    history: &History,
    hears_teacher: bool,
) -> Result<Measures> {
    let steps = history.milestones.last().map_or(0, |milestone| milestone.step);
    let test = Quality::of(&predictions.test, &examples.test.targets, &examples.encoder)?;
    let train_score = score(&predictions.train, &examples.train.targets)?;
    let validation_score = history.milestones.iter().rev().find_map(|milestone| milestone.validation_score);
    // Of the last weights, which are the best of many runs, predictions are there already.
    let test_score_at_best = if best.step == steps {
        score(&predictions.test, &examples.test.targets)?
    } else {
        model.set_weights(&best.weights, Path::new("the best weights of this run"))?;
        examples.test.score(model)?
    };
    Ok(Measures {
        test,
        test_score_at_best,
        best_step: best.step,
        validation_score: Some(validation_score.unwrap_or(best.score)),
        validation_score_at_best: Some(best.score),
        train_score,
        distinct_predictions: distinct(&predictions.test)?,
        steps,
        convergence: history.convergence(hears_teacher),
        parameters: model.parameters(),
        subset: examples.subset_hash.clone(),
    })
}
