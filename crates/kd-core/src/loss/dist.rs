use tch::{Kind, Tensor};

use super::softmax;
use crate::error::{Result, same_shape};

/// The two parts of DIST, each already times T²; unitless, in `[0, 2 T²]`.
#[derive(Debug)]
pub struct Correlations {
    /// One minus the mean correlation of an example's class probabilities.
    pub inter: Tensor,
    /// One minus the mean correlation of a class's probabilities over the batch.
    pub intra: Tensor,
}

/// Distillation by correlation: the student must rank as the teacher does, not match its numbers.
///
/// `T² (1 - mean ρ)`, ρ being Pearson's correlation between student and teacher probabilities at T along the classes
/// (inter) or along the batch (intra). Huang et al. 2022, "Knowledge Distillation from A Stronger Teacher"
/// (arXiv 2205.10536), with a weight of 1 on each and T = 1. Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// A correlation with something constant, such as along a batch of one, counts as 0: norms are at least 1e-8.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn dist(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Correlations> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let student = softmax(logits, temperature)?;
    let teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let part = |axis| -> Result<Tensor> {
        let distance =
            correlation(&student, &teacher, axis)?.f_mean(None::<Kind>)?.f_neg()?.f_add_scalar(1.0)?;
        Ok(distance.f_mul_scalar(temperature * temperature)?)
    };
    Ok(Correlations { inter: part(1)?, intra: part(0)? })
}

/// Pearson's correlation along `axis`.
fn correlation(a: &Tensor, b: &Tensor, axis: i64) -> Result<Tensor> {
    let centred = |x: &Tensor| x.f_sub(&x.f_mean_dim(axis, true, None::<Kind>)?);
    let (a, b) = (centred(a)?, centred(b)?);
    Ok(Tensor::f_cosine_similarity(&a, &b, axis, 1e-8)?)
}
