use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::geometry::unit;
use super::shape::rows;
use crate::error::Result;

/// At which angles an example sees two others (RKD-A, Park et al. 2019).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationalAngle {}

/// Mean Huber difference of angles, `1/B³ Σ_ijk h(cos_ijk(s) - cos_ijk(t))`: `cos_ijk(x)` is the cosine of the angle at
/// which `x_i` sees `x_j` and `x_k`, `h(e)` is `e²/2` up to `|e| = 1` and `|e| - 1/2` beyond. Unitless.
///
/// Park et al. 2019, "Relational Knowledge Distillation" (arXiv 1904.05068), with a weight of 50 or more. Features are
/// `[B, ...]`, all numbers of an example taken as one vector; widths may differ. No gradient reaches the teacher. Takes
/// memory for `B² D + B³` numbers.
///
/// The paper sums over triples; the authors' code takes the mean over all B³ of them, those that name an example twice
/// included, as here. An example that coincides with another sees it at a cosine of 0, without gradient.
///
/// # Errors
/// On numbers of examples that differ, or fewer than three: there would be no angle.
pub fn relational_angle(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (student, teacher) = rows(student, teacher, 3)?;
    Ok(angles(&student)?.f_smooth_l1_loss(&angles(&teacher)?, Reduction::Mean, 1.0)?)
}

/// `[B, B, B]`: cosines at the first example between the other two.
fn angles(rows: &Tensor) -> Result<Tensor> {
    let directions = unit(&rows.f_unsqueeze(0)?.f_sub(&rows.f_unsqueeze(1)?)?)?;
    Ok(directions.f_bmm(&directions.f_transpose(1, 2)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_angle_and_a_line() {
        // Cosines of the student 0, √½, √½; of the teacher -1, 1, 1, seen twice each of 27.
        let student = Tensor::from_slice2(&[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        let teacher = Tensor::from_slice2(&[[0.0], [1.0], [-1.0]]);
        let expected = 2.0 / 27.0 * (0.5 + 2.0 * 0.5 * (1.0 - 0.5_f64.sqrt()).powi(2));
        let loss = relational_angle(&student, &teacher).unwrap();
        assert!((loss.double_value(&[]) - expected).abs() < 1e-15);
    }
}
