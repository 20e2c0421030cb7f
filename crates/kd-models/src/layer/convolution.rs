use tch::{Device, Tensor};

use crate::Result;

/// The geometry of a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kernel {
    pub(super) size: i64,
    pub(super) dimensions: usize,
    stride: i64,
    padding: i64,
    pub(super) groups: i64,
    pub(super) bias: bool,
}

impl Kernel {
    /// `size` x `size`, which keeps height and width where odd.
    pub(crate) const fn square(size: i64) -> Self {
        Self { size, dimensions: 2, stride: 1, padding: size / 2, groups: 1, bias: true }
    }

    /// Over `size` neighbours of a sequence, without padding.
    pub(crate) const fn window(size: i64) -> Self {
        Self { dimensions: 1, ..Self::square(size).padding(0) }
    }

    pub(crate) const fn stride(self, stride: i64) -> Self {
        Self { stride, ..self }
    }

    pub(crate) const fn padding(self, padding: i64) -> Self {
        Self { padding, ..self }
    }

    /// A kernel of its own for each of `channels`.
    pub(crate) const fn depthwise(self, channels: i64) -> Self {
        Self { groups: channels, ..self }
    }

    pub(crate) const fn unbiased(self) -> Self {
        Self { bias: false, ..self }
    }
}

/// `[B, C, H, W]` to `[B, C', H', W']`, or `[B, C, L]` to `[B, C', L']`.
#[derive(Debug)]
pub(crate) struct Convolution {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Tensor>,
    pub(super) kernel: Kernel,
}

impl Convolution {
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let Kernel { stride, padding, groups, .. } = self.kernel;
        let (weight, bias) = (&self.weight, self.bias.as_ref());
        if self.kernel.dimensions == 2 {
            return Ok(x.f_conv2d(weight, bias, [stride; 2], [padding; 2], [1, 1], groups)?);
        }
        if x.device() == Device::Cpu && x.stride()[1] == 1 && may_lie_side_by_side(&weight.size()) {
            // As images of one row, of which libtorch reads channels that lie side by side as they lie.
            let (rows, weight) = (x.f_unsqueeze(2)?, weight.f_unsqueeze(2)?);
            let y = rows.f_conv2d(&weight, bias, [1, stride], [0, padding], [1, 1], groups)?;
            return Ok(y.f_squeeze_dim(2)?);
        }
        Ok(x.f_conv1d(weight, bias, [stride], [padding], [1], groups)?)
    }
}

/// oneDNN writes the gradients of kernels whose channels lie side by side in blocks of so many where the processor has
/// AVX2 and no AVX-512; with other numbers of channels it writes beyond their end (libtorch 2.11.0 on an AMD EPYC: "double
/// free or corruption" in `mkldnn_convolution_backward_weights`).
const BLOCK: i64 = 8;

/// Whether the channels of a kernel of this size, `[out, channels, ...]`, may lie side by side on this CPU.
pub(crate) fn may_lie_side_by_side(size: &[i64]) -> bool {
    has_wide_vectors() || fits_blocks(size)
}

fn fits_blocks(size: &[i64]) -> bool {
    match *size {
        // The channels of what is read, one or three of them, are padded.
        [out, channels, ..] => out % BLOCK == 0 && (channels % BLOCK == 0 || channels < 4),
        _ => true,
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
    use tch::Kind;

    use super::*;

    #[test]
    fn kernels_of_blocks_may_lie_side_by_side_anywhere() {
        for size in [&[16, 3, 3, 3][..], &[32, 16, 3, 3], &[64, 1, 3, 3], &[64, 104, 5]] {
            assert!(fits_blocks(size) && may_lie_side_by_side(size), "{size:?}");
        }
        for size in [&[12, 16, 3, 3][..], &[4, 1, 3, 3], &[64, 100, 5], &[16, 12, 3, 3]] {
            assert!(!fits_blocks(size), "{size:?}");
        }
    }

    #[test]
    fn windows_over_tokens_are_the_same_however_they_lie() {
        let kernel = Kernel::window(3);
        let numbers = |size: &[i64]| {
            let count = size.iter().product::<i64>();
            (Tensor::arange(count, (Kind::Float, Device::Cpu)) * 0.7).sin().view(size).set_requires_grad(true)
        };
        let convolution = Convolution { weight: numbers(&[16, 8, 3]), bias: Some(numbers(&[16])), kernel };
        let through = |x: &Tensor| {
            let y = convolution.forward(&x.transpose(1, 2)).unwrap();
            let loss = [(&y * y.detach().cos()).sum(Kind::Float)];
            let mut found = Tensor::run_backward(&loss, &[x, &convolution.weight], false, false);
            found.push(y.detach());
            found
        };
        let tokens = numbers(&[4, 9, 8]);
        let planes = tokens.detach().transpose(1, 2).contiguous().transpose(1, 2).set_requires_grad(true);
        for (one, other) in through(&tokens).iter().zip(through(&planes)) {
            assert!(one.allclose(&other, 1e-4, 1e-5, false), "{one} {other}");
        }
    }
}
