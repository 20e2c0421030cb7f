use tch::{Kind, Tensor};

use super::{softmax, with_gradient};
use crate::error::{Result, same_shape};

/// The two parts of DIST, each already times T²; unitless, in `[0, 2 T²]`.
#[derive(Debug)]
pub struct Correlations {
    /// One minus the mean correlation of an example's class probabilities.
    pub inter: Tensor,
    /// One minus the mean correlation of a class's probabilities over the batch.
    pub intra: Tensor,
}

/// Distillation by correlation: the student must rank as the teacher does, not match its numbers.
///
/// `T² (1 - mean ρ)`, ρ being Pearson's correlation between student and teacher probabilities at T along the classes
/// (inter) or along the batch (intra). Huang et al. 2022, "Knowledge Distillation from A Stronger Teacher"
/// (arXiv 2205.10536), with a weight of 1 on each and T = 1. Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// A correlation with something constant, such as along a batch of one, counts as 0: norms are at least 1e-8.
/// Gradients are those of the formula rather than autograd's, so both parts can be differentiated once.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn dist(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Correlations> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let student = softmax(logits, temperature)?;
    let teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let both = Tensor::f_stack(&[student.f_detach()?, teacher], 0)?;
    let squared = temperature * temperature;
    let part = |axis| -> Result<Tensor> {
        let (correlation, gradient) = mean_correlation(&both, axis, -squared)?;
        with_gradient(&correlation.f_add_scalar(squared)?, &student, &gradient)
    };
    Ok(Correlations { inter: part(2)?, intra: part(1)? })
}

/// `factor` times the mean of Pearson's correlations of `both[0]` and `both[1]` along `axis`, and its gradient with
/// respect to `both[0]`: with a and b the centred vectors over their norms, `(b - ρ a) / norm` for each.
fn mean_correlation(both: &Tensor, axis: i64, factor: f64) -> Result<(Tensor, Tensor)> {
    let centred = both.f_sub(&both.f_mean_dim(axis, true, None::<Kind>)?)?;
    // libtorch's own norm along the batch takes fifteen times as long.
    let squares = centred.f_square()?.f_sum_dim_intlist(axis, true, None::<Kind>)?;
    let norms = squares.f_sqrt()?.f_clamp_min(1e-8)?;
    let unit = centred.f_div(&norms)?;
    let (a, b) = (unit.f_select(0, 0)?, unit.f_select(0, 1)?);
    let correlations = a.f_mul(&b)?.f_sum_dim_intlist(axis - 1, true, None::<Kind>)?;
    let share = factor / correlations.numel() as f64;
    let gradient = b.f_sub(&a.f_mul(&correlations)?)?.f_div(&norms.f_select(0, 0)?.f_div_scalar(share)?)?;
    Ok((correlations.f_sum(None::<Kind>)?.f_mul_scalar(share)?, gradient))
}
