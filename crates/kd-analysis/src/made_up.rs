//! Results made up for tests.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::datum::Datum;
use crate::factor::{Factor, FactorKind};
use crate::study::{Score, StudyInfo, TaskInfo};
use crate::table::RunRow;

/// A finished run of the task `digits`. Columns that are not given are empty.
pub(crate) fn row(arm: &str, role: &str, samples: u64, seed: u64, accuracy: f64, more: &Value) -> RunRow {
    let mut row = json!({
        "run": format!("{arm}-{samples}-{seed}"),
        "task": "digits",
        "arm": arm,
        "role": role,
        "samples": samples,
        "teacher_samples": 1000,
        "seed": seed,
        "outcome": "finished",
        "test_accuracy": accuracy,
    });
    for (column, value) in more.as_object().into_iter().flatten() {
        row[column] = value.clone();
    }
    serde_json::from_value(row).unwrap()
}

/// Five seeds of an arm whose accuracy at each M is that of `accuracies`, for every seed alike.
pub(crate) fn arm(arm: &str, role: &str, accuracies: &[(u64, f64)], more: &Value) -> Vec<RunRow> {
    let at = |seed| accuracies.iter().map(move |&(m, accuracy)| row(arm, role, m, seed, accuracy, more));
    (1..=5).flat_map(at).collect()
}

pub(crate) fn task(samples: &[u64]) -> TaskInfo {
    let text = str::to_owned;
    TaskInfo {
        name: text("digits"),
        title: text("Digits"),
        modality: text("vision"),
        score: text("accuracy"),
        classes: 10,
        test_examples: 1797,
        licence: text("CC BY 4.0"),
        citation: text("Someone (1998)"),
        teacher: text("mlp 512-512; 40 epochs"),
        student: text("mlp 64"),
        budget: text("1000 steps"),
        sampling: text("stratified"),
        samples: samples.to_vec(),
        factors: BTreeMap::new(),
        synthetic: false,
    }
}

/// A study of that task and five seeds.
pub(crate) fn study(samples: &[u64], planned_runs: u64) -> StudyInfo {
    StudyInfo {
        name: "made up".to_owned(),
        question: String::new(),
        seeds: vec![1, 2, 3, 4, 5],
        confidence: 0.95,
        margin: 0.01,
        score: Score::LastStep,
        metric: None,
        tasks: vec![task(samples)],
        command: "kd run made_up.toml".to_owned(),
        provenance: Vec::new(),
        planned_runs,
        factors: Vec::new(),
        study_file: None,
        doubts: Vec::new(),
    }
}

/// One factor of each kind.
pub(crate) fn factors() -> Vec<Factor> {
    let factor = |name: &str, kind, levels: &[f64]| Factor {
        name: name.to_owned(),
        kind,
        levels: levels.iter().map(|&level| Datum::Number(level)).collect(),
    };
    vec![
        factor("width", FactorKind::Task, &[16.0, 64.0]),
        factor("temperature", FactorKind::Arm, &[1.0, 4.0]),
        factor("rate", FactorKind::Tuned, &[0.001, 0.01, 0.1]),
    ]
}
