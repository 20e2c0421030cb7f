//! Weights that a model starts from.

use kd_data::InputFile;
use kd_models::{Head, Model};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// What a model starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    pub(crate) file: InputFile,
    pub(crate) head: Head,
    pub(crate) trainable: Trainable,
}

/// Which part of a model learns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trainable {
    /// Every layer.
    #[default]
    All,
    /// The last layer (a linear probe); the others compute as they do after training.
    Head,
}

impl Weights {
    /// Gives the weights to `model`, and freezes what is not to learn. Tells what all names of the file begin with, if
    /// that was left out.
    pub(crate) fn start(&self, model: &mut Model) -> Result<Option<String>> {
        self.file.read()?;
        let wrapped_in = model.start_from(&self.file.path, self.head)?;
        if self.trainable == Trainable::Head {
            model.freeze_backbone()?;
        }
        Ok(wrapped_in)
    }
}
