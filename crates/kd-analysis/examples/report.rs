//! Analyses results that came from somewhere else, with no study file and no training.
//!
//! ```text
//! cargo run --package kd-analysis --example report
//! ```
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;

use kd_analysis::{Findings, RunRow, Score, StudyInfo, TaskInfo, render};
use serde_json::json;

fn main() -> Result<(), serde_json::Error> {
    // Test accuracies in per cent of three seeds at each M, such as a table in a paper holds.
    let labels = [(100, [61.2, 60.1, 62.4]), (1000, [83.5, 84.0, 83.1]), (10_000, [92.0, 92.3, 91.8])];
    let distilled = [(100, [66.0, 65.9, 67.8]), (1000, [86.1, 86.4, 85.2]), (10_000, [92.4, 92.2, 92.1])];
    let mut rows = Vec::new();
    for (arm, cells) in [("labels", labels), ("distilled", distilled)] {
        for (samples, accuracies) in cells {
            for (seed, accuracy) in (1..).zip(accuracies) {
                rows.push(row(arm, samples, seed, accuracy / 100.0)?);
            }
        }
    }

    let findings = Findings::of(&study(rows.len() as u64), &rows, &[]);
    print!("{}", render::terminal(&findings, false));

    // Three seeds give intervals; verdicts take five.
    let task = &findings.tasks[0];
    assert!(task.gains[0].points[0].alone.is_above_zero());
    assert!(task.untested.iter().any(|theory| theory.theory == "dark_knowledge"));
    // `render::html(&findings)` is the whole report as one page.
    assert!(render::html(&findings).starts_with("<!DOCTYPE html>"));
    Ok(())
}

/// A row says by column what is known; `kd_analysis::table::columns` are all there are.
fn row(arm: &str, samples: u64, seed: u64, accuracy: f64) -> Result<RunRow, serde_json::Error> {
    serde_json::from_value(json!({
        "task": "digits",
        "arm": arm,
        "role": arm,
        "samples": samples,
        "teacher_samples": 10_000,
        "seed": seed,
        "outcome": "finished",
        "test_accuracy": accuracy,
    }))
}

fn study(planned_runs: u64) -> StudyInfo {
    let text = str::to_owned;
    StudyInfo {
        name: text("elsewhere"),
        question: text("What did distillation buy in a table of somebody else's?"),
        seeds: vec![1, 2, 3],
        confidence: 0.95,
        margin: 0.01,
        score: Score::LastStep,
        metric: None,
        tasks: vec![TaskInfo {
            name: text("digits"),
            title: text("Digits"),
            modality: text("vision"),
            score: "accuracy".to_owned(),
            classes: 10,
            test_examples: 10_000,
            licence: text("not stated"),
            citation: text("not stated"),
            teacher: text("not stated"),
            student: text("not stated"),
            budget: text("not stated"),
            sampling: text("uniform"),
            samples: vec![100, 1000, 10_000],
            factors: BTreeMap::new(),
            synthetic: false,
        }],
        command: text("none"),
        provenance: Vec::new(),
        planned_runs,
        factors: Vec::new(),
        study_file: None,
        doubts: Vec::new(),
    }
}
