//! What a task varies, and how many runs each arm takes of it.

use std::collections::HashSet;
use std::fmt::Write as _;

use kd_analysis::Datum;
use kd_study::plan::PlannedRun;

use crate::style;

/// A factor as the places of a task have it.
struct Factor<'a> {
    name: &'a str,
    /// In the order of the plan.
    levels: Vec<&'a Datum>,
    /// Arms that have a level of it.
    arms: Vec<&'a str>,
}

/// A line for each factor, with the arms that depend on it, and for each arm, with its runs. `runs` are the places of one
/// task.
pub(super) fn lines(runs: &[&PlannedRun]) -> String {
    let mut text = String::new();
    let arms = distinct(runs.iter().map(|run| run.place.arm.as_str()));
    let factors = factors(runs);
    let width = factors.iter().map(|factor| factor.name.chars().count()).max().unwrap_or_default();
    for Factor { name, levels, arms: own } in &factors {
        let levels: Vec<String> = levels.iter().map(|level| shown(level)).collect();
        let whose = if own.len() == arms.len() { String::new() } else { format!("  of {}", own.join(", ")) };
        let _ = writeln!(text, "  varied   {name:<width$} = {}{whose}", levels.join(", "));
    }
    for arm in arms {
        let own = || runs.iter().filter(|run| run.place.arm == arm);
        let mut ids = HashSet::new();
        let count = own().filter(|run| ids.insert(&run.id)).count();
        let _ = writeln!(text, "  {:>6}  {arm}", style::count(count as u64));
    }
    text
}

/// In the order in which they first occur.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(*name)).collect()
}

fn factors<'a>(runs: &[&'a PlannedRun]) -> Vec<Factor<'a>> {
    let names = distinct(runs.iter().flat_map(|run| run.place.factors.keys()).map(String::as_str));
    let factor = |name: &'a str| {
        let mut levels: Vec<&Datum> = Vec::new();
        let mut arms = Vec::new();
        for run in runs {
            let Some(level) = run.place.factors.get(name) else { continue };
            arms.push(run.place.arm.as_str());
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
        Factor { name, levels, arms: distinct(arms.into_iter()) }
    };
    names.into_iter().map(factor).collect()
}

fn shown(level: &Datum) -> String {
    level.count().map_or_else(|| level.to_string(), style::count)
}

#[cfg(test)]
mod tests {
    use kd_study::{Plan, Study};

    use super::*;

    fn plan() -> Plan {
        Plan::new(&Study::parse(include_str!("../../../tests/cli/tiny.toml"), "tiny.toml").unwrap()).unwrap()
    }

    #[test]
    fn without_factors_there_are_only_arms() {
        let plan = plan();
        let runs: Vec<&PlannedRun> = plan.runs.iter().collect();
        assert_eq!(
            lines(&runs),
            "       2  teacher\n       4  labels\n       4  distilled\n       4  permuted\n"
        );
    }

    #[test]
    fn a_factor_is_told_with_its_levels_and_whom_it_concerns() {
        let mut plan = plan();
        let mut places = Vec::new();
        for teacher in [1000, 16_000] {
            for width in ["wide", "narrow"] {
                for run in &plan.runs {
                    let mut run = run.clone();
                    let of_teacher = ("N".to_owned(), Datum::Count(teacher));
                    let of_student = ("a width".to_owned(), Datum::Text(width.to_owned()));
                    let own = match run.place.arm.as_str() {
                        "teacher" => vec![of_teacher],
                        "labels" => vec![of_student],
                        _ => vec![of_teacher, of_student],
                    };
                    run.place.factors.extend(own);
                    places.push(run);
                }
            }
        }
        plan.runs = places;
        let runs: Vec<&PlannedRun> = plan.runs.iter().collect();
        let expected = [
            "  varied   N       = 1,000, 16,000  of teacher, distilled, permuted",
            "  varied   a width = wide, narrow  of labels, distilled, permuted",
            "       2  teacher",
            "       4  labels",
            "       4  distilled",
            "       4  permuted",
        ];
        assert_eq!(lines(&runs).lines().collect::<Vec<_>>(), expected, "a run is one, wherever it stands");
        let students: Vec<&PlannedRun> = plan.runs.iter().filter(|run| run.place.arm != "teacher").collect();
        assert!(lines(&students).contains("a width = wide, narrow\n"), "of every arm");
    }
}
