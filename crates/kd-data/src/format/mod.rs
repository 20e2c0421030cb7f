//! Readers, one file per format. Each takes bytes and the file's name and is strict.

pub(crate) mod banking77;
pub(crate) mod integers;

/// An error at a row, counted from 1.
fn row_error(file: &str, row: u64, problem: impl Into<String>) -> crate::Error {
    crate::Error::Row { file: file.to_owned(), row, problem: problem.into() }
}
