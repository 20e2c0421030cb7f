use tch::Tensor;

use super::{kl, log_softmax};
use crate::error::{Result, same_shape};

/// Generalised Jensen-Shannon divergence, `T² · (1/B) Σ_i [β KL(p ‖ m) + (1 - β) KL(q ‖ m)]` with
/// `m = β p + (1 - β) q`, in nats; p is the teacher's distribution at T, q the student's.
///
/// Agarwal et al. 2024, "On-Policy Distillation of Language Models" (arXiv 2306.13649), whose code leaves T² out. It is
/// bounded by T² ln 2; divided by β it tends to forward KL for β → 0, divided by `1 - β` to reverse KL for β → 1.
/// `beta` is in `(0, 1)`. Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn jensen_shannon(
    logits: &Tensor,
    teacher_logits: &Tensor,
    temperature: f64,
    beta: f64,
) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let teacher = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    let student = log_softmax(logits, temperature)?;
    let mixture = teacher.f_add_scalar(beta.ln())?.f_logaddexp(&student.f_add_scalar((1.0 - beta).ln())?)?;
    let from_teacher = kl(&teacher, &mixture)?.f_mul_scalar(beta)?;
    let from_student = kl(&student, &mixture)?.f_mul_scalar(1.0 - beta)?;
    Ok(from_teacher.f_add(&from_student)?.f_mul_scalar(temperature * temperature)?)
}
