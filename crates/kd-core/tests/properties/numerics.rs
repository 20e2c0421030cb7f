//! What must hold whatever numbers a loss is given in, and wherever they are.
#![allow(clippy::print_stdout)] // a test that is skipped says so

use tch::{Cuda, Device, Kind, Tensor};

use kd_core::Error;
use kd_core::criterion::{Batch, Criterion};
use kd_core::objective::Objective;
use kd_core::random::{Concern, Stream};
use kd_core::signal::Heard;

use crate::{loss, objectives, parse, value};

/// Student logits, teacher logits and labels.
struct Example {
    student: Tensor,
    teacher: Tensor,
    labels: Tensor,
}

impl Example {
    /// Normal logits of deviation `scale`; every label is its teacher's choice or, in odd rows, the class after it.
    fn new(examples: usize, classes: usize, scale: f64) -> Self {
        let mut stream = Stream::new(&[3, examples as u64, classes as u64], Concern::Initialisation);
        let mut logits = || {
            let values: Vec<f64> = (0..examples * classes).map(|_| stream.normal() * scale).collect();
            Tensor::from_slice(&values).view([examples as i64, classes as i64])
        };
        let (student, teacher) = (logits(), logits());
        let odd = Tensor::arange(examples as i64, (Kind::Int64, Device::Cpu)).remainder(2);
        let labels = (teacher.argmax(-1, false) + odd).remainder(classes as i64);
        Self { student, teacher, labels }
    }

    fn to_kind(&self, kind: Kind) -> Self {
        let Self { student, teacher, labels } = self;
        Self {
            student: student.to_kind(kind),
            teacher: teacher.to_kind(kind),
            labels: labels.shallow_clone(),
        }
    }

    fn to_device(&self, device: Device) -> Self {
        let Self { student, teacher, labels } = self;
        Self {
            student: student.to_device(device),
            teacher: teacher.to_device(device),
            labels: labels.to_device(device),
        }
    }

    /// The loss, and its gradient with respect to the student's logits.
    fn pass(&self, objective: &Objective) -> (Tensor, Tensor) {
        let student = self.student.detach().copy().set_requires_grad(true);
        let loss = loss(objective, &student, &self.teacher, &self.labels);
        loss.backward();
        (loss.detach(), student.grad())
    }
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
        let example = Example::new(examples, classes, 2.0);
        for objective in objectives() {
            let exact = example.to_kind(Kind::Float).to_kind(Kind::Double).pass(&objective);
            let single = example.to_kind(Kind::Float).pass(&objective);
            assert_eq!((single.0.kind(), single.1.kind()), (Kind::Float, Kind::Float));
            let at = format!("{objective:?} on [{examples}, {classes}]");
            assert_close(&at, &single, &exact, 2e-5);
        }
    }
}

#[test]
fn sixteen_bits_are_computed_in_float32() {
    let example = Example::new(32, 50, 2.0);
    for kind in [Kind::BFloat16, Kind::Half] {
        let narrow = example.to_kind(kind);
        for objective in objectives() {
            let (loss, gradient) = narrow.pass(&objective);
            let (wide_loss, wide_gradient) = narrow.to_kind(Kind::Float).pass(&objective);
            assert_eq!((loss.kind(), gradient.kind()), (Kind::Float, kind), "{objective:?}");
            assert_eq!(loss, wide_loss, "{objective:?} in {kind:?}");
            assert_eq!(gradient, wide_gradient.to_kind(kind), "{objective:?} in {kind:?}");
        }
    }
}

#[test]
fn logits_of_ten_thousand_stay_finite() {
    for kind in [Kind::BFloat16, Kind::Half, Kind::Float, Kind::Double] {
        for examples in [1, 6] {
            let signs = |tensor: &Tensor| tensor.sign() * 1e4;
            let Example { student, teacher, labels } = Example::new(examples, 5, 1.0);
            for teacher in [signs(&teacher), signs(&student), signs(&-&student), teacher] {
                let extreme =
                    Example { student: signs(&student), teacher, labels: labels.copy() }.to_kind(kind);
                for objective in objectives() {
                    let (loss, gradient) = extreme.pass(&objective);
                    assert!(value(&loss).is_finite(), "{objective:?} in {kind:?}: {loss}");
                    let held = gradient.isfinite().all().int64_value(&[]) == 1;
                    assert!(held, "{objective:?} in {kind:?}: {gradient}");
                }
            }
        }
    }
}

#[test]
fn what_is_not_a_number_is_never_lost() {
    for at in [(0, 0), (1, 3), (3, 4)] {
        for broken_teacher in [false, true] {
            let mut example = Example::new(4, 5, 2.0);
            let broken = if broken_teacher { &mut example.teacher } else { &mut example.student };
            let _ = broken.get(at.0).get(at.1).fill_(f64::NAN);
            for objective in objectives() {
                let unseen = broken_teacher && !objective.needs_teacher();
                if !unseen {
                    let (loss, _) = example.pass(&objective);
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
    let example = Example::new(64, 100, 2.0);
    for (kind, tolerance) in [(Kind::Double, 1e-10), (Kind::Float, 1e-4)] {
        let on_cpu = example.to_kind(kind);
        let on_gpu = on_cpu.to_device(Device::Cuda(0));
        for objective in objectives() {
            let at = format!("{objective:?} in {kind:?}");
            assert_close(&at, &on_gpu.pass(&objective), &on_cpu.pass(&objective), tolerance);
        }
    }
}
