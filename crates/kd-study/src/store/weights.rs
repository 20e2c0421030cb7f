//! Weights that come from PyTorch and go to it.

use std::path::Path;

use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Head, Input, Model};
use tch::Device;

use super::Store;
use super::error::StoreError;
use super::layout::WEIGHTS;
use crate::error::Result;
use crate::spec::RunId;

/// Writes the weights in `file` under the names that models here have for them, once it is sure that they fit.
///
/// # Errors
/// If they do not, with every difference; or if a file cannot be read or written.
pub fn import(
    file: &Path,
    architecture: &Architecture,
    input: Input,
    outputs: i64,
    out: &Path,
) -> Result<()> {
    let mut stream = Stream::new(&[], Concern::Initialisation);
    let mut model = Model::new(architecture, input, outputs, &mut stream, Device::Cpu)?;
    model.start_from(file, Head::Keep)?;
    publish(out, ".safetensors", |path| Ok(model.save(path)?))
}

/// Copies the weights of a finished run to `out`.
///
/// # Errors
/// If the run keeps none, or a file cannot be read or written, or has been damaged.
pub fn export(store: &Store, run: &RunId, out: &Path) -> Result<()> {
    let is_kept = store.record(run)?.is_some_and(|record| record.files.contains_key(WEIGHTS));
    if !is_kept && !store.run_path(run).join(WEIGHTS).exists() {
        return Err(StoreError::NoSuchRun(format!(
            "run {run} keeps no weights: those of teachers that were trained here are kept, and those of students if the study asks for them; \
             add keep = [\"weights\"] to [study] and `kd run` it again"
        )).into());
    }
    let weights = store.verified(run, WEIGHTS)?;
    publish(out, ".safetensors", |path| Ok(fs_err::copy(&weights, path).map(drop)?))
}

/// Has `write` write a file beside `out`, which becomes it when it is whole.
pub(crate) fn publish(out: &Path, suffix: &str, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = tempfile::Builder::new().suffix(suffix).tempfile_in(folder)?;
    write(unfinished.path())?;
    unfinished.persist(out).map_err(|error| error.error)?;
    Ok(())
}
