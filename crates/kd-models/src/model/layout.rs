//! How images and kernels lie in memory.

use tch::{Device, Tensor};

use crate::Result;

/// How images and kernels, `[N, C, H, W]`, lie in memory. Nothing else of them changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// With the channels of a pixel side by side where convolutions are done on a CPU, which prefers them so.
    ChannelsLast,
    /// Plane after plane.
    Planes,
}

/// oneDNN writes the gradients of kernels whose channels lie side by side in blocks of so many where the processor has
/// AVX2 and no AVX-512; with other numbers of channels it writes beyond their end (libtorch 2.11.0 on an AMD EPYC: "double
/// free or corruption" in `mkldnn_convolution_backward_weights`).
const BLOCK: i64 = 8;

impl Layout {
    /// That of a model with these weights.
    pub(super) fn of_weights<'a>(weights: impl Iterator<Item = &'a Tensor>) -> Self {
        Self::on(has_wide_vectors(), weights.map(Tensor::size))
    }

    fn on(has_wide_vectors: bool, mut sizes: impl Iterator<Item = Vec<i64>>) -> Self {
        // The channels of what is read, one or three of them, are padded.
        let fits = |size: &[i64]| match *size {
            [out, channels, _, _] => out % BLOCK == 0 && (channels % BLOCK == 0 || channels < 4),
            _ => true,
        };
        if has_wide_vectors || sizes.all(|size| fits(&size)) { Self::ChannelsLast } else { Self::Planes }
    }

    /// A batch or a kernel, laid out so.
    pub(super) fn of(self, tensor: &Tensor) -> Result<Tensor> {
        Ok(match (self, tensor.device(), tensor.dim()) {
            (Self::ChannelsLast, Device::Cpu, 4) => {
                tensor.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])?
            }
            _ => tensor.shallow_clone(),
        })
    }
}

#[cfg(target_arch = "x86_64")]
fn has_wide_vectors() -> bool {
    std::is_x86_feature_detected!("avx512f")
}

/// Other processors have other code.
#[cfg(not(target_arch = "x86_64"))]
fn has_wide_vectors() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_networks_lie_in_planes_where_vectors_are_short() {
        let on = |wide, sizes: &[[i64; 4]]| Layout::on(wide, sizes.iter().map(|size| size.to_vec()));
        assert_eq!(on(false, &[[16, 3, 3, 3], [32, 16, 3, 3]]), Layout::ChannelsLast);
        assert_eq!(on(false, &[[16, 3, 3, 3], [12, 16, 3, 3]]), Layout::Planes);
        assert_eq!(on(false, &[[4, 1, 3, 3]]), Layout::Planes);
        assert_eq!(on(true, &[[4, 1, 3, 3]]), Layout::ChannelsLast);
        assert_eq!(Layout::on(false, [vec![3, 5]].into_iter()), Layout::ChannelsLast, "no convolutions");
    }
}
