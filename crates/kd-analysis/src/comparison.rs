//! Two tables of results, or two arms of one, run by run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::datum::Datum;
use crate::difference::{Difference, differences};
use crate::error::{Error, Result};
use crate::factor::FactorKind;
use crate::metric::Metric;
use crate::place::{Levels, named as at_levels};
use crate::role::Role;
use crate::section::{Section, sections};
use crate::stat::Replicates;
use crate::study::{StudyInfo, TaskInfo};
use crate::table::{RunRow, named};
use crate::tuning::Choices;

/// A table of results, and the study that it is of.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    /// What it is called, such as its folder.
    pub name: &'a str,
    /// The study.
    pub study: &'a StudyInfo,
    /// A row for each run.
    pub rows: &'a [RunRow],
}

/// Differences between two sets of runs, paired by where they stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What is subtracted.
    pub a: String,
    /// What it is subtracted from.
    pub b: String,
    /// Level of intervals, that of the first study.
    pub confidence: f64,
    /// In what the studies differ.
    pub unlike: Vec<Unlike>,
    /// B minus A over M.
    pub curves: Vec<ComparedArm>,
    /// Pairs of runs.
    pub pairs: usize,
    /// Of those, pairs of a run with itself, of which there is nothing to compare.
    pub same_runs: usize,
    /// Of the pairs, those of which a run has no score, because it failed.
    pub unscored: usize,
    /// Runs of A without a partner.
    pub only_a: usize,
    /// Runs of B without a partner.
    pub only_b: usize,
}

/// What two studies say differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlike {
    /// About what.
    pub what: String,
    /// As A has it; empty where it has nothing.
    pub a: String,
    /// As B has it.
    pub b: String,
}

/// An arm on one task, at one level of every factor, compared over M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedArm {
    /// The task.
    pub task: String,
    /// The levels of what is varied.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<String, Datum>,
    /// The arm; of two arms, the second.
    pub arm: String,
    /// What is compared.
    pub metric: Metric,
    /// B minus A in the better direction, ascending in M, where they are not one run. Joint intervals hold over M, of this curve alone.
    pub differences: Vec<Difference>,
    /// Pairs of a run with itself.
    pub same_runs: usize,
}

/// Where a curve stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    task: String,
    factors: Levels,
    arm: String,
}

/// The runs of a curve by M and seed.
type BySeed<'a> = BTreeMap<(u64, u64), &'a RunRow>;

/// B minus A, for the runs of one task, arm, levels of factors, M and seed. Of what is tuned, what each study chose is
/// compared, whatever its levels.
#[must_use]
pub fn compare(a: Results<'_>, b: Results<'_>) -> Comparison {
    let chosen =
        |results: Results<'_>| Choices::of(results.study, results.rows).mark(results.study, results.rows);
    let (rows_a, rows_b) = (chosen(a), chosen(b));
    let (of_a, of_b) = (spots(a.study, &rows_a), spots(b.study, &rows_b));
    let mut comparison = empty(a.name, b.name, a.study);
    comparison.unlike = unlike(a.study, b.study);
    let nobody = BySeed::new();
    for (spot, runs) in &of_a {
        let partners = of_b.iter().find(|(other, _)| other == spot).map_or(&nobody, |(_, runs)| runs);
        comparison.add(spot, runs, partners, a.study);
    }
    let missed = of_b.iter().filter(|(spot, _)| !of_a.iter().any(|(other, _)| other == spot));
    comparison.only_b += missed.map(|(_, runs)| runs.len()).sum::<usize>();
    comparison
}

/// The second arm minus the first, for the runs of one task, levels of the factors that both have, M and seed.
///
/// # Errors
/// If the results have no such arm.
pub fn compare_arms(results: Results<'_>, first: &str, second: &str) -> Result<Comparison> {
    let Results { study, rows, .. } = results;
    for arm in [first, second] {
        if !rows.iter().any(|row| row.place().arm == arm) {
            let known: BTreeSet<&str> = rows.iter().map(|row| row.place().arm.as_str()).collect();
            let known = known.into_iter().map(str::to_owned).collect();
            return Err(Error::UnknownArm { arm: arm.to_owned(), known });
        }
    }
    let rows = Choices::of(study, rows).mark(study, rows);
    let mut comparison = empty(first, second, study);
    for section in sections(study, &rows) {
        let of = |arm: &str| -> BySeed<'_> {
            let there = section.rows.iter().filter(|row| row.place().arm == arm);
            there.map(|row| ((row.place().samples, row.place().seed), *row)).collect()
        };
        let Section { info, factors, .. } = &section;
        let spot = Spot { task: info.name.clone(), factors: factors.clone(), arm: second.to_owned() };
        comparison.add(&spot, &of(first), &of(second), study);
    }
    Ok(comparison)
}

