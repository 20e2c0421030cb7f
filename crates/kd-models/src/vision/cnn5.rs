use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Kernel, Layer};
use crate::network::Network;
use crate::settings::{nonzero, size};

/// Five-layer network (Page's `ResNet` without its shortcuts, in the form of Nakkiran et al. 2020, "Deep Double
/// Descent", arXiv 1912.02292): four 3x3 convolutions with batch normalisation of c, 2c, 4c and 8c channels, the
/// last three followed by 2x2 max pooling, then the largest value of each channel and a linear classifier.
///
/// Features: `stage0` to `stage3`, then `pooled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cnn5 {
    /// c, the channels of the first convolution.
    pub width: NonZeroU32,
}

impl Default for Cnn5 {
    fn default() -> Self {
        Self { width: nonzero(64) }
    }
}

impl Network for Cnn5 {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        builder.halvings(3)?;
        let [mut channels, ..] = builder.image()?;
        let mut layers = Vec::new();
        // Numbered as the steps of a `torch.nn.Sequential`.
        for (stage, step) in [0, 3, 7, 11].into_iter().enumerate() {
            let outputs = size(self.width) << stage;
            layers.extend([
                builder.convolution(&step.to_string(), channels, outputs, Kernel::square(3))?,
                builder.batch_norm(&(step + 1).to_string(), outputs)?,
                Layer::Relu,
            ]);
            if stage > 0 {
                layers.push(Layer::MaxPool { size: 2, stride: 2, padding: 0 });
            }
            layers.push(Layer::Tap(format!("stage{stage}")));
            channels = outputs;
        }
        layers.extend([Layer::Largest, Layer::tap("pooled"), builder.head("17", channels)?]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        false
    }
}
