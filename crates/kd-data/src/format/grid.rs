//! Rows of cells, whatever file they came from.

use crate::error::{Error, Result};

/// Rows and named columns of text: the characters of the file once and nine bytes a cell.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) file: String,
    /// Row of the file that the first row here is, counted from 1.
    pub(crate) first_row: u64,
    pub(crate) names: Vec<String>,
    /// What the file itself says of its columns.
    pub(crate) declared: Vec<Declared>,
    text: String,
    ends: Vec<usize>,
    missing: Vec<bool>,
}

/// What a file may say of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Declared {
    Nothing,
    Categories(Vec<String>),
}

impl Grid {
    /// A grid without rows.
    ///
    /// Fails if two columns have one name.
    pub(crate) fn new(file: &str, first_row: u64, names: Vec<String>) -> Result<Self> {
        if let Some(place) = (1..names.len()).find(|&place| names[..place].contains(&names[place])) {
            let problem = format!("two columns are called `{}`", names[place]);
            return Err(Error::File { file: file.to_owned(), problem });
        }
        Ok(Self {
            file: file.to_owned(),
            first_row,
            declared: vec![Declared::Nothing; names.len()],
            names,
            text: String::new(),
            ends: Vec::new(),
            missing: Vec::new(),
        })
    }

    /// Appends a cell to the last row; the caller sees to it that rows are whole.
    pub(crate) fn push(&mut self, cell: Option<&str>) {
        self.text.push_str(cell.unwrap_or_default());
        self.ends.push(self.text.len());
        self.missing.push(cell.is_none());
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.ends.len() / self.names.len().max(1)
    }

    /// What a cell holds; nothing where it is missing.
    pub(crate) fn cell(&self, row: usize, column: usize) -> Option<&str> {
        let place = row * self.names.len() + column;
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        (!self.missing[place]).then(|| &self.text[start..self.ends[place]])
    }

    /// The cells of a column.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(move |row| self.cell(row, column))
    }

    /// Where a column is.
    pub(crate) fn find(&self, name: &str) -> Result<usize> {
        self.names.iter().position(|known| known == name).ok_or_else(|| Error::File {
            file: self.file.clone(),
            problem: format!("has no column `{name}`; its columns are {}", self.names.join(", ")),
        })
    }

    pub(crate) fn fault(&self, row: usize, problem: impl Into<String>) -> Error {
        Error::Row { file: self.file.clone(), row: self.first_row + row as u64, problem: problem.into() }
    }
}
