//! What should hold for any loss on logits, as functions for tests: those that this crate holds its own losses to.
//!
//! A loss is any function of an [`Example`]; [`of`] makes one of an objective. Each property is checked on one example and
//! names what it found where it is broken, so a test unwraps it, on a few examples of its own or on many drawn ones.
//! Values are compared to 1e-9 of their size, or of 1, so examples are float64 as [`Example::drawn`] makes them.
//!
//! ```
//! use kd_core::Result;
//! use kd_core::testing::{Example, has_its_gradient, ignores_order, ignores_shifts, is_mean, stays_finite};
//! use tch::{Kind, Tensor};
//!
//! /// Half the squared distance of student and teacher, row means taken off.
//! fn own_loss(example: &Example) -> Result<Tensor> {
//!     // Squares of logits leave 16 bits soon.
//!     let [student, teacher] = [&example.student, &example.teacher].map(|own| own.f_to_kind(Kind::Double));
//!     let apart = student?.f_sub(&teacher?.f_detach()?)?;
//!     let centred = apart.f_sub(&apart.f_mean_dim(-1, true, None::<Kind>)?)?;
//!     Ok(centred.f_square()?.f_mean(None::<Kind>)?.f_mul_scalar(0.5)?)
//! }
//!
//! # fn main() -> std::result::Result<(), kd_core::testing::Broken> {
//! for seed in 0..10 {
//!     let example = Example::drawn(seed, 4, 7, 2.0);
//!     ignores_shifts(own_loss, &example, 30.0)?;
//!     ignores_order(own_loss, &example, seed)?;
//!     is_mean(own_loss, &example)?;
//!     has_its_gradient(own_loss, &example)?;
//!     stays_finite(own_loss, &example)?;
//! }
//!
//! // One that ties the rows' means is told from it.
//! let plain = |own: &Example| Ok(own.student.f_sub(&own.teacher)?.f_square()?.f_mean(None::<Kind>)?);
//! let broken = ignores_shifts(plain, &Example::drawn(0, 4, 7, 2.0), 30.0).unwrap_err();
//! assert_eq!(broken.property, "a shift of a row changes nothing");
//! # Ok(())
//! # }
//! ```

use tch::{Device, Kind, Tensor};

use crate::criterion::{Batch, Criterion};
use crate::error::Result;
use crate::objective::Objective;
use crate::random::{Concern, Stream};
use crate::signal::Heard;

/// What a loss on logits is computed from.
#[derive(Debug)]
pub struct Example {
    /// The student's logits, `[B, K]`.
    pub student: Tensor,
    /// The teacher's logits, `[B, K]`.
    pub teacher: Tensor,
    /// `[B]`, int64.
    pub labels: Tensor,
}

impl Example {
    /// Normal logits of deviation `scale`, in float64, drawn from a seed; the label of every other row is its teacher's
    /// choice, that of the rest the class after it.
    #[must_use]
    pub fn drawn(seed: u64, examples: i64, classes: i64, scale: f64) -> Self {
        let mut stream = Stream::new(&[seed, examples as u64, classes as u64], Concern::Examples);
        let mut logits = || {
            let values: Vec<f64> = (0..examples * classes).map(|_| stream.normal() * scale).collect();
            Tensor::from_slice(&values).view([examples, classes])
        };
        let (student, teacher) = (logits(), logits());
        let odd = Tensor::arange(examples, (Kind::Int64, Device::Cpu)).remainder(2);
        let labels = (teacher.argmax(-1, false) + odd).remainder(classes);
        Self { student, teacher, labels }
    }

    /// The same with another student.
    #[must_use]
    pub fn with_student(&self, student: Tensor) -> Self {
        Self { student, teacher: self.teacher.shallow_clone(), labels: self.labels.shallow_clone() }
    }

    /// The rows at `index`, int64.
    #[must_use]
    pub fn rows(&self, index: &Tensor) -> Self {
        let [student, teacher, labels] =
            [&self.student, &self.teacher, &self.labels].map(|table| table.index_select(0, index));
        Self { student, teacher, labels }
    }

