//! The table as a polars frame with our names: every known column in its kind, and the levels of factors.

use std::collections::BTreeMap;

use polars::prelude::{
    Column as Stored, DataFrame, DataType, Expr, IntoColumn, IntoLazy, LazyFrame, NULL, NamedFrom, Series,
    col, lit, when,
};

use super::cells::{self, Odd};
use super::error::Problem;
use super::layout::Layout;
use super::source::Source;

/// What a file holds, with our names.
pub(super) struct Table {
    pub(super) frame: DataFrame,
    /// Values that are none of their kind, by our name.
    pub(super) odd: BTreeMap<&'static str, Vec<Odd>>,
    /// How many runs failed for want of a score, and the first of their rows.
    pub(super) failed: (Vec<usize>, usize),
}

/// The column of the frame that numbers rows, from 1.
pub(super) const ROW: &str = "row number";

/// What is shown of rows.
pub(super) const SHOWN: usize = 3;

/// What the frame calls the levels of a factor.
pub(super) fn levels_of(factor: &str) -> String {
    format!("{factor} (factor)")
}

impl Table {
    pub(super) fn load(source: &Source<'_>, layout: &Layout, stem: &str) -> Result<Self, Problem> {
        let mut names: Vec<String> = layout.known.iter().map(|(_, name)| name.clone()).collect();
        names.extend(layout.factors.iter().map(|factor| factor.column.clone()));
        names.sort_unstable();
        names.dedup();
        let stored = source.columns(&names)?;
        if stored.height() == 0 {
            return Err(Problem::NoRows { columns: layout.all.clone() });
        }
        let commas = source.has_decimal_commas();
        let numbers: Vec<u64> = (1..=stored.height() as u64).collect();
        let mut columns = vec![Series::new(ROW.into(), numbers).into_column()];
        let mut odd = BTreeMap::new();
        for (column, name) in &layout.known {
            let (typed, found) = cells::typed(stored.column(name)?, column.name, column.kind, commas)?;
            columns.push(typed);
            odd.insert(column.name, found);
        }
        for factor in &layout.factors {
            columns.push(cells::levels(stored.column(&factor.column)?, &levels_of(&factor.name), commas)?);
        }
        let mut table =
            Self { frame: DataFrame::new(stored.height(), columns)?, odd, failed: (Vec::new(), 0) };
        if !table.has("task") {
            table.put(&[lit(stem).alias("task")])?;
        }
        table.check_places(layout)?;
        Ok(table)
    }

    /// Every run has a place. M may be missing of a teacher; see [`Table::fill_sizes`].
    fn check_places(&self, layout: &Layout) -> Result<(), Problem> {
        for (ours, wanted) in [("samples", COUNT), ("seed", COUNT)] {
            self.check_kind(ours, layout.called(ours), wanted)?;
        }
        for (ours, wanted) in [("task", "a task"), ("arm", "an arm"), ("seed", "a seed")] {
            self.check_whole(layout, ours, wanted, col(ours).is_null())?;
        }
        Ok(())
    }

    /// That all values of a column, which the table calls `name`, are of its kind.
    pub(super) fn check_kind(&self, ours: &str, name: &str, wanted: &str) -> Result<(), Problem> {
        let odd: Vec<&Odd> = self.odd(ours).iter().filter(|odd| !odd.is_number).collect();
        let Some(first) = odd.first() else { return Ok(()) };
        Err(Problem::Odd {
            column: name.to_owned(),
            wanted: wanted.to_owned(),
            found: first.found.clone(),
            rows: odd.iter().take(SHOWN).map(|odd| odd.row).collect(),
            count: odd.len(),
        })
    }

    /// That no row is missing what every row needs.
    fn check_whole(
        &self,
        layout: &Layout,
        ours: &str,
        wanted: &'static str,
        missing: Expr,
    ) -> Result<(), Problem> {
        let (rows, count) = self.rows_where(missing)?;
        match count {
            0 => Ok(()),
            count => Err(Problem::Missing { column: layout.called(ours).to_owned(), wanted, rows, count }),
        }
    }

    /// The first rows of which something holds, and how many there are.
    pub(super) fn rows_where(&self, holds: Expr) -> Result<(Vec<usize>, usize), Problem> {
        let found = self.lazy().filter(holds).select([col(ROW)]).collect()?;
        let rows = found.column(ROW)?.u64()?.iter().flatten().take(SHOWN).map(|row| row as usize);
        Ok((rows.collect(), found.height()))
    }

    /// N where a row lacks it, M of teachers, which is N, and κ.
    pub(super) fn fill_sizes(&mut self, teacher_samples: Option<u64>) -> Result<(), Problem> {
        let known =
            if self.has("teacher_samples") { col("teacher_samples") } else { nothing(DataType::UInt64) };
        let is_known = known.clone().is_not_null().and(known.clone().gt(lit(0_u64)));
        let said = teacher_samples.map_or_else(|| nothing(DataType::UInt64), lit);
        let is_teacher = col("role").eq(lit("teacher"));
        let of_teacher = when(is_teacher.clone()).then(col("samples")).otherwise(nothing(DataType::UInt64));
        let filled = when(is_known)
            .then(known)
            .otherwise(when(said.clone().is_not_null()).then(said).otherwise(of_teacher));
        self.put(&[filled.alias("teacher_samples")])?;
        let of_teacher = is_teacher.clone().and(col("samples").is_null());
        let samples = when(of_teacher).then(col("teacher_samples")).otherwise(col("samples"));
        self.put(&[samples.alias("samples")])?;
        let ratio = col("samples").cast(DataType::Float64) / col("teacher_samples").cast(DataType::Float64);
        let is_known = is_teacher.not().and(col("teacher_samples").gt(lit(0_u64)));
        let ratio = when(is_known).then(ratio).otherwise(nothing(DataType::Float64));
        let kappa = if self.has("kappa") {
            when(col("kappa").is_not_null()).then(col("kappa")).otherwise(ratio)
        } else {
            ratio
        };
        self.put(&[kappa.alias("kappa")])
    }

    /// That every row has an M of its own, once teachers have theirs.
    pub(super) fn check_sizes(&self, layout: &Layout) -> Result<(), Problem> {
        let missing = col("samples").is_null().or(col("samples").eq(lit(0_u64)));
        self.check_whole(layout, "samples", "an M above 0", missing)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.frame.column(name).is_ok()
    }

    pub(super) fn lazy(&self) -> LazyFrame {
        self.frame.clone().lazy()
    }

    /// Adds columns, or replaces them.
    pub(super) fn put(&mut self, columns: &[Expr]) -> Result<(), Problem> {
        self.frame = self.lazy().with_columns(columns).collect()?;
        Ok(())
    }

    /// Adds a column, or replaces it.
    pub(super) fn set(&mut self, column: Stored) -> Result<(), Problem> {
        self.frame.with_column(column)?;
        Ok(())
    }

    /// Values of a column that are none of its kind.
    pub(super) fn odd(&self, ours: &str) -> &[Odd] {
        self.odd.get(ours).map_or(&[], Vec::as_slice)
    }
}

/// What a column of whole numbers holds.
const COUNT: &str = "whole numbers of 0 or more";

/// Nothing, in a column of this type.
fn nothing(kind: DataType) -> Expr {
    lit(NULL).cast(kind)
}
