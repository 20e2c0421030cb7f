//! Forward and backward pass of every objective on 128 examples of 10, 100 and 1,000 classes, one thread: how long it
//! takes here, in PyTorch's eager mode (`losses.py`), and compared with plain KL of the same size.
//!
//! Each round runs a fixed number of passes of all three, one after the other, and the ratios are medians over rounds
//! of the ratios within one: what else the machine does meanwhile slows all three. The other side is the Python that
//! `KD_PYTHON` names, or python3; without PyTorch 2.11.0 there, that column is left out.

#![allow(clippy::print_stdout)] // the table is what this program is for

use kd_benches::{Asked, PyTorch, median, microseconds};
use kd_core::criterion::{Batch, Criterion};
use kd_core::random::{Concern, Stream};
use kd_core::signal::Heard;
use kd_models::{Architecture, CifarResNet, Input, Mode, Model, Optimizer, Rule};
use tch::{Device, Kind, Tensor};

const EXAMPLES: i64 = 128;

/// Numbers of classes, and how many passes a round runs of each.
const SIZES: [(i64, u32); 3] = [(10, 500), (100, 300), (1000, 60)];

const ROUNDS: usize = 9;

const PLAIN_KL: &str = r#"{ "distillation": { "temperature": 4.0 } }"#;

/// `losses.py` has each under the same name and with the same parameters.
const OBJECTIVES: [&str; 13] = [
    PLAIN_KL,
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

/// What `losses.py` computes from as well.
struct Logits {
    student: Tensor,
    teacher: Tensor,
    heard: Heard,
    labels: Tensor,
}

impl Logits {
    fn new(classes: i64) -> Self {
        let wave = |frequency: f64| {
            let angles = Tensor::arange(EXAMPLES * classes, (Kind::Double, Device::Cpu)) * frequency;
            (angles.sin() * 3.0).to_kind(Kind::Float).view([EXAMPLES, classes])
        };
        let teacher = wave(1.3);
        Self {
            student: wave(0.7).set_requires_grad(true),
            labels: teacher.argmax(-1, false),
            heard: Heard::in_full(&teacher),
            teacher,
        }
    }

    fn loss(&self, criterion: &mut Criterion) -> Tensor {
        let Self { student, heard, labels, .. } = self;
        criterion.loss(&Batch::new(student, labels).with_teacher(heard)).expect("a loss")
    }

    /// Microseconds that a pass takes.
    fn time(&self, criterion: &mut Criterion, passes: u32) -> f64 {
        microseconds(passes, || {
            Tensor::run_backward(&[self.loss(criterion)], &[&self.student], false, false);
        })
    }
}

fn parse(written: &str) -> Criterion {
    Criterion::new(&serde_json::from_str(written).expect("an objective"))
}

/// One line of the table.
fn compare(
    name: &str,
    criterion: &mut Criterion,
    classes: i64,
    passes: u32,
    rounds: usize,
    other: Option<&mut PyTorch>,
) {
    let logits = Logits::new(classes);
    let mut plain_kl = parse(PLAIN_KL);
    let mut other = other;
    let (mut ours, mut theirs, mut to_theirs, mut to_kl) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        let own = logits.time(criterion, passes);
        if let Some(pytorch) = &mut other {
            let (value, microseconds) = pytorch.time(&format!("{name} {classes} {passes}"));
            let own_value = logits.loss(criterion).double_value(&[]);
            assert!(
                (own_value - value).abs() < 1e-4 * value.abs().max(1.0),
                "{name}: {own_value}, PyTorch {value}"
            );
            theirs.push(microseconds);
            to_theirs.push(own / microseconds);
        }
        to_kl.push(own / logits.time(&mut plain_kl, passes));
        ours.push(own);
    }
    let theirs = if other.is_some() {
        format!("{:>12.1} {:>13.2}", median(theirs), median(to_theirs))
    } else {
        format!("{:>12} {:>13}", "-", "-")
    };
    println!("{name:<20} {classes:>7} {:>9.1} {theirs} {:>9.2}", median(ours), median(to_kl));
}

