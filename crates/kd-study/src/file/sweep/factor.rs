//! What varies, and what it is called.

use std::collections::HashMap;
use std::ops::Range;

use toml::de::DeValue;

use super::list::List;
use super::written::{levels, written};
use crate::problem::Problem;

/// Whether tasks or arms vary it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Task,
    Arm,
}

/// What varies: a list, or several that move together.
pub(super) struct Factor<'i> {
    pub(super) name: String,
    pub(super) tuned: bool,
    /// At least one, all of one length.
    pub(super) lists: Vec<List<'i>>,
    pub(super) levels: Vec<DeValue<'i>>,
    /// The levels as they appear in a name.
    pub(super) written: Vec<String>,
}

/// What results call otherwise.
const TAKEN: [&str; 14] = [
    "task",
    "arm",
    "role",
    "samples",
    "M",
    "seed",
    "generation",
    "unlabelled",
    "chosen",
    "run",
    "state",
    "score",
    "seconds",
    "kappa",
];

/// The factors that `lists` make, in the order written.
pub(super) fn factors<'i>(lists: Vec<List<'i>>, whose: Whose) -> Result<Vec<Factor<'i>>, Problem> {
    let names = names(&lists, whose);
    let mut factors: Vec<Factor<'i>> = Vec::new();
    for (list, name) in std::iter::zip(lists, names) {
        known_here(&list, &name, whose)?;
        match factors.iter_mut().find(|factor| factor.name == name) {
            Some(factor) => {
                moves_with(&list, factor)?;
                factor.lists.push(list);
            }
            None => factors.push(Factor {
                name,
                tuned: list.tuned,
                levels: Vec::new(),
                written: Vec::new(),
                lists: vec![list],
            }),
        }
    }
    for factor in &mut factors {
        // Those of the first list that names its values, else of the first.
        let named = factor.lists.iter().find_map(|list| list.names.clone());
        let first = &factor.lists[0].values;
        factor.written =
            named.clone().unwrap_or_else(|| first.iter().map(|value| written(value.get_ref())).collect());
        factor.levels = match named {
            Some(names) => names.into_iter().map(|name| DeValue::String(name.into())).collect(),
            None => levels(first),
        };
    }
    Ok(factors)
}

impl Factor<'_> {
    /// Where it is first varied.
    pub(super) fn span(&self) -> Range<usize> {
        self.lists[0].span.clone()
    }
}

/// What each list varies: as it says, else by its last key; of a task with whose it is, the teacher's or the student's.
/// Where that names several, by all keys.
fn names(lists: &[List<'_>], whose: Whose) -> Vec<String> {
    let short = |list: &List<'_>| {
        let keys = list.keys();
        // All of an objective, or of a task.
        let last = keys.last().copied().unwrap_or(match whose {
            Whose::Task => "task",
            Whose::Arm => "objective",
        });
        match (whose, &keys[..]) {
            (Whose::Task, ["teacher", "samples"]) => "N".to_owned(),
            (Whose::Task, [part @ ("teacher" | "student"), _, ..]) => format!("{part} {last}"),
            (Whose::Task | Whose::Arm, _) => last.to_owned(),
        }
    };
    let unnamed: Vec<String> = lists.iter().filter(|list| list.name.is_none()).map(short).collect();
    let name = |list: &List<'_>| {
        let own = short(list);
        match &list.name {
            Some(name) => name.get_ref().clone(),
            None if unnamed.iter().filter(|other| **other == own).count() > 1 => list.keys().join("."),
            None => own,
        }
    };
    lists.iter().map(name).collect()
}

/// That a list may vary what it does, and under this name.
fn known_here(list: &List<'_>, name: &str, whose: Whose) -> Result<(), Problem> {
    // An arm's temperature is what the column of that name tells.
    let is_column = whose == Whose::Task && kd_analysis::table::find(name).is_some();
    if TAKEN.contains(&name) || is_column {
        let span = list.name.as_ref().map_or(list.span.clone(), toml::Spanned::span);
        return Err(Problem::new(span, format!("a factor cannot be called `{name}`"), "taken")
            .help("results have a column of that name; name it otherwise: as = \"...\""));
    }
    match (whose, &list.keys()[..]) {
        (Whose::Task, ["student", "samples"])
            if list.tuned || list.values.iter().all(|value| !value.get_ref().is_array()) =>
        {
            Err(Problem::new(list.span.clone(), "M is swept as it is", "a list already")
                .help("write the list alone: samples = [40, 160, \"all\"]"))
        }
        (Whose::Task, ["student", "train", ..]) | (Whose::Arm, _) => Ok(()),
        (Whose::Task, _) if list.tuned => Err(Problem::new(
            list.span.clone(),
            "only a student's training can be tuned",
            "not chosen by validation",
        )
        .help("`tune` goes below `train` of a student and in objectives; `sweep` varies what is elsewhere")),
        (Whose::Task, _) => Ok(()),
    }
}

/// That a list can move together with those of a factor.
fn moves_with(list: &List<'_>, factor: &Factor<'_>) -> Result<(), Problem> {
    let first = &factor.lists[0];
    let (name, there, here) = (&factor.name, first.values.len(), list.values.len());
    if list.tuned != factor.tuned {
        let what = format!("`{name}` is swept in one place and tuned in another");
        return Err(
            Problem::new(list.span.clone(), what, "of that name too").help("name one of them otherwise")
        );
    }
    if let (Some(own), Some(others)) = (&list.names, factor.lists.iter().find_map(|list| list.names.as_ref()))
        && own != others
    {
        let what = format!("the values of `{name}` have other names elsewhere");
        return Err(Problem::new(list.span.clone(), what, "of that name too")
            .help("sweeps of one name move together, value by value: name the values once"));
    }
    if here != there {
        let what = format!("`{name}` has {there} values in one place and {here} in another");
        return Err(Problem::new(list.span.clone(), what, format!("expected {there}"))
            .help("sweeps of one name move together; name one of them otherwise for them to cross"));
    }
    Ok(())
}

/// The factors of a whole file, each of one kind.
#[derive(Default)]
pub(super) struct Known(HashMap<String, (Whose, bool)>);

impl Known {
    /// That `factors` are to this task or arm what they are to others.
    pub(super) fn agree(&mut self, factors: &[Factor<'_>], whose: Whose) -> Result<(), Problem> {
        for factor in factors {
            let known = *self.0.entry(factor.name.clone()).or_insert((whose, factor.tuned));
            if known != (whose, factor.tuned) {
                let what = format!("`{}` is a factor of another kind elsewhere in this file", factor.name);
                return Err(Problem::new(factor.span(), what, "here too").help(
                    "what tasks and arms vary, and what is swept and tuned, goes by different names: name one with `as`",
                ));
            }
        }
        Ok(())
    }
}
