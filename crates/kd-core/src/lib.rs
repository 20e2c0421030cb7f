//! Knowledge distillation on tensors: losses, supervision, objectives and metrics.
//!
//! * [`loss`]: plain functions from logits to a scalar, one file each.
//! * [`feature`]: losses between intermediate features, with what they learn.
//! * [`supervision`]: what is done to a teacher's logits *before* a loss sees them, such as permuting its wrong
//!   classes. Any supervision composes with any loss.
//! * [`objective`]: serialisable choices that put both together; this is what a study file names. Its numbers may follow
//!   a [`schedule`].
//! * [`signal`]: what a student hears of its teacher, supervised as its objective asks; [`criterion`]: the loss on it.
//! * [`metrics`]: exact measures over a whole set.
//! * [`number`]: settings that are checked where they enter.
//! * [`random`]: portable streams of random numbers, split by concern.
//! * [`memory`]: whether an error says that memory ran out.
//! * [`testing`]: what should hold for any loss, for tests of your own.
//! * [`Input`]: what one example looks like to a model.
//!
//! Logits are `[B, K]` (examples by classes), labels `[B]` of int64. Losses are in nats and averaged over the batch.
//! Nothing here touches files, the clock or a global generator, and libtorch's refusals come back as [`Error`]s.
//!
//! ```
//! use kd_core::criterion::{Batch, Criterion};
//! use kd_core::objective::Objective;
//! use kd_core::signal::Heard;
//! use tch::Tensor;
//!
//! # fn main() -> Result<(), kd_core::Error> {
//! let objective = Objective::distillation(4.0)?;
//! let student = Tensor::from_slice2(&[[1.0, 2.0, 0.5], [0.2, -0.3, 1.5]]).set_requires_grad(true);
//! let teacher = Tensor::from_slice2(&[[2.0, 1.0, 0.1], [0.0, -1.0, 2.5]]);
//! let labels = Tensor::from_slice(&[0_i64, 2]);
//!
//! let mut criterion = Criterion::new(&objective);
//! let heard = Heard::in_full(&teacher);
//! let loss = criterion.loss(&Batch::new(&student, &labels).with_teacher(&heard))?;
//! loss.backward();
//! assert!(loss.double_value(&[]) > 0.0);
//! assert_eq!(student.grad().size(), [2, 3]);
//! # Ok(())
//! # }
//! ```
//!
#![doc = include_str!("../reference.md")]

pub mod criterion;
mod error;
pub mod feature;
mod input;
pub mod loss;
pub mod memory;
pub mod metrics;
pub mod number;
pub mod objective;
pub mod parameter;
pub mod random;
pub mod schedule;
pub mod signal;
pub mod supervision;
pub mod testing;

pub use error::{Error, Result};
pub use input::Input;
