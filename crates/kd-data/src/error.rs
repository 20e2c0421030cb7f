/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// What can be wrong with data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The catalogue has no such data set.
    #[error("there is no data set `{name}`; known are {}", .known.join(", "))]
    UnknownDataset {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// A row of a file is not what its format calls for.
    #[error("{file}, row {row}: {problem}")]
    Row {
        /// The file.
        file: String,
        /// Row, counted from 1, headers included.
        row: u64,
        /// What was found and what was expected.
        problem: String,
    },
    /// A file as a whole is not what its format calls for.
    #[error("{file}: {problem}")]
    File {
        /// The file.
        file: String,
        /// What was found and what was expected.
        problem: String,
    },
    /// An encoder was fitted on another kind of input than it is given.
    #[error("an encoder fitted on {fitted} cannot read {given}")]
    Kind {
        /// What it was fitted on.
        fitted: &'static str,
        /// What it was given.
        given: &'static str,
    },
    /// There is nothing to fit on.
    #[error("an encoder needs at least one example to be fitted on")]
    NoExamples,
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}
