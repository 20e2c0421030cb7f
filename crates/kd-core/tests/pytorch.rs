//! Every objective against PyTorch in float64: values to 1e-10, gradients with respect to student logits to 1e-8.
//! `golden/pytorch.py` writes the file from formulas of its own.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::BTreeSet;

use kd_core::criterion::{Batch, Criterion};
use kd_core::metrics::{Cka, Classification, Fidelity, METRICS, linear_cka};
use kd_core::objective::Objective;
use kd_core::signal::Heard;
use serde::Deserialize;
use tch::Tensor;

#[derive(Deserialize)]
struct File {
    batches: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    student: Vec<Vec<f64>>,
    teacher: Vec<Vec<f64>>,
    labels: Vec<i64>,
    cases: Vec<Case>,
    classification: Classification,
    fidelity: Fidelity,
    cka: Option<[f64; 2]>,
}

#[derive(Deserialize)]
struct Case {
    objective: Objective,
    value: f64,
    gradient: Vec<Vec<f64>>,
}

fn file() -> File {
    serde_json::from_str(include_str!("golden/pytorch.json")).unwrap()
}

#[test]
fn every_objective_agrees_in_value_and_gradient() {
    for Example { student, teacher, labels, cases, .. } in file().batches {
        let heard = Heard::in_full(&Tensor::from_slice2(&teacher));
        let labels = Tensor::from_slice(&labels);
        for Case { objective, value, gradient } in cases {
            let student = Tensor::from_slice2(&student).set_requires_grad(true);
            let batch = Batch::new(&student, &labels).with_teacher(&heard);
            let loss = Criterion::new(&objective).loss(&batch).unwrap();
            loss.backward();
            let ours = loss.double_value(&[]);
            let at = format!("{objective:?} on {:?}", student.size());
            assert!((ours - value).abs() < 1e-10 * value.abs().max(1.0), "{at}: {ours}, PyTorch {value}");
            let difference = (student.grad() - Tensor::from_slice2(&gradient)).abs().max().double_value(&[]);
            assert!(difference < 1e-8, "{at}: gradients differ by {difference}");
        }
    }
}

#[test]
fn metrics_agree() {
    for Example { student, teacher, labels, classification, fidelity, cka, .. } in file().batches {
        let (student, teacher) = (Tensor::from_slice2(&student), Tensor::from_slice2(&teacher));
        let ours = Classification::of(&student, &Tensor::from_slice(&labels)).unwrap();
        assert_close(&ours, &classification);
        assert_close(&Fidelity::of(&student, &teacher).unwrap(), &fidelity);
        if let Some([biased, unbiased]) = cka {
            assert!((linear_cka(&student, &teacher, Cka::Biased).unwrap() - biased).abs() < 1e-10);
            assert!((linear_cka(&student, &teacher, Cka::Unbiased).unwrap() - unbiased).abs() < 1e-10);
        }
    }
}

/// Compares two structs of numbers field by field, and holds each number to its documented range.
fn assert_close(ours: &impl serde::Serialize, theirs: &impl serde::Serialize) {
    let [ours, theirs] = [serde_json::to_value(ours).unwrap(), serde_json::to_value(theirs).unwrap()];
    for (name, number) in ours.as_object().unwrap() {
        let metric = METRICS.iter().find(|metric| metric.name == name).unwrap();
        match (number.as_f64(), theirs[name].as_f64()) {
            (Some(ours), Some(theirs)) => {
                assert!((ours - theirs).abs() < 1e-10, "{name}: {ours}, PyTorch {theirs}");
                assert!((metric.low..=metric.high).contains(&ours), "{name}: {ours}");
            }
            (ours, theirs) => assert_eq!(ours, theirs, "{name}"),
        }
    }
}

#[test]
fn no_objective_is_left_out() {
    let compared: BTreeSet<String> = file().batches[0]
        .cases
        .iter()
        .map(|case| name(&serde_json::to_value(&case.objective).unwrap()))
        .collect();
    let schema = serde_json::to_value(schemars::schema_for!(Objective)).unwrap();
    let all: BTreeSet<String> =
        schema["oneOf"].as_array().unwrap().iter().map(|variant| name(&variant["properties"])).collect();
    // Those on features and on numbers are the losses that `features` and `measures` hold to files of their own.
    let others = ["features", "squared_error", "huber", "prediction_matching", "teacher_bounded"];
    let on_logits: BTreeSet<String> =
        all.into_iter().filter(|name| !others.contains(&name.as_str())).collect();
    assert_eq!(compared, on_logits);
}

fn name(table: &serde_json::Value) -> String {
    table.as_object().unwrap().keys().next().unwrap().clone()
}
