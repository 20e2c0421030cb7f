//! Theories on tables made by hand.

use serde_json::{Value, json};

use super::*;
use crate::findings::Findings;
use crate::made_up::{row, study};
use crate::table::RunRow;

const SIZES: [u64; 4] = [10, 40, 160, 640];
const GAINS: [f64; 4] = [0.06, 0.04, 0.02, 0.0];

/// The runs of an arm that keeps this share of the gain, with a little noise that differs from arm to arm.
fn runs(arm: &str, role: &str, of: Option<&str>, kept: f64, more: &Value) -> Vec<RunRow> {
    let noise = |samples: u64, seed: u64| {
        let mixed = samples.wrapping_mul(31).wrapping_add(seed * 17).wrapping_add(arm.len() as u64 * 7) % 11;
        0.0004 * (mixed as f64 - 5.0)
    };
    let mut runs = Vec::new();
    for seed in 1..=5 {
        for (samples, gain) in std::iter::zip(SIZES, GAINS) {
            let mut more = if more.is_null() { json!({}) } else { more.clone() };
            more["control_of"] = json!(of);
            runs.push(row(arm, role, samples, seed, 0.5 + kept * gain + noise(samples, seed), &more));
        }
    }
    runs
}

fn base() -> Vec<RunRow> {
    let labels = runs("labels", "labels", None, 0.0, &Value::Null);
    [labels, runs("distilled", "distilled", None, 1.0, &Value::Null)].concat()
}

fn verdicts(rows: &[Vec<RunRow>]) -> Vec<Verdict> {
    let rows: Vec<RunRow> = rows.concat();
    Findings::of(&study(&SIZES, 0), &rows, &[]).tasks.remove(0).verdicts
}

fn of(rows: &[Vec<RunRow>], theory: &str) -> Verdict {
    verdicts(rows).into_iter().find(|verdict| verdict.theory == theory).unwrap()
}

fn control(arm: &str, role: &str, kept: f64) -> Vec<RunRow> {
    let of = (role != "label_smoothing" && role != "importance_weighted").then_some("distilled");
    runs(arm, role, of, kept, &Value::Null)
}

#[test]
fn an_ensemble_is_compared_with_one_teacher_heard_in_the_same_way() {
    let heard = |temperature: f64, supervision: &str| {
        let settings =
            json!({"distillation": {"temperature": temperature, "supervision": {supervision: {}}}});
        json!({"temperature": temperature, "supervision": supervision, "objective_settings": settings.to_string()})
    };
    let rows = [
        runs("labels", "labels", None, 0.0, &Value::Null),
        runs("cold", "distilled", None, 0.1, &heard(1.0, "full")),
        runs("hot", "distilled", None, 1.0, &heard(4.0, "full")),
        runs("ensemble", "distilled", None, 1.2, &heard(4.0, "ensemble")),
    ];
    let needs = of(&rows, "multi_view");
    let lost = needs.share.unwrap().value;
    assert!((lost - 1.0 / 6.0).abs() < 0.05, "a sixth of the ensemble's gain, not what is cold: {needs:?}");
    let objective = of(&rows, "objective");
    assert!(objective.because.starts_with("hot minus cold"), "{objective:?}");
}

#[test]
fn of_two_classes_one_wrong_one_tells_no_more_than_confidence() {
    let rows = [
        base(),
        control("permuted", "permuted", 1.0),
        control("matched", "entropy_matched", 1.0),
        control("smoothed", "label_smoothing", 0.0),
    ];
    let mut study = study(&SIZES, 0);
    study.tasks[0].classes = 2;
    let task = Findings::of(&study, &rows.concat(), &[]).tasks.remove(0);
    let untested = task.untested.iter().find(|untested| untested.theory == "dark_knowledge").unwrap();
    assert!(untested.because.starts_with("of two classes one is wrong"), "{untested:?}");
    let smoothing = task.verdicts.iter().find(|verdict| verdict.theory == "label_smoothing").unwrap();
    assert_eq!(smoothing.judgement, Judgement::Refuted, "by smoothed labels alone: {smoothing:?}");
    assert_eq!(smoothing.contrasts.len(), 1);
    assert_eq!(of(&rows, "label_smoothing").judgement, Judgement::Supported, "of ten classes");
}

