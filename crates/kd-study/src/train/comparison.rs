//! What a comparison of features needs: the teacher's on the student's samples, and the shapes of both models'.

use kd_core::criterion::{Criterion, Learner};
use kd_core::objective::Objective;
use kd_core::random::Stream;
use kd_data::{Encoded, Encoder, Inputs};
use kd_models::{Mode, Model, Output};
use tch::{Tensor, nn};

use super::evaluate::{Features, features};
use super::prediction::{row_features, rows};
use crate::error::Result;

/// The teacher's features that `objective` compares, on all of `inputs`.
pub(crate) fn teacher_features(
    (model, encoder): &(Model, Encoder),
    objective: &Objective,
    inputs: &Inputs,
) -> Result<Features> {
    let inputs = encoder.encode(inputs)?.to_device(model.store().device())?;
    let known = first(model, &inputs)?.features;
    let mut wanted = Vec::new();
    for compared in objective.features() {
        wanted.push(compared.of_teacher(&known)?.0.clone());
    }
    features(model, &inputs, |name| wanted.iter().any(|wanted| wanted == name))
}

/// The criterion of a run, and what it learns.
pub(crate) fn criterion(
    objective: &Objective,
    student: &Model,
    inputs: &Encoded,
    teacher: &Features,
    stream: Stream,
) -> Result<(Criterion, nn::VarStore)> {
    let learnt = nn::VarStore::new(student.store().device());
    let first = first(student, inputs)?;
    let of_rows = |features| -> Result<_> { Ok(shapes(&row_features(features, &first.logits)?)) };
    let (student, teacher) = (of_rows(&first.features)?, of_rows(teacher)?);
    let samples = inputs.len() as i64 * rows(&first.logits)?.size()[0];
    let learner = Learner { student: &student, teacher: &teacher, samples };
    let criterion = Criterion::with_features(objective, &learner, &learnt.root(), stream)?;
    Ok((criterion, learnt))
}

/// What a model says of the first example, without gradients.
fn first(model: &Model, inputs: &Encoded) -> Result<Output> {
    let _no_grad = tch::no_grad_guard();
    let first = Tensor::f_from_slice(&[0_i64])?.f_to_device(model.store().device())?;
    Ok(model.forward(&inputs.batch(&first)?, Mode::Evaluate)?)
}

/// Each feature and its shape for one row.
fn shapes(features: &Features) -> Vec<(String, Vec<i64>)> {
    features.iter().map(|(name, feature)| (name.clone(), feature.size()[1..].to_vec())).collect()
}
