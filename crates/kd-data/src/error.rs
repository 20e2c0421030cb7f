use crate::task::Task;

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
    /// A data set of the catalogue is not part of the program, and its files are not where they were looked for.
    #[error(
        "`{name}` is read from its original files, and {folder} has no {file}; `kd data fetch {name} --folder {folder}` \
         brings it (it is published at {address}). If you have it elsewhere, name the folder that holds {file} as \
         `folder`, or in the environment variable KD_DATA"
    )]
    NotThere {
        /// The data set.
        name: &'static str,
        /// Where it was looked for.
        folder: String,
        /// The first file that is missing.
        file: &'static str,
        /// Where it is published.
        address: &'static str,
    },
    /// A file of a data set was not to be had.
    #[error(
        "{file} could not be had from {place}: {problem}. Try again (a download goes on where it stopped), or name a \
         folder or an address that has it with `--from`"
    )]
    Unavailable {
        /// Where it is in the folder of data sets.
        file: &'static str,
        /// The address or path, or those that were tried.
        place: String,
        /// What was found or answered there.
        problem: String,
    },
    /// A file of a data set is not published as it is read.
    #[error(
        "{file} is published nowhere as it is read here; put it into {folder}, or name a folder that has it with `--from`"
    )]
    Unpublished {
        /// Where it is in the folder of data sets.
        file: &'static str,
        /// The folder of data sets.
        folder: String,
    },
    /// Files of this folder are being fetched already.
    #[error("another `kd data fetch` holds {0}; try again when it is done")]
    Fetching(String),
    /// A file or folder cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
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
    /// A file is not what its format calls for, from some byte on.
    #[error("{file}, byte {offset}: {problem}")]
    Byte {
        /// The file.
        file: String,
        /// Bytes before the fault, after decompression.
        offset: u64,
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
    /// A description of data is wrong in itself.
    #[error("{0}")]
    Source(String),
    /// An augmentation does not fit the examples.
    #[error("{0}")]
    Augmentation(String),
    /// Something is only defined for another kind of target.
    #[error("this needs {needed}, but the task is {given}")]
    Task {
        /// What it is defined for.
        needed: Task,
        /// What there is.
        given: Task,
    },
    /// An encoder was fitted on another kind of input than it is given.
    #[error("an encoder fitted on {fitted} cannot read {given}")]
    Kind {
        /// What it was fitted on.
        fitted: &'static str,
        /// What it was given.
        given: &'static str,
    },
    /// A row was asked for that is not there.
    #[error("there is no example {row}: there are {length}, counted from 0")]
    NoSuchExample {
        /// What was asked for.
        row: usize,
        /// How many there are.
        length: usize,
    },
    /// There is nothing to fit on.
    #[error("an encoder needs at least one example to be fitted on")]
    NoExamples,
    /// A tokeniser refused what it was given.
    #[error("texts cannot be cut into tokens: {0}")]
    Tokeniser(String),
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}
