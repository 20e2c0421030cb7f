use tch::{Kind, Tensor};

use super::{log_softmax, softmax};
use crate::error::{Result, same_shape};

/// Cross-entropy with the teacher's distribution, `-T² · (1/B) Σ_ik softmax(z_t,i / T)_k log softmax(z_s,i / T)_k`, in
/// nats.
///
/// [`distillation`](super::distillation) plus T² times the teacher's entropy, which has no gradient: both train alike,
/// but only KL is nil when the student has arrived. Hinton, Vinyals & Dean 2015 (arXiv 1503.02531). Both logits are
/// `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn soft_cross_entropy(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let summed = teacher.f_mul(&log_softmax(logits, temperature)?)?.f_sum(None::<Kind>)?;
    Ok(summed.f_mul_scalar(-temperature * temperature / logits.size()[0] as f64)?)
}
