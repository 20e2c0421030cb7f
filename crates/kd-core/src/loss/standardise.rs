use tch::{Kind, Tensor};

use crate::error::{Result, shape_of};

/// Logits with mean 0 and standard deviation 1 in each row, `(z - mean(z)) / (10⁻⁷ + std(z))`.
///
/// Frees student and teacher from agreeing on a scale: Sun et al. 2024, "Logit Standardization in Knowledge
/// Distillation" (arXiv 2403.01427). The standard deviation divides by K - 1, as the published code does.
///
/// # Errors
/// On a shape other than `[B, K]` with K of at least 2.
pub fn standardise(logits: &Tensor) -> Result<Tensor> {
    shape_of("logits", logits)?;
    let centred = logits.f_sub(&logits.f_mean_dim(-1, true, None::<Kind>)?)?;
    Ok(centred.f_div(&logits.f_std_dim(-1, true, true)?.f_add_scalar(1e-7)?)?)
}
