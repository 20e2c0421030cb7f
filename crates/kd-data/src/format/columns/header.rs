//! A first row that is not what it is read as: names that are data, or data that are names.

use kd_doubt::{Doubt, Kind};

use super::{Columns, Predict, Roles};
use crate::format::grid::{Cell, Grid, Header};

/// What there is to say of the first row of a file that is read as the names of columns.
pub(super) fn forgotten(columns: &Columns, roles: &Roles, grid: &Grid) -> Option<Doubt> {
    if grid.header != Header::FirstRow || grid.len() == 0 {
        return None;
    }
    let names: Vec<&str> = grid.names.iter().map(String::as_str).collect();
    let is_number = |column: &usize| matches!(grid.cell(names[*column]), Cell::Number(_));
    let all = (0..names.len()).all(|column| is_number(&column));
    if are_counted(&names) || !all && !looks_like_a_row(columns, roles, grid, is_number) {
        return None;
    }
    let what = "the first row is read as the names of columns, and looks like the rows below it";
    let doubt = if all {
        Doubt::refused(Kind::HeaderRow, &grid.file, what)
    } else {
        Doubt::mistake(Kind::HeaderRow, &grid.file, what)
    };
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    Some(doubt.seen(format!("it is {shown}{more}")).advise("header = false, and columns by their numbers"))
}

/// So many cells are shown.
const SHOWN: usize = 6;

/// Whether names number the columns, as some programs have it.
fn are_counted(names: &[&str]) -> bool {
    [0, 1]
        .iter()
        .any(|first| (*first..).zip(names).all(|(number, name): (usize, _)| **name == number.to_string()))
}

/// Whether the names of numeric columns are numbers, and those of others values of theirs.
fn looks_like_a_row(
    columns: &Columns,
    roles: &Roles,
    grid: &Grid,
    is_number: impl Fn(&usize) -> bool,
) -> bool {
    let is_value = |column: usize| {
        let name = grid.names[column].as_str();
        grid.texts(column).0.contains(&name)
    };
    let fits =
        |column: usize, is_numeric: bool| if is_numeric { is_number(&column) } else { is_value(column) };
    let is_table = columns.text.is_empty();
    let mut inputs = roles.inputs.iter().filter(|_| is_table);
    fits(roles.target, columns.predict == Predict::Number)
        && inputs.all(|&column| fits(column, columns.image.is_some() || !roles.categorical.contains(&column)))
}

/// Whether all that keeps a column from being one of numbers is the first row of a file without a header.
pub(super) fn is_named(grid: &Grid, column: usize) -> bool {
    if grid.header != Header::Counted {
        return false;
    }
    let mut cells = grid.column(column).map(|cell| cell.map(|cell| grid.cell(cell)));
    let is_word = |cell: Option<Option<Cell>>| matches!(cell, Some(Some(Cell::Word)));
    let first = cells.next();
    let mut numbers = 0;
    is_word(first)
        && cells.all(|cell| {
            numbers += usize::from(matches!(cell, Some(Cell::Number(_))));
            !is_word(Some(cell))
        })
        && numbers > 1
}

/// What there is to say where `columns` are of numbers but for their first row.
pub(super) fn unread(grid: &Grid, columns: &[usize]) -> Option<Doubt> {
    let first = columns.first()?;
    let shown = columns.iter().take(SHOWN).filter_map(|&column| grid.column(column).next()?);
    let shown = shown.map(|cell| format!("`{cell}`")).collect::<Vec<_>>().join(", ");
    let what = match columns.len() {
        1 => format!(
            "but for the first row, column {} holds numbers: the first row looks like a header",
            first + 1
        ),
        count => {
            format!("but for the first row, {count} columns hold numbers: the first row looks like a header")
        }
    };
    let doubt = Doubt::refused(Kind::HeaderRow, &grid.file, what);
    Some(doubt.seen(format!("it says {shown}")).advise("header = true, and columns by their names"))
}

/// What texts and their classes are usually called.
const USUAL: [&str; 16] = [
    "text",
    "sentence",
    "sentence1",
    "sentence2",
    "question",
    "review",
    "title",
    "content",
    "message",
    "utterance",
    "label",
    "class",
    "category",
    "target",
    "intent",
    "sentiment",
];

/// What there is to say of a file of texts whose first row is read as one, and says what the others hold.
pub(super) fn unread_of_texts(columns: &Columns, roles: &Roles, grid: &Grid) -> Option<Doubt> {
    if grid.header != Header::Counted || columns.text.is_empty() {
        return None;
    }
    let cells =
        roles.inputs.iter().chain([&roles.target]).map(|&column| grid.column(column).next().flatten());
    let cells: Vec<&str> = cells.collect::<Option<_>>()?;
    let is_usual = |cell: &&str| USUAL.contains(&cell.trim().to_lowercase().as_str());
    cells.iter().all(is_usual).then(|| {
        Doubt::mistake(
            Kind::HeaderRow,
            &grid.file,
            "the first row looks like a header, and is read as an example",
        )
        .seen(format!("it says `{}`", cells.join("`, `")))
        .advise("header = true, and columns by their names")
    })
}
