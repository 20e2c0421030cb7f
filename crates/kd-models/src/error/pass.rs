use kd_core::Input;

/// Why a batch cannot pass through a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassError {
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
}
