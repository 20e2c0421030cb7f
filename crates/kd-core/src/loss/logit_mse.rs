use tch::{Reduction, Tensor};

use crate::error::{Result, same_shape};

/// Mean squared error between logits, `1/(B K) Σ_ik (z_s,ik - z_t,ik)²`, in squared logits.
///
/// Ba & Caruana 2014 (arXiv 1312.6184). Unlike [`distillation`](super::distillation) for T → ∞, which is half of
/// this on *centred* logits, it also ties the rows' means. Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn logit_mse(logits: &Tensor, teacher_logits: &Tensor) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    Ok(logits.f_mse_loss(&teacher_logits.f_detach()?, Reduction::Mean)?)
}
