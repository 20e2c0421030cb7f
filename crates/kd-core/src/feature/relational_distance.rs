use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

use super::shape::rows;
use crate::error::Result;

/// How far apart examples are (RKD-D, Park et al. 2019).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationalDistance {}

/// Mean Huber difference of relative distances, `1/B² Σ_ij h(d_ij(s) - d_ij(t))`: `d_ij(x)` is `‖x_i - x_j‖` over its mean
/// over pairs of different examples, `h(e)` is `e²/2` up to `|e| = 1` and `|e| - 1/2` beyond. Unitless.
///
/// Park et al. 2019, "Relational Knowledge Distillation" (arXiv 1904.05068), with a weight of 25 or more. Features are
/// `[B, ...]`, all numbers of an example taken as one vector; widths may differ. No gradient reaches the teacher.
///
/// The paper sums over pairs; the authors' code takes the mean over all B² of them, an example with itself included, as
/// here. It finds distances from inner products, keeping 10⁻⁶ between examples that coincide; here they are 0 apart and
/// give each other no gradient. Where all coincide, every distance counts as 0.
///
/// # Errors
/// On numbers of examples that differ, or fewer than three: two are always at the mean distance.
pub fn relational_distance(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (student, teacher) = rows(student, teacher, 3)?;
    Ok(relative(&student)?.f_smooth_l1_loss(&relative(&teacher)?, Reduction::Mean, 1.0)?)
}

/// `[B, B]`: Euclidean distances of rows over their mean.
fn relative(rows: &Tensor) -> Result<Tensor> {
    // Of differences, not of inner products, which would cancel.
    let distances = Tensor::f_cdist(rows, rows, 2.0, 2)?;
    let examples = rows.size()[0];
    let mean = distances.f_sum(None::<Kind>)?.f_div_scalar(examples * (examples - 1))?;
    Ok(distances.f_div(&mean.f_masked_fill(&mean.f_eq(0.0)?, f64::INFINITY)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_on_a_line() {
        // Distances 1, 1, 2 over 4/3, and 3, 1, 4 over 8/3: they differ by 3/8, 3/8 and 0.
        let student = Tensor::from_slice2(&[[0.0], [1.0], [2.0]]);
        let teacher = Tensor::from_slice2(&[[0.0, 0.0], [3.0, 0.0], [4.0, 0.0]]);
        let loss = relational_distance(&student, &teacher).unwrap();
        assert!((loss.double_value(&[]) - 4.0 / 9.0 * 0.5 * (3.0_f64 / 8.0).powi(2)).abs() < 1e-15);
        // Relative distances 0, 3/2 and 3/2, against 0 where all coincide: linear beyond 1.
        let apart = Tensor::from_slice2(&[[0.0], [0.0], [5.0]]);
        let together = Tensor::from_slice2(&[[1.0], [1.0], [1.0]]);
        let loss = relational_distance(&apart, &together).unwrap();
        assert!((loss.double_value(&[]) - 4.0 / 9.0 * (1.5 - 0.5)).abs() < 1e-15);
    }
}
