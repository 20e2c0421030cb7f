//! Losses, one file each: plain functions on tensors.
//!
//! All take student logits `[B, K]`, or numbers `[B, D]` for regression, and return a scalar, averaged over the batch, in
//! nats unless said otherwise. No gradient reaches the teacher. Logits of 16 bits are computed with in float32, which is the
//! kind of the loss; the gradient has the kind of the logits. Logits that are not numbers give a loss that is none.
//!
//! | loss | what it asks of the student | source | held to values of |
//! |---|---|---|---|
//! | [`cross_entropy`] | the label | | PyTorch |
//! | [`label_smoothing`] | the label, less certain | Szegedy et al. 2016 | PyTorch; Tf-KD |
//! | [`virtual_teacher`] | a hand-made teacher's distribution | Yuan et al. 2020 | Tf-KD |
//! | [`distillation`] | the teacher's distribution, by forward KL | Hinton et al. 2015 | mdistiller, `RepDistiller`, gnosis, Tf-KD |
//! | [`standardise`], then [`distillation`] | the same, whatever the scale of logits | Sun et al. 2024 | the authors' code |
//! | [`soft_cross_entropy`] | the gradient of forward KL, another value | Hinton et al. 2015 | gnosis, `TextBrewer` |
//! | [`reverse_kl`] | the teacher's modes | Gu et al. 2024 | PyTorch |
//! | [`jensen_shannon`] | something in between | Agarwal et al. 2024 | its formula |
//! | [`logit_mse`] | the teacher's logits, all or some | Ba & Caruana 2014 | `TextBrewer` |
//! | [`decoupled`] | target and other classes, weighted apart | Zhao et al. 2022 | mdistiller |
//! | [`normalised`] | the same with normalised other classes | Yang et al. 2023 | its formula |
//! | [`dist`] | the teacher's rankings, by correlation | Huang et al. 2022 | DIST |
//! | [`multi_level`] | the teacher's probabilities and their Gram matrices | Jin et al. 2023 | its formula |
//! | [`confidence_weighted`] | the label, where the teacher is sure | Furlanello et al. 2018 | its formula |
//! | [`mse`], [`huber`] | numbers `[B, D]`, true or the teacher's | Huber 1964 | PyTorch |
//! | [`teacher_bounded`] | numbers no worse than the teacher's | Chen et al. 2017 | its formula |
//!
//! [`token_mean`] makes any of them a loss of the tokens of padded sequences, averaged over tokens or over sequences.
//!
//! Every one agrees with its formula written out in PyTorch, in float64, to 1e-10 in value and 1e-8 in gradient, and
//! with what published code gives on one fixed example to 1e-10; the tests name the convention behind each number.

mod confidence_weighted;
mod cross_entropy;
mod decoupled;
mod dist;
mod distillation;
mod from_teacher;
mod huber;
mod jensen_shannon;
mod label_smoothing;
mod labels;
mod logit_mse;
mod multi_level;
mod normalised;
mod prediction_matching;
mod reverse_kl;
mod settings;
mod soft_cross_entropy;
mod split;
mod squared_error;
mod standardise;
mod teacher_bounded;
mod tokens;
mod virtual_teacher;

pub use confidence_weighted::{ConfidenceWeighted, confidence_weighted};
pub use cross_entropy::{CrossEntropy, cross_entropy};
pub use decoupled::{Decoupled, decoupled};
pub use dist::{Dist, dist};
pub use distillation::{Distillation, distillation};
pub use huber::{Huber, huber};
pub use jensen_shannon::{JensenShannon, jensen_shannon};
pub use label_smoothing::{LabelSmoothing, Spread, label_smoothing};
pub(crate) use labels::{Labels, nothing};
pub use logit_mse::{LogitMse, Selection, logit_mse};
pub use multi_level::{MultiLevel, multi_level};
pub use normalised::{Normalised, normalised};
pub use prediction_matching::PredictionMatching;
pub use reverse_kl::{ReverseKl, reverse_kl};
pub(crate) use settings::{About, Given, Settings};
pub use settings::{Predicted, Target};
pub use soft_cross_entropy::{SoftCrossEntropy, soft_cross_entropy};
pub use squared_error::{SquaredError, mse};
pub use standardise::standardise;
pub use teacher_bounded::{TeacherBounded, teacher_bounded};
pub use tokens::{TokenAverage, Tokens, token_mean};
pub use virtual_teacher::{VirtualTeacher, virtual_teacher};

use tch::{Kind, Reduction, Tensor};

use crate::error::Result;

/// No label is left out of a loss; libtorch's own choice of -100 would pass over a wrong one.
const IGNORED_LABEL: i64 = i64::MIN;

/// Stands for the logit of a class that is left out: its probability is nil, and what is subtracted from it vanishes.
const LEFT_OUT: f64 = -1e30;

/// The numbers that a loss is computed in: float32 for those of 16 bits, others as they are.
pub(crate) fn widened(logits: &Tensor) -> Result<Tensor> {
    Ok(match logits.f_kind()? {
        Kind::Half | Kind::BFloat16 => logits.f_to_kind(Kind::Float)?,
        _ => logits.shallow_clone(),
    })
}

/// `z / T`.
fn tempered(logits: &Tensor, temperature: f64) -> Result<Tensor> {
    let logits = widened(logits)?;
    match temperature {
        1.0 => Ok(logits),
        _ => Ok(logits.f_div_scalar(temperature)?),
    }
}

/// `log softmax(z / T)` over the last axis.
fn log_softmax(logits: &Tensor, temperature: f64) -> Result<Tensor> {
    Ok(tempered(logits, temperature)?.f_log_softmax(-1, None::<Kind>)?)
}

/// `softmax(z / T)` over the last axis.
fn softmax(logits: &Tensor, temperature: f64) -> Result<Tensor> {
    Ok(tempered(logits, temperature)?.f_softmax(-1, None::<Kind>)?)
}

/// `-log softmax(z)_y` of every row, reduced as told.
fn label_loss(logits: &Tensor, labels: &Tensor, reduction: Reduction) -> Result<Tensor> {
    Ok(widened(logits)?.f_cross_entropy_loss::<Tensor>(labels, None, reduction, IGNORED_LABEL, 0.0)?)
}

/// `factor · (1/B) Σ_i KL(p_i ‖ q_i)`, summed over classes, averaged over rows; p is given with its logarithm.
fn kl(p: &Tensor, log_p: &Tensor, log_q: &Tensor, factor: f64) -> Result<Tensor> {
    let rows = p.size()[0] as f64;
    Ok(log_q.f_sub(log_p)?.f_mul(p)?.f_sum(None::<Kind>)?.f_mul_scalar(-factor / rows)?)
}

/// `weight_a · a + weight_b · b`.
fn sum(a: &Tensor, weight_a: f64, b: &Tensor, weight_b: f64) -> Result<Tensor> {
    Ok(weighted(a, weight_a)?.f_add(&weighted(b, weight_b)?)?)
}

/// The operation is spared where it would change nothing.
pub(crate) fn weighted(loss: &Tensor, weight: f64) -> Result<Tensor> {
    match weight {
        1.0 => Ok(loss.shallow_clone()),
        _ => Ok(loss.f_mul_scalar(weight)?),
    }
}

/// `value`, with `gradient` as its gradient with respect to `input`; it has no second derivative.
fn with_gradient(value: &Tensor, input: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let mut carrier = input.f_flatten(0, -1)?.f_dot(&gradient.f_flatten(0, -1)?)?;
    // Only its graph is wanted, which does not see what is written here.
    tch::no_grad(|| carrier.f_copy_(value))?;
    Ok(carrier)
}
