//! Columns that number the rows: where a file is in the order of its classes, such a column tells them.

use kd_doubt::{Doubt, Kind};

use crate::error::Result;
use crate::format::grid::{Grid, Header};

/// Fewer rows may be numbered by chance.
const ROWS: usize = 20;

/// Takes the index that pandas (or R) wrote out of `inputs`, and says so.
pub(super) fn leave_out(grid: &Grid, inputs: &mut Vec<usize>) -> Result<Vec<Doubt>> {
    let mut doubts = Vec::new();
    let mut kept = Vec::new();
    for &column in inputs.iter() {
        let name = &grid.names[column];
        let is_index = if is_stated(grid, name) {
            true
        } else {
            grid.header == Header::FirstRow && is_of_no_name(name) && counts(grid, column)?
        };
        if is_index {
            doubts.push(left_out(grid, name));
        } else {
            kept.push(column);
        }
    }
    *inputs = kept;
    Ok(doubts)
}

fn left_out(grid: &Grid, name: &str) -> Doubt {
    let what = format!("column `{name}` is an index of the rows that the program which wrote the file added");
    Doubt::weak(Kind::IndexColumn, &grid.file, what)
        .advise(format!("it is left out; columns.ignore = [{name:?}] does so without a word"))
}

fn is_stated(grid: &Grid, name: &str) -> bool {
    grid.index.contains(name) || name.starts_with("__index_level_") && name.ends_with("__")
}

/// Whether a column has the name of an index that has none, or that was read and written once more.
fn is_of_no_name(name: &str) -> bool {
    name.is_empty() || name == "Unnamed: 0" || name.starts_with("Unnamed: 0.")
}

/// Whether a column holds whole numbers that differ.
fn counts(grid: &Grid, column: usize) -> Result<bool> {
    if grid.has_words(column) {
        return Ok(false);
    }
    let mut numbers = grid.numbers(column)?;
    numbers.sort_by(f32::total_cmp);
    let is_whole = |number: &f32| number.fract() == 0.0 && *number >= 0.0;
    Ok(numbers.iter().all(is_whole) && numbers.windows(2).all(|pair| pair[0] < pair[1]))
}

/// What there is to say of a column of numbers that is read and numbers the rows.
pub(super) fn numbering(grid: &Grid, column: usize) -> Result<Option<Doubt>> {
    let mut numbers = grid.numbers(column)?;
    let count = numbers.len();
    if count < ROWS
        || !numbers.iter().all(|number| number.fract() == 0.0 && (0.0..=count as f32).contains(number))
    {
        return Ok(None);
    }
    let in_order = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    numbers.sort_by(f32::total_cmp);
    let from = |first: usize| {
        let counted = (first..).map(|number| number as f32);
        numbers.iter().zip(counted).all(|(number, counted)| *number == counted)
    };
    let Some(first) = (0..2).find(|&first| from(first)) else { return Ok(None) };
    let name = &grid.names[column];
    let order = if in_order { "in their order" } else { "in some order" };
    let what = format!("column `{name}` is read, and only numbers the rows");
    Ok(Some(
        Doubt::mistake(Kind::IndexColumn, &grid.file, what)
            .seen(format!("it holds {first} to {}, each once, {order}", first + count - 1))
            .advise(format!("columns.ignore = [{name:?}]")),
    ))
}
