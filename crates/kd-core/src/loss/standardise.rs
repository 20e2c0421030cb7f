use tch::{Kind, Tensor};

use super::widened;
use crate::error::{Result, shape_of};

/// Logits with mean 0 and standard deviation 1 in each row, `(z - mean(z)) / (10⁻⁷ + std(z))`.
///
/// Frees student and teacher from agreeing on a scale: Sun et al. 2024, "Logit Standardization in Knowledge
/// Distillation" (arXiv 2403.01427). The standard deviation divides by K - 1, as the published code does.
///
/// # Errors
/// On a shape other than `[B, K]` with K of at least 2.
pub fn standardise(logits: &Tensor) -> Result<Tensor> {
    let (_, classes) = shape_of("logits", logits)?;
    let logits = widened(logits)?;
    let centred = logits.f_sub(&logits.f_mean_dim(-1, true, None::<Kind>)?)?;
    let deviation =
        centred.f_norm_scalaropt_dim(2, [-1], true)?.f_div_scalar(((classes - 1) as f64).sqrt())?;
    Ok(centred.f_div(&deviation.f_add_scalar(1e-7)?)?)
}
