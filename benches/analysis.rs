//! What findings of many runs take: `cargo xtask bench -- analysis`. Rows are generated, as full as those of a study, of 5, 6
//! and 10 seeds: 10,000 of them are read from a table, analysed and rendered in every way, 100,000 are read and analysed.
//!
//! The last column is the most memory that this process had so far, the rows and the table they are read from among it.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::path::Path;
use std::time::Instant;

use kd_analysis::table::{How, parquet, read};
use kd_analysis::{Findings, RunRow, render};
use kd_benches::Asked;
use serde_json::{Value, json};

const SIZES: [u64; 8] = [40, 80, 160, 320, 640, 1280, 2560, 3823];
const SEEDS: [u64; 3] = [5, 6, 10];
/// Arms with their roles; distilled ones of several temperatures with a control each.
const ARMS: [(&str, &str); 10] = [
    ("labels", "labels"),
    ("distilled (temperature = 1)", "distilled"),
    ("distilled (temperature = 2)", "distilled"),
    ("distilled (temperature = 4)", "distilled"),
    ("distilled (temperature = 8)", "distilled"),
    ("smoothed", "label_smoothing"),
    ("matched", "entropy_matched"),
    ("permuted", "permuted"),
    ("hint", "other"),
    ("logits", "other"),
];

fn main() {
    let asked = Asked::here();
    if !asked.wants("analysis") {
        return;
    }
    let sizes: &[usize] = if asked.measured { &[10_000, 100_000] } else { &[500] };
    println!(
        "{:>7} {:>6} {:>9} {:>10} {:>10} {:>9} {:>9}",
        "rows", "seeds", "read, s", "findings", "renderers", "all, s", "peak, MB"
    );
    for &size in sizes {
        for seeds in SEEDS {
            measure(size, seeds);
        }
    }
}

fn measure(size: usize, seeds: u64) {
    let bytes = parquet(&rows(size, seeds)).expect("a table");
    let clock = Instant::now();
    let brought = read(Path::new("results.parquet"), &bytes, &How::default()).expect("a table");
    let read = clock.elapsed().as_secs_f64();
    let clock = Instant::now();
    let findings = Findings::of(&brought.study, &brought.rows, &[]);
    let found = clock.elapsed().as_secs_f64();
    let mut rendered = 0.0;
    if size <= 10_000 {
        let clock = Instant::now();
        let pages = [
            render::terminal(&findings, true),
            render::markdown(&findings),
            render::html(&findings),
            render::json(&findings),
        ];
        rendered = clock.elapsed().as_secs_f64();
        assert!(pages.iter().all(|page| !page.is_empty()));
    }
    println!(
        "{:>7} {seeds:>6} {read:>9.2} {found:>10.2} {rendered:>10.2} {:>9.2} {:>9}",
        brought.rows.len(),
        found + rendered,
        peak().map_or_else(|| "?".to_owned(), |megabytes| megabytes.to_string())
    );
}

/// The most memory that this process had, in megabytes.
fn peak() -> Option<u64> {
    let status = fs_err::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

/// As many rows as whole tasks come to.
fn rows(size: usize, seeds: u64) -> Vec<RunRow> {
    let of_task = ARMS.len() * SIZES.len() * seeds as usize;
    let mut rows = Vec::with_capacity(size);
    for task in 0..size.div_ceil(of_task) {
        for seed in 1..=seeds {
            rows.push(row(task, ("teacher", "teacher"), 3823, seed));
            for arm in ARMS {
                rows.extend(SIZES.map(|samples| row(task, arm, samples, seed)));
            }
        }
    }
    rows
}

/// A run whose score follows from its place: a gain that shrinks as M grows, and noise.
fn row(task: usize, (arm, role): (&str, &str), samples: u64, seed: u64) -> RunRow {
    let place = format!("{task} {arm} {samples} {seed}");
    let hash = place.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let noise = ((hash >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * 0.02;
    let scarce = (40.0 / samples as f64).sqrt();
    let gain = match role {
        "distilled" => 0.08 * scarce,
        "entropy_matched" => 0.02 * scarce,
        _ => 0.0,
    };
    let accuracy = 0.95 - 0.4 * scarce + gain + noise;
    let is_student = role != "teacher";
    let is_control = matches!(role, "entropy_matched" | "permuted");
    let control_of = is_control.then_some("distilled (temperature = 4)");
    let of_student = |value: Value| if is_student { value } else { Value::Null };
    let mut row = json!({
        "run": format!("{hash:016x}{:016x}", !hash),
        "task": format!("task {task}"),
        "arm": arm,
        "role": role,
        "control_of": control_of,
        "teacher": of_student(json!(format!("{:032x}", seed + 1000 * task as u64))),
        "samples": samples,
        "teacher_samples": 3823,
        "kappa": of_student(json!(samples as f64 / 3823.0)),
        "seed": seed,
        "data_set": "optdigits",
        "modality": "vision",
        "student": "mlp 64",
        "teacher_model": "mlp 512-512; 40 epochs, batch 64, AdamW",
        "objective": "distillation",
        "objective_settings": r#"{"distillation":{"label_weight":0.0,"temperature":4.0,"supervision":"plain"}}"#,
        "temperature": 4.0,
        "label_weight": 0.0,
        "outcome": "finished",
        "subset": format!("{hash:016x}{hash:016x}{hash:016x}{hash:016x}"),
    });
    for (name, value) in measures(accuracy, is_student).as_object().into_iter().flatten() {
        row[name] = value.clone();
    }
    serde_json::from_value(row).expect("a row")
}

/// What is measured of it.
fn measures(accuracy: f64, is_student: bool) -> Value {
    let of_student = |value: f64| is_student.then_some(value);
    json!({
        "test_accuracy": accuracy,
        "test_score_at_best": accuracy,
        "validation_score": accuracy,
        "validation_score_at_best": accuracy,
        "train_score": 1.0,
        "test_top5_accuracy": 0.99,
        "distinct_predictions": 10,
        "test_nll": 1.0 - accuracy,
        "test_perplexity": (1.0 - accuracy).exp(),
        "test_ece": 0.05,
        "test_ece_equal_mass": 0.05,
        "test_balanced_accuracy": accuracy,
        "test_macro_f1": accuracy,
        "test_brier": 1.0 - accuracy,
        "test_entropy": 0.3,
        "test_agreement": of_student(accuracy),
        "train_agreement": of_student(0.99),
        "test_hellinger": of_student(0.2),
        "test_kl": of_student(0.2),
        "steps": 1000,
        "best_step": 900,
        "final_loss": 0.1,
        "loss_slope": 0.01,
        "converged": true,
        "parameters": 4810,
    })
}
