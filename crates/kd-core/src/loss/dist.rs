use tch::{Kind, Tensor};

use super::{softmax, with_gradient};
use crate::error::{Result, same_shape};

/// Distillation by correlation: the student must rank as the teacher does, not match its numbers.
///
/// `T² [β (1 - mean ρ) + γ (1 - mean ρ')]`, unitless: ρ is Pearson's correlation between student and teacher
/// probabilities at T along the classes (inter), ρ' the one along the batch (intra), and `factors` are β and γ. Huang et
/// al. 2022, "Knowledge Distillation from A Stronger Teacher" (arXiv 2205.10536), with a factor of 1 on each and T = 1.
/// Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// A correlation with something constant, such as along a batch of one, counts as 0: norms are at least 1e-8.
/// The gradient is that of the formula rather than autograd's, so it can be differentiated once.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn dist(logits: &Tensor, teacher_logits: &Tensor, temperature: f64, factors: [f64; 2]) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let student = softmax(logits, temperature)?;
    let teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let [inter, intra] = factors.map(|factor| factor * temperature * temperature);
    let mut gradient = student.f_detach()?.f_zeros_like()?;

    // Along the classes, probabilities have a mean of 1 / K.
    let mut both = Tensor::f_stack(&[student.f_detach()?, teacher], 0)?;
    let mut centred = both.f_sub_scalar_(1.0 / student.size()[1] as f64)?;
    let along_classes = add_correlation(&mut gradient, &centred, 2, -inter)?;
    let centred = centred.f_sub_(&centred.f_mean_dim(1, true, None::<Kind>)?)?;
    let along_batch = add_correlation(&mut gradient, &centred, 1, -intra)?;
    let distance = along_classes.f_add(&along_batch)?.f_add_scalar(inter + intra)?;
    with_gradient(&distance, &student, &gradient)
}

/// `factor` times the mean of the correlations of `centred[0]` and `centred[1]` along `axis`, whose gradient with respect
/// to `centred[0]` is added: with a and b centred vectors, `b / (|a| |b|) - ρ a / |a|²` for each.
fn add_correlation(gradient: &mut Tensor, centred: &Tensor, axis: i64, factor: f64) -> Result<Tensor> {
    // libtorch's own norm along the batch takes fifteen times as long.
    let squares = centred.f_square()?.f_sum_dim_intlist(axis, true, None::<Kind>)?;
    let inverse = squares.f_sqrt()?.f_clamp_min(1e-8)?.f_reciprocal()?;
    let (a, b) = (centred.f_select(0, 0)?, centred.f_select(0, 1)?);
    let (of_a, of_b) = (inverse.f_select(0, 0)?, inverse.f_select(0, 1)?);
    let product = a.f_mul(&b)?.f_sum_dim_intlist(axis - 1, true, None::<Kind>)?;
    let share = factor / product.numel() as f64;
    let along_b = of_a.f_mul(&of_b)?.f_mul_scalar(share)?;
    let correlations = product.f_mul(&along_b)?;
    let along_a = correlations.f_mul(&of_a)?.f_mul(&of_a)?.f_neg()?;
    let _ = gradient.f_addcmul_(&b, &along_b)?.f_addcmul_(&a, &along_a)?;
    Ok(correlations.f_sum(None::<Kind>)?)
}
