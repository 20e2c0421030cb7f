//! Teachers that have been published: their models, and what a student is compared with.

use std::path::Path;
use std::rc::Rc;

use kd_core::objective::Objective;
use kd_core::random::{Concern, Stream};
use kd_core::supervision::Supervision;
use kd_data::Encoder;
use kd_models::Model;
use tch::{Device, Tensor};

use crate::error::{Error, Result};
use crate::spec::RunId;
use crate::store::{ENCODER, Store, StoreError, WEIGHTS};
use crate::train::outputs::Outputs;

/// A published teacher and its encoder; none if it is not a model of ours.
pub(super) fn teacher_model(
    store: &Store,
    teacher: &RunId,
    outputs: i64,
    device: Device,
) -> Result<Option<(Model, Encoder)>> {
    let folder = store.run_path(teacher);
    let damaged =
        |path: &Path, problem: String| Error::from(StoreError::Record { path: path.to_owned(), problem });
    let Some(record) = store.record(teacher)? else {
        return Err(damaged(&folder, "the teacher has not been published".to_owned()));
    };
    let Some(architecture) = record.spec.model.architecture() else { return Ok(None) };
    let path = folder.join(ENCODER);
    let encoder: Encoder =
        serde_json::from_slice(&fs_err::read(&path)?).map_err(|error| damaged(&path, error.to_string()))?;
    // Whatever it starts from is overwritten.
    let mut start = Stream::new(&[], Concern::Initialisation);
    let mut model = Model::new(architecture, encoder.input(), outputs, &mut start, device)?;
    let path = folder.join(WEIGHTS);
    model.load(&path).map_err(|error| damaged(&path, error.to_string()))?;
    Ok(Some((model, encoder)))
}

/// Of several members, what a student under `objective` is compared with: the ensemble if it learns from one, else the
/// first. None for no members.
pub(super) fn compared(objective: &Objective, members: &[Rc<Outputs>]) -> Result<Option<Outputs>> {
    if members.is_empty() {
        return Ok(None);
    }
    let supervisions = || objective.terms().into_iter().filter_map(Objective::supervision);
    let ensemble = supervisions().find(|own| own.needs_ensemble());
    let choose = |table: fn(&Outputs) -> &Tensor| {
        let tables: Vec<Tensor> = members.iter().map(|member| table(member).shallow_clone()).collect();
        ensemble.unwrap_or(&Supervision::FULL).choose(&tables, 1.0)
    };
    Ok(Some(Outputs { train: choose(|outputs| &outputs.train)?, test: choose(|outputs| &outputs.test)? }))
}
