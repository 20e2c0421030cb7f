//! The results table as a polars frame, as Parquet and as CSV.

use std::collections::BTreeSet;

use polars::prelude::{
    ArrowField, ArrowSchema, Column as Stored, CompatLevel, DataFrame, IntoColumn, NamedFrom, SchemaExt,
    Series,
};
use polars_io::SerWriter;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::write::{KeyValueMetadata, ParquetWriter};
use polars_parquet::write::schema_to_metadata_key;

use super::{Column, Kind, RunRow, columns, find};
use crate::datum::Datum;
use crate::error::Result;

/// The rows as a frame, in a fixed order (task, role, arm, levels of factors, M, seed): every column of the table, then
/// the levels of each factor.
///
/// # Errors
/// If polars refuses.
pub fn to_frame(rows: &[RunRow]) -> Result<DataFrame> {
    let mut rows: Vec<&RunRow> = rows.iter().collect();
    rows.sort_by(|a, b| {
        let key = |row: &RunRow| (row.place().task.clone(), row.role().rank());
        key(a).cmp(&key(b)).then_with(|| a.place().cmp(b.place()))
    });
    let mut stored: Vec<Stored> = columns()
        .map(|column| {
            let values: Vec<Option<&Datum>> = rows.iter().map(|row| row.get(column)).collect();
            series(column.name, column.kind, &values)
        })
        .collect();
    let factors: BTreeSet<&String> = rows.iter().flat_map(|row| row.place().factors.keys()).collect();
    for factor in factors {
        let levels: Vec<Option<&Datum>> = rows.iter().map(|row| row.place().factors.get(factor)).collect();
        // A study may call a factor as a column is called.
        let name = if find(factor).is_some() { format!("{factor} (factor)") } else { factor.clone() };
        stored.push(levels_of(&name, &levels));
    }
    Ok(DataFrame::new(rows.len(), stored)?)
}

fn series(name: &str, kind: Kind, values: &[Option<&Datum>]) -> Stored {
    fn each<T>(values: &[Option<&Datum>], get: impl Fn(&Datum) -> Option<T>) -> Vec<Option<T>> {
        values.iter().map(|value| value.and_then(&get)).collect()
    }
    match kind {
        Kind::Text => Series::new(name.into(), each(values, |datum| Some(datum.to_string()))),
        Kind::Count => Series::new(name.into(), each(values, Datum::count)),
        Kind::Number => Series::new(name.into(), each(values, Datum::number)),
        Kind::Flag => Series::new(name.into(), each(values, Datum::flag)),
    }
    .into_column()
}

/// The levels of a factor: numbers or flags where all are, else texts.
fn levels_of(name: &str, levels: &[Option<&Datum>]) -> Stored {
    let all = |is: fn(&Datum) -> bool| levels.iter().flatten().all(|level| is(level));
    let kind = if all(|level| level.number().is_some()) {
        Kind::Number
    } else if all(|level| level.flag().is_some()) {
        Kind::Flag
    } else {
        Kind::Text
    };
    series(name, kind, levels)
}

/// The table as a Parquet file, whose fields carry what each column means. Equal rows give equal bytes.
///
/// # Errors
/// If polars refuses.
pub fn parquet(rows: &[RunRow]) -> Result<Vec<u8>> {
    let mut frame = to_frame(rows)?;
    let schema: ArrowSchema = frame
        .schema()
        .to_arrow(CompatLevel::newest())
        .into_iter_values()
        .map(|field| match find(&field.name) {
            Some(column) => described(field, column),
            None => field,
        })
        .map(|field| (field.name.clone(), field))
        .collect();
    let stored = schema_to_metadata_key(&schema);
    let metadata = stored.value.map(|value| (stored.key, value)).into_iter().collect();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .finish(&mut frame)?;
    Ok(bytes)
}

/// `field` with what its column is, as its metadata.
fn described(field: ArrowField, column: &Column) -> ArrowField {
    let better = column.better.map_or("", super::Better::name);
    let told = [("meaning", column.meaning), ("unit", column.unit), ("better", better)];
    let metadata =
        told.into_iter().filter(|(_, said)| !said.is_empty()).map(|(name, said)| (name.into(), said.into()));
    field.with_metadata(metadata.collect())
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
