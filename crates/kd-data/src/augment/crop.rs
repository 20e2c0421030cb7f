use std::num::NonZeroU32;

use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::error::Result;

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

    /// Of images `[B, C, H, W]` the windows that begin at `corners`.
    ///
    /// # Errors
    /// If there is not one corner for each image, or a window leaves the margin.
    pub fn apply(self, images: &Tensor, corners: &[[i64; 2]]) -> Result<Tensor> {
        let (count, _, height, width) = images.size4()?;
        let device = images.device();
        let margin = i64::from(self.padding.get());
        let padded = images.f_constant_pad_nd([margin; 4])?;
        let corners = Tensor::f_from_slice(corners.as_flattened())?.f_view([-1, 2])?.f_to_device(device)?;
        let places = |axis: i64, size: i64| -> Result<Tensor> {
            Ok(corners.f_narrow(1, axis, 1)?.f_add(&Tensor::f_arange(size, (Kind::Int64, device))?)?)
        };
        let image = Tensor::f_arange(count, (Kind::Int64, device))?.f_view([-1, 1, 1])?;
        let (rows, columns) = (places(0, height)?.f_unsqueeze(2)?, places(1, width)?.f_unsqueeze(1)?);
        // The channels, not being indexed, come out last.
        let windows = padded.f_index(&[Some(image), None, Some(rows), Some(columns)])?;
        Ok(windows.f_permute([0, 3, 1, 2])?.f_contiguous()?)
    }
}