    /// The same logits in another precision.
    #[must_use]
    pub fn to_kind(&self, kind: Kind) -> Self {
        let [student, teacher] = [&self.student, &self.teacher].map(|logits| logits.to_kind(kind));
        Self { student, teacher, labels: self.labels.shallow_clone() }
    }

    /// The same on another device.
    #[must_use]
    pub fn to_device(&self, device: Device) -> Self {
        let [student, teacher, labels] =
            [&self.student, &self.teacher, &self.labels].map(|table| table.to_device(device));
        Self { student, teacher, labels }
    }
}

/// A property that does not hold.
#[derive(Debug, thiserror::Error)]
#[error("{property}, but {found}")]
pub struct Broken {
    /// What should hold.
    pub property: &'static str,
    /// What was found.
    pub found: String,
}

/// The loss of an objective that hears its teacher in full.
pub fn of(objective: &Objective) -> impl Fn(&Example) -> Result<Tensor> {
    move |Example { student, teacher, labels }| {
        let heard = Heard::in_full(teacher);
        Criterion::new(objective).loss(&Batch::new(student, labels).with_teacher(&heard))
    }
}

/// That numbers added to rows of the student's logits, `shift` to the first, twice as much to the second and so on, change
/// nothing, as no softmax sees them.
///
/// # Errors
/// If they do, or the loss is refused.
pub fn ignores_shifts(
    loss: impl Fn(&Example) -> Result<Tensor>,
    example: &Example,
    shift: f64,
) -> std::result::Result<(), Broken> {
    const PROPERTY: &str = "a shift of a row changes nothing";
    let rows = example.student.size()[0];
    let shifts =
        Tensor::arange_start(1, rows + 1, (example.student.kind(), example.student.device())) * shift;
    let moved = example.with_student(&example.student + shifts.unsqueeze(-1));
    alike(PROPERTY, value(PROPERTY, &loss, example)?, value(PROPERTY, &loss, &moved)?)
}

/// That the order of examples in a batch, here one drawn from a seed, does not matter.
///
/// # Errors
/// If it does, or the loss is refused.
pub fn ignores_order(
    loss: impl Fn(&Example) -> Result<Tensor>,
    example: &Example,
    seed: u64,
) -> std::result::Result<(), Broken> {
    const PROPERTY: &str = "the order of examples does not matter";
    let rows = example.student.size()[0] as usize;
    let order = Tensor::from_slice(&Stream::new(&[seed], Concern::BatchOrder).permutation(rows));
    let reordered = example.rows(&order.to_device(example.student.device()));
    alike(PROPERTY, value(PROPERTY, &loss, example)?, value(PROPERTY, &loss, &reordered)?)
}

/// That the loss of a batch is the mean of the losses of its examples.
///
/// # Errors
/// If it is another number, as for losses that compare examples with one another, or the loss is refused.
pub fn is_mean(
    loss: impl Fn(&Example) -> Result<Tensor>,
    example: &Example,
) -> std::result::Result<(), Broken> {
    const PROPERTY: &str = "the loss of a batch is the mean over its examples";
    let rows = example.student.size()[0];
    let mut mean = 0.0;
    for row in 0..rows {
        let index = Tensor::from_slice(&[row]).to_device(example.student.device());
        mean += value(PROPERTY, &loss, &example.rows(&index))? / rows as f64;
    }
    alike(PROPERTY, value(PROPERTY, &loss, example)?, mean)
}

