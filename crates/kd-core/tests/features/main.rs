//! Feature losses against PyTorch in float64: values to 1e-10, gradients of the student's feature and of what is learnt
//! to 1e-8. `golden/features.py` writes the file from formulas of its own.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

mod properties;
mod published;

use std::collections::{BTreeMap, BTreeSet};

use kd_core::feature::{FeatureCriterion, FeatureLoss};
use kd_core::random::{Concern, Stream};
use serde::Deserialize;
use tch::{Device, Kind, Tensor, nn, no_grad};

#[derive(Deserialize)]
struct File {
    batches: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    student: Table,
    teacher: Table,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    loss: FeatureLoss,
    value: f64,
    gradient: Table,
    variables: BTreeMap<String, Table>,
    gradients: BTreeMap<String, Table>,
}

#[derive(Deserialize)]
struct Table {
    shape: Vec<i64>,
    values: Vec<f64>,
}

impl Table {
    fn tensor(&self) -> Tensor {
        Tensor::from_slice(&self.values).view(&self.shape[..])
    }
}

fn file() -> File {
    serde_json::from_str(include_str!("../golden/features.json")).unwrap()
}

fn value(tensor: &Tensor) -> f64 {
    tensor.double_value(&[])
}

fn index(examples: i64) -> Tensor {
    Tensor::arange(examples, (Kind::Int64, Device::Cpu))
}

fn parse(json: &str) -> FeatureLoss {
    serde_json::from_str(json).unwrap()
}

/// The loss built in float64 for features of these sizes, batch included, with `samples` training examples.
fn build(loss: &str, student: &[i64], teacher: &[i64], samples: i64) -> (nn::VarStore, FeatureCriterion) {
    let mut variables = nn::VarStore::new(Device::Cpu);
    variables.set_kind(Kind::Double);
    let mut stream = Stream::new(&[21], Concern::Initialisation);
    let criterion = parse(loss)
        .build(&student[1..], &teacher[1..], samples, &variables.root(), &mut stream)
        .unwrap_or_else(|error| panic!("{loss} on {student:?} and {teacher:?}: {error}"));
    variables.double();
    (variables, criterion)
}

/// Puts the tables in the place of the variables of the same names.
fn load(variables: &nn::VarStore, tables: &BTreeMap<String, Table>) {
    for (name, table) in tables {
        let mut variable = variables.variables().remove(name).unwrap();
        no_grad(|| variable.copy_(&table.tensor()));
    }
}

fn furthest(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

#[test]
fn every_loss_agrees_in_value_and_gradients() {
    for Example { student, teacher, cases } in file().batches {
        for case in cases {
            let examples = case.gradient.shape[0];
            let student = student.tensor().narrow(0, 0, examples).copy().set_requires_grad(true);
            let teacher = teacher.tensor().narrow(0, 0, examples).set_requires_grad(true);
            let config = serde_json::to_string(&case.loss).unwrap();
            let at = format!("{config} on {:?} and {:?}", student.size(), teacher.size());
            let (variables, mut criterion) = build(&config, &student.size(), &teacher.size(), examples);
            let missing: Vec<String> =
                variables.variables().into_keys().filter(|name| !case.variables.contains_key(name)).collect();
            assert!(missing.iter().all(|name| name.ends_with("log_normaliser")), "{at}: {missing:?}");
            load(&variables, &case.variables);

            let loss = criterion.loss(&student, &teacher, &index(examples)).unwrap();
            loss.backward();
            let close = |ours: f64| (ours - case.value).abs() < 1e-10 * case.value.abs().max(1.0);
            assert!(close(value(&loss)), "{at}: {}, PyTorch {}", value(&loss), case.value);
            let difference = furthest(&student.grad(), &case.gradient.tensor());
            assert!(difference < 1e-8, "{at}: gradients differ by {difference}");
            assert!(!teacher.grad().defined(), "{at}: a gradient reaches the teacher");
            assert_eq!(variables.trainable_variables().len(), case.gradients.len(), "{at}");
            for (name, gradient) in &case.gradients {
                let difference = furthest(&variables.variables()[name].grad(), &gradient.tensor());
                assert!(difference < 1e-8, "{at}: gradients of {name} differ by {difference}");
            }
        }
    }
}

#[test]
fn no_loss_is_left_out() {
    let name = |table: &serde_json::Value| table.as_object().unwrap().keys().next().unwrap().clone();
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    for Example { cases, .. } in file().batches {
        let compared: BTreeSet<String> =
            cases.iter().map(|case| name(&serde_json::to_value(&case.loss).unwrap())).collect();
        for loss in compared {
            *shapes.entry(loss).or_default() += 1;
        }
    }
    let schema = serde_json::to_value(schemars::schema_for!(FeatureLoss)).unwrap();
    let all: BTreeSet<String> =
        schema["oneOf"].as_array().unwrap().iter().map(|variant| name(&variant["properties"])).collect();
    assert_eq!(shapes.keys().cloned().collect::<BTreeSet<_>>(), all);
    for (loss, shapes) in shapes {
        assert!(shapes >= 3, "{loss}: {shapes}");
    }
}