/// How long the matrix products in the definition of `multi_level` take alone, compared with plain KL: three for the Gram
/// matrices, two for the gradient, all over the shorter of examples and classes.
fn products_to_kl(classes: i64, passes: u32, rounds: usize) -> f64 {
    let logits = Logits::new(classes);
    let mut plain_kl = parse(PLAIN_KL);
    let table = logits.teacher.view([EXAMPLES.min(classes), EXAMPLES.max(classes)]);
    let gram = || table.matmul(&table.tr());
    let square = gram();
    let ratio = |_| {
        let products = microseconds(passes, || {
            for _ in 0..3 {
                let _ = gram();
            }
            for _ in 0..2 {
                let _ = square.matmul(&table);
            }
        });
        products / logits.time(&mut plain_kl, passes)
    };
    median((0..rounds).map(ratio).collect())
}

/// How long a training step of ResNet-20 on images of 32 x 32 takes with a loss, compared with plain KL.
fn steps_to_kl(criterion: &mut Criterion, classes: i64, rounds: usize) -> f64 {
    let architecture = Architecture::CifarResNet(CifarResNet::new(20));
    let input = Input::Image { channels: 3, height: 32, width: 32 };
    let mut stream = Stream::new(&[1], Concern::Initialisation);
    let model = Model::new(&architecture, input, classes, &mut stream, Device::Cpu).expect("a model");
    let rule = Rule::Sgd { momentum: 0.9, weight_decay: 5e-4, nesterov: false };
    let mut optimizer = Optimizer::new(rule, model.store().trainable_variables()).expect("an optimiser");
    let (images, mut logits) =
        (Tensor::ones([EXAMPLES, 3, 32, 32], (Kind::Float, Device::Cpu)), Logits::new(classes));
    let mut step = |criterion: &mut Criterion| {
        microseconds(2, || {
            logits.student = model.forward(&images, Mode::Train).expect("a pass").logits;
            logits.loss(criterion).backward();
            optimizer.step(0.01).expect("a step");
        })
    };
    let mut plain_kl = parse(PLAIN_KL);
    median((0..rounds).map(|_| step(criterion) / step(&mut plain_kl)).collect())
}

fn main() {
    tch::set_num_threads(1);
    kd_models::keep_freed_memory();
    let asked = Asked::here();
    let mut pytorch = PyTorch::start("losses.py", &[]);
    if let Err(reason) = &pytorch {
        println!("PyTorch side skipped: {reason}; KD_PYTHON may name a Python with torch 2.11.0");
    }
    println!(
        "{:<20} {:>7} {:>9} {:>12} {:>13} {:>9}",
        "loss", "classes", "tch, µs", "PyTorch, µs", "tch / PyTorch", "tch / KL"
    );
    let rounds = if asked.measured { ROUNDS } else { 1 };
    let mut of_multi_level = Vec::new();
    for written in OBJECTIVES {
        let mut criterion = parse(written);
        let name = written.split('"').nth(1).unwrap_or(written);
        for (classes, passes) in SIZES {
            if asked.wants(&format!("losses/{name}/{classes}")) {
                let passes = if asked.measured { passes } else { 1 };
                compare(name, &mut criterion, classes, passes, rounds, pytorch.as_mut().ok());
                if name == "multi_level" {
                    let products = products_to_kl(classes, passes, rounds);
                    of_multi_level.push((classes, products, steps_to_kl(&mut criterion, classes, rounds)));
                }
            }
        }
    }
    for (classes, products, steps) in of_multi_level {
        println!(
            "multi_level, {classes} classes: its matrix products alone take {products:.2} times as long as KL, a training \
             step of ResNet-20 with it {steps:.3} times as long as with KL"
        );
    }
}
