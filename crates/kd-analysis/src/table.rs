//! The results table as a polars frame, Parquet and CSV.

use std::fs::File;
use std::path::Path;

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};
use polars_io::SerWriter;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::write::ParquetWriter;

use crate::error::{Error, Result};
use crate::row::{RunRow, Timing};

/// The rows as a frame, in a fixed order (task, role, arm, samples, seed), a column for each field of [`RunRow`].
///
/// # Errors
/// If polars refuses.
pub fn to_frame(rows: &[RunRow]) -> PolarsResult<DataFrame> {
    let mut rows: Vec<&RunRow> = rows.iter().collect();
    rows.sort_by(|a, b| {
        (&a.task, a.role, &a.arm, a.samples, a.seed).cmp(&(&b.task, b.role, &b.arm, b.samples, b.seed))
    });
    let text = |name: &str, get: fn(&RunRow) -> Option<String>| {
        Series::new(name.into(), rows.iter().map(|row| get(row)).collect::<Vec<_>>()).into_column()
    };
    let count = |name: &str, get: fn(&RunRow) -> u64| {
        Series::new(name.into(), rows.iter().map(|row| get(row)).collect::<Vec<_>>()).into_column()
    };
    let number = |name: &str, get: fn(&RunRow) -> Option<f64>| {
        Series::new(name.into(), rows.iter().map(|row| get(row)).collect::<Vec<_>>()).into_column()
    };
    let columns: Vec<Column> = vec![
        text("run", |row| Some(row.run.clone())),
        text("task", |row| Some(row.task.clone())),
        text("arm", |row| Some(row.arm.clone())),
        text("role", |row| Some(snake_case(&format!("{:?}", row.role)))),
        text("control_of", |row| row.control_of.clone()),
        text("teacher", |row| row.teacher.clone()),
        count("samples", |row| row.samples),
        count("teacher_samples", |row| row.teacher_samples),
        count("seed", |row| row.seed),
        text("outcome", |row| Some(snake_case(&format!("{:?}", row.outcome)))),
        text("reason", |row| row.reason.clone()),
        number("test_accuracy", |row| row.test_accuracy),
        number("test_accuracy_at_best", |row| row.test_accuracy_at_best),
        number("validation_accuracy", |row| row.validation_accuracy),
        number("train_accuracy", |row| row.train_accuracy),
        number("test_nll", |row| row.test_nll),
        number("test_ece", |row| row.test_ece),
        number("test_agreement", |row| row.test_agreement),
        number("train_agreement", |row| row.train_agreement),
        number("test_hellinger", |row| row.test_hellinger),
        count("steps", |row| row.steps),
        number("final_loss", |row| row.final_loss),
        number("loss_slope", |row| row.loss_slope),
        Series::new("converged".into(), rows.iter().map(|row| row.converged).collect::<Vec<_>>())
            .into_column(),
        count("parameters", |row| row.parameters),
    ];
    DataFrame::new(rows.len(), columns)
}

/// `LabelSmoothing` as `label_smoothing`, the way serde writes it.
fn snake_case(variant: &str) -> String {
    let mut text = String::new();
    for letter in variant.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// Writes the table as Parquet, whole or not at all. Equal rows give equal bytes.
///
/// # Errors
/// If the file cannot be written.
pub fn write_parquet(rows: &[RunRow], path: &Path) -> Result<()> {
    write(rows, path, |file, frame| ParquetWriter::new(file).finish(frame).map(|_| ()))
}

/// Writes the table as CSV, whole or not at all.
///
/// # Errors
/// If the file cannot be written.
pub fn write_csv(rows: &[RunRow], path: &Path) -> Result<()> {
    write(rows, path, |file, frame| CsvWriter::new(file).finish(frame))
}

/// Writes how long each run took as CSV.
///
/// # Errors
/// If the file cannot be written.
pub fn write_timings_csv(timings: &[Timing], path: &Path) -> Result<()> {
    let mut text = String::from("run,seconds\n");
    for timing in timings {
        text.push_str(&format!("{},{:.3}\n", timing.run, timing.seconds));
    }
    replace(path, |temporary| Ok(fs_err::write(temporary, &text)?))
}

fn write(
    rows: &[RunRow],
    path: &Path,
    format: impl Fn(&mut File, &mut DataFrame) -> PolarsResult<()>,
) -> Result<()> {
    let refused = |source| Error::Table { path: path.to_owned(), source: Box::new(source) };
    let mut frame = to_frame(rows).map_err(refused)?;
    replace(path, |temporary| {
        let mut file = fs_err::File::create(temporary)?.into_parts().0;
        format(&mut file, &mut frame).map_err(refused)
    })
}

/// Writes under a name beside `path`, then renames.
fn replace(path: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = Path::new(&temporary);
    let written = write(temporary).and_then(|()| Ok(fs_err::rename(temporary, path)?));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs_err::remove_file(temporary);
    }
    written
}
