//! What a task varies, and how many runs each arm takes of it.

use std::collections::HashSet;
use std::fmt::Write as _;

use kd_analysis::{Datum, Factor, FactorKind};
use kd_study::plan::PlannedRun;

use crate::style;

/// What a task varies, as its places have it.
struct Varied<'a> {
    name: &'a str,
    /// What is done with its levels.
    how: &'static str,
    /// In the order of the study.
    levels: Vec<&'a Datum>,
    /// Arms that have a level of it.
    arms: Vec<&'a str>,
}

/// A line for each of `factors` that the task varies, with the arms that depend on it, and for each arm, with its runs.
/// `runs` are the places of one task.
pub(super) fn lines(factors: &[Factor], runs: &[&PlannedRun]) -> String {
    let mut text = String::new();
    let arms = distinct(runs.iter().map(|run| run.place.arm.as_str()));
    let varied: Vec<Varied<'_>> = factors.iter().filter_map(|factor| varied(factor, runs)).collect();
    let width = varied.iter().map(|factor| factor.name.chars().count()).max().unwrap_or_default();
    for Varied { name, how, levels, arms: own } in &varied {
        let levels: Vec<String> = levels.iter().map(|level| shown(level)).collect();
        let whose = if own.len() == arms.len() { String::new() } else { format!("  of {}", own.join(", ")) };
        let _ = writeln!(text, "  {how:<7}  {name:<width$} = {}{whose}", levels.join(", "));
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

/// None where the task does not vary it, or arms are called by its levels.
fn varied<'a>(factor: &'a Factor, runs: &[&'a PlannedRun]) -> Option<Varied<'a>> {
    let how = match factor.kind {
        FactorKind::Task => "varied",
        FactorKind::Tuned => "tuned",
        FactorKind::Arm => return None,
    };
    let own = || runs.iter().filter_map(|run| Some((*run, run.place.factors.get(&factor.name)?)));
    let has = |level: &&Datum| own().any(|(_, own)| own == *level);
    let levels: Vec<&Datum> = factor.levels.iter().filter(has).collect();
    let arms = distinct(own().map(|(run, _)| run.place.arm.as_str()));
    (!levels.is_empty()).then_some(Varied { name: &factor.name, how, levels, arms })
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

    fn factors() -> Vec<Factor> {
        let factor = |name: &str, kind, levels: Vec<Datum>| Factor { name: name.to_owned(), kind, levels };
        let text = |text: &str| Datum::Text(text.to_owned());
        vec![
            factor("N", FactorKind::Task, vec![Datum::Count(16_000), Datum::Count(1000)]),
            factor("temperature", FactorKind::Arm, vec![Datum::Number(4.0)]),
            factor("a width", FactorKind::Tuned, vec![text("wide"), text("narrow"), text("none")]),
        ]
    }

    #[test]
    fn without_factors_there_are_only_arms() {
        let plan = plan();
        let runs: Vec<&PlannedRun> = plan.runs.iter().collect();
        assert_eq!(
            lines(&factors(), &runs),
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
                    run.place.factors.insert("temperature".to_owned(), Datum::Number(4.0));
                    places.push(run);
                }
            }
        }
        plan.runs = places;
        let runs: Vec<&PlannedRun> = plan.runs.iter().collect();
        let expected = [
            "  varied   N       = 16,000, 1,000  of teacher, distilled, permuted",
            "  tuned    a width = wide, narrow  of labels, distilled, permuted",
            "       2  teacher",
            "       4  labels",
            "       4  distilled",
            "       4  permuted",
        ];
        assert_eq!(
            lines(&factors(), &runs).lines().collect::<Vec<_>>(),
            expected,
            "a run is one, wherever it stands"
        );
        let students: Vec<&PlannedRun> = plan.runs.iter().filter(|run| run.place.arm != "teacher").collect();
        assert!(lines(&factors(), &students).contains("a width = wide, narrow\n"), "of every arm");
    }
}
