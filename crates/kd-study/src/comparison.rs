//! What a comparison with a teacher needs beyond its logits: the teacher itself, its features on the student's samples,
//! and the shapes of both models' features.

use std::path::Path;

use kd_core::objective::{Criterion, Learner, Objective};
use kd_core::random::{Concern, Stream};
use kd_data::{Encoded, Encoder, Inputs};
use kd_models::{Mode, Model, Output};
use tch::{Device, Tensor, nn};

use crate::error::{Error, Result};
use crate::evaluate::{Features, features};
use crate::prediction::{row_features, rows};
use crate::run::{ENCODER, WEIGHTS, input};
use crate::spec::RunId;
use crate::store::Store;

/// A published teacher and its encoder; none if it is not a model of ours.
pub(crate) fn teacher_model(
    store: &Store,
    teacher: &RunId,
    outputs: i64,
    device: Device,
) -> Result<Option<(Model, Encoder)>> {
    let folder = store.run_path(teacher);
    let damaged = |path: &Path, problem: String| Error::Record { path: path.to_owned(), problem };
    let Some(record) = store.record(teacher)? else {
        return Err(damaged(&folder, "the teacher has not been published".to_owned()));
    };
    let Some(architecture) = record.spec.model.architecture() else { return Ok(None) };
    let path = folder.join(ENCODER);
    let encoder: Encoder =
        serde_json::from_slice(&fs_err::read(&path)?).map_err(|error| damaged(&path, error.to_string()))?;
    // Whatever it starts from is overwritten.
    let mut start = Stream::new(&[], Concern::Initialisation);
    let mut model = Model::new(architecture, input(encoder.input()), outputs, &mut start, device)?;
    let path = folder.join(WEIGHTS);
    model.load(&path).map_err(|error| damaged(&path, error.to_string()))?;
    Ok(Some((model, encoder)))
}

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
