use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::geometry::cosines;
use super::shape::rows;
use crate::error::Result;

/// Which neighbours an example has (PKT, Passalis & Tefas 2018).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbabilisticTransfer {}

/// Added to probabilities before their logarithm, as the authors do: a student may see opposites, of probability 0.
const EPSILON: f64 = 1e-7;

/// KL divergence between distributions over neighbours, `1/B² Σ_ij p_ij ln(p_ij / q_ij)` in nats per pair: `p_ij` and
/// `q_ij`, of teacher and student, are `(1 + cos(x_i, x_j)) / 2` over its sum over j.
///
/// Passalis & Tefas 2018, "Learning Deep Representations with Probabilistic Knowledge Transfer" (arXiv 1803.10837).
/// Features are `[B, ...]`, all numbers of an example taken as one vector; widths may differ. No gradient reaches the
/// teacher. An example of zeros is equally close to all.
///
/// The paper sums over pairs and leaves out an example's own neighbourhood of itself; the authors' code takes the mean
/// over all B² pairs, as here, so that a usual weight is 30000. It also adds 10⁻⁷ to the norms, which this does not.
///
/// # Errors
/// On numbers of examples that differ, or a single one.
pub fn probabilistic_transfer(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let (student, teacher) = rows(student, teacher, 2)?;
    let (student, teacher) = (neighbours(&student)?, neighbours(&teacher)?);
    let ratio = teacher.f_add_scalar(EPSILON)?.f_div(&student.f_add_scalar(EPSILON)?)?;
    Ok(teacher.f_mul(&ratio.f_log()?)?.f_mean(None::<Kind>)?)
}

/// `[B, B]`: rows that sum to 1.
fn neighbours(rows: &Tensor) -> Result<Tensor> {
    let closeness = cosines(rows)?.f_add_scalar(1.0)?;
    // Of at least 1: an example is at a cosine of 1 to itself, or of 0 to all if it is zeros.
    Ok(closeness.f_div(&closeness.f_sum_dim_intlist(-1, true, None::<Kind>)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_apart_and_two_alike() {
        // (2, 1)/3 and (1, 2)/3 of the student, halves of the teacher.
        let student = Tensor::from_slice2(&[[1.0, 0.0], [0.0, 1.0]]);
        let teacher = Tensor::from_slice2(&[[2.0], [2.0]]);
        let expected = 0.25 * ((0.75_f64).ln() + (1.5_f64).ln());
        let loss = probabilistic_transfer(&student, &teacher).unwrap();
        assert!((loss.double_value(&[]) - expected).abs() < 1e-7);
        let opposites = Tensor::from_slice2(&[[1.0], [-1.0]]);
        assert!(probabilistic_transfer(&opposites, &teacher).unwrap().double_value(&[]).is_finite());
    }
}
