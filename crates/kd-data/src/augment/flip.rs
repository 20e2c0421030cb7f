use kd_core::parameter::Chance;
use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::motion;
use crate::error::{Error, Result};
use crate::{bytes, send};

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
    if flipped.len() as i64 != images.size4()?.0 {
        let problem = format!("{} images need as many choices, not {}", images.size()[0], flipped.len());
        return Err(Error::Augmentation(problem));
    }
    if bytes::are(images) {
        motion::moved(images, None, Some(flipped))
    } else {
        flip_numbers(images, flipped)
    }
}

fn flip_numbers(images: &Tensor, flipped: &[bool]) -> Result<Tensor> {
    let flipped = send(&Tensor::f_from_slice(flipped)?, images.device())?.f_view([-1, 1, 1, 1])?;
    Ok(images.f_flip([3])?.f_where_self(&flipped, images)?)
}

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn bytes_are_flipped_as_other_numbers_are() {
        let images = Tensor::randint(256, [3, 2, 4, 5], (Kind::Uint8, Device::Cpu));
        let flipped = [true, false, true];
        assert_eq!(flip(&images, &flipped).unwrap(), flip_numbers(&images, &flipped).unwrap());
        assert!(flip(&images, &[true]).is_err());
    }
}
