use tch::{Kind, Tensor};

use super::{at_label, log_softmax, softmax, without_label};
use crate::error::{Result, one_label_each, same_shape};

/// Normalised distillation,
/// `(1/B) Σ_i [-p_y log q_y - γ T² Σ_{k ≠ y} p̂_k log q̂_k]`, in nats: p and q are the teacher's and the student's
/// probabilities at T = 1, p̂ and q̂ those at T over the classes other than the label, normalised among them.
///
/// NKD of Yang et al. 2023, "From Knowledge Distillation to Self-Knowledge Distillation" (arXiv 2303.13005), with
/// γ = 1.5 and T = 1 there. It is a cross-entropy, so not nil for equal logits. Both logits are `[B, K]`, `labels`
/// `[B]` int64; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn normalised(
    logits: &Tensor,
    teacher_logits: &Tensor,
    labels: &Tensor,
    temperature: f64,
    gamma: f64,
) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    one_label_each(logits, labels)?;
    let teacher_logits = teacher_logits.f_detach()?;
    let target = at_label(&softmax(&teacher_logits, 1.0)?, labels)?
        .f_mul(&at_label(&log_softmax(logits, 1.0)?, labels)?)?
        .f_mean(None::<Kind>)?;
    let teacher_others = softmax(&without_label(&teacher_logits, labels)?, temperature)?;
    let others = teacher_others
        .f_mul(&log_softmax(&without_label(logits, labels)?, temperature)?)?
        .f_sum_dim_intlist(-1, false, None::<Kind>)?
        .f_mean(None::<Kind>)?;
    Ok(target.f_add(&others.f_mul_scalar(gamma * temperature * temperature)?)?.f_neg()?)
}
