//! Forward and backward pass of every objective on 128 examples of 10, 100 and 1,000 classes.
//!
//! Objectives are compared with `distillation`, plain KL, of the same size.

#![allow(missing_docs)] // criterion's macros

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use kd_core::objective::{Batch, Objective};
use kd_core::random::{Concern, Stream};
use tch::Tensor;

const EXAMPLES: usize = 128;

const OBJECTIVES: [&str; 13] = [
    r#"{ "distillation": { "temperature": 4.0 } }"#,
    r#"{ "cross_entropy": {} }"#,
    r#"{ "label_smoothing": { "epsilon": 0.1 } }"#,
    r#"{ "virtual_teacher": {} }"#,
    r#"{ "soft_cross_entropy": { "temperature": 4.0 } }"#,
    r#"{ "reverse_kl": { "temperature": 4.0 } }"#,
    r#"{ "jensen_shannon": { "temperature": 4.0 } }"#,
    r#"{ "logit_mse": {} }"#,
    r#"{ "decoupled": { "temperature": 4.0 } }"#,
    r#"{ "normalised": { "temperature": 1.0 } }"#,
    r#"{ "dist": { "temperature": 1.0 } }"#,
    r#"{ "multi_level": { "temperature": 4.0 } }"#,
    r#"{ "confidence_weighted": {} }"#,
];

fn logits(seed: u64, classes: usize) -> Tensor {
    let mut stream = Stream::new(&[seed], Concern::Initialisation);
    let values: Vec<f32> = (0..EXAMPLES * classes).map(|_| stream.normal() as f32).collect();
    Tensor::from_slice(&values).view([EXAMPLES as i64, classes as i64])
}

fn objectives(criterion: &mut Criterion) {
    tch::set_num_threads(1);
    for written in OBJECTIVES {
        let objective: Objective = serde_json::from_str(written).expect("an objective");
        let name = written.split('"').nth(1).unwrap_or(written);
        let mut group = criterion.benchmark_group(name);
        for classes in [10, 100, 1000] {
            let (student, teacher) = (logits(1, classes).set_requires_grad(true), logits(2, classes));
            let labels = teacher.argmax(-1, false);
            let batch = Batch { logits: &student, labels: &labels, teacher_logits: Some(&teacher) };
            group.bench_function(BenchmarkId::from_parameter(classes), |bencher| {
                bencher.iter(|| {
                    let loss = objective.loss(&batch).expect("a loss");
                    Tensor::run_backward(&[loss], &[&student], false, false)
                });
            });
        }
    }
}

criterion_group!(benches, objectives);
criterion_main!(benches);
