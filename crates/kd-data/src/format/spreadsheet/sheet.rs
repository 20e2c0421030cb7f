use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, DataRef, ExcelDateTime, Ods, Range, Reader, Xlsx};
use foldhash::fast::RandomState;
use indexmap::IndexSet;

use super::bounds;
use crate::error::Result;
use crate::original::Original;

/// The cells of a sheet that hold something: each text once, and which of them a cell holds.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) texts: IndexSet<Box<str>, RandomState>,
    /// Rows with cells, from top to bottom.
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// Counted from 0.
    pub(super) number: u32,
    /// Columns, counted from 0 and from left to right, and texts.
    cells: Vec<(u16, u32)>,
}

impl Row {
    /// The text in a column.
    pub(super) fn cell(&self, column: u16) -> Option<u32> {
        let place = self.cells.binary_search_by_key(&column, |&(column, _)| column).ok()?;
        Some(self.cells[place].1)
    }
}

type Step<T> = std::result::Result<T, String>;

impl Sheet {
    /// The sheet of that name in a workbook, or the first.
    pub(super) fn read(original: &Original, name: Option<&str>) -> Result<Self> {
        let read = || match original.bytes.as_slice() {
            [b'P', b'K', ..] => {
                let archive = bounds::unpacked(&original.bytes)?;
                if archive.is_open_document {
                    Self::of_ods(archive.bytes, name)
                } else {
                    Self::of_xlsx(archive.bytes, name)
                }
            }
            _ => Err("is not a workbook: .xlsx, .xlsm and .ods are read".to_owned()),
        };
        // The reader answers most damage with an error and some with a panic.
        catch_unwind(AssertUnwindSafe(read))
            .unwrap_or_else(|_| Err("the workbook is damaged".to_owned()))
            .map_err(|problem| original.fault(problem))
    }

    fn of_xlsx(bytes: Vec<u8>, name: Option<&str>) -> Step<Self> {
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
        let name = chosen(book.sheet_names(), name)?;
        let mut sheet = Self::default();
        let mut cells = book.worksheet_cells_reader(&name).map_err(unreadable)?;
        while let Some(cell) = cells.next_cell().map_err(unreadable)? {
            let text = match cell.get_value() {
                DataRef::SharedString(text) => Some((*text).into()),
                DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                    Some(text.as_str().into())
                }
                DataRef::Int(number) => Some(number.to_string()),
                DataRef::Float(number) => Some(number.to_string()),
                DataRef::Bool(truth) => Some(truth.to_string()),
                DataRef::DateTime(time) => Some(iso(time)),
                DataRef::Error(_) | DataRef::Empty => None,
            };
            sheet.push(cell.get_position(), text)?;
        }
        Ok(sheet)
    }

    fn of_ods(bytes: Vec<u8>, name: Option<&str>) -> Step<Self> {
        let mut book: Ods<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
        let name = chosen(book.sheet_names(), name)?;
        Self::of_range(&book.worksheet_range(&name).map_err(unreadable)?)
    }

    fn of_range(range: &Range<Data>) -> Step<Self> {
        let (top, left) = range.start().unwrap_or_default();
        let mut sheet = Self::default();
        for (row, column, value) in range.used_cells() {
            let text = match value {
                Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Some(text.clone()),
                Data::Int(number) => Some(number.to_string()),
                Data::Float(number) => Some(number.to_string()),
                Data::Bool(truth) => Some(truth.to_string()),
                Data::DateTime(time) => Some(iso(time)),
                Data::Error(_) | Data::Empty => None,
            };
            sheet.push((top + row as u32, left + column as u32), text)?;
        }
        Ok(sheet)
    }

    /// Appends a cell to the last row, or to one below it.
    fn push(&mut self, (row, column): (u32, u32), text: Option<String>) -> Step<()> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(()) };
        let column =
            u16::try_from(column).map_err(|_| format!("column {} is beyond any sheet", column + 1))?;
        let known = self.texts.get_index_of(text.as_str());
        let place = known.unwrap_or_else(|| self.texts.insert_full(text.into()).0) as u32;
        match self.rows.last_mut() {
            Some(last)
                if last.number == row && last.cells.last().is_none_or(|&(before, _)| before < column) =>
            {
                last.cells.push((column, place));
            }
            Some(last) if last.number >= row => {
                return Err(format!("the cells of row {} are not in order", row + 1));
            }
            _ => self.rows.push(Row { number: row, cells: vec![(column, place)] }),
        }
        Ok(())
    }

    /// The first and the last column that hold something.
    pub(super) fn columns(&self) -> Option<(u16, u16)> {
        let columns = || self.rows.iter().flat_map(|row| row.cells.iter().map(|&(column, _)| column));
        Some((columns().min()?, columns().max()?))
    }
}

/// The sheet that is read.
fn chosen(sheets: Vec<String>, name: Option<&str>) -> Step<String> {
    match name {
        Some(name) if sheets.iter().any(|sheet| sheet == name) => Ok(name.to_owned()),
        Some(name) => Err(format!("has no sheet `{name}`; its sheets are {}", sheets.join(", "))),
        None => sheets.into_iter().next().ok_or_else(|| "has no sheet".to_owned()),
    }
}

fn unreadable(error: impl std::fmt::Display) -> String {
    format!("cannot be read as a workbook: {error}")
}

/// A date, a time of day, or both, as ISO 8601 has them; of a span of time, the number of days.
fn iso(time: &ExcelDateTime) -> String {
    let days = time.as_f64();
    if !time.is_datetime() || !days.is_finite() {
        return days.to_string();
    }
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    match (days < 1.0, (hour, minute, second, milli) == (0, 0, 0, 0)) {
        (true, _) => clock,
        (false, true) => date,
        (false, false) => format!("{date}T{clock}"),
    }
}
