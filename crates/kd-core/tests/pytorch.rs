//! Every objective against PyTorch in float64: values to 1e-10, gradients with respect to student logits to 1e-8.
//! `golden/pytorch.py` writes the file from formulas of its own.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::BTreeSet;

use kd_core::objective::{Batch, Objective};
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
    for Example { student, teacher, labels, cases } in file().batches {
        let (teacher, labels) = (Tensor::from_slice2(&teacher), Tensor::from_slice(&labels));
        for Case { objective, value, gradient } in cases {
            let student = Tensor::from_slice2(&student).set_requires_grad(true);
            let batch = Batch { logits: &student, labels: &labels, teacher_logits: Some(&teacher) };
            let loss = objective.loss(&batch).unwrap();
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
fn no_objective_is_left_out() {
    let compared: BTreeSet<String> = file().batches[0]
        .cases
        .iter()
        .map(|case| name(&serde_json::to_value(&case.objective).unwrap()))
        .collect();
    let schema = serde_json::to_value(schemars::schema_for!(Objective)).unwrap();
    let all: BTreeSet<String> =
        schema["oneOf"].as_array().unwrap().iter().map(|variant| name(&variant["properties"])).collect();
    assert_eq!(compared, all);
}

fn name(table: &serde_json::Value) -> String {
    table.as_object().unwrap().keys().next().unwrap().clone()
}
