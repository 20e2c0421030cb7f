use std::num::NonZeroU32;

use kd_core::random::Stream;
use tch::{Kind, Tensor, nn};

use super::{Attention, BatchNorm, Convolution, Kernel, Layer, LayerNorm, Linear};
use crate::settings::size;
use crate::{BuildError, Error, Input, Result};

/// How weights of linear layers and convolutions start; `fan in` and `fan out` are the numbers of weights that reach
/// an output and leave an input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Init {
    /// Weights and biases uniform in `±1 / sqrt(fan in)`: what `torch.nn.Linear` and `torch.nn.Conv2d` do.
    Default,
    /// The same weights, biases 0.
    Unbiased,
    /// Weights normal with variance `2 / fan out`, biases 0 (He et al. 2015, arXiv 1502.01852).
    FanOut,
    /// Weights uniform in `±sqrt(6 / (fan in + fan out))`, biases 0 (Glorot & Bengio 2010).
    Xavier,
    /// Weights normal with this standard deviation, biases 0.
    Normal(f64),
}

/// Where the parameters of a network come from, and what the network is for.
///
/// Without a place to put parameters, they are zeros that take no memory: enough to know every shape, and whether an
/// architecture fits its input at all.
pub(crate) struct Builder<'a> {
    architecture: String,
    pub(crate) input: Input,
    pub(crate) outputs: i64,
    pub(crate) init: Init,
    /// Trainable numbers so far.
    pub(crate) parameters: u64,
    tensors: usize,
    /// Name of the last layer, where it has weights of its own.
    pub(crate) head: Option<String>,
    place: Option<(nn::Path<'a>, &'a mut Stream)>,
}

/// Beyond any machine's memory, but far from what an integer holds.
const MOST_NUMBERS: i64 = 1 << 40;
/// Beyond any network, but listed in a second.
const MOST_TENSORS: usize = 100_000;

impl<'a> Builder<'a> {
    pub(crate) fn new(
        architecture: String,
        input: Input,
        outputs: i64,
        place: Option<(nn::Path<'a>, &'a mut Stream)>,
    ) -> Self {
        Self {
            architecture,
            input,
            outputs,
            init: Init::Default,
            parameters: 0,
            tensors: 0,
            head: None,
            place,
        }
    }
}

