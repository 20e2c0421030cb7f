use kd_core::Input;

/// Why a model cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
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
}
