//! The parts of a report: each task at each combination of the levels that set tasks apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::place::Levels;
use crate::study::{StudyInfo, TaskInfo};
use crate::table::{RunRow, named};

/// A task at one level of every factor that sets tasks apart.
pub(crate) struct Section<'a> {
    /// What is said of the task there.
    pub(crate) info: &'a TaskInfo,
    /// Its levels.
    pub(crate) factors: Levels,
    /// What belongs there, in the order of the results: a run that a factor does not concern stands at each of its levels.
    /// Of what is tuned, only what was chosen.
    pub(crate) rows: Vec<&'a RunRow>,
}

/// Every section of a study, in its order; one at least for each task. Rows have been marked as chosen or not.
pub(crate) fn sections<'a>(study: &'a StudyInfo, rows: &'a [RunRow]) -> Vec<Section<'a>> {
    // Rows are many: each is looked at once for its task, and compared with sections by its levels.
    let mut of_tasks: HashMap<&str, Vec<&RunRow>> = HashMap::new();
    for row in rows {
        of_tasks.entry(&row.place().task).or_default().push(row);
    }
    let none = Vec::new();
    let of = |info: &'a TaskInfo| of_task(study, info, of_tasks.get(info.name.as_str()).unwrap_or(&none));
    study.tasks.iter().flat_map(of).collect()
}

fn of_task<'a>(study: &StudyInfo, info: &'a TaskInfo, rows: &[&'a RunRow]) -> Vec<Section<'a>> {
    let rejected = |row: &RunRow| row.flag(const { named("chosen") }) == Some(false);
    let mut there: BTreeMap<Levels, Vec<(usize, &RunRow)>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if info.may_be_of(row.place()) && !rejected(row) {
            there.entry(study.levels_of_tasks(&row.place().factors)).or_default().push((index, row));
        }
    }
    let mut combinations = combinations(&info.factors, &there.keys().collect());
    combinations.sort_by_cached_key(|levels| study.order_of(levels));
    combinations
        .into_iter()
        .map(|factors| {
            let within = there.iter().filter(|(levels, _)| is_within(levels, &factors));
            let mut rows: Vec<(usize, &RunRow)> = within.flat_map(|(_, rows)| rows).copied().collect();
            rows.sort_unstable_by_key(|(index, _)| *index);
            Section { info, rows: rows.into_iter().map(|(_, row)| row).collect(), factors }
        })
        .collect()
}

/// What `base` and the levels of rows come to together, as far as they agree: those that are not part of others.
fn combinations(base: &Levels, there: &BTreeSet<&Levels>) -> Vec<Levels> {
    let mut found = BTreeSet::from([base.clone()]);
    for levels in there {
        let together: Vec<Levels> = found.iter().filter_map(|known| joined(known, levels)).collect();
        found.extend(together);
    }
    let whole = |levels: &&Levels| !found.iter().any(|others| others != *levels && is_within(levels, others));
    found.iter().filter(whole).cloned().collect()
}

/// All levels of both; none if they differ in one.
fn joined(one: &Levels, other: &Levels) -> Option<Levels> {
    let agrees = one.iter().all(|(factor, level)| other.get(factor).is_none_or(|known| known == level));
    agrees.then(|| one.iter().chain(other).map(|(factor, level)| (factor.clone(), level.clone())).collect())
}

