//! What is measured of a model at the end of its training.

use std::collections::BTreeMap;
use std::path::Path;

use kd_models::Model;
use tch::Tensor;

use super::examples::Examples;
use crate::error::Result;
use crate::store::record::{Measures, Representation, TeacherFidelity};
use crate::train::evaluate::logits;
use crate::train::outputs::Outputs;
use crate::train::prediction::{fidelity, score};
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
    teacher: Option<&Outputs>,
    representation: Option<Representation>,
    best: &Best,
    history: &History,
) -> Result<Measures> {
    let train_logits = logits(model, &examples.train.inputs)?;
    let test_logits = logits(model, &examples.test.inputs)?;
    let fidelity = teacher
        .map(|teacher| -> Result<Option<TeacherFidelity>> {
            let own = teacher.train.f_index_select(0, &examples.subset)?;
            let (test, train) = (fidelity(&test_logits, &teacher.test)?, fidelity(&train_logits, &own)?);
            Ok(test.zip(train).map(|(test, train)| TeacherFidelity { test, train }))
        })
        .transpose()?
        .flatten();
    let test = Quality::of(&test_logits, &examples.test.targets, &examples.encoder)?;
    let train_score = score(&train_logits, &examples.train.targets)?;
    let validation_score = history.milestones.iter().rev().find_map(|milestone| milestone.validation_score);
    model.set_weights(&best.weights, Path::new("the best weights of this run"))?;
    Ok(Measures {
        test,
        test_score_at_best: examples.test.score(model)?,
        best_step: best.step,
        validation_score: Some(validation_score.unwrap_or(best.score)),
        train_score,
        fidelity,
        steps: history.milestones.last().map_or(0, |milestone| milestone.step),
        convergence: history.convergence(),
        parameters: model.parameters(),
        subset: examples.subset_hash.clone(),
        representation,
    })
}
