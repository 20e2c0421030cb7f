//! A place of a study file at which several values are written instead of one.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::written::written;
use crate::problem::Problem;

/// What varies: a list in an objective, or a table with one of these keys.
const SWEEP: &str = "sweep";
const TUNE: &str = "tune";
const KEYS: [&str; 4] = [SWEEP, TUNE, "as", "names"];

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    fn key(&self) -> Option<&str> {
        match self {
            Self::Key(key) => Some(key),
            Self::Index(_) => None,
        }
    }
}

/// Several values instead of one.
pub(super) struct List<'i> {
    /// Where, from the task or the objective.
    pub(super) path: Vec<Step>,
    pub(super) span: Range<usize>,
    pub(super) values: Vec<Spanned<DeValue<'i>>>,
    /// Whether validation chooses among them.
    pub(super) tuned: bool,
    /// What the factor is called, if that is said.
    pub(super) name: Option<Spanned<String>>,
    /// What the values are called, if that is said.
    pub(super) names: Option<Vec<String>>,
}

impl<'i> List<'i> {
    /// All of them below `value`, in the order written. `bare` ones have no table around them.
    pub(super) fn find(value: &Spanned<DeValue<'i>>, bare: bool) -> Result<Vec<Self>, Problem> {
        let mut found = Vec::new();
        descend(value, bare, &mut Vec::new(), &mut found)?;
        Ok(found)
    }

    /// The keys that lead to it.
    pub(super) fn keys(&self) -> Vec<&str> {
        self.path.iter().filter_map(Step::key).collect()
    }

    fn new(value: &Spanned<DeValue<'i>>, path: &[Step]) -> Result<Self, Problem> {
        let table = value.get_ref().as_table();
        let listed = match table {
            None => value,
            Some(table) => varied(table, value.span())?,
        };
        let DeValue::Array(values) = listed.get_ref() else {
            return Err(Problem::new(listed.span(), "expected a list of values", "not a list")
                .help("lists are written in brackets, such as [1, 2]"));
        };
        let list = Self {
            path: path.to_vec(),
            span: listed.span(),
            values: values.iter().cloned().collect(),
            tuned: table.is_some_and(|table| table.contains_key(TUNE)),
            name: table.and_then(|table| table.get("as")).map(text).transpose()?,
            names: table.and_then(|table| table.get("names")).map(texts).transpose()?,
        };
        list.check()?;
        Ok(list)
    }

    fn check(&self) -> Result<(), Problem> {
        if self.values.is_empty() {
            return Err(Problem::new(self.span.clone(), "this sweeps over an empty list", "empty")
                .help("give the list at least one value, or write a single value without brackets"));
        }
        let written: Vec<String> = self.values.iter().map(|value| written(value.get_ref())).collect();
        for (index, value) in self.values.iter().enumerate() {
            if written[..index].contains(&written[index]) {
                let what = format!("this sweeps over {} twice", written[index]);
                return Err(Problem::new(value.span(), what, "again here").help("remove it"));
            }
            if let Some(nested) = Self::find(value, false)?.first() {
                return Err(Problem::new(nested.span.clone(), "a sweep within a sweep", "within another")
                    .help("write the values out, or sweep in two places: several sweeps cross"));
            }
        }
        let named = self.names.as_ref().map_or(self.values.len(), Vec::len);
        if named != self.values.len() {
            let what = format!("{named} names for {} values", self.values.len());
            return Err(Problem::new(self.span.clone(), what, "these").help("give each value one name"));
        }
        let names = self.names.as_deref().unwrap_or_default();
        if let Some(again) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            let what = format!("two values are called \"{}\"", again.1);
            return Err(
                Problem::new(self.span.clone(), what, "these").help("give each value a name of its own")
            );
        }
        Ok(())
    }
}

/// Whether a table stands for several values.
fn varies(table: &DeTable<'_>) -> bool {
    table.contains_key(SWEEP) || table.contains_key(TUNE)
}

fn descend<'i>(
    value: &Spanned<DeValue<'i>>,
    bare: bool,
    path: &mut Vec<Step>,
    found: &mut Vec<List<'i>>,
) -> Result<(), Problem> {
    let mut below = |step: Step, value: &Spanned<DeValue<'i>>| {
        path.push(step);
        let done = descend(value, bare, path, found);
        path.pop();
        done
    };
    match value.get_ref() {
        DeValue::Table(table) if varies(table) => {
            found.push(List::new(value, path)?);
            Ok(())
        }
        DeValue::Array(_) if bare => {
            found.push(List::new(value, path)?);
            Ok(())
        }
        DeValue::Table(table) => {
            table.iter().try_for_each(|(key, value)| below(Step::Key(key.get_ref().to_string()), value))
        }
        DeValue::Array(values) => {
            values.iter().enumerate().try_for_each(|(index, value)| below(Step::Index(index), value))
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => Ok(()),
    }
}

/// The values in a table that varies, once its keys are known.
fn varied<'t, 'i>(table: &'t DeTable<'i>, span: Range<usize>) -> Result<&'t Spanned<DeValue<'i>>, Problem> {
    for (key, _) in table {
        if !KEYS.contains(&key.get_ref().as_ref()) {
            return Err(Problem::unknown(key.span(), "key", key.get_ref(), &KEYS));
        }
    }
    match (table.get(SWEEP), table.get(TUNE)) {
        (Some(values), None) | (None, Some(values)) => Ok(values),
        (Some(_), Some(_)) | (None, None) => {
            Err(Problem::new(span, "`sweep` and `tune` exclude each other", "both here").help(
                "`sweep` reports every value, `tune` the one that validation chooses: keep one of them",
            ))
        }
    }
}

fn text(value: &Spanned<DeValue<'_>>) -> Result<Spanned<String>, Problem> {
    match value.get_ref() {
        DeValue::String(text) if !text.trim().is_empty() && !text.contains(['|', '\n']) => {
            Ok(Spanned::new(value.span(), text.clone().into_owned()))
        }
        _ => Err(Problem::new(value.span(), "expected a name", "not a name")
            .help("names are written in quotes and without `|`, such as \"teacher width\"")),
    }
}

fn texts(value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Problem> {
    let DeValue::Array(values) = value.get_ref() else {
        return Err(Problem::new(value.span(), "expected a list of names", "not a list")
            .help("one for each value, such as [\"small\", \"large\"]"));
    };
    values.iter().map(|value| text(value).map(Spanned::into_inner)).collect()
}