/// That the gradient with respect to every logit of the student is the slope of the loss, by differences over 10⁻⁵ to
/// either side, to 10⁻⁵ of its size or of 1.
///
/// # Errors
/// If one is not, or the loss is refused.
pub fn has_its_gradient(
    loss: impl Fn(&Example) -> Result<Tensor>,
    example: &Example,
) -> std::result::Result<(), Broken> {
    const PROPERTY: &str = "the gradient is the slope of the loss";
    const STEP: f64 = 1e-5;
    let (_, gradient) = passed(PROPERTY, &loss, example)?;
    let &[rows, classes] = &example.student.size()[..] else {
        return Err(Broken { property: PROPERTY, found: "the student's logits are no table".to_owned() });
    };
    for (row, class) in (0..rows).flat_map(|row| (0..classes).map(move |class| (row, class))) {
        let at = |offset: f64| {
            let moved = example.student.copy();
            let _ = moved.get(row).get(class).g_add_scalar_(offset);
            value(PROPERTY, &loss, &example.with_student(moved))
        };
        let slope = (at(STEP)? - at(-STEP)?) / (2.0 * STEP);
        let exact = gradient.double_value(&[row, class]);
        let agrees = (slope - exact).abs() < 1e-5 * exact.abs().max(1.0);
        if !agrees {
            let found = format!("it is {exact} at row {row}, class {class}, where the slope is {slope}");
            return Err(Broken { property: PROPERTY, found });
        }
    }
    Ok(())
}

/// That logits of ±10⁴, of the signs of the example's, give a finite loss with a finite gradient, in every precision and
/// against teachers that are as extreme, agree, disagree or are moderate.
///
/// # Errors
/// If they do not, or the loss is refused.
pub fn stays_finite(
    loss: impl Fn(&Example) -> Result<Tensor>,
    example: &Example,
) -> std::result::Result<(), Broken> {
    const PROPERTY: &str = "logits of ten thousand give a finite loss and gradient";
    let signs = |logits: &Tensor| logits.sign() * 1e4;
    let (student, teacher) = (signs(&example.student), signs(&example.teacher));
    for (which, teacher) in [
        ("as extreme", teacher),
        ("that agrees", student.copy()),
        ("that disagrees", -&student),
        ("of moderate logits", example.teacher.shallow_clone()),
    ] {
        let labels = example.labels.shallow_clone();
        let extreme = Example { student: student.shallow_clone(), teacher, labels };
        for kind in [Kind::Half, Kind::BFloat16, Kind::Float, Kind::Double] {
            let (loss, gradient) = passed(PROPERTY, &loss, &extreme.to_kind(kind))?;
            let is_finite = gradient.isfinite().all().int64_value(&[]) == 1;
            if !(loss.double_value(&[]).is_finite() && is_finite) {
                let found = format!("in {kind:?} and with a teacher {which} they are {loss} and {gradient}");
                return Err(Broken { property: PROPERTY, found });
            }
        }
    }
    Ok(())
}

/// The loss, and its gradient with respect to the student's logits.
///
/// # Errors
/// As the loss refuses, or if it cannot be differentiated.
pub fn pass(loss: impl Fn(&Example) -> Result<Tensor>, example: &Example) -> Result<(Tensor, Tensor)> {
    let student = example.student.f_detach_copy()?.f_set_requires_grad(true)?;
    let loss = loss(&example.with_student(student.shallow_clone()))?;
    loss.f_backward()?;
    let gradient = student.f_grad()?;
    // A loss of something else does not rise with the student's logits.
    let gradient = if gradient.defined() { gradient } else { student.f_zeros_like()? };
    Ok((loss.f_detach()?, gradient))
}

fn passed(
    property: &'static str,
    loss: &impl Fn(&Example) -> Result<Tensor>,
    example: &Example,
) -> std::result::Result<(Tensor, Tensor), Broken> {
    pass(loss, example).map_err(|error| Broken { property, found: format!("it is refused: {error}") })
}

fn value(
    property: &'static str,
    loss: &impl Fn(&Example) -> Result<Tensor>,
    example: &Example,
) -> std::result::Result<f64, Broken> {
    let value = loss(example).and_then(|loss| Ok(loss.f_double_value(&[])?));
    value.map_err(|error| Broken { property, found: format!("it is refused: {error}") })
}

fn alike(property: &'static str, before: f64, after: f64) -> std::result::Result<(), Broken> {
    if (before - after).abs() < 1e-9 * before.abs().max(1.0) {
        Ok(())
    } else {
        Err(Broken { property, found: format!("{before} became {after}") })
    }
}
