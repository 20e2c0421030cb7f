//! A table of results from anywhere: Parquet, CSV or Arrow, of `kd` or of people's own scripts.
//!
//! Bytes → [`source`] (columns, whatever the format) → [`layout`] (which of them is what) → [`cells`] (values of their
//! kind, and what is none) → [`frame`] (a polars frame with our names) → [`scores`], [`roles`], [`levels`], [`places`]
//! (what each row is, and what cannot be) → [`rows`] and [`study`]. What is odd is an error that names row and column, or,
//! where nothing hangs on it, a note; nothing is averaged, guessed or left out in silence.

mod cells;
mod error;
mod frame;
mod how;
mod layout;
mod levels;
mod notes;
mod places;
mod roles;
mod rows;
mod scores;
mod source;
mod study;
#[cfg(test)]
mod tests;
mod text;

use std::path::Path;

pub use error::{Problem, TableError};
pub use how::{Brought, How};

use crate::error::Result;

/// Reads the table in `bytes`, which are those of the file at `path`.
///
/// # Errors
/// If it is no table, lacks a column that is needed, or says something that cannot be.
pub fn read(path: &Path, bytes: &[u8], how: &How) -> Result<Brought> {
    let file = path.display().to_string();
    let stem = path.file_stem().map_or_else(|| file.clone(), |stem| stem.to_string_lossy().into_owned());
    brought(&stem, bytes, how).map_err(|problem| TableError { file, problem: Box::new(problem) }.into())
}

fn brought(stem: &str, bytes: &[u8], how: &How) -> std::result::Result<Brought, Problem> {
    let source = source::Source::of(bytes)?;
    let layout = layout::Layout::of(&source, how)?;
    let mut table = frame::Table::load(&source, &layout, stem)?;
    let scored = scores::Scored::of(&layout, how)?;
    scored.check(&mut table, how.percent)?;
    let roles = roles::Roles::of(&mut table, &layout, how)?;
    table.fill_sizes(how.teacher_samples)?;
    table.check_sizes(&layout)?;
    places::check(&source, &layout, &table)?;
    let factors = levels::factors(&layout, &table)?;
    let rows = rows::rows(&table, &layout, &roles)?;
    let notes = notes::notes(&table, &layout, &scored, &roles);
    let study = study::study(stem, &rows, factors, &scored, &layout, how);
    Ok(Brought { study, rows, notes })
}
