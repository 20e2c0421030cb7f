//! What must hold whatever numbers a loss is given in, and wherever they are.
#![allow(clippy::print_stdout)] // a test that is skipped says so

use tch::{Cuda, Device, Kind, Tensor};

use kd_core::Error;
use kd_core::criterion::{Batch, Criterion};
use kd_core::objective::Objective;
use kd_core::signal::Heard;
use kd_core::testing::{self, Example, stays_finite};

use crate::{objectives, parse, value};

fn pass(example: &Example, objective: &Objective) -> (Tensor, Tensor) {
    testing::pass(testing::of(objective), example).unwrap()
}

/// The largest difference of two gradients, relative to the largest number in the second.
fn apart(gradient: &Tensor, exact: &Tensor) -> f64 {
    let [gradient, exact] =
        [gradient, exact].map(|tensor| tensor.to_device(Device::Cpu).to_kind(Kind::Double));
    let scale = value(&exact.abs().max()).max(1e-3);
    value(&(gradient - exact).abs().max()) / scale
}

fn assert_close(at: &str, (loss, gradient): &(Tensor, Tensor), exact: &(Tensor, Tensor), tolerance: f64) {
    let (ours, exact_loss) = (value(loss), value(&exact.0));
    assert!(
        (ours - exact_loss).abs() < tolerance * exact_loss.abs().max(1.0),
        "{at}: {ours} and {exact_loss}"
    );
    let apart = apart(gradient, &exact.1);
    assert!(apart < tolerance, "{at}: gradients differ by {apart}");
}

#[test]
fn float32_agrees_with_float64() {
    for (examples, classes) in [(1, 4), (5, 7), (128, 10), (64, 200)] {
        let example = Example::drawn(3, examples, classes, 2.0);
        for objective in objectives() {
            let exact = pass(&example.to_kind(Kind::Float).to_kind(Kind::Double), &objective);
            let single = pass(&example.to_kind(Kind::Float), &objective);
            assert_eq!((single.0.kind(), single.1.kind()), (Kind::Float, Kind::Float));
            let at = format!("{objective:?} on [{examples}, {classes}]");
            assert_close(&at, &single, &exact, 2e-5);
        }
    }
}

#[test]
fn sixteen_bits_are_computed_in_float32() {
    let example = Example::drawn(3, 32, 50, 2.0);
    for kind in [Kind::BFloat16, Kind::Half] {
        let narrow = example.to_kind(kind);
        for objective in objectives() {
            let (loss, gradient) = pass(&narrow, &objective);
            let (wide_loss, wide_gradient) = pass(&narrow.to_kind(Kind::Float), &objective);
            assert_eq!((loss.kind(), gradient.kind()), (Kind::Float, kind), "{objective:?}");
            assert_eq!(loss, wide_loss, "{objective:?} in {kind:?}");
            assert_eq!(gradient, wide_gradient.to_kind(kind), "{objective:?} in {kind:?}");
        }
    }
}

#[test]
fn logits_of_ten_thousand_stay_finite() {
    for examples in [1, 6] {
        for objective in objectives() {
            let held = stays_finite(testing::of(&objective), &Example::drawn(3, examples, 5, 1.0));
            assert!(held.is_ok(), "{objective:?}: {held:?}");
        }
    }
}

#[test]
fn what_is_not_a_number_is_never_lost() {
    for at in [(0, 0), (1, 3), (3, 4)] {
        for broken_teacher in [false, true] {
            let mut example = Example::drawn(3, 4, 5, 2.0);
            let broken = if broken_teacher { &mut example.teacher } else { &mut example.student };
            let _ = broken.get(at.0).get(at.1).fill_(f64::NAN);
            for objective in objectives() {
                let unseen = broken_teacher && !objective.needs_teacher();
                if !unseen {
                    let (loss, _) = pass(&example, &objective);
                    assert!(
                        value(&loss).is_nan(),
                        "{objective:?} with {at:?} of teacher {broken_teacher}: {loss}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_single_class_is_refused_by_every_objective() {
    let (logits, labels) =
        (Tensor::zeros([3, 1], (Kind::Float, Device::Cpu)), Tensor::from_slice(&[0_i64, 0, 0]));
    for objective in objectives() {
        let heard = Heard::in_full(&logits);
        let batch = Batch::new(&logits, &labels).with_teacher(&heard);
        let refusal = Criterion::new(&objective).loss(&batch);
        assert!(matches!(refusal, Err(Error::TooFewClasses(1))), "{objective:?}: {refusal:?}");
    }
}

#[test]
fn a_label_that_is_no_class_is_refused() {
    let logits = Tensor::zeros([1, 3], (Kind::Float, Device::Cpu));
    for label in [-100_i64, -1, 3] {
        for name in ["cross_entropy", "confidence_weighted", "virtual_teacher"] {
            let labels = Tensor::from_slice(&[label]);
            let heard = Heard::in_full(&logits);
            let batch = Batch::new(&logits, &labels).with_teacher(&heard);
            let refusal = Criterion::new(&parse(&format!(r#"{{"{name}":{{}}}}"#))).loss(&batch);
            assert!(matches!(refusal, Err(Error::Torch(_))), "{name} of {label}: {refusal:?}");
        }
    }
}

#[test]
fn an_objective_is_the_same_on_a_gpu() {
    if !Cuda::is_available() {
        println!("skipped: no CUDA device");
        return;
    }
    let example = Example::drawn(3, 64, 100, 2.0);
    for (kind, tolerance) in [(Kind::Double, 1e-10), (Kind::Float, 1e-4)] {
        let on_cpu = example.to_kind(kind);
        let on_gpu = on_cpu.to_device(Device::Cuda(0));
        for objective in objectives() {
            let at = format!("{objective:?} in {kind:?}");
            assert_close(&at, &pass(&on_gpu, &objective), &pass(&on_cpu, &objective), tolerance);
        }
    }
}
