use tch::{Kind, Tensor};

use super::split::{Split, with_slope};
use super::{log_softmax, widened, with_gradient};
use crate::error::{Result, one_label_each, same_shape};

/// Normalised distillation,
/// `(1/B) Σ_i [-p_y log q_y - γ T² Σ_{k ≠ y} p̂_k log q̂_k]`, in nats: p and q are the teacher's and the student's
/// probabilities at T = 1, p̂ and q̂ those at T over the classes other than the label, normalised among them.
///
/// NKD of Yang et al. 2023, "From Knowledge Distillation to Self-Knowledge Distillation" (arXiv 2303.13005), with
/// γ = 1.5 and T = 1 there. It is a cross-entropy, so not nil for equal logits. It can be differentiated once. Both
/// logits are `[B, K]`, `labels` `[B]` int64; no gradient reaches the teacher.
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
    let logits = widened(logits)?;
    let labels = labels.f_unsqueeze(-1)?;
    let student = Split::new(&logits.f_detach()?, &labels, 1.0)?;
    let teacher = Split::new(&teacher_logits.f_detach()?, &labels, 1.0)?;
    let at_temperature = |split: &Split| match temperature {
        1.0 => Ok(split.log_others.shallow_clone()),
        _ => log_softmax(&split.log_others, temperature),
    };
    let (p, log_q) = (at_temperature(&teacher)?.f_exp()?, at_temperature(&student)?);
    let on_label = teacher.log_odds.f_sigmoid()?;
    let target = student.log_odds.f_log_sigmoid()?.f_mul(&on_label)?.f_sum(None::<Kind>)?;
    let others = log_q.f_mul(&p)?.f_sum(None::<Kind>)?;
    let factor = gamma * temperature * temperature;
    let rows = logits.size()[0] as f64;
    let loss = target.f_add(&others.f_mul_scalar(factor)?)?.f_div_scalar(-rows)?;

    // Along the log-odds x the first part falls by p_y σ(-x), along the others' logits the second rises by q̂ - p̂.
    let slope = student.log_odds.f_neg()?.f_sigmoid()?.f_mul(&on_label)?.f_div_scalar(-rows)?;
    let part = log_q.f_exp()?.f_sub_(&p)?.f_mul_scalar_(factor / (temperature * rows))?;
    let gradient = with_slope(part, &slope, &student.log_others.f_exp()?, &labels)?;
    with_gradient(&loss, &logits, &gradient)
}
