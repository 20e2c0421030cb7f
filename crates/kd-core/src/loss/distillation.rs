use tch::Tensor;

use super::{kl, log_softmax};
use crate::error::{Result, same_shape};

/// Distillation by forward KL divergence, `T² · (1/B) Σ_i KL(softmax(z_t,i / T) ‖ softmax(z_s,i / T))`, in nats.
///
/// Hinton, Vinyals & Dean 2015 (arXiv 1503.02531). T² keeps the gradient's size as T grows; for
/// T → ∞ the loss tends to half the squared distance of the centred logits divided by K. Both logits are `[B, K]`; no
/// gradient reaches the teacher.
///
/// Conventions to beware of: the sum runs over classes and the mean over examples (PyTorch's `batchmean`; its
/// default `mean` divides by K as well), the teacher is the *first* argument of KL, and some code bases leave T²
/// out.
///
/// In float32 the value carries a rounding error of about T² · 10⁻⁷, noticeable above T = 100; its gradient does not.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn distillation(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let teacher = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    kl(&teacher.f_exp()?, &teacher, &log_softmax(logits, temperature)?, temperature * temperature)
}
