use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::layer::{Builder, Convolution};
use crate::mlp::MlpNetwork;
use crate::{Dropout, Error, Mode, Output, Result};

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
    pub(crate) fn check(&self, height: i64, width: i64) -> Result<()> {
        let most = height.min(width).max(1).ilog2();
        if self.channels.len() > most as usize {
            return Err(Error::TooDeep { stages: self.channels.len(), height, width, most });
        }
        Ok(())
    }

    pub(crate) fn build(
        &self,
        image: [i64; 3],
        classes: i64,
        builder: &mut Builder<'_>,
    ) -> Result<CnnNetwork> {
        let [mut channels, mut height, mut width] = image;
        let mut stages = Vec::with_capacity(self.channels.len());
        for (index, outputs) in self.channels.iter().map(|outputs| i64::from(outputs.get())).enumerate() {
            let name = format!("stage{index}");
            let stage = builder.convolution(&name, channels, outputs, 3)?;
            stages.push((name, stage));
            (channels, height, width) = (outputs, height / 2, width / 2);
        }
        let top = MlpNetwork::new(&[self.hidden], self.dropout, channels * height * width, classes, builder)?;
        Ok(CnnNetwork { stages, top })
    }
}

#[derive(Debug)]
pub(crate) struct CnnNetwork {
    stages: Vec<(String, Convolution)>,
    top: MlpNetwork,
}

impl CnnNetwork {
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Output> {
        let mut x = x.shallow_clone();
        let mut features = Vec::with_capacity(self.stages.len() + 1);
        for (name, convolution) in &self.stages {
            x = convolution.forward(&x)?.f_relu()?.f_max_pool2d([2, 2], [2, 2], [0, 0], [1, 1], false)?;
            features.push((name.clone(), x.shallow_clone()));
        }
        self.top.forward(&x, features, mode)
    }
}
