use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::shape::{equal, pair};
use crate::error::Result;

/// Squared error between features of one shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mse {}

/// Mean squared error over all numbers of two features, `1/(B D) Σ (s - t)²`, in squared units of the feature.
///
/// Features are `[B, ...]`, of one shape: where the widths differ, [`Hint`](super::Hint) is the same after a learnt
/// regressor. No gradient reaches the teacher.
///
/// # Errors
/// On shapes that differ.
pub fn mse(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (student, teacher) = pair(student, teacher)?;
    equal(&student.size()[1..], &teacher.size()[1..])?;
    Ok(student.f_mse_loss(&teacher, Reduction::Mean)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_over_all_numbers() {
        let (student, teacher) = (Tensor::from_slice2(&[[1.0, 2.0]]), Tensor::from_slice2(&[[0.0, 4.0]]));
        assert!((mse(&student, &teacher).unwrap().double_value(&[]) - 2.5).abs() < 1e-15);
        assert!(mse(&student, &teacher.repeat([1, 2])).is_err());
    }
}
