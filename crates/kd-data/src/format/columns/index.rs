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
            grid.header != Header::Counted && is_of_no_name(name, grid.header) && counts(grid, column)?
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
fn is_of_no_name(name: &str, header: Header) -> bool {
    name.is_empty() && header == Header::FirstRow || name == "Unnamed: 0" || name.starts_with("Unnamed: 0.")
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
    let (count, name) = (numbers.len(), &grid.names[column]);
    if count < ROWS || !numbers.iter().all(|number| number.fract() == 0.0) {
        return Ok(None);
    }
    let in_order = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    numbers.sort_by(f32::total_cmp);
    let first = numbers[0];
    let counted = (0..count).map(|place| (f64::from(first) + place as f64) as f32);
    let is_from_anywhere = in_order && is_usual(name);
    let is_same = |(number, counted): (&f32, f32)| number.total_cmp(&counted).is_eq();
    let is_first = [0.0, 1.0].contains(&first) || is_from_anywhere;
    if !is_first || !numbers.iter().zip(counted).all(is_same) {
        return Ok(None);
    }
    let order = if in_order { "in their order" } else { "in some order" };
    let what = format!("column `{name}` is read, and only numbers the rows");
    let last = numbers[count - 1];
    Ok(Some(
        Doubt::mistake(Kind::IndexColumn, &grid.file, what)
            .seen(format!("it holds {first} to {last}, each once, {order}"))
            .advise(format!("columns.ignore = [{name:?}]")),
    ))
}

/// Whether names and numbers of examples are usually called that.
fn is_usual(name: &str) -> bool {
    let name = name.to_lowercase();
    ["id", "index", "idx", "row", "no", "nr", "number", "key"].contains(&name.as_str())
        || ["_id", " id", "-id"].iter().any(|end| name.ends_with(end))
}

/// What there is to say of a column of categories that is read, and holds another one in every row.
pub(super) fn naming(grid: &Grid, column: usize) -> Option<Doubt> {
    let (distinct, rows) = grid.texts(column);
    if grid.len() < ROWS || distinct.len() != grid.len() {
        return None;
    }
    // A row without a category would be one too many.
    let first = rows.flatten().next().map(|place| distinct[place as usize])?;
    let name = &grid.names[column];
    let what = format!("column `{name}` is read, and names the rows: it holds another category in each");
    let doubt = Doubt::mistake(Kind::IndexColumn, &grid.file, what);
    Some(doubt.seen(format!("the first is `{first}`")).advise(format!("columns.ignore = [{name:?}]")))
}
