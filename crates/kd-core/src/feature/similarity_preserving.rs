use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::geometry::{gram, unit};
use super::shape::rows;
use crate::error::Result;

/// Which examples look alike (SP, Tung & Mori 2019).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimilarityPreserving {}

/// Mean squared difference of similarity matrices, `1/B² ‖G̃(s) - G̃(t)‖²`: `G̃(x)` `[B, B]` is the Gram matrix of the
/// examples, each row brought to length 1. Unitless.
///
/// Tung & Mori 2019, "Similarity-Preserving Knowledge Distillation" (arXiv 1907.09682). Features are `[B, ...]`, all
/// numbers of an example taken as one vector; widths may differ. No gradient reaches the teacher. A common scale of all
/// examples does not matter, nor does a rotation.
///
/// torchdistill divides rows by their sum of absolute values instead, which gives another loss.
///
/// # Errors
/// On numbers of examples that differ, or a single one.
pub fn similarity_preserving(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (student, teacher) = rows(student, teacher, 2)?;
    Ok(unit(&gram(&student)?)?.f_mse_loss(&unit(&gram(&teacher)?)?, Reduction::Mean)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_apart_and_two_alike() {
        // Rows (1, 0), (0, 1) of the student and (1, 1) / √2, twice, of the teacher.
        let student = Tensor::from_slice2(&[[1.0, 0.0], [0.0, 1.0]]);
        let teacher = Tensor::from_slice2(&[[2.0], [2.0]]);
        // Half of (1 - √½)² + ½.
        let expected = 1.0 - 0.5_f64.sqrt();
        let loss = similarity_preserving(&student, &teacher).unwrap();
        assert!((loss.double_value(&[]) - expected).abs() < 1e-15);
    }
}