impl Builder<'_> {
    /// Channels, height and width of the images that the network is to read.
    pub(crate) fn image(&self) -> Result<[i64; 3]> {
        let Input::Image { channels, height, width } = self.input else { return Err(self.misfit("images")) };
        Ok([channels, height, width])
    }

    /// The number of token ids that the network is to read.
    pub(crate) fn vocabulary(&self) -> Result<i64> {
        let Input::Tokens { vocabulary } = self.input else { return Err(self.misfit("token ids")) };
        Ok(vocabulary)
    }

    pub(crate) fn misfit(&self, expected: &'static str) -> Error {
        BuildError::Input { architecture: self.architecture.clone(), expected, input: self.input }.into()
    }

    pub(crate) fn refuse(
        &self,
        setting: &'static str,
        value: &impl ToString,
        expected: impl Into<String>,
    ) -> Error {
        BuildError::Setting {
            architecture: self.architecture.clone(),
            setting,
            value: value.to_string(),
            expected: expected.into(),
        }
        .into()
    }

    /// That an image keeps a pixel after being halved `times` times.
    pub(crate) fn halvings(&self, times: u32) -> Result<()> {
        let [_, height, width] = self.image()?;
        let least = 1_i64 << times.min(62);
        if height.min(width) < least {
            let architecture = self.architecture.clone();
            return Err(BuildError::TooSmall { architecture, height, width, least }.into());
        }
        Ok(())
    }

    /// That `dimension` splits evenly into `heads`.
    pub(crate) fn heads(&self, heads: NonZeroU32, dimension: NonZeroU32) -> Result<i64> {
        if dimension.get().is_multiple_of(heads.get()) {
            Ok(size(heads))
        } else {
            Err(self.refuse("heads", &size(heads), format!("a divisor of the dimension, {dimension}")))
        }
    }

    fn tensor(
        &mut self,
        name: &str,
        shape: &[i64],
        trainable: bool,
        mut draw: impl FnMut(&mut Stream) -> f64,
    ) -> Result<Tensor> {
        let count = shape.iter().try_fold(1_i64, |count, &size| count.checked_mul(size));
        let Some(count) = count.filter(|&count| count <= MOST_NUMBERS && self.tensors < MOST_TENSORS) else {
            return Err(BuildError::TooLarge { architecture: self.architecture.clone() }.into());
        };
        self.tensors += 1;
        if trainable {
            self.parameters += count as u64;
        }
        let Some((root, stream)) = &mut self.place else {
            return Ok(Tensor::f_zeros([1; 0], (Kind::Float, tch::Device::Cpu))?.f_expand(shape, false)?);
        };
        let values: Vec<f32> = (0..count).map(|_| draw(stream) as f32).collect();
        let values = Tensor::f_from_slice(&values)?.f_view(shape)?.f_to_device(root.device())?;
        Ok(add(root, name, values, trainable))
    }

    /// A parameter that is normal with this standard deviation.
    pub(crate) fn normal(&mut self, name: &str, shape: &[i64], deviation: f64) -> Result<Tensor> {
        self.tensor(name, shape, true, |stream| deviation * stream.normal())
    }

    /// A parameter that is uniform in `±bound`.
    pub(crate) fn uniform(&mut self, name: &str, shape: &[i64], bound: f64) -> Result<Tensor> {
        self.tensor(name, shape, true, |stream| bound * (2.0 * stream.uniform() - 1.0))
    }

    /// A parameter that starts as `value`.
    pub(crate) fn constant(&mut self, name: &str, shape: &[i64], value: f64) -> Result<Tensor> {
        self.tensor(name, shape, true, |_| value)
    }

    fn weight(&mut self, name: &str, shape: &[i64]) -> Result<Tensor> {
        let area: i64 = shape[2..].iter().product();
        let (fan_in, fan_out) = ((shape[1] * area) as f64, (shape[0] * area) as f64);
        let name = format!("{name}.weight");
        match self.init {
            Init::Default | Init::Unbiased => self.uniform(&name, shape, 1.0 / fan_in.sqrt()),
            Init::FanOut => self.normal(&name, shape, (2.0 / fan_out).sqrt()),
            Init::Xavier => self.uniform(&name, shape, (6.0 / (fan_in + fan_out)).sqrt()),
            Init::Normal(deviation) => self.normal(&name, shape, deviation),
        }
    }

    /// The bias of a layer whose weight has `shape`.
    fn bias(&mut self, name: &str, shape: &[i64], outputs: i64) -> Result<Tensor> {
        let name = format!("{name}.bias");
        if self.init == Init::Default {
            let fan_in: i64 = shape[1..].iter().product();
            self.uniform(&name, &[outputs], 1.0 / (fan_in as f64).sqrt())
        } else {
            self.constant(&name, &[outputs], 0.0)
        }
    }

    pub(crate) fn affine(&mut self, name: &str, inputs: i64, outputs: i64) -> Result<Linear> {
        let shape = [outputs, inputs];
        let weight = self.weight(name, &shape)?;
        Ok(Linear { weight, bias: Some(self.bias(name, &shape, outputs)?), transposed: false })
    }

    pub(crate) fn linear(&mut self, name: &str, inputs: i64, outputs: i64) -> Result<Layer> {
        Ok(Layer::Linear(self.affine(name, inputs, outputs)?))
    }

    /// The last layer, from `inputs` to what the network is to tell.
    pub(crate) fn head(&mut self, name: &str, inputs: i64) -> Result<Layer> {
        self.head = Some(name.to_owned());
        self.linear(name, inputs, self.outputs)
    }

    /// A linear layer whose weight is kept `[inputs, outputs]`.
    pub(crate) fn transposed(&mut self, name: &str, inputs: i64, outputs: i64) -> Result<Linear> {
        let shape = [inputs, outputs];
        let weight = self.weight(name, &shape)?;
        Ok(Linear { weight, bias: Some(self.bias(name, &shape, outputs)?), transposed: true })
    }

    pub(crate) fn convolution(
        &mut self,
        name: &str,
        inputs: i64,
        outputs: i64,
        kernel: Kernel,
    ) -> Result<Layer> {
        let mut shape = vec![outputs, inputs / kernel.groups];
        shape.resize(2 + kernel.dimensions, kernel.size);
        let weight = self.weight(name, &shape)?;
        let bias = kernel.bias.then(|| self.bias(name, &shape, outputs)).transpose()?;
        Ok(Layer::Convolution(Convolution { weight, bias, kernel }))
    }

    /// A convolution without bias, then batch normalisation.
    pub(crate) fn normalised(
        &mut self,
        [convolution, norm]: [impl AsRef<str>; 2],
        inputs: i64,
        outputs: i64,
        kernel: Kernel,
    ) -> Result<[Layer; 2]> {
        Ok([
            self.convolution(convolution.as_ref(), inputs, outputs, kernel.unbiased())?,
            self.batch_norm(norm.as_ref(), outputs)?,
        ])
    }

    pub(crate) fn batch_norm(&mut self, name: &str, channels: i64) -> Result<Layer> {
        let shape = [channels];
        Ok(Layer::BatchNorm(BatchNorm {
            weight: self.constant(&format!("{name}.weight"), &shape, 1.0)?,
            bias: self.constant(&format!("{name}.bias"), &shape, 0.0)?,
            running_mean: self.tensor(&format!("{name}.running_mean"), &shape, false, |_| 0.0)?,
            running_var: self.tensor(&format!("{name}.running_var"), &shape, false, |_| 1.0)?,
            batches: self.counter(&format!("{name}.num_batches_tracked"))?,
        }))
    }

    fn counter(&mut self, name: &str) -> Result<Tensor> {
        let zero = |device| Tensor::f_zeros([1; 0], (Kind::Int64, device));
        Ok(match &self.place {
            Some((root, _)) => add(root, name, zero(root.device())?, false),
            None => zero(tch::Device::Cpu)?,
        })
    }

    pub(crate) fn layer_norm(&mut self, name: &str, width: i64, epsilon: f64) -> Result<Layer> {
        Ok(Layer::LayerNorm(LayerNorm {
            weight: self.constant(&format!("{name}.weight"), &[width], 1.0)?,
            bias: self.constant(&format!("{name}.bias"), &[width], 0.0)?,
            epsilon,
        }))
    }

    /// A vector for each token id, from a standard normal distribution.
    pub(crate) fn embedding(&mut self, name: &str, dimension: i64) -> Result<Layer> {
        let vocabulary = self.vocabulary()?;
        Ok(Layer::Embedding(self.normal(&format!("{name}.weight"), &[vocabulary, dimension], 1.0)?))
    }

    /// Attention as `torch.nn.MultiheadAttention` names and starts it, one matrix for queries, keys and values.
    pub(crate) fn attention(&mut self, name: &str, width: i64, heads: i64, dropout: f64) -> Result<Layer> {
        let bound = (6.0 / (4 * width) as f64).sqrt();
        let projection = Linear {
            weight: self.uniform(&format!("{name}.in_proj_weight"), &[3 * width, width], bound)?,
            bias: Some(self.constant(&format!("{name}.in_proj_bias"), &[3 * width], 0.0)?),
            transposed: false,
        };
        self.init = Init::Unbiased;
        let output = self.affine(&format!("{name}.out_proj"), width, width)?;
        Ok(Layer::Attention(Attention {
            projections: vec![projection],
            output,
            heads,
            dropout,
            causal: false,
            first_asks: false,
        }))
    }
}

/// A variable of the store, by its whole name.
fn add(root: &nn::Path<'_>, name: &str, values: Tensor, trainable: bool) -> Tensor {
    match name.rsplit_once('.') {
        Some((path, leaf)) => {
            path.split('.').fold(root.clone(), |path, part| path / part).add(leaf, values, trainable)
        }
        None => root.add(name, values, trainable),
    }
}
