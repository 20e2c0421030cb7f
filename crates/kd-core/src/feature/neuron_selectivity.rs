use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::geometry::unit;
use super::shape::{at_smaller_size, spatial};
use crate::error::Result;

/// What regions the channels respond to, whatever their order (NST, Huang & Wang 2017).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeuronSelectivity {}

/// Squared maximum mean discrepancy between the channels of two maps under the kernel `k(a, b) = (a·b)²`, averaged over
/// the batch: `mean k(s, s) + mean k(t, t) - 2 mean k(s, t)` over pairs of channels, each channel's positions brought
/// to length 1. Unitless, in `[0, 2]`.
///
/// Huang & Wang 2017, "Like What You Like: Knowledge Distill via Neuron Selectivity Transfer" (arXiv 1707.01219), with
/// its polynomial kernel of degree 2 and offset 0. Features are maps `[B, C, H, W]`; channels may differ, sizes are
/// brought to the smaller by adaptive average pooling first. No gradient reaches the teacher. The paper halves the
/// loss's weight; published code, as here, does not.
///
/// # Errors
/// On features that are no maps, or maps of one position.
pub fn neuron_selectivity(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    spatial(student.size().get(1..).unwrap_or_default(), teacher.size().get(1..).unwrap_or_default())?;
    let (student, teacher) = at_smaller_size(student, teacher)?;
    let channels = |map: &Tensor| unit(&map.f_flatten(2, -1)?);
    let (student, teacher) = (channels(&student)?, channels(&teacher)?);
    let alike = |a: &Tensor, b: &Tensor| -> Result<Tensor> {
        Ok(a.f_bmm(&b.f_transpose(1, 2)?)?.f_square()?.f_mean(None::<Kind>)?)
    };
    let within = alike(&student, &student)?.f_add(&alike(&teacher, &teacher)?)?;
    Ok(within.f_sub(&alike(&student, &teacher)?.f_mul_scalar(2.0)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_channel_against_two() {
        // k(s, s) = 1; k(t, t) = 1, 0, 0, 1; k(s, t) = 1, 0.
        let student = Tensor::from_slice(&[2.0, 0.0]).view([1, 1, 1, 2]);
        let teacher = Tensor::from_slice(&[-1.0, 0.0, 0.0, 4.0]).view([1, 2, 1, 2]);
        let loss = neuron_selectivity(&student, &teacher).unwrap();
        assert!((loss.double_value(&[]) - 0.5).abs() < 1e-15);
        assert!(neuron_selectivity(&student.flatten(1, -1), &teacher).is_err());
    }
}
