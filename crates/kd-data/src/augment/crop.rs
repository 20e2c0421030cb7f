use std::num::NonZeroU32;

use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::motion;
use crate::error::{Error, Result};
use crate::{bytes, send};

/// A window of the image's own size, anywhere in the image with a black margin around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// Width of the margin, in pixels; 4 is usual for images of 32 x 32.
    pub padding: NonZeroU32,
}

impl Crop {
    /// Where the window begins in the image with its margin, `[top, left]`; every place is equally likely.
    #[must_use]
    pub fn draw(self, stream: &mut Stream) -> [i64; 2] {
        let places = 2 * u64::from(self.padding.get()) + 1;
        [stream.below(places) as i64, stream.below(places) as i64]
    }

    /// The same places as seen from the image without its margin.
    pub(super) fn offsets(self, corners: &[[i64; 2]]) -> Vec<[i64; 2]> {
        let margin = i64::from(self.padding.get());
        corners.iter().map(|corner| corner.map(|place| place - margin)).collect()
    }

    /// Of images `[B, C, H, W]` the windows that begin at `corners`.
    ///
    /// # Errors
    /// If there is not one corner for each image, or a window leaves the margin.
    pub fn apply(self, images: &Tensor, corners: &[[i64; 2]]) -> Result<Tensor> {
        let margin = i64::from(self.padding.get());
        let inside = |corner: &[i64; 2]| corner.iter().all(|place| (0..=2 * margin).contains(place));
        if corners.len() as i64 != images.size4()?.0 || !corners.iter().all(inside) {
            return Err(Error::Augmentation(format!(
                "{} images with a margin of {margin} need as many corners from 0 to {}, not {corners:?}",
                images.size()[0],
                2 * margin
            )));
        }
        if bytes::are(images) {
            motion::moved(images, Some(&self.offsets(corners)), None)
        } else {
            windows(images, margin, corners)
        }
    }
}

fn windows(images: &Tensor, margin: i64, corners: &[[i64; 2]]) -> Result<Tensor> {
    let (count, _, height, width) = images.size4()?;
    let device = images.device();
    let padded = images.f_constant_pad_nd([margin; 4])?;
    let corners = send(&Tensor::f_from_slice(corners.as_flattened())?, device)?.f_view([-1, 2])?;
    let places = |axis: i64, size: i64| -> Result<Tensor> {
        Ok(corners.f_narrow(1, axis, 1)?.f_add(&Tensor::f_arange(size, (Kind::Int64, device))?)?)
    };
    let image = Tensor::f_arange(count, (Kind::Int64, device))?.f_view([-1, 1, 1])?;
    let (rows, columns) = (places(0, height)?.f_unsqueeze(2)?, places(1, width)?.f_unsqueeze(1)?);
    // The channels, not being indexed, come out last.
    let windows = padded.f_index(&[Some(image), None, Some(rows), Some(columns)])?;
    Ok(windows.f_permute([0, 3, 1, 2])?.f_contiguous()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tch::Device;

    use super::*;

    proptest! {
        #[test]
        fn bytes_move_as_other_numbers_do(
            margin in 1_i64..5,
            [height, width] in [1_i64..9, 1_i64..9],
            corners in proptest::collection::vec([0.0..1.0, 0.0..1.0], 1..4),
        ) {
            let corners: Vec<[i64; 2]> = corners
                .iter()
                .map(|corner: &[f64; 2]| corner.map(|place| (place * (2 * margin + 1) as f64) as i64))
                .collect();
            let size = [corners.len() as i64, 2, height, width];
            let images = Tensor::randint(256, size, (Kind::Uint8, Device::Cpu));
            let expected = windows(&images, margin, &corners).unwrap();
            let crop = Crop { padding: NonZeroU32::try_from(margin as u32).unwrap() };
            prop_assert_eq!(crop.apply(&images, &corners).unwrap(), expected);
        }
    }

    #[test]
    fn windows_stay_within_the_margin() {
        let images = Tensor::zeros([1, 1, 2, 2], (Kind::Uint8, Device::Cpu));
        let crop = Crop { padding: NonZeroU32::MIN };
        for corners in [&[[0, 3]][..], &[[-1, 0]], &[], &[[0, 0], [0, 0]]] {
            assert!(matches!(crop.apply(&images, corners), Err(Error::Augmentation(_))), "{corners:?}");
        }
    }
}
