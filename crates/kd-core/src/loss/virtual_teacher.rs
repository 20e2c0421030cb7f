use tch::{Kind, Tensor};

use super::{kl, log_softmax};
use crate::error::{Result, one_label_each};

/// KL divergence from a hand-made teacher that is right with `probability`, `(1/B) Σ_i KL(softmax(u_i / T) ‖ softmax(z_i))`,
/// in nats; u puts `probability` on the label and spreads the rest evenly.
///
/// Teacher-free distillation of Yuan et al. 2020, "Revisiting Knowledge Distillation via Label Smoothing
/// Regularization" (arXiv 1909.11723), with 0.99 and T = 20 to 40. As in the published code, the softmax is over the
/// *probabilities* u, so its target is nearly uniform, and the student stays at T = 1; that code also divides by K and
/// multiplies by a factor of its own. `logits` `[B, K]`, `labels` `[B]` int64.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn virtual_teacher(
    logits: &Tensor,
    labels: &Tensor,
    probability: f64,
    temperature: f64,
) -> Result<Tensor> {
    one_label_each(logits, labels)?;
    let others = (1.0 - probability) / (logits.size()[1] - 1) as f64;
    let teacher = logits
        .f_detach()?
        .f_full_like(others)?
        .f_scatter_value(1, &labels.f_unsqueeze(-1)?, probability)?
        .f_div_scalar(temperature)?
        .f_log_softmax(-1, None::<Kind>)?;
    kl(&teacher, &log_softmax(logits, 1.0)?)
}
