use serde_json::json;

use super::*;
use crate::Findings;
use crate::made_up::{arm, row, study, task};
use crate::table::RunRow;

/// Labels and an arm that gains `gain` at the smaller M and nothing at the larger, with seeds that differ a little.
fn rows(name: &str, sizes: [u64; 2], gain: f64) -> Vec<RunRow> {
    let of = |seed: u64, samples: u64, more: f64| {
        let there = json!({"task": name});
        let spread = 0.001 * seed as f64;
        [
            row("labels", "labels", samples, seed, 0.5, &there),
            row("distilled", "distilled", samples, seed, 0.5 + more + spread - 0.003, &there),
        ]
    };
    (1..=5).flat_map(|seed| [of(seed, sizes[0], gain), of(seed, sizes[1], 0.0)].concat()).collect()
}

fn found(tasks: &[(&str, [u64; 2], f64)]) -> Findings {
    let mut study = study(&[], 0);
    study.tasks = tasks
        .iter()
        .map(|(name, sizes, _)| crate::TaskInfo { name: (*name).to_owned(), ..task(sizes) })
        .collect();
    let mut all: Vec<RunRow> =
        tasks.iter().flat_map(|(name, sizes, gain)| rows(name, *sizes, *gain)).collect();
    for (name, sizes, _) in tasks {
        let more = json!({"task": name, "teacher_samples": 10 * sizes[1]});
        all.push(row("teacher", "teacher", 10 * sizes[1], 1, 0.9, &more));
    }
    Findings::of(&study, &all, &[])
}

#[test]
fn gains_are_pooled_at_the_smallest_and_the_largest_samples() {
    let found = found(&[("a", [10, 100], 0.1), ("b", [20, 100], 0.2), ("c", [10, 400], 0.0)]);
    let places: Vec<Where> = found.across.iter().map(|across| across.place).collect();
    assert_eq!(places, [Where::SmallestSamples, Where::LargestSamples]);
    let first = &found.across[0].pooled;
    assert_eq!(first.tasks.iter().map(|task| task.samples).collect::<Vec<_>>(), [10, 20, 10]);
    assert_eq!(first.tasks[1].kappa, Some(0.02));
    assert!((first.mean.unwrap().mean - 0.1).abs() < 1e-9);
    assert_eq!(first.above, ["a", "b"]);
    let last = &found.across[1].pooled;
    assert!(last.above.is_empty() && last.below.is_empty() && last.mean.unwrap().mean.abs() < 1e-9);
}

#[test]
fn a_common_kappa_is_looked_at_where_it_is_neither_end_of_all() {
    // N is 1,000 and 4,000: M/N of 0.1 is the largest of both, 0.01 and 0.005 the smallest.
    let two = found(&[("a", [10, 100], 0.1), ("b", [20, 400], 0.2)]);
    assert!(two.across.iter().all(|across| across.place != Where::LargestCommonKappa));
    // M/N of 0.01 is the smallest of one and, with a teacher of 2,000, the largest of none.
    let mut study = study(&[10, 100], 0);
    study.tasks =
        ["a", "b"].map(|name| crate::TaskInfo { name: name.to_owned(), ..task(&[10, 100]) }).to_vec();
    let mut all = [rows("a", [10, 100], 0.1), rows("b", [10, 100], 0.1)].concat();
    all.push(row("teacher", "teacher", 1000, 1, 0.9, &json!({"task": "a"})));
    all.push(row("teacher", "teacher", 10_000, 1, 0.9, &json!({"task": "b", "teacher_samples": 10_000})));
    let mixed = Findings::of(&study, &all, &[]);
    let common = mixed.across.iter().find(|across| across.place == Where::LargestCommonKappa).unwrap();
    assert_eq!(common.pooled.tasks.iter().map(|task| task.samples).collect::<Vec<_>>(), [10, 100]);
}

#[test]
fn one_task_or_levels_of_a_factor_are_not_pooled() {
    assert!(found(&[("a", [10, 100], 0.1)]).across.is_empty());
    let mut study = study(&[10], 0);
    study.factors = crate::made_up::factors();
    let wide = |width: f64| {
        let there = json!({"factors": {"width": width}});
        [arm("labels", "labels", &[(10, 0.5)], &there), arm("distilled", "distilled", &[(10, 0.6)], &there)]
            .concat()
    };
    let rows = [wide(16.0), wide(64.0)].concat();
    let found = Findings::of(&study, &rows, &[]);
    assert_eq!((found.tasks.len(), found.across.len()), (2, 0));
}

#[test]
fn a_loss_is_pooled_as_a_gain() {
    let mut study = study(&[10], 0);
    study.metric = Some("test_nll".to_owned());
    study.tasks = ["a", "b"].map(|name| crate::TaskInfo { name: name.to_owned(), ..task(&[10]) }).to_vec();
    let of = |name: &str, arm: &str, nll: f64| -> Vec<RunRow> {
        let at = |seed: u64| json!({"task": name, "test_nll": nll + 0.01 * (seed as f64).sin()});
        (1..=3).map(|seed| row(arm, arm, 10, seed, 0.5, &at(seed))).collect()
    };
    let rows = ["a", "b"].map(|name| [of(name, "labels", 0.9), of(name, "distilled", 0.7)].concat()).concat();
    let found = Findings::of(&study, &rows, &[]);
    assert!((found.across[0].pooled.tasks[0].estimate.mean - 0.2).abs() < 1e-9);
}
