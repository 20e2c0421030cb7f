use tch::{Kind, Reduction, Tensor};

use super::{label_loss, softmax, tempered, widened, without_label};
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
    let logits = widened(logits)?;
    let column = labels.f_unsqueeze(-1)?;
    let teacher_logits = teacher_logits.f_detach()?;
    let on_label = softmax(&teacher_logits, 1.0)?.f_gather(1, &column, false)?.f_squeeze_dim(-1)?;
    let target = label_loss(&logits, labels, Reduction::None)?.f_mul(&on_label)?.f_sum(None::<Kind>)?;
    let left = |logits: &Tensor| without_label(&tempered(logits, temperature)?, &column);
    let teacher_others = left(&teacher_logits)?.f_softmax(-1, None::<Kind>)?;
    let others =
        left(&logits)?.f_log_softmax(-1, None::<Kind>)?.f_mul(&teacher_others)?.f_sum(None::<Kind>)?;
    let factor = gamma * temperature * temperature;
    Ok(target.f_sub(&others.f_mul_scalar(factor)?)?.f_div_scalar(logits.size()[0] as f64)?)
}
