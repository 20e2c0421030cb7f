//! Which column is what.

use super::error::Problem;
use super::how::How;
use super::source::Source;
use crate::factor::FactorKind;
use crate::nearest::nearest;
use crate::table::{Column, columns, find, named};

/// The columns of a table that are read.
pub(super) struct Layout {
    /// Columns of ours, each with its name in the table.
    pub(super) known: Vec<(&'static Column, String)>,
    pub(super) factors: Vec<NamedFactor>,
    /// Columns that are not read.
    pub(super) passed: Vec<String>,
    /// All of them.
    pub(super) all: Vec<String>,
}

/// A column that is a factor.
pub(super) struct NamedFactor {
    pub(super) name: String,
    pub(super) column: String,
    /// What its levels set apart, where that was said.
    pub(super) kind: Option<FactorKind>,
}

/// What people call our columns, beside their own name and that without `test_`; small letters, `_` for what is between.
const OTHERS: &[(&str, &[&str])] = &[
    ("task", &["dataset", "task_name"]),
    ("arm", &["method", "condition", "arm_name"]),
    (
        "samples",
        &["m", "n_samples", "num_samples", "n_train", "train_size", "sample_size", "student_samples"],
    ),
    ("teacher_samples", &["n_teacher", "teacher_n", "teacher_size"]),
    ("seed", &["random_seed", "replicate"]),
    (
        "test_accuracy",
        &["accuracy", "acc", "test_acc", "score", "test_score", "top1", "top_1", "top1_accuracy"],
    ),
    ("test_r2", &["r2", "r²"]),
];

/// What a column is for, in words, where every table needs it.
const NEEDED: [(&str, &str); 3] = [
    ("arm", "the arm, what a run was trained on"),
    ("samples", "M, the number of the student's samples"),
    ("seed", "the seed, which pairs the runs of arms"),
];

/// How our tables mark levels of a factor that is called as one of their columns is.
const FACTOR: &str = " (factor)";

impl Layout {
    pub(super) fn of(source: &Source<'_>, how: &How) -> Result<Self, Problem> {
        let names = source.names();
        let said = said(names, how)?;
        let mut known = Vec::new();
        for column in columns() {
            let Some(name) = column_of(column, names, &said)? else { continue };
            match source.closed(&name) {
                None => known.push((column, name)),
                Some(found) if is_needed(column) => {
                    return Err(Problem::WrongType { column: name, found: found.to_owned() });
                }
                Some(_) => {}
            }
        }
        let factors = factors(source, &known, how)?;
        let is_read = |name: &&String| {
            known.iter().any(|(_, known)| known == *name)
                || factors.iter().any(|factor| factor.column == **name)
        };
        let passed = names.iter().filter(|name| !is_read(name)).cloned().collect();
        let layout = Self { known, factors, passed, all: names.to_vec() };
        for (ours, wanted) in NEEDED {
            if layout.name_of(ours).is_none() {
                return Err(layout.lacks(ours, wanted));
            }
        }
        Ok(layout)
    }

    /// What the table calls a column of ours.
    pub(super) fn name_of(&self, ours: &str) -> Option<&str> {
        self.known.iter().find(|(column, _)| column.name == ours).map(|(_, name)| name.as_str())
    }

    /// The same for messages: our name, if it has none.
    pub(super) fn called<'a>(&'a self, ours: &'a str) -> &'a str {
        self.name_of(ours).unwrap_or(ours)
    }

    /// That a column of ours is not there.
    pub(super) fn lacks(&self, ours: &'static str, wanted: &str) -> Problem {
        let mut names = vec![ours.to_owned()];
        names.extend(others(ours).iter().map(|&name| name.to_owned()));
        let likely = names.iter().filter_map(|name| nearest(name, self.passed.iter().map(String::as_str)));
        let nearest = likely.map(str::to_owned).next();
        Problem::NoColumn { wanted: wanted.to_owned(), ours, names, columns: self.all.clone(), nearest }
    }
}

fn others(ours: &str) -> &'static [&'static str] {
    OTHERS.iter().find(|(name, _)| *name == ours).map_or(&[], |(_, others)| others)
}

fn is_needed(column: &Column) -> bool {
    NEEDED.iter().any(|(name, _)| *name == column.name) || column.name == "task"
}

/// A name without what people write in another way.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-', '.'], "_")
}

