//! Columns of which most cells are numbers: as categories, each number would be one of its own.

use kd_doubt::{Doubt, Kind};

use super::numbers::NumberFormat;
use crate::format::grid::{Cell, Grid};

/// So many cells, rows or words are shown.
const SHOWN: usize = 3;

/// What there is to say of a column that is read as categories though nobody says that it is.
pub(super) fn doubt(grid: &Grid, column: usize) -> Option<Doubt> {
    let found = Found::of(grid, column);
    let most =
        found.numbers > 0 && (found.numbers >= found.words.len() || found.has_few_words_for_many_numbers());
    let format = NumberFormat::guess(&found.values);
    if found.words.is_empty() || !most && format.is_none() {
        return None;
    }
    let name = &grid.names[column];
    let what = match (&format, found.numbers) {
        (Some(_), 0) => format!(
            "the cells of column `{name}` look like numbers, and would be read as categories, each a value of its own"
        ),
        (_, numbers) => format!(
            "{numbers} of {} cells of column `{name}` are numbers and the others are not, so it would be read as \
             categories, each number one of its own",
            numbers + found.words.len()
        ),
    };
    let shown = found.words.iter().take(SHOWN).map(|(row, word)| format!("`{word}` in row {row}"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let more = found.words.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(
        Doubt::refused(Kind::MixedColumn, &grid.file, what)
            .seen(format!("{shown}{more}"))
            .advise(advice(grid, name, &found, format)),
    )
}

/// What a column holds.
struct Found<'a> {
    /// Cells that are numbers.
    numbers: usize,
    /// Cells that are neither numbers nor missing, and the file's rows.
    words: Vec<(u64, &'a str)>,
    /// Each of both once.
    values: Vec<&'a str>,
    /// Each word for a missing value once.
    missing: Vec<&'a str>,
}

impl<'a> Found<'a> {
    fn of(grid: &'a Grid, column: usize) -> Self {
        let (distinct, places) = grid.texts(column);
        let kinds: Vec<Cell> = distinct.iter().map(|text| grid.cell(text)).collect();
        let (mut numbers, mut words) = (0, Vec::new());
        for (row, place) in (grid.first_row..).zip(places) {
            let Some(place) = place.map(|place| place as usize) else { continue };
            match kinds[place] {
                Cell::Number(_) => numbers += 1,
                Cell::Missing => {}
                Cell::Word => words.push((row, distinct[place])),
            }
        }
        let of = |is: fn(&Cell) -> bool| {
            let chosen = distinct.iter().zip(&kinds).filter(move |(_, kind)| is(kind));
            chosen.map(|(text, _)| *text).collect::<Vec<&str>>()
        };
        Self {
            numbers,
            words,
            values: of(|kind| !matches!(kind, Cell::Missing)),
            missing: of(|kind| matches!(kind, Cell::Missing)),
        }
    }

    /// Whether a handful of words is among many different numbers, as where they stand for missing ones.
    fn has_few_words_for_many_numbers(&self) -> bool {
        self.few_words().is_some_and(|words| self.values.len() > 10 * words.len())
    }

    /// Each word once, in the order of their rows; none if there are many.
    fn few_words(&self) -> Option<Vec<&'a str>> {
        let mut few = Vec::new();
        for (_, word) in &self.words {
            if !few.contains(word) {
                few.push(*word);
            }
            if few.len() > SHOWN {
                return None;
            }
        }
        Some(few)
    }
}

fn advice(grid: &Grid, name: &str, found: &Found, format: Option<NumberFormat>) -> String {
    let mut ways = Vec::new();
    if let Some(format) = format {
        let way = if grid.reading.is_settable {
            "reads them"
        } else {
            "of `csv` reads them; here, write plain numbers"
        };
        ways.push(format!("{format} {way}"));
    } else if grid.reading.is_settable {
        let mut missing = vec!["", "?"];
        missing.extend(found.missing.iter().filter(|word| !["", "?"].contains(word)));
        let words = found.few_words();
        missing.extend(words.iter().flatten());
        let others = if words.is_none() { ", ..." } else { "" };
        let listed: Vec<String> = missing.iter().map(|word| format!("{word:?}")).collect();
        ways.push(format!("missing = [{}{others}] if they stand for missing values", listed.join(", ")));
    } else {
        ways.push("mend them if they stand for missing values".to_owned());
    }
    ways.push(format!("columns.categorical = [{name:?}] if they are categories"));
    ways.push(format!("columns.ignore = [{name:?}] leaves the column out"));
    ways.join("; ")
}
