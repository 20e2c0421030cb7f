//! What a study varies beside M.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use indexmap::IndexMap;
use kd_analysis::{Datum, Factor, FactorKind};
use toml::Spanned;

use crate::file::{ArmFile, Level, TaskFile, Variant};
use crate::problem::Problem;
use crate::spec::Name;
use crate::study::{GENERATION, Task, UNLABELLED};

/// The factors of a file, in the order written.
pub(super) struct Factors(Vec<Factor>);

impl Factors {
    pub(super) fn of(
        tasks: &IndexMap<Name, Vec<Variant<TaskFile>>>,
        arms: &IndexMap<String, Vec<Variant<ArmFile>>>,
    ) -> Self {
        let of_tasks = tasks.values().flatten().flat_map(|variant| &variant.levels);
        let of_arms = arms.values().flatten().flat_map(|variant| &variant.levels);
        let mut factors: Vec<Factor> = Vec::new();
        for (level, swept) in of_tasks
            .map(|level| (level, FactorKind::Task))
            .chain(of_arms.map(|level| (level, FactorKind::Arm)))
        {
            let kind = if level.tuned { FactorKind::Tuned } else { swept };
            let known = factors.iter().position(|factor| factor.name == level.factor);
            let index = known.unwrap_or_else(|| {
                factors.push(Factor { name: level.factor.clone(), kind, levels: Vec::new() });
                factors.len() - 1
            });
            if !factors[index].levels.contains(&level.level) {
                factors[index].levels.push(level.level.clone());
            }
        }
        for factor in &mut factors {
            unify(factor);
        }
        Self(factors)
    }

    /// The levels of a variant.
    pub(super) fn levels(&self, levels: &[Level]) -> BTreeMap<String, Datum> {
        let level = |level: &Level| {
            let factor = self.0.iter().find(|factor| factor.name == level.factor);
            let is_number = factor.is_some_and(has_numbers);
            (level.factor.clone(), if is_number { as_number(&level.level) } else { level.level.clone() })
        };
        levels.iter().map(level).collect()
    }

    /// Whether anything is chosen by validation.
    pub(super) fn are_tuned(&self) -> bool {
        self.0.iter().any(|factor| factor.kind == FactorKind::Tuned)
    }

    /// What is tuned and taught by itself at once: which student teaches the next would be known only once it is chosen.
    pub(super) fn untunable(&self, generations: &Spanned<NonZeroU32>) -> Option<Problem> {
        let tuned = self.0.iter().find(|factor| factor.kind == FactorKind::Tuned)?;
        (generations.get_ref().get() > 1).then(|| {
            let what = format!("generations go with settings that are fixed, but `{}` is tuned", tuned.name);
            Problem::new(generations.span(), what, "not with `tune`")
                .help("tune with one generation first, then write the chosen value")
        })
    }

    /// All of them, with those that every study has a name for.
    pub(super) fn listed(self, tasks: &[Task]) -> Vec<Factor> {
        let mut factors = self.0;
        let unlabelled: BTreeSet<u64> =
            tasks.iter().flat_map(|task| task.student.unlabelled.iter().copied()).collect();
        if unlabelled.len() > 1 {
            let levels = unlabelled.into_iter().map(Datum::Count).collect();
            factors.push(Factor { name: UNLABELLED.to_owned(), kind: FactorKind::Task, levels });
        }
        let generations = tasks.iter().map(|task| task.student.generations).max().unwrap_or(1);
        if generations > 1 {
            let levels = (1..=generations).map(|generation| Datum::Count(generation.into())).collect();
            factors.push(Factor { name: GENERATION.to_owned(), kind: FactorKind::Task, levels });
        }
        factors
    }
}

/// `4` beside `0.5` is the number 4.0.
fn unify(factor: &mut Factor) {
    if has_numbers(factor) {
        let mut levels: Vec<Datum> = Vec::new();
        for level in factor.levels.iter().map(as_number) {
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
        factor.levels = levels;
    }
}

fn has_numbers(factor: &Factor) -> bool {
    factor.levels.iter().any(|level| match level {
        Datum::Number(_) => true,
        Datum::Flag(_) | Datum::Count(_) | Datum::Text(_) => false,
    })
}

fn as_number(level: &Datum) -> Datum {
    match level {
        Datum::Count(count) => Datum::Number(*count as f64),
        other @ (Datum::Flag(_) | Datum::Number(_) | Datum::Text(_)) => other.clone(),
    }
}
