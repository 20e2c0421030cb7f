//! What a table is analysed by, shares in per cent, and runs without a score.

use polars::prelude::{Column as Stored, IntoColumn, NamedFrom, Series};

use super::error::Problem;
use super::frame::{SHOWN, Table};
use super::how::How;
use super::layout::{Layout, meant};
use crate::metric::Metric;
use crate::nearest::nearest;
use crate::study::Score;
use crate::table::{Column, FRACTION, named};

/// What is analysed.
pub(super) struct Scored {
    /// The column, where it is neither accuracy nor R².
    pub(super) metric: Option<String>,
    pub(super) score: Score,
    /// Columns that a run has a score by, the first before the others, with their names in the table.
    columns: Vec<(&'static Column, String)>,
    /// All columns of shares, with their names in the table.
    shares: Vec<(&'static Column, String)>,
}

/// How far above 1 a share may be for rounding.
const ROUNDING: f64 = 1e-9;

impl Scored {
    pub(super) fn of(layout: &Layout, how: &How) -> Result<Self, Problem> {
        let there = |column: &&'static Column| layout.name_of(column.name).is_some();
        let metrics: Vec<&'static Column> = Metric::columns().filter(there).collect();
        let usual = [const { named("test_accuracy") }, const { named("test_r2") }];
        let mut chosen: Vec<&'static Column> = usual.into_iter().filter(|column| there(column)).collect();
        let mut score = Score::LastStep;
        let mut metric = None;
        if let Some(name) = &how.metric {
            let column = asked(name)?;
            if !there(&column) {
                return Err(layout.lacks(column.name, column.meaning));
            }
            let is_usual = chosen.iter().any(|usual| usual.name == column.name);
            metric = (!is_usual).then(|| column.name.to_owned());
            chosen = vec![column];
        } else if chosen.is_empty() {
            match metrics.as_slice() {
                [] => {
                    return Err(
                        layout.lacks("test_accuracy", "the score, such as the accuracy on test examples")
                    );
                }
                [only] if only.name == "test_score_at_best" => score = Score::ValidationBest,
                [only] => metric = Some(only.name.to_owned()),
                several => {
                    let columns = several.iter().map(|column| column.name.to_owned()).collect();
                    return Err(Problem::WhichMetric { columns });
                }
            }
            chosen.clone_from(&metrics);
        }
        let called = |column: &'static Column| (column, layout.called(column.name).to_owned());
        let shares = metrics.into_iter().filter(|column| column.unit == FRACTION);
        Ok(Self {
            metric,
            score,
            columns: chosen.into_iter().map(called).collect(),
            shares: shares.map(called).collect(),
        })
    }

    pub(super) fn is_analysed(&self, ours: &str) -> bool {
        self.columns.iter().any(|(column, _)| column.name == ours)
    }

    /// What the table calls the score, in words of its own where that is no word of ours.
    pub(super) fn name(&self) -> &'static str {
        match self.columns.first() {
            Some((column, _)) if column.name == "test_r2" => "R²",
            Some((_, name)) if name.eq_ignore_ascii_case("score") => "score",
            _ => "accuracy",
        }
    }

    /// Brings shares to 0 to 1, and says of each run whether it has a score.
    pub(super) fn check(&self, table: &mut Table, percent: bool) -> Result<(), Problem> {
        for (column, name) in &self.columns {
            table.check_kind(column.name, name, "numbers")?;
        }
        for (column, name) in &self.shares {
            self.check_share(table, column, name, percent)?;
        }
        self.tell_failures(table)
    }

    fn check_share(
        &self,
        table: &mut Table,
        column: &Column,
        name: &str,
        percent: bool,
    ) -> Result<(), Problem> {
        let values: Vec<Option<f64>> = table.frame.column(column.name)?.f64()?.iter().collect();
        let each = || values.iter().enumerate().filter_map(|(index, value)| Some((index + 1, (*value)?)));
        let largest = each().max_by(|a, b| a.1.total_cmp(&b.1));
        let above = largest.filter(|(_, value)| *value > 1.0 + ROUNDING);
        let wrong = |(row, found), range| Problem::OutOfRange { column: name.to_owned(), found, row, range };
        let is_explained = column.name == "test_r2" || column.name.contains("score");
        if let Some(negative) = each().find(|(_, value)| *value < 0.0)
            && !is_explained
        {
            return Err(wrong(
                negative,
                "a share of examples is between 0 and 1, or 0 and 100 with --percent",
            ));
        }
        match above {
            Some((row, found)) if !percent => {
                return Err(Problem::AboveOne { column: name.to_owned(), found, row });
            }
            Some((row, found)) if found > 100.0 + ROUNDING => {
                return Err(wrong((row, found), "per cent are 100 at most"));
            }
            Some(_) => {
                let shares: Vec<Option<f64>> =
                    values.iter().map(|value| value.map(|value| value / 100.0)).collect();
                table.set(Series::new(column.name.into(), shares).into_column())?;
            }
            None if percent && self.is_analysed(column.name) && largest.is_some() => {
                return Err(Problem::NoPercent { column: name.to_owned() });
            }
            None => {}
        }
        Ok(())
    }

    /// A run without a score has failed, whatever the table says of it.
    fn tell_failures(&self, table: &mut Table) -> Result<(), Problem> {
        let height = table.frame.height();
        let said = texts(table, "outcome")?;
        let reasons = texts(table, "reason")?;
        let mut has_score = vec![false; height];
        for (column, _) in &self.columns {
            let values = table.frame.column(column.name)?.f64()?;
            values.iter().enumerate().for_each(|(index, value)| has_score[index] |= value.is_some());
        }
        let mut outcomes = Vec::with_capacity(height);
        let mut because = Vec::with_capacity(height);
        for index in 0..height {
            let word = said[index].as_deref().unwrap_or("finished");
            if !OUTCOMES.contains(&word) {
                return Err(Problem::UnknownWord {
                    column: "outcome".to_owned(),
                    found: word.to_owned(),
                    row: index + 1,
                    nearest: nearest(word, OUTCOMES).map(str::to_owned),
                    known: OUTCOMES.map(str::to_owned).to_vec(),
                });
            }
            let is_lost = word == "finished" && !has_score[index];
            if is_lost {
                let (rows, count) = &mut table.failed;
                *count += 1;
                if rows.len() < SHOWN {
                    rows.push(index + 1);
                }
            }
            outcomes.push(if is_lost { "failed" } else { word }.to_owned());
            because.push(reasons[index].clone().or_else(|| is_lost.then(|| self.lost(table, index + 1))));
        }
        table.set(Series::new("outcome".into(), outcomes).into_column())?;
        table.set(Series::new("reason".into(), because).into_column())
    }

    /// Why a run has no score.
    fn lost(&self, table: &Table, row: usize) -> String {
        let seen = |(column, name): &(&'static Column, String)| {
            let odd = table.odd(column.name);
            let found = odd.binary_search_by_key(&row, |odd| odd.row).ok().map(|index| &odd[index].found);
            found.map(|found| format!("`{name}` is `{found}` in row {row} of the table"))
        };
        self.columns.iter().find_map(seen).unwrap_or_else(|| {
            let name = self.columns.first().map_or("", |(_, name)| name);
            format!("`{name}` is empty in row {row} of the table")
        })
    }
}

const OUTCOMES: [&str; 2] = ["finished", "failed"];

/// The column that `--metric` names.
fn asked(name: &str) -> Result<&'static Column, Problem> {
    let known = || Metric::columns().map(|column| column.name);
    meant(name).filter(|column| known().any(|name| name == column.name)).ok_or_else(|| Problem::NoMetric {
        name: name.to_owned(),
        nearest: nearest(name, known()).map(str::to_owned),
        known: known().map(str::to_owned).collect(),
    })
}

/// A column of texts; empty where there is none.
fn texts(table: &Table, name: &str) -> Result<Vec<Option<String>>, Problem> {
    match table.frame.column(name) {
        Ok(column) => Ok(owned(column)?),
        Err(_) => Ok(vec![None; table.frame.height()]),
    }
}

fn owned(column: &Stored) -> Result<Vec<Option<String>>, Problem> {
    Ok(column.str()?.iter().map(|text| text.map(str::to_owned)).collect())
}
