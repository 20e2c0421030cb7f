//! Weights that a model starts from.

use std::path::Path;

use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Head, Input, Model};
use serde::{Deserialize, Serialize};
use tch::Device;
use toml::Spanned;

use crate::error::{Error, Result};
use crate::file::{Problem, Trainable, WeightsFile};
use crate::predictor::InputFile;
use crate::run::WEIGHTS;
use crate::spec::RunId;
use crate::store::Store;

/// What a model starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    pub(crate) file: InputFile,
    head: Head,
    trainable: Trainable,
}

impl Weights {
    /// The weights in `file`, if they fit a model of `architecture`.
    pub(crate) fn check(
        file: &Spanned<WeightsFile>,
        architecture: &Architecture,
        input: Input,
        outputs: i64,
    ) -> std::result::Result<Self, Problem> {
        let WeightsFile { path, head, trainable } = file.get_ref().clone();
        let fitted = || -> Result<Self> {
            let weights = Self { file: InputFile::open(path)?.0, head, trainable };
            let mut stream = Stream::new(&[], Concern::Initialisation);
            weights.start(&mut Model::new(architecture, input, outputs, &mut stream, Device::Cpu)?)?;
            Ok(weights)
        };
        fitted().map_err(|error| {
            let advice = "safetensors with PyTorch's names are read; head = \"new\" leaves out the last layer of another task";
            Problem::new(file.span(), error.to_string(), "do not fit `model`").help(advice)
        })
    }

    /// Gives the weights to `model`, and freezes what is not to learn.
    pub(crate) fn start(&self, model: &mut Model) -> Result<()> {
        self.file.read()?;
        model.start_from(&self.file.path, self.head)?;
        if self.trainable == Trainable::Head {
            model.freeze_backbone()?;
        }
        Ok(())
    }
}

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
    publish(out, |path| Ok(model.save(path)?))
}

/// Copies the weights of a finished run to `out`.
///
/// # Errors
/// If the run keeps none, or a file cannot be read or written.
pub fn export(store: &Store, run: &RunId, out: &Path) -> Result<()> {
    let weights = store.run_path(run).join(WEIGHTS);
    if !weights.exists() {
        return Err(Error::Run(format!(
            "run {run} keeps no weights: those of teachers that were trained here are kept, and of students whose objective learns something"
        )));
    }
    publish(out, |path| Ok(fs_err::copy(&weights, path).map(drop)?))
}

/// Has `write` write a file beside `out`, which becomes it when it is whole.
fn publish(out: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unfinished = tempfile::Builder::new().suffix(".safetensors").tempfile_in(folder)?;
    write(unfinished.path())?;
    unfinished.persist(out).map_err(|error| error.error)?;
    Ok(())
}
