use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::geometry::unit;
use super::shape::{equal, pair};
use crate::error::Result;

/// The angle between features of one shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cosine {
    /// Whether the student's channels are first brought to the teacher's by a learnt projection, as for a hint.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub projection: bool,
}

/// One minus the mean cosine of the angle between an example's two features, `1 - 1/B Σ_i s_i·t_i / (‖s_i‖ ‖t_i‖)`, in
/// `[0, 2]`: the scale of a feature does not matter.
///
/// Features are `[B, ...]`, of one shape, all numbers of an example taken as one vector. A vector of zeros has no angle:
/// its cosine counts as 0 and gives no gradient. None reaches the teacher.
///
/// # Errors
/// On shapes that differ.
pub fn cosine(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (student, teacher) = pair(student, teacher)?;
    equal(&student.size()[1..], &teacher.size()[1..])?;
    let direction = |feature: &Tensor| unit(&feature.f_flatten(1, -1)?);
    let cosines =
        direction(&student)?.f_mul(&direction(&teacher)?)?.f_sum_dim_intlist(-1, false, None::<Kind>)?;
    Ok(cosines.f_mean(None::<Kind>)?.f_neg()?.f_add_scalar(1.0)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_angle_an_equal_and_nothing() {
        let student = Tensor::from_slice2(&[[3.0, 0.0], [2.0, 2.0], [0.0, 0.0]]);
        let teacher = Tensor::from_slice2(&[[0.0, 5.0], [1.0, 1.0], [1.0, 0.0]]);
        assert!((cosine(&student, &teacher).unwrap().double_value(&[]) - 2.0 / 3.0).abs() < 1e-15);
    }
}