/// Whether all of `levels` are in `all`.
pub(crate) fn is_within(levels: &Levels, all: &Levels) -> bool {
    levels.iter().all(|(factor, level)| all.get(factor) == Some(level))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::datum::Datum;
    use crate::factor::Factor;
    use crate::made_up::{factors, row, study, task};
    use crate::place::told;

    fn at(arm: &str, levels: &Value) -> RunRow {
        let role = if arm == "teacher" { "teacher" } else { "other" };
        row(arm, role, 10, 1, 0.5, &json!({ "factors": levels }))
    }

    /// The levels of each section, and the arms there.
    fn told_of(study: &StudyInfo, rows: &[RunRow]) -> Vec<(String, String)> {
        let arms = |section: &Section<'_>| {
            section.rows.iter().map(|row| row.place().arm.as_str()).collect::<Vec<_>>().join(" ")
        };
        sections(study, rows).iter().map(|section| (told(&section.factors), arms(section))).collect()
    }

    fn expected(sections: &[(&str, &str)]) -> Vec<(String, String)> {
        sections.iter().map(|(levels, arms)| ((*levels).to_owned(), (*arms).to_owned())).collect()
    }

    #[test]
    fn arms_stand_at_every_level_of_a_factor_that_does_not_concern_them() {
        let rows = [
            at("teacher", &json!({ "N": 100 })),
            at("teacher", &json!({ "N": 900 })),
            at("labels", &json!({ "width": 64.0 })),
            at("labels", &json!({ "width": 16.0 })),
            at("distilled", &json!({ "N": 100, "width": 16.0 })),
            at("nothing", &json!({})),
        ];
        let mut study = study(&[10], 0);
        study.factors = factors();
        let found = told_of(&study, &rows);
        // Widths in the order of the study, then N, of which it does not speak, by size.
        let all = [
            ("N = 100, width = 16", "teacher labels distilled nothing"),
            ("N = 900, width = 16", "teacher labels nothing"),
            ("N = 100, width = 64", "teacher labels nothing"),
            ("N = 900, width = 64", "teacher labels nothing"),
        ];
        assert_eq!(found, expected(&all));
    }

    #[test]
    fn levels_of_arms_and_of_what_is_tuned_split_nothing() {
        let mut study = study(&[10], 0);
        study.factors = factors();
        let rows = [
            at("hot", &json!({ "temperature": 4.0, "rate": 0.1 })),
            at("cold", &json!({ "temperature": 1.0, "rate": 0.01 })),
        ];
        assert_eq!(told_of(&study, &rows), expected(&[("", "hot cold")]));
    }

    #[test]
    fn each_description_of_a_task_has_sections_even_without_rows() {
        let mut study = study(&[10], 0);
        let described = |width: f64| TaskInfo {
            factors: Levels::from([("width".to_owned(), Datum::Number(width))]),
            ..task(&[10])
        };
        study.tasks = vec![described(64.0), described(16.0)];
        study.factors =
            vec![Factor { levels: vec![Datum::Count(3), Datum::Count(1)], ..factors().remove(0) }];
        study.factors[0].name = "generation".to_owned();
        assert_eq!(told_of(&study, &[]), expected(&[("width = 64", ""), ("width = 16", "")]));
        let rows = [
            at("labels", &json!({ "width": 16.0 })),
            at("distilled", &json!({ "width": 16.0, "generation": 1 })),
            at("distilled", &json!({ "width": 16.0, "generation": 3 })),
        ];
        let all = [
            ("width = 64", ""),
            ("generation = 3, width = 16", "labels distilled"),
            ("generation = 1, width = 16", "labels distilled"),
        ];
        assert_eq!(told_of(&study, &rows), expected(&all));
    }

    #[test]
    fn rows_stay_in_the_order_of_the_results_and_with_their_task() {
        let of = |task: &str, arm: &str, levels: Value| {
            row(arm, "other", 10, 1, 0.5, &json!({ "task": task, "factors": levels }))
        };
        let rows = [
            of("digits", "d", json!({ "width": 64.0 })),
            of("letters", "a", json!({})),
            of("digits", "c", json!({})),
            of("digits", "b", json!({ "width": 64.0 })),
        ];
        let mut study = study(&[10], 0);
        study.tasks.push(TaskInfo { name: "letters".to_owned(), ..task(&[10]) });
        study.tasks.push(TaskInfo { name: "intents".to_owned(), ..task(&[10]) });
        assert_eq!(told_of(&study, &rows), expected(&[("width = 64", "d c b"), ("", "a"), ("", "")]));
    }

    #[test]
    fn of_what_is_tuned_only_the_chosen_is_there() {
        let chosen = |arm: &str, chosen: Value| row(arm, "other", 10, 1, 0.5, &json!({ "chosen": chosen }));
        let rows = [chosen("a", json!(true)), chosen("b", json!(false)), chosen("c", Value::Null)];
        assert_eq!(told_of(&study(&[10], 0), &rows), expected(&[("", "a c")]));
    }
}
