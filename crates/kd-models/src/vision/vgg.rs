use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use crate::Result;
use crate::layer::{Builder, Init, Kernel, Layer};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};

/// VGG with batch normalisation (Simonyan & Zisserman 2015, arXiv 1409.1556): five blocks of 3x3 convolutions.
///
/// `imagenet` is torchvision's `vggD_bn`: max pooling behind every block, then two hidden layers. `cifar` is that of
/// Tian et al. 2020 (arXiv 1910.10699), where the `vgg8` of distillation comes from: no pooling behind the fourth
/// block unless the image has 64 pixels or more, then the mean over pixels and a linear classifier.
///
/// Features: `block0` to `block4` before pooling, then `hidden0` and `hidden1` or `pooled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vgg {
    /// 8, 11, 13, 16 or 19.
    pub depth: u32,
    /// How the blocks end and what follows them.
    pub layout: Layout,
    /// Channels of the first block; the next three double them.
    pub width: NonZeroU32,
    /// Width of the two hidden layers of `imagenet`.
    pub hidden: NonZeroU32,
    /// Probability of dropping a hidden activation of `imagenet` while training.
    pub dropout: Dropout,
}

impl Default for Vgg {
    fn default() -> Self {
        Self {
            depth: 8,
            layout: Layout::Cifar,
            width: nonzero(64),
            hidden: nonzero(4096),
            dropout: Dropout::constant(0.5),
        }
    }
}

impl Vgg {
    /// The network of this depth for images of CIFAR.
    #[must_use]
    pub fn new(depth: u32) -> Self {
        Self { depth, ..Self::default() }
    }
}

impl Network for Vgg {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let convolutions = match self.depth {
            8 => [1, 1, 1, 1, 1],
            11 => [1, 1, 2, 2, 2],
            13 => [2, 2, 2, 2, 2],
            16 => [2, 2, 3, 3, 3],
            19 => [2, 2, 4, 4, 4],
            depth => return Err(builder.refuse("depth", &depth, "8, 11, 13, 16 or 19")),
        };
        let [mut channels, height, _] = builder.image()?;
        let pooled = match self.layout {
            Layout::Imagenet => [true; 5],
            Layout::Cifar => [true, true, true, height >= 64, false],
        };
        builder.halvings(pooled.iter().filter(|&&pooled| pooled).count() as u32)?;
        builder.init = Init::FanOut;
        let mut layers = Vec::new();
        // torchvision numbers the steps of all blocks, Tian et al. those of each.
        let mut step = 0;
        for (block, convolutions) in convolutions.into_iter().enumerate() {
            let name = match self.layout {
                Layout::Imagenet => "features".to_owned(),
                Layout::Cifar => {
                    step = 0;
                    format!("block{block}")
                }
            };
            let outputs = size(self.width) << block.min(3);
            for _ in 0..convolutions {
                layers.extend([
                    builder.convolution(&format!("{name}.{step}"), channels, outputs, Kernel::square(3))?,
                    builder.batch_norm(&format!("{name}.{}", step + 1), outputs)?,
                    Layer::Relu,
                ]);
                (channels, step) = (outputs, step + 3);
            }
            layers.push(Layer::Tap(format!("block{block}")));
            if pooled[block] {
                layers.push(Layer::MaxPool { size: 2, stride: 2, padding: 0 });
                step += 1;
            }
        }
        builder.init = Init::Normal(0.01);
        match self.layout {
            Layout::Imagenet => self.classifier(channels, &mut layers, builder)?,
            Layout::Cifar => layers.extend([
                Layer::AveragePool { size: 1 },
                Layer::Flatten,
                Layer::tap("pooled"),
                builder.head("classifier", channels)?,
            ]),
        }
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}

impl Vgg {
    fn classifier(&self, channels: i64, layers: &mut Vec<Layer>, builder: &mut Builder<'_>) -> Result<()> {
        let hidden = size(self.hidden);
        layers.extend([Layer::AveragePool { size: 7 }, Layer::Flatten]);
        for (index, inputs) in [49 * channels, hidden].into_iter().enumerate() {
            layers.extend([
                builder.linear(&format!("classifier.{}", 3 * index), inputs, hidden)?,
                Layer::Relu,
                Layer::Tap(format!("hidden{index}")),
                Layer::Dropout(self.dropout.get()),
            ]);
        }
        layers.push(builder.head("classifier.6", hidden)?);
        Ok(())
    }
}
