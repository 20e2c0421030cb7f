//! What can be wrong with data, stage by stage.

mod catalogue;
mod changed;
mod encoding;
mod fetch;
mod file;

pub use catalogue::CatalogueError;
pub use changed::Changed;
pub use encoding::EncodingError;
pub use fetch::FetchError;
pub use file::{FileError, Place};

use crate::task::Task;

/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// What can be wrong with data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// What is read is not what a study was planned with.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// A file is not what its format calls for.
    #[error(transparent)]
    File(#[from] FileError),
    /// A data set of the catalogue cannot be had as it is.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A file of a data set cannot be brought.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A description of data, or of what is drawn from them, is wrong in itself.
    #[error("{0}")]
    Source(String),
    /// Examples cannot be encoded as asked.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
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
    /// A row was asked for that is not there.
    #[error("there is no example {row}: there are {length}, counted from 0")]
    NoSuchExample {
        /// What was asked for.
        row: usize,
        /// How many there are.
        length: usize,
    },
    /// There is nothing to read.
    #[error("there are no examples")]
    NoExamples,
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

impl Error {
    /// A file as a whole is not what its format calls for.
    pub(crate) fn file(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::in_file(file, Place::Whole, problem)
    }

    /// Something in a file is not what its format calls for.
    pub(crate) fn in_file(file: impl Into<String>, place: Place, problem: impl Into<String>) -> Self {
        FileError { file: file.into(), place, problem: problem.into() }.into()
    }

    /// Whether trying again can help: a file that cannot be read today may be mended tomorrow.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreadable(_)
            | Self::Changed(Changed::File(_))
            | Self::Fetch(FetchError::Unavailable { .. } | FetchError::Busy(_)) => true,
            Self::Changed(Changed::Data(_))
            | Self::File(_)
            | Self::Catalogue(_)
            | Self::Fetch(FetchError::Unpublished { .. })
            | Self::Source(_)
            | Self::Encoding(_)
            | Self::Augmentation(_)
            | Self::Task { .. }
            | Self::NoSuchExample { .. }
            | Self::NoExamples
            | Self::Torch(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_with_its_place() {
        let message = |place| Error::in_file("a.csv", place, "is empty").to_string();
        assert_eq!(message(Place::Whole), "a.csv: is empty");
        assert_eq!(message(Place::Row(3)), "a.csv, row 3: is empty");
        assert_eq!(message(Place::Line(3)), "a.csv, line 3: is empty");
        assert_eq!(message(Place::Byte(0)), "a.csv, byte 0: is empty");
    }

    #[test]
    fn what_cannot_be_read_today_may_be_mended() {
        let absent = std::io::Error::from(std::io::ErrorKind::NotFound);
        assert!(Error::from(absent).may_pass());
        assert!(Error::from(FetchError::Busy("lock".to_owned())).may_pass());
        assert!(Error::from(Changed::File("a.csv".into())).may_pass());
        assert!(!Error::from(Changed::Data("digits".to_owned())).may_pass());
        assert!(!Error::file("a.csv", "is empty").may_pass());
        assert!(!Error::from(EncodingError::NoExamples).may_pass());
    }
}
