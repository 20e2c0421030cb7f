//! A table of results from anywhere: Parquet, CSV or Arrow, of `kd` or of people's own scripts.
//!
//! Bytes → [`source`] (columns, whatever the format) → [`layout`] (which of them is what) → [`cells`] (values of their
//! kind, and what is none) → [`frame`] (a polars frame with our names) → [`scores`], [`roles`], [`levels`], [`places`]
//! (what each row is, and what cannot be) → [`rows`] and [`study`]. What is odd is an error that names row and column, or,
//! where nothing hangs on it, a note; nothing is averaged, guessed or left out in silence.

mod cells;
mod error;
mod frame;
mod layout;
mod levels;
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

use super::RunRow;
use crate::error::Result;
use crate::study::StudyInfo;

/// How a table is to be read, where its columns and arms do not say it themselves.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// The arm that is trained on labels.
    pub labels: Option<String>,
    /// Arms that are trained on the teacher's full signal, the one that leads the report first.
    pub distilled: Vec<String>,
    /// Controls, `KIND=ARM`, or `KIND=ARM:OF` with the distilled arm that it is a control of.
    pub controls: Vec<String>,
    /// N, where no column has it.
    pub teacher_samples: Option<u64>,
    /// Columns that are factors, `NAME`, or `NAME=KIND` with `task`, `arm` or `tuned` for what its levels set apart.
    pub factors: Vec<String>,
    /// Columns of another name than ours, `OURS=THEIRS`.
    pub columns: Vec<String>,
    /// The column that is analysed instead of accuracy or R².
    pub metric: Option<String>,
    /// Whether shares are written in per cent.
    pub percent: bool,
    /// What was typed.
    pub command: String,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Brought {
    /// What can be said of the study: nothing that the table does not say.
    pub study: StudyInfo,
    /// A row for each run.
    pub rows: Vec<RunRow>,
    /// How the table was understood, and what of it was left out, in sentences.
    pub notes: Vec<String>,
}

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
    let notes = table.told(&layout, &scored, &roles);
    let study = study::study(stem, &rows, factors, &scored, &layout, how);
    Ok(Brought { study, rows, notes })
}
