//! A row of the results table for each row of the frame.

use std::collections::{BTreeMap, HashMap};

use super::error::Problem;
use super::frame::{Table, levels_of};
use super::layout::Layout;
use super::levels::data;
use super::roles::Roles;
use crate::datum::Datum;
use crate::table::{Column, RunRow, columns, named};

/// So many rows at once, that not every value is there twice.
const CHUNK: usize = 4096;

/// The rows in the order of the table, but that distilled arms which were typed come in that order.
pub(super) fn rows(table: &Table, layout: &Layout, roles: &Roles) -> Result<Vec<RunRow>, Problem> {
    let height = table.frame.height();
    let there: Vec<&'static Column> = columns().filter(|column| table.has(column.name)).collect();
    let mut rows = Vec::with_capacity(height);
    for start in (0..height).step_by(CHUNK) {
        let part = table.frame.slice(start as i64, CHUNK);
        let mut values = Vec::with_capacity(there.len());
        for column in &there {
            values.push(data(part.column(column.name)?)?);
        }
        let mut levels = Vec::with_capacity(layout.factors.len());
        for factor in &layout.factors {
            levels.push((factor.name.as_str(), data(part.column(&levels_of(&factor.name))?)?));
        }
        for index in 0..part.height() {
            let held = there
                .iter()
                .zip(&mut values)
                .filter_map(|(column, values)| Some((column.name, values[index].take()?)));
            let factors = levels
                .iter_mut()
                .filter_map(|(name, levels)| Some(((*name).to_owned(), levels[index].take()?)));
            let row = row(held.collect(), factors.collect());
            rows.push(row.map_err(|error| Problem::Row { row: start + index + 1, why: error.to_string() })?);
        }
    }
    if !are_runs(&rows) {
        rows = rows
            .into_iter()
            .map(|row| row.with(const { named("run") }, Datum::Text(String::new())))
            .collect();
    }
    rows.sort_by_key(|row| roles.position(&row.place().arm));
    Ok(rows)
}

fn row(
    mut held: BTreeMap<&'static str, Datum>,
    factors: BTreeMap<String, Datum>,
) -> crate::error::Result<RunRow> {
    let has_failed = held.get(const { named("outcome") }.name).and_then(Datum::text) == Some("failed");
    if has_failed {
        // What a failed run says of itself is no result.
        held.retain(|name, _| !columns().any(|column| column.name == *name && column.is_measure()));
    }
    RunRow::checked(held, factors)
}

/// Whether the column `run` has ids of runs: rows of one id are one run, which has one score. Somebody's own column may
/// hold anything.
fn are_runs(rows: &[RunRow]) -> bool {
    let mut known: HashMap<&str, &RunRow> = HashMap::new();
    let measures: Vec<&'static Column> = columns().filter(|column| column.is_measure()).collect();
    rows.iter().filter(|row| !row.run().is_empty()).all(|row| match known.insert(row.run(), row) {
        Some(other) => measures.iter().all(|column| other.get(column) == row.get(column)),
        None => true,
    })
}
