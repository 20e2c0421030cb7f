//! The results table as a polars frame, as Parquet and as CSV.

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series};
use polars_io::SerWriter;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::write::ParquetWriter;

use crate::error::Result;
use crate::row::{RunRow, Timing};

/// The rows as a frame, in a fixed order (task, role, arm, samples, seed), a column for each field of [`RunRow`].
///
/// # Errors
/// If polars refuses.
pub fn to_frame(rows: &[RunRow]) -> Result<DataFrame> {
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
        number("test_r2", |row| row.test_r2),
        number("test_rmse", |row| row.test_rmse),
        number("test_mae", |row| row.test_mae),
        number("test_score_at_best", |row| row.test_score_at_best),
        number("validation_score", |row| row.validation_score),
        number("train_score", |row| row.train_score),
        number("test_nll", |row| row.test_nll),
        number("test_ece", |row| row.test_ece),
        number("test_balanced_accuracy", |row| row.test_balanced_accuracy),
        number("test_macro_f1", |row| row.test_macro_f1),
        number("test_brier", |row| row.test_brier),
        number("test_entropy", |row| row.test_entropy),
        number("test_agreement", |row| row.test_agreement),
        number("train_agreement", |row| row.train_agreement),
        number("test_hellinger", |row| row.test_hellinger),
        number("test_kl", |row| row.test_kl),
        number("test_total_variation", |row| row.test_total_variation),
        number("exaggeration_slope", |row| row.exaggeration_slope),
        count("steps", |row| row.steps),
        number("final_loss", |row| row.final_loss),
        number("loss_slope", |row| row.loss_slope),
        Series::new("converged".into(), rows.iter().map(|row| row.converged).collect::<Vec<_>>())
            .into_column(),
        count("parameters", |row| row.parameters),
        number("test_cka_to_teacher", |row| row.test_cka_to_teacher),
        number("test_cka_to_start", |row| row.test_cka_to_start),
        number("test_feature_alignment_to_start", |row| row.test_feature_alignment_to_start),
        number("test_ntk_alignment_to_teacher", |row| row.test_ntk_alignment_to_teacher),
        number("test_ntk_alignment_to_start", |row| row.test_ntk_alignment_to_start),
        number("weight_distance_to_start", |row| row.weight_distance_to_start),
    ];
    Ok(DataFrame::new(rows.len(), columns)?)
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

/// The table as a Parquet file. Equal rows give equal bytes.
///
/// # Errors
/// If polars refuses.
pub fn parquet(rows: &[RunRow]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut to_frame(rows)?)?;
    Ok(bytes)
}

/// The table as CSV.
///
/// # Errors
/// If polars refuses.
pub fn csv(rows: &[RunRow]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes).finish(&mut to_frame(rows)?)?;
    Ok(bytes)
}

/// How long each run took, as CSV.
#[must_use]
pub fn timings_csv(timings: &[Timing]) -> String {
    let mut text = String::from("run,seconds\n");
    for timing in timings {
        text.push_str(&format!("{},{:.3}\n", timing.run, timing.seconds));
    }
    text
}
