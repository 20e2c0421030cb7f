use tch::Tensor;

use super::{kl, log_softmax};
use crate::error::{Result, same_shape};

/// Reverse KL divergence, `T² · (1/B) Σ_i KL(softmax(z_s,i / T) ‖ softmax(z_t,i / T))`, in nats.
///
/// The student chooses where the divergence is measured, so it settles on modes of the teacher rather than covering
/// all of it. Gu et al. 2024, "MiniLLM" (arXiv 2306.08543). It can be differentiated once. Both logits
/// are `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn reverse_kl(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let teacher = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    let student = log_softmax(logits, temperature)?;
    // The gradient through its own logarithm is the same for all of a row, which the softmax cancels.
    kl(&student.f_exp()?, &student.f_detach()?, &teacher, temperature * temperature)
}
