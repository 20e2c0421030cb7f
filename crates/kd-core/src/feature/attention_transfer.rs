use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

use super::geometry::unit;
use super::shape::{at_smaller_size, spatial};
use crate::error::Result;

/// Where in the map the feature is strong (Zagoruyko & Komodakis 2017).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttentionTransfer {
    /// p, the power of an activation; higher looks at the strongest alone.
    #[serde(default = "two")]
    pub power: NonZeroU32,
}

fn two() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(1)
}

impl Default for AttentionTransfer {
    fn default() -> Self {
        Self { power: two() }
    }
}

/// Mean squared difference of attention maps, `1/(B H W) Σ_i ‖a(s_i) - a(t_i)‖²` where `a(x)` `[H W]` is
/// `Σ_c |x_c|^p` brought to length 1; unitless, at most `2 / (H W)` as its entries are positive.
///
/// Zagoruyko & Komodakis 2017, "Paying More Attention to Attention" (arXiv 1612.03928), p = 2. Features are maps
/// `[B, C, H, W]`; channels may differ, sizes are brought to the smaller by adaptive average pooling first. No
/// gradient reaches the teacher.
///
/// The paper's norm of the difference, summed over layers, is not squared; the authors' code and all that follow it
/// take the mean square, as here, and so does the usual weight of 1000. Code that raises to a power without the
/// absolute value gives another map for odd p.
///
/// # Errors
/// On features that are no maps, or maps of one position.
pub fn attention_transfer(student: &Tensor, teacher: &Tensor, power: NonZeroU32) -> Result<Tensor> {
    spatial(student.size().get(1..).unwrap_or_default(), teacher.size().get(1..).unwrap_or_default())?;
    let (student, teacher) = at_smaller_size(student, teacher)?;
    let attention = |map: &Tensor| {
        let strength = map.f_abs()?.f_pow_tensor_scalar(i64::from(power.get()))?;
        unit(&strength.f_mean_dim(1, false, None::<Kind>)?.f_flatten(1, -1)?)
    };
    Ok(attention(&student)?.f_mse_loss(&attention(&teacher)?, Reduction::Mean)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_channels_do_not_matter() {
        // Attention of the student 1² + 2² and 0, of the teacher 0 and 9: (1, 0) and (0, 1).
        let student = Tensor::from_slice(&[1.0, 0.0, -2.0, 0.0]).view([1, 2, 1, 2]);
        let teacher = Tensor::from_slice(&[0.0, -3.0]).view([1, 1, 1, 2]);
        for power in [1, 2, 3] {
            let loss = attention_transfer(&student, &teacher, power.try_into().unwrap()).unwrap();
            assert!((loss.double_value(&[]) - 1.0).abs() < 1e-15);
        }
        assert!(attention_transfer(&student.flatten(1, -1), &teacher, two()).is_err());
    }
}
