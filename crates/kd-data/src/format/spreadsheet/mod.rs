//! Workbooks: `.xlsx` and `.ods`, of which a sheet is read as a table.

mod bounds;
mod sheet;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::csv::{missing_default, yes};
use super::grid::Grid;
use crate::error::Result;
use crate::original::{Original, largest};
use crate::splits::TestSplit;
use sheet::Sheet;

/// A table in a workbook: `.xlsx`, `.xlsm` or `.ods`; one of before 2007 must be saved as such. Rows without any cell are passed over, and so is what
/// lies around the table's rectangle. A formula is what it last came to, and one that came to an error, such as `#N/A`,
/// a missing value. Dates and times are text, such as `2024-05-31` or `2024-05-31T09:30:00`; `true` and `false` are
/// truths. Of merged cells, the first holds the value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spreadsheet {
    /// The training file.
    pub path: PathBuf,
    /// Where the test examples come from.
    pub test: TestSplit,
    /// What the columns are for. One without a name is called by its letter, such as `A`.
    pub columns: Columns,
    /// The sheet's name. Left out: the first.
    #[serde(default)]
    pub sheet: Option<String>,
    /// Whether the first row names the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// The cells that stand for a missing value, apart from empty ones.
    #[serde(default = "missing_default")]
    pub missing: Vec<String>,
}

impl Spreadsheet {
    /// The first sheet of a workbook, whose first row names the columns.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, test: TestSplit, columns: Columns) -> Self {
        Self { path: path.into(), test, columns, sheet: None, header: true, missing: missing_default() }
    }

    /// The rows of a file. Its parts and its cells take at most 200 times its size each.
    pub(crate) fn grid(&self, original: &Original) -> Result<Grid> {
        let most = largest(original.bytes.len());
        let sheet = Sheet::read(original, self.sheet.as_deref())?;
        let Some((first, last)) = sheet.columns() else { return Err(original.fault("its sheet is empty")) };
        let width = usize::from(last - first) + 1;
        let bytes = (sheet.rows.len() as u64).saturating_mul(width as u64).saturating_mul(4);
        if bytes > most {
            return Err(original.fault(format!(
                "its sheet has cells in {} rows and {width} columns, too many for a file of its size; is there a stray cell \
                 far from the table?",
                sheet.rows.len()
            )));
        }
        let mut rows = sheet.rows.iter();
        let header = if self.header { rows.next() } else { None };
        let names = (0..width).map(|column| match header {
            None => (column + 1).to_string(),
            Some(header) => header.cell(first + column as u16).map_or_else(
                || letters(first + column as u16),
                |place| sheet.texts[place as usize].to_string(),
            ),
        });
        let first_row = rows.as_slice().first().map_or(1, |row| u64::from(row.number) + 1);
        let mut grid = self.columns.grid(&original.name, first_row, names.collect())?;
        let is_missing: Vec<bool> =
            sheet.texts.iter().map(|text| self.missing.iter().any(|missing| **missing == **text)).collect();
        for row in rows {
            for column in 0..width {
                let place = row.cell(first + column as u16).filter(|&place| !is_missing[place as usize]);
                grid.push(column, place.map(|place| &*sheet.texts[place as usize]))?;
            }
        }
        Ok(grid)
    }
}

/// What spreadsheets call a column, counted from 0.
fn letters(column: u16) -> String {
    let mut rest = u32::from(column) + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.into_iter().rev().collect()
}

#[cfg(test)]
pub(in crate::format) mod tests;
