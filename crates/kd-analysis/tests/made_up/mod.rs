//! A study of two tasks that was never run, with all that a report can show: on digits, distillation gains the more the
//! fewer data there are; on letters it gains at first and loses at last, and scores come near to 100 %.

use std::collections::BTreeMap;

use kd_analysis::{
    Datum, Decomposition, Factor, FactorKind, Findings, HistoryPoint, Role, RunRow, Score, StudyInfo,
    TaskInfo, Timing,
};
use serde_json::json;

const SIZES: [u64; 7] = [40, 80, 160, 320, 640, 1280, 3441];

/// Arms, their roles and objectives.
const ARMS: [(&str, &str, &str); 5] = [
    ("labels", "labels", r#"{"cross_entropy":{}}"#),
    (
        "distilled (temperature = 4)",
        "distilled",
        r#"{"distillation":{"temperature":4.0,"label_weight":0.0,"supervision":"full"}}"#,
    ),
    ("smoothed", "label_smoothing", r#"{"label_smoothing":{"epsilon":0.1,"spread":"uniform"}}"#),
    (
        "entropy-matched",
        "entropy_matched",
        r#"{"distillation":{"temperature":4.0,"label_weight":0.0,"supervision":{"entropy_matched":{}}}}"#,
    ),
    (
        "permuted",
        "permuted",
        r#"{"distillation":{"temperature":4.0,"label_weight":0.0,"supervision":{"permuted":{}}}}"#,
    ),
];

/// What the study found.
pub(crate) fn findings(seeds: u64) -> Findings {
    let rows = rows(seeds);
    let timings: Vec<Timing> =
        rows.iter().map(|row| Timing { run: row.run().to_owned(), seconds: 2.5 }).collect();
    let mut findings = Findings::of(&study(seeds, rows.len() as u64), &rows, &timings);
    findings.decompose(|rows| {
        let accuracy =
            rows.iter().filter_map(|row| row.score(Score::LastStep)).sum::<f64>() / rows.len() as f64;
        let said: Vec<Vec<f32>> = rows.iter().map(|row| logits(row, accuracy)).collect();
        let said: Vec<&[f32]> = said.iter().map(Vec::as_slice).collect();
        Decomposition::of(&said, &labels(), 10)
    });
    findings.trace(|row| Some(history(row)));
    findings
}

/// The same study at three widths of the student and three temperatures, on digits alone: wide students gain less, and the best
/// temperature falls as data grow.
pub(crate) fn by_factors(seeds: u64) -> Findings {
    let factor = |name: &str, kind, levels: [u64; 3]| Factor {
        name: name.to_owned(),
        kind,
        levels: levels.map(Datum::Count).to_vec(),
    };
    let (widths, temperatures) = ([16, 64, 256], [1, 4, 16]);
    let mut rows = Vec::new();
    for row in self::rows(seeds).iter().filter(|row| row.place().task == "digits") {
        let (place, role) = (row.place(), row.role());
        let Some(score) = row.score(Score::LastStep) else { continue };
        let mut put = |arm: String, factors: BTreeMap<String, Datum>, more: f64| {
            let mut json = serde_json::to_value(row).unwrap_or_default();
            json["arm"] = json!(arm);
            json["factors"] = json!(factors);
            json["run"] = json!(format!("{}-{arm}-{factors:?}", row.run()));
            json["control_of"] = json!(null);
            json["test_accuracy"] = json!((score + more).min(1.0));
            rows.extend(serde_json::from_value::<RunRow>(json));
        };
        for (index, width) in widths.into_iter().enumerate() {
            let width = ("width".to_owned(), Datum::Count(width));
            let wider = 0.01 * index as f64;
            if *role == Role::Labels {
                put("labels".to_owned(), BTreeMap::from([width.clone()]), wider);
            }
            for (index, temperature) in temperatures.into_iter().enumerate() {
                if *role == Role::Distilled {
                    let best = if place.samples < 300 { 2.0 } else { 0.0 };
                    let more = 0.3 * wider - 0.008 * (index as f64 - best).abs();
                    let temperature = ("temperature".to_owned(), Datum::Count(temperature));
                    let arm = format!("distilled (temperature = {})", temperature.1);
                    put(arm, BTreeMap::from([width.clone(), temperature]), more);
                }
            }
        }
    }
    let study = study(seeds, rows.len() as u64);
    let at = |width| TaskInfo {
        factors: BTreeMap::from([("width".to_owned(), Datum::Count(width))]),
        student: format!("mlp {width}"),
        ..study.tasks[0].clone()
    };
    let factors =
        vec![factor("width", FactorKind::Task, widths), factor("temperature", FactorKind::Arm, temperatures)];
    Findings::of(&StudyInfo { factors, tasks: widths.map(at).to_vec(), ..study }, &rows, &[])
}

fn study(seeds: u64, planned_runs: u64) -> StudyInfo {
    let task = |name: &str, title: &str, classes: u64| TaskInfo {
        name: name.to_owned(),
        title: title.to_owned(),
        modality: "vision".to_owned(),
        score: "accuracy".to_owned(),
        classes,
        test_examples: 1797,
        licence: "CC BY 4.0".to_owned(),
        citation: "Someone (1998)".to_owned(),
        teacher: "mlp 512-512; 40 epochs of batches of 64, AdamW at 0.001".to_owned(),
        student: "mlp 64".to_owned(),
        budget: "1000 steps of batches of 32, AdamW at 0.001".to_owned(),
        sampling: "stratified".to_owned(),
        samples: SIZES.to_vec(),
        factors: BTreeMap::new(),
        synthetic: false,
    };
    StudyInfo {
        name: "made-up".to_owned(),
        question: "What is distillation worth as data become scarce, and why?".to_owned(),
        seeds: (1..=seeds).collect(),
        confidence: 0.95,
        margin: 0.01,
        score: Score::LastStep,
        metric: None,
        tasks: vec![task("digits", "Handwritten digits", 10), task("letters", "Printed letters", 10)],
        command: "kd run made-up.toml".to_owned(),
        provenance: vec![("kd".to_owned(), "0.0.0".to_owned())],
        planned_runs,
        factors: Vec::new(),
        study_file: Some(
            "[study]\nname = \"made-up\"\n\n[arms.labels]\nobjective.cross_entropy = {}\n".to_owned(),
        ),
        doubts: Vec::new(),
    }
}

/// A number between -1 and 1 that follows from its key.
fn noise(key: u64) -> f64 {
    let mut bits = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn rows(seeds: u64) -> Vec<RunRow> {
    let mut rows = Vec::new();
    for (task, name) in ["digits", "letters"].into_iter().enumerate() {
        for seed in 1..=seeds {
            rows.push(row((name, "teacher", "teacher", 3441, seed), 0.978 + 0.004 * noise(seed), None));
            for (arm, (label, role, objective)) in ARMS.into_iter().enumerate() {
                for (size, samples) in SIZES.into_iter().enumerate() {
                    let key = (((task * 10 + arm) * 10 + size) as u64) * 100 + seed;
                    let rest = (1.0 - size as f64 / 6.0).max(0.0);
                    let gain = match (task, role) {
                        (0, "distilled") => 0.075 * rest + 0.004,
                        (0, "permuted") => -0.035 * rest,
                        (0, "entropy_matched") => 0.012 * rest,
                        (0, "label_smoothing") => -0.002,
                        (_, "distilled") => 0.03 * rest - 0.012,
                        (_, "label_smoothing") => -0.02 - 0.01 * rest,
                        _ => 0.0,
                    };
                    let labels = if task == 0 {
                        0.70 + 0.27 * (1.0 - rest.powf(1.6))
                    } else {
                        0.93 + 0.06 * (1.0 - rest)
                    };
                    let spread = 0.004 + 0.012 * rest;
                    let shared = spread * noise(seed * 31 + size as u64 + 1000 * task as u64);
                    let accuracy = (labels + gain + shared + 0.5 * spread * noise(key)).min(1.0);
                    rows.push(row((name, label, role, samples, seed), accuracy, Some(objective)));
                }
            }
        }
    }
    rows
}

fn row(
    (task, arm, role, samples, seed): (&str, &str, &str, u64, u64),
    accuracy: f64,
    objective: Option<&str>,
) -> RunRow {
    let of_student = |value: f64| objective.is_some().then_some(value);
    let part = |part: u64| {
        let key = seed * 7919 + samples * 31 + part + arm.len() as u64 * 977 + task.len() as u64;
        format!("{:08x}", (noise(key).abs() * f64::from(u32::MAX)) as u32)
    };
    let id = [0, 1, 2, 3].map(part).concat();
    serde_json::from_value(json!({
        "run": id,
        "task": task,
        "arm": arm,
        "role": role,
        "control_of": matches!(role, "entropy_matched" | "permuted").then_some(ARMS[1].0),
        "teacher": objective.map(|_| format!("teacher-{seed}")),
        "samples": samples,
        "teacher_samples": 3441,
        "seed": seed,
        "outcome": "finished",
        "objective_settings": objective,
        "test_accuracy": accuracy,
        "test_nll": 1.3 * (1.0 - accuracy),
        "test_ece": 0.04,
        "test_agreement": of_student(accuracy - 0.01),
        "train_agreement": of_student(0.99),
        "test_hellinger": of_student(0.2),
        "steps": 1000,
        "converged": true,
    }))
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Right classes of 400 test examples.
fn labels() -> Vec<usize> {
    (0..400).map(|example| example % 10).collect()
}

/// What a run says of them: right about as often as it should be, labels too sure of themselves.
fn logits(row: &RunRow, accuracy: f64) -> Vec<f32> {
    let sure = if row.place().arm == "labels" { 4.5 } else { 2.6 };
    let said = labels().into_iter().enumerate().flat_map(|(example, label)| {
        let key = row.place().seed * 1000 + example as u64;
        let hard = f64::midpoint(noise(key * 3 + row.place().samples), 1.0);
        let named = if hard < accuracy { label } else { (label + 1) % 10 };
        let height = sure + 2.0 * noise(key) - if hard < accuracy { 0.0 } else { 1.0 };
        (0..10).map(move |class| if class == named { height as f32 } else { 0.0 })
    });
    said.collect()
}

fn history(row: &RunRow) -> Vec<HistoryPoint> {
    let score = row.score(Score::LastStep).unwrap_or(0.5);
    let point = |part: u64| {
        let share = part as f64 / 200.0;
        let rise = 1.0 - (-6.0 * share).exp();
        let wobble = 0.01 * noise(row.place().seed * 977 + part);
        HistoryPoint {
            step: 5.0 * part as f64,
            loss: Some(2.3 * (1.0 - 0.97 * rise) * (1.0 + 4.0 * wobble)),
            validation_score: part
                .is_multiple_of(8)
                .then_some((0.1 + (score - 0.1) * rise + wobble).min(1.0)),
        }
    };
    (1..=200).map(point).collect()
}
