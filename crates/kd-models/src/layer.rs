//! Layers with PyTorch's default initialisation, drawn from our own stream.

use kd_core::random::Stream;
use tch::{Kind, Tensor, nn};

use crate::{Mode, Result};

/// Creates named parameters in a store and fills them from a stream.
pub(crate) struct Builder<'a> {
    pub(crate) path: nn::Path<'a>,
    pub(crate) stream: &'a mut Stream,
}

impl Builder<'_> {
    fn parameter(
        &mut self,
        layer: &str,
        leaf: &str,
        shape: &[i64],
        mut draw: impl FnMut(&mut Stream) -> f64,
    ) -> Result<Tensor> {
        let count = shape.iter().product::<i64>() as usize;
        let values: Vec<f32> = (0..count).map(|_| draw(self.stream) as f32).collect();
        let values = Tensor::f_from_slice(&values)?.f_view(shape)?;
        Ok((&self.path / layer).f_var_copy(leaf, &values)?)
    }

    /// `weight` of `shape` and `bias` of `shape[0]`, uniform in `±1 / sqrt(fan in)`, as `torch.nn.Linear` and
    /// `torch.nn.Conv2d` start.
    fn affine(&mut self, name: &str, shape: &[i64]) -> Result<(Tensor, Tensor)> {
        let fan_in = shape[1..].iter().product::<i64>();
        let bound = 1.0 / (fan_in as f64).sqrt();
        let uniform = |stream: &mut Stream| bound * (2.0 * stream.uniform() - 1.0);
        let weight = self.parameter(name, "weight", shape, uniform)?;
        let bias = self.parameter(name, "bias", &shape[..1], uniform)?;
        Ok((weight, bias))
    }

    pub(crate) fn linear(&mut self, name: &str, inputs: i64, outputs: i64) -> Result<Linear> {
        let (weight, bias) = self.affine(name, &[outputs, inputs])?;
        Ok(Linear { weight, bias })
    }

    /// A square convolution of odd size `kernel` that keeps height and width.
    pub(crate) fn convolution(
        &mut self,
        name: &str,
        inputs: i64,
        outputs: i64,
        kernel: i64,
    ) -> Result<Convolution> {
        let (weight, bias) = self.affine(name, &[outputs, inputs, kernel, kernel])?;
        Ok(Convolution { weight, bias, padding: kernel / 2 })
    }

    /// Rows from a normal distribution of standard deviation `deviation`.
    pub(crate) fn embedding(
        &mut self,
        name: &str,
        rows: i64,
        dimension: i64,
        deviation: f64,
    ) -> Result<Tensor> {
        self.parameter(name, "weight", &[rows, dimension], |stream| deviation * stream.normal())
    }
}

#[derive(Debug)]
pub(crate) struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.f_linear(&self.weight, Some(&self.bias))?)
    }
}

#[derive(Debug)]
pub(crate) struct Convolution {
    weight: Tensor,
    bias: Tensor,
    padding: i64,
}

impl Convolution {
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.f_conv2d(&self.weight, Some(&self.bias), [1, 1], [self.padding; 2], [1, 1], 1)?)
    }
}

/// Inverted dropout; the identity when evaluating or at rate 0.
pub(crate) fn dropout(x: Tensor, rate: f64, mode: Mode) -> Result<Tensor> {
    if rate == 0.0 || mode == Mode::Evaluate { Ok(x) } else { Ok(x.f_dropout(rate, true)?) }
}

/// Mean of `rows` of `table` over the tokens that are not padding (id 0). `tokens` is `[B, L]`, the result `[B, D]`.
pub(crate) fn mean_embedding(table: &Tensor, tokens: &Tensor) -> Result<Tensor> {
    let present = tokens.f_ne(0)?.f_to_kind(Kind::Float)?;
    let weights = &present / present.f_sum_dim_intlist(1, true, Kind::Float)?.f_clamp_min(1.0)?;
    let vectors = Tensor::f_embedding(table, tokens, -1, false, false)?;
    Ok(weights.f_unsqueeze(1)?.f_matmul(&vectors)?.f_squeeze_dim(1)?)
}
