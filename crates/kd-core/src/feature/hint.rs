use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::mse::mse;
use super::projection::Projection;
use super::shape::at_smaller_size;
use crate::error::Result;

/// Mean squared error after a learnt regressor, `1/(B D) Σ (r(s) - t)²`, in squared units of the feature.
///
/// Romero et al. 2015, "`FitNets`: Hints for Thin Deep Nets" (arXiv 1412.6550). The regressor is a linear layer on
/// vectors `[B, D]` and a 1×1 convolution on maps `[B, C, H, W]`, which are brought to the smaller height and width by
/// adaptive average pooling first.
///
/// Published code differs in the regressor: the authors' is a convolution as wide as the sizes differ, `RepDistiller`
/// and mdistiller add batch normalisation and a `ReLU` to it, the code of RKD has no bias.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hint {}

pub(super) fn hint(student: &Tensor, teacher: &Tensor, regressor: &Projection) -> Result<Tensor> {
    let (student, teacher) = at_smaller_size(student, teacher)?;
    mse(&regressor.forward(&student)?, &teacher)
}
