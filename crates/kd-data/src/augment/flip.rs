use kd_core::parameter::Chance;
use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::error::Result;

/// Left and right are exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flip {
    /// How often.
    #[serde(default = "half")]
    pub probability: Chance,
}

pub(super) fn half() -> Chance {
    super::checked(0.5)
}

impl Flip {
    /// Whether an image is flipped.
    #[must_use]
    pub fn draw(self, stream: &mut Stream) -> bool {
        stream.uniform() < self.probability.get()
    }
}

/// Images `[B, C, H, W]`, those that are `flipped` as in a mirror.
///
/// # Errors
/// If there is not one choice for each image.
pub fn flip(images: &Tensor, flipped: &[bool]) -> Result<Tensor> {
    let flipped = Tensor::f_from_slice(flipped)?.f_view([-1, 1, 1, 1])?.f_to_device(images.device())?;
    Ok(images.f_flip([3])?.f_where_self(&flipped, images)?)
}
