//! Forward and backward pass of each objective on a batch of 64 examples.

#![allow(missing_docs)] // criterion's macros

use criterion::{Criterion, criterion_group, criterion_main};
use kd_core::objective::{Batch, Objective};
use kd_core::random::{Concern, Stream};
use tch::Tensor;

const EXAMPLES: usize = 64;
const CLASSES: usize = 77;

fn logits(seed: u64) -> Tensor {
    let mut stream = Stream::new(&[seed], Concern::Initialisation);
    let values: Vec<f32> = (0..EXAMPLES * CLASSES).map(|_| stream.normal() as f32).collect();
    Tensor::from_slice(&values).view([EXAMPLES as i64, CLASSES as i64])
}

fn objectives(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    let (student, teacher) = (logits(1).set_requires_grad(true), logits(2));
    let labels = teacher.argmax(-1, false);
    let mut group = criterion.benchmark_group("objective");
    for (name, written) in [
        ("cross_entropy", r#"{ "cross_entropy": {} }"#),
        ("label_smoothing", r#"{ "label_smoothing": { "epsilon": 0.1 } }"#),
        ("distillation", r#"{ "distillation": { "temperature": 4.0 } }"#),
        ("distillation and labels", r#"{ "distillation": { "temperature": 4.0, "label_weight": 0.5 } }"#),
        ("logit_mse", r#"{ "logit_mse": {} }"#),
    ] {
        let objective: Objective = serde_json::from_str(written).expect("an objective");
        let batch = Batch { logits: &student, labels: &labels, teacher_logits: Some(&teacher) };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let loss = objective.loss(&batch).expect("a loss");
                Tensor::run_backward(&[loss], &[&student], false, false)
            });
        });
    }
}

criterion_group!(benches, objectives);
criterion_main!(benches);
