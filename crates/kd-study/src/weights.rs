//! Weights that a model starts from.

use kd_core::random::{Concern, Stream};
use kd_models::{Architecture, Head, Input, Model};
use serde::{Deserialize, Serialize};
use tch::Device;
use toml::Spanned;

use crate::error::Result;
use crate::file::{Problem, Trainable, WeightsFile};
use crate::predictor::InputFile;

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
