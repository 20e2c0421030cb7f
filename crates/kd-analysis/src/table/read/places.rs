//! No two rows are of one run.

use polars::prelude::{SortMultipleOptions, col, len, lit};

use super::error::Problem;
use super::frame::{ROW, Table, levels_of};
use super::layout::Layout;
use super::source::Source;
use crate::table::{Column, Kind, find};

/// That every place has one row: a mean over two rows of one run would count it twice.
pub(super) fn check(source: &Source<'_>, layout: &Layout, table: &Table) -> Result<(), Problem> {
    let keys: Vec<String> = ["task", "arm", "samples", "seed"]
        .map(str::to_owned)
        .into_iter()
        .chain(layout.factors.iter().map(|factor| levels_of(&factor.name)))
        .collect();
    let by: Vec<_> = keys.iter().map(|key| col(key.as_str())).collect();
    let found = table
        .lazy()
        .group_by(by)
        .agg([len().alias("rows"), col(ROW).min().alias("first"), col(ROW).max().alias("last")])
        .filter(col("rows").gt(lit(1_u32)))
        .sort(["first"], SortMultipleOptions::default())
        .limit(1)
        .collect()?;
    if found.height() == 0 {
        return Ok(());
    }
    let number = |name: &str| -> Result<usize, Problem> {
        let column = found.column(name)?.cast(&polars::prelude::DataType::UInt64)?;
        Ok(column.u64()?.get(0).unwrap_or_default() as usize)
    };
    let (first, second) = (number("first")?, number("last")?);
    let mut place = Vec::new();
    for key in &keys {
        let value = found.column(key)?.get(0)?;
        if !value.is_null() {
            let name = if key == "samples" { "M" } else { key.as_str() };
            place.push(format!("{name} {}", value.str_value()));
        }
    }
    let apart = differing(source, layout, first, second)?;
    let advice = if apart.is_empty() {
        "leave one of them, or give them different seeds".to_owned()
    } else {
        let named: Vec<String> = apart.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "leave one of them; they differ in {}, which --factor {} makes a factor",
            named.join(", "),
            apart[0]
        )
    };
    Err(Problem::Duplicates { first, second, count: number("rows")?, place: place.join(", "), advice })
}

/// Columns in which two rows differ that may be settings: those that are not read, and those of ours that are no measures.
fn differing(source: &Source<'_>, layout: &Layout, one: usize, other: usize) -> Result<Vec<String>, Problem> {
    let is_setting =
        |column: &&Column| !column.is_measure() && column.kind != Kind::Count && column.name != "run";
    let settings = layout.known.iter().filter(|(column, _)| is_setting(column)).map(|(_, name)| name);
    let is_read =
        |name: &&String| source.closed(name).is_none() && find(name).is_none_or(|column| is_setting(&column));
    let names: Vec<String> = layout.passed.iter().filter(is_read).chain(settings).cloned().collect();
    if names.is_empty() {
        return Ok(names);
    }
    let columns = source.columns(&names)?;
    let mut apart = Vec::new();
    for name in names {
        let column = columns.column(&name)?;
        if column.get(one - 1)? != column.get(other - 1)? {
            apart.push(name);
        }
    }
    Ok(apart)
}