#[test]
fn what_reproduces_the_gain_is_supported_and_what_does_not_refuted() {
    for (role, theory) in [
        ("label_smoothing", "label_smoothing"),
        ("entropy_matched", "label_smoothing"),
        ("top_k", "few_classes"),
        ("class_means", "class_geometry"),
        ("importance_weighted", "importance_weighting"),
        ("hard", "teacher_decisions"),
        ("random", "any_teacher"),
    ] {
        for (kept, judgement) in [
            (1.0, Judgement::Supported),
            (0.35, Judgement::Partly),
            (0.0, Judgement::Refuted),
            (-0.5, Judgement::Refuted),
        ] {
            let found = of(&[base(), control("control", role, kept)], theory);
            assert_eq!(found.judgement, judgement, "{role} keeps {kept}: {}", found.because);
            assert!((found.share.unwrap().value - kept).abs() < 0.05, "{:?}", found.share);
        }
    }
}

#[test]
fn dark_knowledge_takes_both_of_its_controls() {
    let dark = |permuted: f64, matched: Option<f64>| {
        let mut rows = vec![base(), control("permuted", "permuted", permuted)];
        rows.extend(matched.map(|kept| control("matched", "entropy_matched", kept)));
        of(&rows, "dark_knowledge")
    };
    assert_eq!(dark(0.0, Some(0.0)).judgement, Judgement::Supported);
    assert_eq!(dark(-0.5, Some(1.0)).judgement, Judgement::Refuted, "confidence alone does as well");
    assert_eq!(dark(1.0, Some(0.0)).judgement, Judgement::Refuted, "shuffling costs nothing");
    let alone = dark(0.0, None);
    assert_eq!(alone.judgement, Judgement::Undecided);
    assert!(alone.because.ends_with("and one of matched entropy"), "{}", alone.because);
    assert_eq!(dark(1.0, None).judgement, Judgement::Refuted);
}

#[test]
fn the_best_of_several_controls_speaks_for_what_reproduces() {
    let rows = [base(), control("weak", "label_smoothing", 0.0), control("strong", "entropy_matched", 1.0)];
    let found = of(&rows, "label_smoothing");
    assert_eq!(found.judgement, Judgement::Supported);
    let contrasts: Vec<(&str, f64)> = found
        .contrasts
        .iter()
        .map(|contrast| (contrast.control.as_str(), contrast.overall.unwrap().value.round()))
        .collect();
    assert_eq!(contrasts, [("weak", 0.0), ("strong", 1.0)]);
    assert_eq!(
        found.contrasts[0].shares.iter().map(|share| share.samples).collect::<Vec<_>>(),
        [10, 40, 160]
    );
    let ranked = verdicts(&rows);
    assert_eq!(ranked[0].theory, "label_smoothing", "what explains most comes first");
}

#[test]
fn reasons_name_sizes_shares_and_controls() {
    let found = of(&[base(), control("control", "class_means", 0.0)], "class_geometry");
    assert!(found.because.starts_with("at M = 10, 40 and 160, where there is a gain, "), "{}", found.because);
    assert!(found.because.contains("% [") && found.because.ends_with("of the gain is reproduced by control"));
}

#[test]
fn without_a_gain_there_is_nothing_to_explain() {
    let rows = [
        runs("labels", "labels", None, 0.0, &Value::Null),
        runs("distilled", "distilled", None, 0.0, &Value::Null),
        control("control", "class_means", 0.0),
    ];
    let found = of(&rows, "class_geometry");
    assert_eq!(found.judgement, Judgement::Undecided);
    assert!(found.because.contains("nothing to explain"));
}

#[test]
fn four_seeds_give_no_verdict() {
    let mut rows = [base(), control("control", "class_means", 0.0)].concat();
    rows.retain(|row| row.place().seed < 5);
    let mut study = study(&SIZES, 0);
    study.seeds.truncate(4);
    let found = Findings::of(&study, &rows, &[]);
    assert!(found.tasks[0].verdicts.iter().all(|verdict| verdict.judgement == Judgement::Undecided));
}

#[test]
fn what_nothing_tests_is_named() {
    let found = Findings::of(&study(&SIZES, 0), &base(), &[]);
    let untested = &found.tasks[0].untested;
    let smoothing = untested.iter().find(|theory| theory.theory == "label_smoothing").unwrap();
    assert_eq!(smoothing.because, "the study has no control of smoothed labels or of matched entropy");
    assert!(THEORIES.len() >= 12 && untested.len() + found.tasks[0].verdicts.len() == THEORIES.len());
}
