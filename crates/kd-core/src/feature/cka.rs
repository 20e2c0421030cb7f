use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::geometry::{gram, unit};
use super::shape::rows;
use crate::error::Result;

/// Linear centred kernel alignment (Kornblith et al. 2019; Saha et al. 2022).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cka {}

/// One minus linear centred kernel alignment, `1 - ⟨K, L⟩ / (‖K‖ ‖L‖)` with K and L the Gram matrices of the centred
/// features of student and teacher. Unitless, in `[0, 1]`; 0 where they agree up to a rotation, a scale and a shift.
///
/// Kornblith et al. 2019 (arXiv 1905.00414) for the measure, Saha et al. 2022, "Distilling Representational Similarity
/// using Centered Kernel Alignment" (BMVC), as a loss. Features are `[B, ...]`, all numbers of an example taken as one
/// vector; widths may differ. No gradient reaches the teacher.
///
/// The batch is the sample: with few examples the biased estimator, which all use, calls anything aligned. A feature
/// that does not vary is aligned with nothing, loss 1, and gets no gradient.
///
/// # Errors
/// On numbers of examples that differ, or fewer than three: two are always aligned.
pub fn cka(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (student, teacher) = rows(student, teacher, 3)?;
    let alignment = kernel(&student)?.f_dot(&kernel(&teacher)?)?;
    Ok(alignment.f_neg()?.f_add_scalar(1.0)?)
}

/// `[B²]`: the Gram matrix of centred rows as one vector of length 1.
fn kernel(rows: &Tensor) -> Result<Tensor> {
    let centred = rows.f_sub(&rows.f_mean_dim(0, true, None::<Kind>)?)?;
    // At length 1 before it is squared, so that neither huge nor tiny features leave the range of float32.
    let scaled = unit(&centred.f_flatten(0, 1)?)?.f_view_as(&centred)?;
    unit(&gram(&scaled)?.f_flatten(0, 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_on_a_line() {
        // Centred (-1, 0, 1) and (-1, 2, -1): ⟨x, y⟩² / (‖x‖² ‖y‖²) is 0; against (0, 1, 2) turned and scaled, 1.
        let student = Tensor::from_slice2(&[[0.0], [1.0], [2.0]]);
        let across = Tensor::from_slice2(&[[0.0], [3.0], [0.0]]);
        let along = Tensor::from_slice2(&[[5.0, 0.0], [5.0, -7.0], [5.0, -14.0]]);
        let value = |teacher: &Tensor| cka(&student, teacher).unwrap().double_value(&[]);
        assert!((value(&across) - 1.0).abs() < 1e-15 && value(&along).abs() < 1e-15);
        // (-1, 0, 1) and (-1/3, -1/3, 2/3): 1 / (2 · 2/3).
        assert!((value(&Tensor::from_slice2(&[[0.0], [0.0], [1.0]])) - 0.25).abs() < 1e-15);
    }

    #[test]
    fn agrees_with_the_measure() {
        let student = Tensor::from_slice2(&[[0.3, 1.0], [-2.0, 0.4], [1.0, 1.5], [0.0, -0.7]]);
        let teacher = Tensor::from_slice2(&[[1.0, 0.5], [0.0, 3.0], [2.0, 1.0], [2.5, -1.0]]);
        let measure = crate::metrics::linear_cka(&student, &teacher, crate::metrics::Cka::Biased).unwrap();
        assert!((cka(&student, &teacher).unwrap().double_value(&[]) + measure - 1.0).abs() < 1e-12);
    }
}
