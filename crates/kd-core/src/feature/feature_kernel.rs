use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::geometry::cosines;
use super::shape::rows;
use crate::error::Result;
use crate::parameter::Factor;

/// How examples correlate (FKD, He & Ozay 2022).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureKernel {
    /// λ, how much the mean squared length of the student's feature counts, which keeps it from growing.
    #[serde(default = "none")]
    pub regularisation: Factor,
}

fn none() -> Factor {
    const { Factor::constant(0.0) }
}

impl Default for FeatureKernel {
    fn default() -> Self {
        Self { regularisation: none() }
    }
}

/// Mean squared difference of correlation kernels, `1/(B (B-1)) Σ_{i≠j} (ρ_ij(s) - ρ_ij(t))² + λ/B Σ_i ‖s_i‖²` with
/// `ρ_ij(x) = cos(x_i, x_j)`. Unitless but for λ's part.
///
/// He & Ozay 2022, "Feature Kernel Distillation" (ICLR), who take the kernel's correlation so that no example differs
/// from itself, and regularise the feature. Features are `[B, ...]`, all numbers of an example taken as one vector;
/// widths may differ. No gradient reaches the teacher.
///
/// The code of Lanzillotta et al. weighs the kernels by 300 and the lengths, not squared, by 0.01.
///
/// # Errors
/// On numbers of examples that differ, or a single one.
pub fn feature_kernel(student: &Tensor, teacher: &Tensor, regularisation: f64) -> Result<Tensor> {
    let (student, teacher) = rows(student, teacher, 2)?;
    let examples = student.size()[0];
    let squared = |x: &Tensor, count: i64| -> Result<Tensor> {
        Ok(x.f_square()?.f_sum(None::<Kind>)?.f_div_scalar(count as f64)?)
    };
    let kernels = squared(&cosines(&student)?.f_sub(&cosines(&teacher)?)?, examples * (examples - 1))?;
    Ok(kernels.f_add(&squared(&student, examples)?.f_mul_scalar(regularisation)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_apart_and_two_alike() {
        let student = Tensor::from_slice2(&[[1.0, 0.0], [0.0, 3.0]]);
        let teacher = Tensor::from_slice2(&[[2.0], [2.0]]);
        let value =
            |regularisation| feature_kernel(&student, &teacher, regularisation).unwrap().double_value(&[]);
        // The cosines differ by 1 in both places off the diagonal; the squared lengths are 1 and 9.
        assert!((value(0.0) - 1.0).abs() < 1e-15 && (value(0.1) - 1.5).abs() < 1e-15);
    }
}
