use std::fmt;

/// A file, or something in it, is not what its format calls for.
#[derive(Debug, thiserror::Error)]
#[error("{file}{place}: {problem}")]
pub struct FileError {
    /// The file.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What was found and what was expected.
    pub problem: String,
}

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    Whole,
    /// A row, counted from 1, headers included.
    Row(u64),
    /// A line, counted from 1, whatever the lines before it hold.
    Line(u64),
    /// From the byte on before which there are so many, after decompression.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Row(row) => write!(f, ", row {row}"),
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Byte(offset) => write!(f, ", byte {offset}"),
        }
    }
}
