use std::fmt;
use std::path::PathBuf;

use kd_core::Input;

/// What can go wrong with a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The architecture does not read this kind of input.
    #[error("model `{architecture}` reads {expected}, but the task gives {input}")]
    Input {
        /// Name of the architecture.
        architecture: String,
        /// The inputs it can read.
        expected: &'static str,
        /// What it was given.
        input: Input,
    },
    /// A setting is none of those that the architecture knows, or does not go with another or with the input.
    #[error("model `{architecture}` cannot have `{setting}` {value}, expected {expected}")]
    Setting {
        /// Name of the architecture.
        architecture: String,
        /// The field of its configuration.
        setting: &'static str,
        /// What it was.
        value: String,
        /// What would fit.
        expected: String,
    },
    /// Pooling would leave no pixels.
    #[error(
        "model `cnn` halves the image once per entry of `channels`: {stages} stages are too many for {height}x{width} pixels, at most {most} fit"
    )]
    TooDeep {
        /// Stages asked for.
        stages: usize,
        /// Image height in pixels.
        height: i64,
        /// Image width in pixels.
        width: i64,
        /// Stages that fit.
        most: u32,
    },
    /// Pooling would leave no pixels.
    #[error(
        "model `{architecture}` reads images of {least}x{least} pixels or more, but the task gives {height}x{width}"
    )]
    TooSmall {
        /// Name of the architecture.
        architecture: String,
        /// Image height in pixels.
        height: i64,
        /// Image width in pixels.
        width: i64,
        /// The least side in pixels.
        least: i64,
    },
    /// No machine could hold the model.
    #[error(
        "model `{architecture}` is too large to build; its width or its number of layers must be smaller"
    )]
    TooLarge {
        /// Name of the architecture.
        architecture: String,
    },
    /// A text has more tokens than the model has positions.
    #[error(
        "a text of {length} tokens is longer than the model's `positions`, {positions}; raise them or cut texts"
    )]
    TooLong {
        /// Tokens.
        length: i64,
        /// Positions.
        positions: i64,
    },
    /// The number of outputs does not fit.
    #[error("a model of this kind has {expected} outputs, but {outputs} were asked for")]
    Outputs {
        /// Outputs asked for.
        outputs: i64,
        /// What would fit.
        expected: i64,
    },
    /// A model without outputs says nothing.
    #[error("a model needs at least 1 output, got {0}")]
    NoOutputs(i64),
    /// A batch does not look as the model was told.
    #[error("a batch has shape {got:?}, but the model reads {input}, {expected}")]
    Batch {
        /// The batch's shape.
        got: Vec<i64>,
        /// What the model reads.
        input: Input,
        /// The same as a shape.
        expected: &'static str,
    },
    /// Batch normalisation has nothing to normalise over.
    #[error(
        "batch normalisation needs more than one value of each channel in training; give it batches of more than one example"
    )]
    SingleValue,
    /// A weight file does not fit the model.
    #[error("weights in {path} do not fit the model: {problem}")]
    Weights {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        problem: Misfit,
    },
    /// Something is asked of the last layer alone, which shares its weights with others.
    #[error("the model's last layer has no weights of its own; keep it, and train all")]
    NoHead,
    /// A weight file is not safetensors, or not whole.
    #[error("{path} cannot be read as safetensors: {problem}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What it is, or what is wrong with it.
        problem: String,
    },
    /// A file is not a TorchScript module, or not whole.
    #[error("{path} cannot be read as TorchScript: {problem}")]
    NotTorchScript {
        /// The file.
        path: PathBuf,
        /// What it is, or what is wrong with it.
        problem: String,
    },
    /// A TorchScript module failed.
    #[error("TorchScript module {path} fails on a batch of shape {batch:?}: {problem}")]
    TorchScript {
        /// The file.
        path: PathBuf,
        /// The batch's shape.
        batch: Vec<i64>,
        /// What libtorch says.
        problem: String,
    },
    /// A file could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

/// How named weights differ from those of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misfit {
    /// Names of the model that were not given.
    pub missing: Vec<String>,
    /// Given names that the model does not have.
    pub unexpected: Vec<String>,
    /// Names of another shape: given, and as the model has it.
    pub misshaped: Vec<(String, Vec<i64>, Vec<i64>)>,
}

impl Misfit {
    /// Whether there is no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshaped.is_empty()
    }
}

/// `missing: a, b; unexpected: c`.
impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("missing: {}", list(&self.missing)));
        }
        if !self.unexpected.is_empty() {
            parts.push(format!("unexpected: {}", list(&self.unexpected)));
        }
        parts.extend(
            self.misshaped
                .iter()
                .map(|(name, got, expected)| format!("`{name}` has shape {got:?}, expected {expected:?}")),
        );
        f.write_str(&parts.join("; "))
    }
}
