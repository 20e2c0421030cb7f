use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::geometry::cosines;
use super::shape::rows;
use crate::error::Result;
use crate::parameter::Factor;

/// How examples correlate under a Gaussian kernel (CC, Peng et al. 2019).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrelationCongruence {
    /// γ of the kernel `exp(-γ ‖x - y‖²)`; higher sees the nearest alone.
    #[serde(default = "two_fifths")]
    pub gamma: Factor,
    /// P, the highest power of its expansion.
    #[serde(default = "two")]
    pub order: NonZeroU32,
}

fn two_fifths() -> Factor {
    const { Factor::constant(0.4) }
}

fn two() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(1)
}

impl Default for CorrelationCongruence {
    fn default() -> Self {
        Self { gamma: two_fifths(), order: two() }
    }
}

/// Mean squared difference of kernel matrices, `1/B² ‖K(s) - K(t)‖²`: `K_ij(x)` is
/// `exp(-2γ) Σ_{p ≤ P} (2γ cos(x_i, x_j))^p / p!`, the expansion to order P of `exp(-γ ‖x_i - x_j‖²)` for examples of
/// length 1. Unitless.
///
/// Peng et al. 2019, "Correlation Congruence for Knowledge Distillation" (arXiv 1904.01802), with γ = 0.4 and P = 2.
/// Features are `[B, ...]`, all numbers of an example taken as one vector; widths may differ, as matrices of examples
/// are compared. No gradient reaches the teacher. The paper adds a learnt layer below, which this does not.
///
/// Published code disagrees: torchdistill leaves the features as long as they are and divides the norm itself, not its
/// square, by B²; `RepDistiller`'s loss of this name compares neighbours within the batch and is another one.
///
/// # Errors
/// On numbers of examples that differ, or a single one.
pub fn correlation_congruence(
    student: &Tensor,
    teacher: &Tensor,
    gamma: f64,
    order: NonZeroU32,
) -> Result<Tensor> {
    let (student, teacher) = rows(student, teacher, 2)?;
    let kernel = |rows: &Tensor| expansion(&cosines(rows)?.f_mul_scalar(2.0 * gamma)?, order);
    let difference = kernel(&student)?.f_mse_loss(&kernel(&teacher)?, Reduction::Mean)?;
    Ok(difference.f_mul_scalar((-4.0 * gamma).exp())?)
}

/// `Σ_{p ≤ P} x^p / p!`, by Horner's rule.
fn expansion(x: &Tensor, order: NonZeroU32) -> Result<Tensor> {
    let mut sum = x.f_ones_like()?;
    for p in (1..=order.get()).rev() {
        sum = sum.f_mul(x)?.f_div_scalar(f64::from(p))?.f_add_scalar(1.0)?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_apart_and_two_alike() {
        // Off the diagonal the kernels are e^-2γ and e^-2γ (1 + 2γ + 2γ²); on it they are equal.
        let student = Tensor::from_slice2(&[[1.0, 0.0], [0.0, 3.0]]);
        let teacher = Tensor::from_slice2(&[[2.0], [2.0]]);
        let expected = 0.5 * ((-1.0_f64).exp() * (1.0 + 0.5)).powi(2);
        let loss = correlation_congruence(&student, &teacher, 0.5, two()).unwrap();
        assert!((loss.double_value(&[]) - expected).abs() < 1e-15);
    }

    #[test]
    fn the_expansion_tends_to_the_exponential() {
        let x = Tensor::from_slice(&[-0.8, 0.3, 1.0]);
        let difference = expansion(&x, 20.try_into().unwrap()).unwrap() - x.exp();
        assert!(difference.abs().max().double_value(&[]) < 1e-15);
    }
}
