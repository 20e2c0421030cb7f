use std::path::PathBuf;

use crate::Input;

/// What can go wrong with a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The architecture does not read this kind of input.
    #[error("model `{architecture}` reads {expected}, but the task gives {input}")]
    Input {
        /// Name of the architecture.
        architecture: &'static str,
        /// The inputs it can read.
        expected: &'static str,
        /// What it was given.
        input: Input,
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
    /// A classifier needs something to tell apart.
    #[error("a classifier needs at least 2 classes, got {0}")]
    Classes(i64),
    /// A weight file does not fit the model.
    #[error("weights in {path} do not fit the model: {problem}")]
    Weights {
        /// The file.
        path: PathBuf,
        /// Missing, unexpected or mis-shaped tensors, by name.
        problem: String,
    },
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}
