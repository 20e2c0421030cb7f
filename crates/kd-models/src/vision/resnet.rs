use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use crate::Result;
use crate::layer::{Builder, Init, Kernel, Layer};
use crate::network::Network;
use crate::settings::{nonzero, size};

/// Residual network (He et al. 2016, arXiv 1512.03385) with the parameter names and the initialisation of
/// torchvision.
///
/// Features: `stem`, `layer1` to `layer4`, then `pooled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResNet {
    /// 18, 34, 50, 101 or 152.
    pub depth: u32,
    /// `imagenet` begins with a 7x7 convolution of stride 2 and a max pooling, `cifar` with a 3x3 convolution alone.
    pub stem: Layout,
    /// Channels of the stem and the first stage; every stage doubles them.
    pub width: NonZeroU32,
}

impl Default for ResNet {
    fn default() -> Self {
        Self { depth: 18, stem: Layout::Imagenet, width: nonzero(64) }
    }
}

impl ResNet {
    /// The network of this depth for images of `ImageNet`.
    #[must_use]
    pub fn new(depth: u32) -> Self {
        Self { depth, ..Self::default() }
    }
}

impl Network for ResNet {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let (block, blocks) = match self.depth {
            18 => (Block::Basic, [2, 2, 2, 2]),
            34 => (Block::Basic, [3, 4, 6, 3]),
            50 => (Block::Bottleneck, [3, 4, 6, 3]),
            101 => (Block::Bottleneck, [3, 4, 23, 3]),
            152 => (Block::Bottleneck, [3, 8, 36, 3]),
            depth => return Err(builder.refuse("depth", &depth, "18, 34, 50, 101 or 152")),
        };
        let [image, ..] = builder.image()?;
        let width = size(self.width);
        builder.init = Init::FanOut;
        let (kernel, pool) = match self.stem {
            Layout::Imagenet => {
                let pool = Layer::MaxPool { size: 3, stride: 2, padding: 1 };
                (Kernel::square(7).stride(2), Some(pool))
            }
            Layout::Cifar => (Kernel::square(3), None),
        };
        let mut layers = Vec::from(builder.normalised(["conv1", "bn1"], image, width, kernel)?);
        layers.push(Layer::Relu);
        layers.extend(pool);
        layers.push(Layer::tap("stem"));
        let stages: Vec<_> =
            blocks.into_iter().enumerate().map(|(stage, blocks)| (width << stage, blocks)).collect();
        residual_stages(layers, block, width, &stages, builder)
    }

    fn drops_out(&self) -> bool {
        false
    }
}

/// The two forms of a residual block.
#[derive(Clone, Copy)]
pub(super) enum Block {
    /// Two 3x3 convolutions.
    Basic,
    /// 1x1, 3x3 and 1x1, the last with four times the channels.
    Bottleneck,
}

/// Behind `stem`: stages of residual blocks, each but the first with stride 2, the mean over pixels and the head.
/// `stages` holds channels and blocks.
pub(super) fn residual_stages(
    stem: Vec<Layer>,
    block: Block,
    stem_channels: i64,
    stages: &[(i64, usize)],
    builder: &mut Builder<'_>,
) -> Result<Vec<Layer>> {
    let (mut layers, mut inputs) = (stem, stem_channels);
    for (stage, &(channels, blocks)) in stages.iter().enumerate() {
        let stage_name = format!("layer{}", stage + 1);
        for index in 0..blocks {
            let stride = if stage > 0 && index == 0 { 2 } else { 1 };
            let name = format!("{stage_name}.{index}");
            inputs = block.build(&name, inputs, channels, stride, &mut layers, builder)?;
        }
        layers.push(Layer::Tap(stage_name));
    }
    builder.init = Init::Default;
    layers.extend([
        Layer::AveragePool { size: 1 },
        Layer::Flatten,
        Layer::tap("pooled"),
        builder.head("fc", inputs)?,
    ]);
    Ok(layers)
}

impl Block {
    /// Appends a block and tells its number of output channels.
    fn build(
        self,
        name: &str,
        inputs: i64,
        channels: i64,
        stride: i64,
        layers: &mut Vec<Layer>,
        builder: &mut Builder<'_>,
    ) -> Result<i64> {
        let (outputs, steps) = match self {
            Self::Basic => {
                (channels, vec![(channels, Kernel::square(3).stride(stride)), (channels, Kernel::square(3))])
            }
            Self::Bottleneck => (
                4 * channels,
                vec![
                    (channels, Kernel::square(1)),
                    (channels, Kernel::square(3).stride(stride)),
                    (4 * channels, Kernel::square(1)),
                ],
            ),
        };
        let (mut main, mut width) = (Vec::new(), inputs);
        for (index, (next, kernel)) in steps.into_iter().enumerate() {
            if index > 0 {
                main.push(Layer::Relu);
            }
            let names = ["conv", "bn"].map(|kind| format!("{name}.{kind}{}", index + 1));
            main.extend(builder.normalised(names, width, next, kernel)?);
            width = next;
        }
        let mut shortcut = Vec::new();
        if stride != 1 || inputs != outputs {
            let names = [0, 1].map(|index| format!("{name}.downsample.{index}"));
            shortcut.extend(builder.normalised(names, inputs, outputs, Kernel::square(1).stride(stride))?);
        }
        layers.extend([Layer::Residual { main, shortcut }, Layer::Relu]);
        Ok(outputs)
    }
}
