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
    let mut teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let [inter, intra] = factors.map(|factor| factor * temperature * temperature);
    let mut gradient = student.f_detach()?.f_zeros_like()?;

    // Along the classes, probabilities have a mean of 1 / K.
    let mean = 1.0 / student.size()[1] as f64;
    let (mut a, mut b) = (student.f_detach()?.f_sub_scalar(mean)?, teacher.f_sub_scalar_(mean)?);
    let along_classes = add_correlation(&mut gradient, &a, &b, 1, -inter)?;
    let centred = |x: &mut Tensor| x.f_sub_(&x.f_mean_dim(0, true, None::<Kind>)?);
    let (a, b) = (centred(&mut a)?, centred(&mut b)?);
    let along_batch = add_correlation(&mut gradient, &a, &b, 0, -intra)?;
    let distance = along_classes.f_add(&along_batch)?.f_add_scalar(inter + intra)?;
    with_gradient(&distance, &student, &gradient)
}

/// `factor` times the mean of the correlations of a and b, both centred along `axis`; its gradient with respect to a is
/// added to `gradient`, `b / (|a| |b|) - ρ a / |a|²` for each.
fn add_correlation(gradient: &mut Tensor, a: &Tensor, b: &Tensor, axis: i64, factor: f64) -> Result<Tensor> {
    // libtorch's own norm along the batch takes fifteen times as long.
    let sum = |products: Tensor| products.f_sum_dim_intlist(axis, true, None::<Kind>);
    let squares_a = sum(a.f_square()?)?.f_clamp_min_(1e-16)?;
    let squares_b = sum(b.f_square()?)?.f_clamp_min_(1e-16)?;
    let product = sum(a.f_mul(b)?)?;
    let share = factor / product.numel() as f64;
    let along_b = squares_a.f_mul(&squares_b)?.f_rsqrt_()?.f_mul_scalar_(share)?;
    let correlations = product.f_mul(&along_b)?;
    let against_a = correlations.f_div(&squares_a)?.f_neg_()?;
    let _ = gradient.f_addcmul_(b, &along_b)?.f_addcmul_(a, &against_a)?;
    Ok(correlations.f_sum(None::<Kind>)?)
}
