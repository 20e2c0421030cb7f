use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resnet::{Block, residual_stages};
use crate::Result;
use crate::layer::{Builder, Init, Kernel, Layer};
use crate::network::Network;
use crate::settings::size;

/// The thin residual networks for CIFAR (He et al. 2016, arXiv 1512.03385, section 4.2): three stages of 16, 32 and
/// 64 channels times `width`. Shortcuts that change shape are 1x1 convolutions and the stem has 32 channels where
/// `width` is not 1, as in Tian et al. 2020 (arXiv 1910.10699), whose `resnet8x4` is depth 8, width 4.
///
/// Features: `stem`, `layer1` to `layer3`, then `pooled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CifarResNet {
    /// 6n + 2, such as 8, 14, 20, 32, 44, 56 or 110.
    pub depth: u32,
    /// Factor on the channels.
    pub width: NonZeroU32,
}

impl Default for CifarResNet {
    fn default() -> Self {
        Self { depth: 20, width: NonZeroU32::MIN }
    }
}

impl CifarResNet {
    /// The paper's network of this depth.
    #[must_use]
    pub fn new(depth: u32) -> Self {
        Self { depth, ..Self::default() }
    }
}

impl Network for CifarResNet {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let [image, ..] = builder.image()?;
        if self.depth < 8 || self.depth % 6 != 2 {
            return Err(builder.refuse("depth", &self.depth, "6n + 2, such as 8, 20, 32, 56 or 110"));
        }
        let blocks = (self.depth as usize - 2) / 6;
        let width = size(self.width);
        let stem = if width == 1 { 16 } else { 32 };
        builder.init = Init::FanOut;
        let mut layers = Vec::from(builder.normalised(["conv1", "bn1"], image, stem, Kernel::square(3))?);
        layers.extend([Layer::Relu, Layer::tap("stem")]);
        let stages = [16, 32, 64].map(|channels| (channels * width, blocks));
        residual_stages(layers, Block::Basic, stem, &stages, builder)
    }

    fn drops_out(&self) -> bool {
        false
    }
}
