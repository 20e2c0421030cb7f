use tch::Tensor;

use super::{kl, log_softmax};
use crate::error::{Result, same_shape};

/// Generalised Jensen-Shannon divergence, `T² · (1/B) Σ_i [β KL(p ‖ m) + (1 - β) KL(q ‖ m)]` with
/// `m = β p + (1 - β) q`, in nats; p is the teacher's distribution at T, q the student's.
///
/// Agarwal et al. 2024, "On-Policy Distillation of Language Models" (arXiv 2306.13649), whose code leaves T² out. It is
/// bounded by T² ln 2; divided by β it tends to forward KL for β → 0, divided by `1 - β` to reverse KL for β → 1.
/// `beta` is in `(0, 1)`. It can be differentiated once. Both logits are `[B, K]`; no gradient reaches the teacher.
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
    let log_p = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    let log_q = log_softmax(logits, temperature)?;
    let (p, q) = (log_p.f_exp()?, log_q.f_exp()?);
    // Where both probabilities vanish so does what they weigh; the logarithm has to stay a number.
    let mixture = p.f_lerp(&q.f_detach()?, 1.0 - beta)?.f_clamp_min(f64::from(f32::MIN_POSITIVE))?;
    let log_m = mixture.f_log()?;
    let squared = temperature * temperature;
    let from_teacher = kl(&p, &log_p, &log_m, squared * beta)?;
    // The gradients through the logarithms are the same for all of a row, which the softmax cancels.
    let from_student = kl(&q, &log_q.f_detach()?, &log_m, squared * (1.0 - beta))?;
    Ok(from_student.f_add(&from_teacher)?)
}