/// The column of ours that somebody means by a name.
pub(super) fn meant(name: &str) -> Option<&'static Column> {
    let plain = plain(name);
    let is_it = |column: &&Column| {
        column.name == plain
            || column.name.strip_prefix("test_") == Some(&plain)
            || others(column.name).contains(&plain.as_str())
    };
    match name {
        "N" => Some(const { named("teacher_samples") }),
        name => find(name).or_else(|| columns().find(is_it)),
    }
}

/// What `--column` says: a column of ours and its name in the table.
fn said(names: &[String], how: &How) -> Result<Vec<(&'static Column, String)>, Problem> {
    let read = |text: &String| {
        let wrong = |expected: String| Problem::Option { option: "--column", found: text.clone(), expected };
        let (ours, theirs) = text
            .split_once('=')
            .ok_or_else(|| wrong("OURS=THEIRS, such as samples=train_images".to_owned()))?;
        let column = meant(ours).ok_or_else(|| {
            let near = nearest(ours, columns().map(|column| column.name));
            let near = near.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            wrong(format!("a column of ours before =, such as arm, samples, seed or test_accuracy{near}"))
        })?;
        Ok((column, existing("--column", theirs, names)?))
    };
    how.columns.iter().map(read).collect()
}

/// The column of the table that an option names.
fn existing(option: &'static str, name: &str, names: &[String]) -> Result<String, Problem> {
    let found = names.iter().find(|known| *known == name);
    found.cloned().ok_or_else(|| Problem::UnknownColumn {
        option,
        name: name.to_owned(),
        columns: names.to_vec(),
        nearest: nearest(name, names.iter().map(String::as_str)).map(str::to_owned),
    })
}

/// The table's column for one of ours: that which is said, or is called so, or is called what people call it.
fn column_of(
    column: &'static Column,
    names: &[String],
    said: &[(&'static Column, String)],
) -> Result<Option<String>, Problem> {
    if let Some((_, name)) = said.iter().find(|(known, _)| known.name == column.name) {
        return Ok(Some(name.clone()));
    }
    let is_free = |name: &&String| !said.iter().any(|(_, taken)| taken == *name);
    if let Some(name) = names.iter().filter(is_free).find(|name| *name == column.name) {
        return Ok(Some(name.clone()));
    }
    // A name that is one of ours as it stands is not taken for another.
    let is_meant =
        |name: &&String| find(name).is_none() && meant(name).is_some_and(|found| found.name == column.name);
    let mut candidates = names.iter().filter(is_free).filter(is_meant);
    match (candidates.next(), candidates.next()) {
        (Some(one), Some(other)) => {
            Err(Problem::Ambiguous { ours: column.name, one: one.clone(), other: other.clone() })
        }
        (one, _) => Ok(one.cloned()),
    }
}

/// Columns that `--factor` names, or our own tables mark. What else is in a table of `kd` is a factor too.
fn factors(
    source: &Source<'_>,
    known: &[(&'static Column, String)],
    how: &How,
) -> Result<Vec<NamedFactor>, Problem> {
    let names = source.names();
    let mut factors = Vec::new();
    for text in &how.factors {
        let (column, kind) = match text.rsplit_once('=') {
            Some((column, kind)) if !names.contains(text) => (column, Some(kind_of(text, kind)?)),
            _ => (text.as_str(), None),
        };
        let column = existing("--factor", column, names)?;
        if let Some(found) = source.closed(&column) {
            return Err(Problem::WrongType { column, found: found.to_owned() });
        }
        factors.push(NamedFactor { name: factor_name(&column).to_owned(), column, kind });
    }
    let is_ours =
        ["run", "outcome", "objective_settings"].iter().all(|ours| names.iter().any(|name| name == ours));
    for name in names {
        let is_known = known.iter().any(|(_, known)| known == name);
        let is_factor = name.ends_with(FACTOR) || (is_ours && !is_known);
        let is_named = factors.iter().any(|factor| factor.column == *name);
        if is_factor && !is_named && source.closed(name).is_none() {
            factors.push(NamedFactor {
                name: factor_name(name).to_owned(),
                column: name.clone(),
                kind: None,
            });
        }
    }
    Ok(factors)
}

fn factor_name(column: &str) -> &str {
    column.strip_suffix(FACTOR).unwrap_or(column)
}

fn kind_of(text: &str, kind: &str) -> Result<FactorKind, Problem> {
    serde_json::from_value(kind.into()).map_err(|_| Problem::Option {
        option: "--factor",
        found: text.to_owned(),
        expected: "NAME, or NAME=KIND with one of task, arm and tuned".to_owned(),
    })
}
