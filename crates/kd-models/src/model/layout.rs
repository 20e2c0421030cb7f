//! How images and kernels lie in memory.

use tch::{Device, Tensor};

use crate::Result;
use crate::layer::may_lie_side_by_side;

/// How images and kernels, `[N, C, H, W]`, lie in memory. Nothing else of them changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// With the channels of a pixel side by side where convolutions are done on a CPU, which prefers them so.
    ChannelsLast,
    /// Plane after plane.
    Planes,
}

impl Layout {
    /// That of a model with these weights.
    pub(super) fn of_weights<'a>(mut weights: impl Iterator<Item = &'a Tensor>) -> Self {
        let fits = |weight: &Tensor| weight.dim() != 4 || may_lie_side_by_side(&weight.size());
        if weights.all(fits) { Self::ChannelsLast } else { Self::Planes }
    }

    /// A batch or a kernel, laid out so.
    pub(super) fn of(self, tensor: &Tensor) -> Result<Tensor> {
        Ok(match (self, tensor.device(), &tensor.size()[..]) {
            (Self::ChannelsLast, Device::Cpu, &[n, c, h, w]) => {
                let pixels = tensor.f_permute([0, 2, 3, 1])?.f_contiguous()?;
                // Permuted back, an axis of size 1 would keep the stride of planes, and libtorch would take the images of one
                // channel and the kernels that read them for such.
                pixels.f_as_strided([n, c, h, w], [h * w * c, 1, w * c, c], None)?
            }
            _ => tensor.shallow_clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    #[test]
    fn axes_of_one_have_the_strides_that_libtorch_takes_for_channels_last() {
        let strides = |size: [i64; 4]| {
            let numbers = Tensor::arange(size.iter().product::<i64>(), (Kind::Float, Device::Cpu)).view(size);
            let laid = Layout::ChannelsLast.of(&numbers).unwrap();
            assert_eq!(laid, numbers);
            assert_eq!(
                Layout::ChannelsLast.of(&laid).unwrap().data_ptr(),
                laid.data_ptr(),
                "it lies so already"
            );
            laid.stride()
        };
        // Those of `module.to(memory_format=torch.channels_last)`.
        assert_eq!(strides([16, 1, 3, 3]), [9, 1, 3, 1]);
        assert_eq!(strides([64, 1, 28, 28]), [784, 1, 28, 1]);
        assert_eq!(strides([32, 16, 1, 1]), [16, 1, 16, 16]);
        assert_eq!(strides([32, 3, 5, 4]), [60, 1, 12, 3]);
    }
}
