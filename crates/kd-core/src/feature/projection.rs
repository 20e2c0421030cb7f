//! Learnt maps from the channels of one feature to those of another.

use tch::{Tensor, nn};

use crate::error::Result;
use crate::random::Stream;

/// An affine map of channels: a linear layer on vectors `[B, C]`, a 1×1 convolution on maps `[B, C, H, W]`.
#[derive(Debug)]
pub(super) struct Projection {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Projection {
    /// `weight` `[outputs, inputs]` and `bias` `[outputs]`, uniform in `±1 / sqrt(inputs)` as PyTorch's layers start.
    pub(super) fn new(path: &nn::Path<'_>, inputs: i64, outputs: i64, stream: &mut Stream) -> Result<Self> {
        let Self { weight, .. } = Self::without_bias(path, inputs, outputs, stream)?;
        let bias = path.f_var_copy("bias", &uniform(&[outputs], inputs, stream)?)?;
        Ok(Self { weight, bias: Some(bias) })
    }

    /// The same with no bias.
    pub(super) fn without_bias(
        path: &nn::Path<'_>,
        inputs: i64,
        outputs: i64,
        stream: &mut Stream,
    ) -> Result<Self> {
        let weight = path.f_var_copy("weight", &uniform(&[outputs, inputs], inputs, stream)?)?;
        Ok(Self { weight, bias: None })
    }

    /// In the precision of `x`.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let weight = self.weight.f_to_kind(x.kind())?;
        let bias = self.bias.as_ref().map(|bias| bias.f_to_kind(x.kind())).transpose()?;
        Ok(if x.dim() == 2 {
            x.f_linear(&weight, bias)?
        } else {
            let kernel = weight.f_unsqueeze(-1)?.f_unsqueeze(-1)?;
            x.f_conv2d(&kernel, bias, [1, 1], [0, 0], [1, 1], 1)?
        })
    }
}

fn uniform(shape: &[i64], fan_in: i64, stream: &mut Stream) -> Result<Tensor> {
    let bound = 1.0 / (fan_in as f64).sqrt();
    let count = shape.iter().product::<i64>();
    let values: Vec<f32> = (0..count).map(|_| (bound * (2.0 * stream.uniform() - 1.0)) as f32).collect();
    Ok(Tensor::f_from_slice(&values)?.f_view(shape)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Concern;
    use tch::{Device, Kind};

    #[test]
    fn starts_uniform_within_its_fan_in() {
        let variables = nn::VarStore::new(Device::Cpu);
        let mut stream = Stream::new(&[3], Concern::Initialisation);
        Projection::new(&variables.root(), 16, 500, &mut stream).unwrap();
        for (name, tensor) in variables.variables() {
            let within = tensor.abs().max().double_value(&[]);
            // The largest of at least 500 draws in ±1/4, and a variance of (1/4)²/3.
            assert!((0.24..=0.25).contains(&within), "{name}: {within}");
            let variance = tensor.square().mean(Kind::Double).double_value(&[]);
            assert!((variance * 48.0 - 1.0).abs() < 0.1, "{name}: {variance}");
            assert!(tensor.requires_grad());
        }
    }

    #[test]
    fn a_map_is_projected_at_every_position() {
        let variables = nn::VarStore::new(Device::Cpu);
        let mut stream = Stream::new(&[3], Concern::Initialisation);
        let projection = Projection::new(&variables.root(), 2, 3, &mut stream).unwrap();
        let map = Tensor::arange(16, (Kind::Double, Device::Cpu)).view([2, 2, 2, 2]);
        let whole = projection.forward(&map).unwrap();
        assert_eq!((whole.size(), whole.kind()), (vec![2, 3, 2, 2], Kind::Double));
        let corner = projection.forward(&map.select(3, 1).select(2, 0)).unwrap();
        assert!((whole.select(3, 1).select(2, 0) - corner).abs().max().double_value(&[]) < 1e-12);
    }
}
