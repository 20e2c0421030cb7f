use tch::Tensor;

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
        Ok(if self.kernel.dimensions == 1 {
            x.f_conv1d(weight, bias, [stride], [padding], [1], groups)?
        } else {
            x.f_conv2d(weight, bias, [stride; 2], [padding; 2], [1, 1], groups)?
        })
    }
}
