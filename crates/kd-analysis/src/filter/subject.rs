//! What conditions may be about.

use std::collections::BTreeSet;

use crate::datum::Datum;
use crate::place::Place;
use crate::role::Role;
use crate::study::{StudyInfo, TaskInfo};
use crate::table::{Kind, RunRow, columns, find};

/// Something that a condition may be about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) holds: Holds,
    /// Every value that occurs, where they are known; else none.
    pub(super) values: Vec<Datum>,
}

/// Where its value is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Among the coordinates of a place but for the task.
    Place,
    /// In what a task is told by: its name.
    Task,
    /// Among the levels of factors.
    Factor,
    /// In what is known of a run that has been tried.
    Run,
}

/// What its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Numbers,
    Texts,
    Flags,
    /// Several of these.
    Anything,
}

/// Something that conditions hold of, or not.
pub trait Facts {
    /// Its level of a factor.
    fn level(&self, factor: &str) -> Option<&Datum>;

    /// What it has of that name: `task`, `arm`, `role`, `M` or `seed`, or whatever else there is to know of it.
    fn fact(&self, name: &str) -> Option<Datum>;
}

impl Subject {
    /// Something that is known of runs besides their places, of these values.
    #[must_use]
    pub fn of_runs(name: &str, kind: Kind, values: Vec<Datum>) -> Self {
        Self { name: name.to_owned(), scope: Scope::Run, holds: Holds::of(kind), values }
    }

    /// What the places of a study have: task, arm, role, M, seed, and a level of each factor.
    #[must_use]
    pub fn of_places<'a>(
        study: &StudyInfo,
        places: impl IntoIterator<Item = (&'a Place, &'a Role)>,
    ) -> Vec<Self> {
        let mut values: [BTreeSet<Datum>; 5] = Default::default();
        let coordinates = ["task", "arm", "role", "M", "seed"];
        for (place, role) in places {
            for (name, values) in coordinates.iter().zip(&mut values) {
                values.extend(if *name == "role" { Some(role_of(role)) } else { place.fact(name) });
            }
        }
        let subject = |(name, values): (&str, BTreeSet<Datum>)| {
            let scope = if name == "task" { Scope::Task } else { Scope::Place };
            Self {
                name: name.to_owned(),
                scope,
                holds: Holds::all(&values),
                values: values.into_iter().collect(),
            }
        };
        let factors = study.factors.iter().map(|factor| Self {
            name: factor.name.clone(),
            scope: Scope::Factor,
            holds: Holds::all(&factor.levels),
            values: factor.levels.clone(),
        });
        coordinates.into_iter().zip(values).map(subject).chain(factors).collect()
    }

    /// The columns of the results table that are not among `others`.
    #[must_use]
    pub fn of_columns(others: &[Self]) -> Vec<Self> {
        columns()
            .filter(|column| find_among(others, column.name).is_none())
            .map(|column| Self::of_runs(column.name, column.kind, Vec::new()))
            .collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a factor, whose level a run has or has not.
    #[must_use]
    pub fn is_factor(&self) -> bool {
        self.scope == Scope::Factor
    }
}

/// The subject that is called so; the results table calls M `samples`.
pub(super) fn find_among<'a>(subjects: &'a [Subject], name: &str) -> Option<&'a Subject> {
    let named = |name: &str| subjects.iter().find(|subject| subject.name == name);
    named(name).or_else(|| named("M").filter(|_| name == "samples"))
}

impl Holds {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Texts,
            Kind::Count | Kind::Number => Self::Numbers,
            Kind::Flag => Self::Flags,
        }
    }

    /// What all of these are.
    fn all<'a>(values: impl IntoIterator<Item = &'a Datum>) -> Self {
        let one = |value: &Datum| match value {
            Datum::Text(_) => Self::Texts,
            Datum::Count(_) | Datum::Number(_) => Self::Numbers,
            Datum::Flag(_) => Self::Flags,
        };
        let mut kinds = values.into_iter().map(one);
        let first = kinds.next().unwrap_or(Self::Anything);
        if kinds.all(|kind| kind == first) { first } else { Self::Anything }
    }
}

impl Facts for Place {
    fn level(&self, factor: &str) -> Option<&Datum> {
        self.factors.get(factor)
    }

    fn fact(&self, name: &str) -> Option<Datum> {
        match name {
            "task" => Some(Datum::Text(self.task.clone())),
            "arm" => Some(Datum::Text(self.arm.clone())),
            "M" => Some(Datum::Count(self.samples)),
            "seed" => Some(Datum::Count(self.seed)),
            _ => None,
        }
    }
}

impl Facts for (&Place, &Role) {
    fn level(&self, factor: &str) -> Option<&Datum> {
        self.0.level(factor)
    }

    fn fact(&self, name: &str) -> Option<Datum> {
        if name == "role" { Some(role_of(self.1)) } else { self.0.fact(name) }
    }
}

impl Facts for RunRow {
    fn level(&self, factor: &str) -> Option<&Datum> {
        self.place().level(factor)
    }

    fn fact(&self, name: &str) -> Option<Datum> {
        self.place().fact(name).or_else(|| self.get(find(name)?).cloned())
    }
}

impl Facts for TaskInfo {
    fn level(&self, factor: &str) -> Option<&Datum> {
        self.factors.get(factor)
    }

    fn fact(&self, name: &str) -> Option<Datum> {
        (name == "task").then(|| Datum::Text(self.name.clone()))
    }
}

fn role_of(role: &Role) -> Datum {
    Datum::Text(role.name().to_owned())
}