fn empty(a: &str, b: &str, study: &StudyInfo) -> Comparison {
    Comparison {
        a: a.to_owned(),
        b: b.to_owned(),
        confidence: study.confidence,
        unlike: Vec::new(),
        curves: Vec::new(),
        pairs: 0,
        same_runs: 0,
        unscored: 0,
        only_a: 0,
        only_b: 0,
    }
}

impl Comparison {
    /// Adds a curve of pairs, where there are any.
    fn add(&mut self, spot: &Spot, a: &BySeed<'_>, b: &BySeed<'_>, study: &StudyInfo) {
        let Some(task) = study.tasks.iter().find(|task| task.name == spot.task) else { return };
        let metric = Metric::of(study, task);
        let mut by_samples: BTreeMap<u64, Replicates> = BTreeMap::new();
        let mut same_runs = 0;
        for (key, row) in a {
            let Some(partner) = b.get(key) else { continue };
            self.pairs += 1;
            if row.is_same_run(partner) {
                same_runs += 1;
                continue;
            }
            match metric.read(row).zip(metric.read(partner)) {
                Some((a, b)) => {
                    let difference = metric.merit(b) - metric.merit(a);
                    by_samples.entry(key.0).or_default().insert(key.1, difference);
                }
                None => self.unscored += 1,
            }
        }
        self.only_a += a.keys().filter(|key| !b.contains_key(key)).count();
        self.only_b += b.keys().filter(|key| !a.contains_key(key)).count();
        let pairs: Vec<(u64, Replicates)> = by_samples.into_iter().collect();
        let differences = differences(&pairs, metric.resolution(task) / 2.0, study.confidence);
        self.same_runs += same_runs;
        if !differences.is_empty() || same_runs > 0 {
            let Spot { task, factors, arm } = spot.clone();
            self.curves.push(ComparedArm { task, factors, arm, metric, differences, same_runs });
        }
    }
}

