//! The factors of a table: their levels, and what these set apart.

use std::collections::BTreeSet;

use polars::prelude::{Column as Stored, DataType, Expr, IntoLazy, col, lit};

use super::error::Problem;
use super::frame::{Table, levels_of};
use super::layout::Layout;
use crate::datum::Datum;
use crate::factor::{Factor, FactorKind};

/// Every factor of the table, in the order of its columns.
pub(super) fn factors(layout: &Layout, table: &Table) -> Result<Vec<Factor>, Problem> {
    let names: Vec<&str> = layout.factors.iter().map(|factor| factor.name.as_str()).collect();
    let mut of_arms = BTreeSet::new();
    for name in &names {
        if is_of_arms(table, name)? {
            of_arms.insert(*name);
        }
    }
    let others: Vec<&str> = names.iter().copied().filter(|name| !of_arms.contains(name)).collect();
    let tuned = tuned(table, &others)?;
    let mut factors = Vec::new();
    for factor in &layout.factors {
        let inferred = if tuned.contains(&factor.name.as_str()) {
            FactorKind::Tuned
        } else if of_arms.contains(factor.name.as_str()) {
            FactorKind::Arm
        } else {
            FactorKind::Task
        };
        let levels: BTreeSet<Datum> =
            data(table.frame.column(&levels_of(&factor.name))?)?.into_iter().flatten().collect();
        factors.push(Factor {
            name: factor.name.clone(),
            kind: factor.kind.unwrap_or(inferred),
            levels: levels.into_iter().collect(),
        });
    }
    Ok(factors)
}

/// Whether arms are told apart by the factor: each has one level of it at most, and two have different ones.
fn is_of_arms(table: &Table, factor: &str) -> Result<bool, Problem> {
    let name = levels_of(factor);
    let levels = table.lazy().filter(col(name.as_str()).is_not_null());
    let found = levels
        .group_by([col("task"), col("arm")])
        .agg([col(name.as_str()).n_unique().alias("levels"), col(name.as_str()).first().alias("level")])
        .collect()?;
    let most = found.column("levels")?.cast(&DataType::UInt64)?;
    let most = most.u64()?.iter().flatten().max().unwrap_or(0);
    Ok(most == 1 && found.column("level")?.n_unique()? > 1)
}

/// Which factors were tuned, where the column `chosen` says what was chosen: the fewest of `factors` by whose levels alone
/// the chosen run of each place is told from others.
fn tuned<'a>(table: &Table, factors: &[&'a str]) -> Result<Vec<&'a str>, Problem> {
    if !table.has("chosen") || factors.is_empty() || factors.len() > 6 {
        return Ok(Vec::new());
    }
    let mut subsets: Vec<u32> = (1..1_u32 << factors.len()).collect();
    subsets.sort_by_key(|subset| subset.count_ones());
    for subset in subsets {
        let (tuned, others): (Vec<(usize, &&str)>, Vec<_>) =
            factors.iter().enumerate().partition(|(index, _)| subset >> index & 1 == 1);
        let mut keys: Vec<Expr> = ["task", "arm", "samples", "seed"].map(col).to_vec();
        keys.extend(others.iter().map(|(_, factor)| col(levels_of(factor))));
        let chosen = table
            .lazy()
            .filter(col("chosen").is_not_null())
            .group_by(keys)
            .agg([col("chosen").cast(DataType::UInt32).sum().alias("chosen")])
            .collect()?;
        if chosen.height() == 0 {
            return Ok(Vec::new());
        }
        let others = chosen.clone().lazy().filter(col("chosen").neq(lit(1_u32))).collect()?;
        if others.height() == 0 {
            return Ok(tuned.into_iter().map(|(_, factor)| *factor).collect());
        }
    }
    Ok(Vec::new())
}

/// The values of a typed column.
pub(super) fn data(column: &Stored) -> Result<Vec<Option<Datum>>, Problem> {
    fn each<T>(values: impl Iterator<Item = Option<T>>, datum: fn(T) -> Datum) -> Vec<Option<Datum>> {
        values.map(|value| value.map(datum)).collect()
    }
    Ok(match column.dtype() {
        DataType::Boolean => each(column.bool()?.iter(), Datum::Flag),
        DataType::UInt64 => each(column.u64()?.iter(), Datum::Count),
        DataType::Float64 => each(column.f64()?.iter(), Datum::Number),
        // Not an enum of ours. Typed columns have no other type but text.
        _ => each(column.str()?.iter(), |text| Datum::Text(text.to_owned())),
    })
}
