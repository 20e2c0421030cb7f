use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layer::{Builder, Kernel, Layer, perceptron};
use crate::network::Network;
use crate::settings::{Dropout, checked, size};
use crate::{BuildError, Result};

/// Small convolutional network: per entry of `channels` a 3x3 convolution, `ReLU` and 2x2 max pooling, then one
/// hidden layer.
///
/// Features: `stage0`, `stage1`, ... after each pooling, then `hidden0`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cnn {
    /// Channels of each stage; every stage halves height and width.
    pub channels: Vec<NonZeroU32>,
    /// Width of the hidden layer before the classifier.
    pub hidden: NonZeroU32,
    /// Probability of dropping an activation of the hidden layer while training.
    #[serde(default)]
    pub dropout: Dropout,
}

impl Cnn {
    /// Stages of these channels and a hidden layer, without dropout.
    ///
    /// # Errors
    /// [`BuildError::Setting`] if a size is 0.
    pub fn new(channels: impl IntoIterator<Item = u32>, hidden: u32) -> Result<Self> {
        let channels: Result<_> = channels.into_iter().map(|size| checked("cnn", "channels", size)).collect();
        let hidden = checked("cnn", "hidden", hidden)?;
        Ok(Self { channels: channels?, hidden, dropout: Dropout::default() })
    }
}

impl Network for Cnn {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let [mut channels, mut height, mut width] = builder.image()?;
        let most = height.min(width).max(1).ilog2();
        if self.channels.len() > most as usize {
            return Err(BuildError::TooDeep { stages: self.channels.len(), height, width, most }.into());
        }
        let mut layers = Vec::new();
        for (index, outputs) in self.channels.iter().map(|&outputs| size(outputs)).enumerate() {
            let name = format!("stage{index}");
            layers.extend([
                builder.convolution(&name, channels, outputs, Kernel::square(3))?,
                Layer::Relu,
                Layer::MaxPool { size: 2, stride: 2, padding: 0 },
                Layer::Tap(name),
            ]);
            (channels, height, width) = (outputs, height / 2, width / 2);
        }
        layers.push(Layer::Flatten);
        layers.extend(perceptron(&[self.hidden], self.dropout, channels * height * width, builder)?);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}