/// The rows that were not rejected, by where their curves stand, in the order of reports.
fn spots<'a>(study: &StudyInfo, rows: &'a [RunRow]) -> Vec<(Spot, BySeed<'a>)> {
    let mut found: Vec<(&Role, Spot, BySeed<'a>)> = Vec::new();
    for row in rows.iter().filter(|row| row.flag(const { named("chosen") }) != Some(false)) {
        let place = row.place();
        let mut factors = place.factors.clone();
        factors.retain(|factor, _| study.kind_of(factor) != Some(FactorKind::Tuned));
        let spot = Spot { task: place.task.clone(), factors, arm: place.arm.clone() };
        let known = found.iter().position(|(_, known, _)| *known == spot);
        let index = known.unwrap_or_else(|| {
            found.push((row.role(), spot, BySeed::new()));
            found.len() - 1
        });
        found[index].2.insert((place.samples, place.seed), row);
    }
    let task = |name: &str| study.tasks.iter().position(|task| task.name == name);
    found.sort_by_cached_key(|(role, spot, _)| {
        (task(&spot.task), study.order_of(&study.levels_of_tasks(&spot.factors)), role.rank())
    });
    found.into_iter().map(|(_, spot, runs)| (spot, runs)).collect()
}

/// In what two studies differ, as far as reports speak of it.
fn unlike(a: &StudyInfo, b: &StudyInfo) -> Vec<Unlike> {
    let mut unlike = differing(&of_study(a), &of_study(b));
    let same = |one: &TaskInfo, other: &TaskInfo| one.name == other.name && one.factors == other.factors;
    let there = |is_there: bool| if is_there { "there".to_owned() } else { String::new() };
    for task in &a.tasks {
        match b.tasks.iter().find(|other| same(task, other)) {
            Some(other) => unlike.extend(differing(&of_task(task), &of_task(other))),
            None => unlike.push(Unlike { what: told_name(task), a: there(true), b: there(false) }),
        }
    }
    for task in b.tasks.iter().filter(|task| !a.tasks.iter().any(|other| same(task, other))) {
        unlike.push(Unlike { what: told_name(task), a: there(false), b: there(true) });
    }
    unlike
}

/// What is said differently, or by one alone.
fn differing(a: &[(String, String)], b: &[(String, String)]) -> Vec<Unlike> {
    let known = |name: &String| a.iter().any(|(known, _)| known == name);
    let names =
        a.iter().map(|(name, _)| name).chain(b.iter().map(|(name, _)| name).filter(|name| !known(name)));
    let value = |said: &[(String, String)], name: &String| {
        let values = said.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.collect::<Vec<_>>().join(", ")
    };
    names
        .map(|name| Unlike { what: name.clone(), a: value(a, name), b: value(b, name) })
        .filter(|unlike| unlike.a != unlike.b)
        .collect()
}

/// What is said of a study, by name.
fn of_study(study: &StudyInfo) -> Vec<(String, String)> {
    let mut said = vec![
        ("seeds".to_owned(), list(&study.seeds)),
        ("confidence".to_owned(), study.confidence.to_string()),
        ("score".to_owned(), study.score.name().to_owned()),
        ("metric".to_owned(), study.metric.clone().unwrap_or_default()),
    ];
    said.extend(study.provenance.iter().cloned());
    for factor in &study.factors {
        let levels: Vec<String> = factor.levels.iter().map(Datum::to_string).collect();
        said.push((format!("levels of {}", factor.name), levels.join(", ")));
    }
    said
}

/// What is said of a task, by name.
fn of_task(task: &TaskInfo) -> Vec<(String, String)> {
    let samples = list(&task.samples);
    let lines = [
        ("data", &task.title),
        ("teacher", &task.teacher),
        ("student", &task.student),
        ("budget", &task.budget),
        ("sampling", &task.sampling),
        ("M", &samples),
    ];
    let name = told_name(task);
    lines.into_iter().map(|(what, value)| (format!("{name}: {what}"), value.clone())).collect()
}

fn told_name(task: &TaskInfo) -> String {
    at_levels(&task.name, &task.factors)
}

fn list(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::made_up::{arm, factors, row, study};

    fn results<'a>(study: &'a StudyInfo, rows: &'a [RunRow]) -> Results<'a> {
        Results { name: "here", study, rows }
    }

    fn of_seed(arm: &str, seed: u64, accuracy: f64, more: &Value) -> RunRow {
        row(arm, "other", 10, seed, accuracy, more)
    }

    #[test]
    fn runs_are_paired_by_where_they_stand() {
        let study = study(&[10, 40], 0);
        let older = arm("distilled", "distilled", &[(10, 0.5), (40, 0.7)], &json!({ "run": "old" }));
        let mut newer = arm("distilled", "distilled", &[(10, 0.52), (40, 0.7)], &json!({ "run": "new" }));
        newer.push(of_seed("another", 1, 0.5, &Value::Null));
        let mut older = [older, arm("labels", "labels", &[(10, 0.4)], &Value::Null)].concat();
        newer.extend(arm("labels", "labels", &[(10, 0.4)], &Value::Null));
        newer.retain(|row| (row.place().samples, row.place().seed) != (40, 5));
        older.push(row("distilled", "distilled", 40, 6, 0.7, &Value::Null));
        let found = compare(results(&study, &older), results(&study, &newer));
        assert_eq!((found.pairs, found.same_runs, found.unscored), (14, 5, 0));
        assert_eq!((found.only_a, found.only_b), (2, 1));
        let arms: Vec<&str> = found.curves.iter().map(|curve| curve.arm.as_str()).collect();
        assert_eq!(arms, ["labels", "distilled"]);
        assert_eq!((found.curves[0].same_runs, &found.curves[0].differences[..]), (5, &[][..]));
        let [first, second] = found.curves[1].differences[..] else { panic!("two M") };
        assert!((first.alone.mean - 0.02).abs() < 1e-12 && second.alone.mean.abs() < 1e-12);
        assert_eq!((first.samples, first.alone.n, second.samples, second.alone.n), (10, 5, 40, 4));
        assert_eq!(found.unlike, []);
    }

    #[test]
    fn a_difference_carries_the_interval_of_all_that_both_studies_have() {
        let (wide, narrow) = (study(&[10, 40, 160], 0), study(&[10, 40], 0));
        let older: Vec<RunRow> = (1..=3).map(|seed| of_seed("a", seed, 0.5, &Value::Null)).collect();
        let accuracies = [0.5, 0.53, 0.54];
        let run = |(seed, score)| of_seed("a", seed, score, &json!({ "run": format!("new {seed}") }));
        let newer: Vec<RunRow> = (1..).zip(accuracies).map(run).collect();
        let differences = accuracies.map(|score| score - 0.5);
        let found = compare(results(&wide, &older), results(&narrow, &newer));
        let alone = crate::Estimate::of(&differences, 0.95, 1);
        let [found] = found.curves[0].differences[..] else { panic!("one M") };
        assert_eq!(Some(found.alone), alone);
        let widths = found.alone.half_width.zip(found.jointly.half_width);
        assert!(widths.is_some_and(|(a, b)| (a - b).abs() < 1e-12), "there is one M of which both have runs");
    }

    #[test]
    fn what_failed_is_a_pair_without_a_score() {
        let study = study(&[10], 0);
        let failed = json!({ "outcome": "failed", "test_accuracy": null, "run": "f" });
        let (older, newer) = ([of_seed("a", 1, 0.5, &Value::Null)], [of_seed("a", 1, 0.5, &failed)]);
        let found = compare(results(&study, &older), results(&study, &newer));
        assert_eq!((found.pairs, found.unscored, found.curves.len()), (1, 1, 0));
    }

    #[test]
    fn what_each_study_chose_is_compared() {
        let study = StudyInfo { factors: factors(), seeds: vec![1], ..study(&[10], 0) };
        let run = |rate: f64, accuracy: f64, validation: f64| {
            let more = json!({
                "factors": { "rate": rate, "width": 16.0 }, "validation_score": validation,
                "run": format!("{rate} {accuracy}"),
            });
            of_seed("a", 1, accuracy, &more)
        };
        let older = [run(0.1, 0.5, 0.6), run(0.01, 0.9, 0.5)];
        let newer = [run(0.1, 0.9, 0.5), run(0.01, 0.6, 0.6)];
        let found = compare(results(&study, &older), results(&study, &newer));
        assert_eq!((found.pairs, found.only_a, found.only_b), (1, 0, 0));
        assert!((found.curves[0].differences[0].alone.mean - 0.1).abs() < 1e-12);
        assert_eq!(found.curves[0].factors, Levels::from([("width".to_owned(), Datum::Number(16.0))]));
    }

    #[test]
    fn arms_are_paired_on_the_factors_that_both_have() {
        let study = study(&[10], 0);
        let at = |arm: &str, accuracy: f64, n: Value| {
            let more = json!({ "factors": n, "run": format!("{arm} {accuracy}") });
            of_seed(arm, 1, accuracy, &more)
        };
        let rows = [
            at("smoothed", 0.5, json!({})),
            at("distilled", 0.6, json!({ "N": 100 })),
            at("distilled", 0.7, json!({ "N": 900 })),
        ];
        let found = compare_arms(results(&study, &rows), "smoothed", "distilled").unwrap();
        let gains: Vec<f64> = found.curves.iter().map(|curve| curve.differences[0].alone.mean).collect();
        assert_eq!(found.curves.len(), 2);
        assert!((gains[0] - 0.1).abs() < 1e-12 && (gains[1] - 0.2).abs() < 1e-12);
        assert_eq!((found.a.as_str(), found.b.as_str(), found.pairs), ("smoothed", "distilled", 2));
        let error = compare_arms(results(&study, &rows), "smoothed", "distiled").unwrap_err().to_string();
        assert_eq!(error, "the results have no arm `distiled`; they have `distilled` and `smoothed`");
    }

    #[test]
    fn it_is_said_in_what_studies_differ() {
        let one = study(&[10, 40], 0);
        let mut other = StudyInfo { seeds: vec![1, 2], confidence: 0.9, ..one.clone() };
        other.tasks[0].budget = "2000 steps".to_owned();
        other.factors = factors();
        other.factors.truncate(1);
        let unlike = unlike(&one, &other);
        let told: Vec<String> =
            unlike.iter().map(|unlike| format!("{}: {} | {}", unlike.what, unlike.a, unlike.b)).collect();
        let expected = [
            "seeds: 1, 2, 3, 4, 5 | 1, 2",
            "confidence: 0.95 | 0.9",
            "levels of width:  | 16, 64",
            "digits: budget: 1000 steps | 2000 steps",
        ];
        assert_eq!(told, expected);
        other.tasks[0].name = "letters".to_owned();
        let tasks: Vec<String> = super::unlike(&one, &other)
            .iter()
            .filter(|unlike| [&unlike.a, &unlike.b].contains(&&"there".to_owned()))
            .map(|unlike| format!("{}: {} | {}", unlike.what, unlike.a, unlike.b))
            .collect();
        assert_eq!(tasks, ["digits: there | ", "letters:  | there"]);
    }
}
