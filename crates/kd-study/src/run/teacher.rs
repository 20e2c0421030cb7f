//! The models of runs that teach.

use std::path::Path;

use kd_core::random::{Concern, Stream};
use kd_data::Encoder;
use kd_models::Model;
use tch::Device;

use crate::error::{Error, Result};
use crate::spec::RunId;
use crate::store::{ENCODER, Store, StoreError, WEIGHTS};

/// A published run that keeps its weights, and its encoder; none if it is not a model of ours.
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
    let path = store.verified(teacher, ENCODER)?;
    let encoder: Encoder =
        serde_json::from_slice(&fs_err::read(&path)?).map_err(|error| damaged(&path, error.to_string()))?;
    // Whatever it starts from is overwritten.
    let mut start = Stream::new(&[], Concern::Initialisation);
    let mut model = Model::new(architecture, encoder.input(), outputs, &mut start, device)?;
    let path = store.verified(teacher, WEIGHTS)?;
    model.load(&path).map_err(|error| damaged(&path, error.to_string()))?;
    Ok(Some((model, encoder)))
}
