use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Init, Kernel, Layer};
use crate::network::Network;
use crate::settings::{Dropout, checked, nonzero, size};

/// Wide residual network WRN-d-k (Zagoruyko & Komodakis 2016, arXiv 1605.07146): normalisation and activation before
/// the convolutions, three stages of 16k, 32k and 64k channels. Parameters are named as by Tian et al. 2020 (arXiv
/// 1910.10699).
///
/// Features: `stem`, `block1` to `block3` (before the activation), then `pooled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WideResNet {
    /// d = 6n + 4, such as 16, 28 or 40.
    pub depth: u32,
    /// k.
    pub width: NonZeroU32,
    /// Probability of dropping an activation between the convolutions of a block while training.
    pub dropout: Dropout,
}

impl Default for WideResNet {
    fn default() -> Self {
        Self { depth: 16, width: nonzero(2), dropout: Dropout::default() }
    }
}

impl WideResNet {
    /// WRN-`depth`-`width`, without dropout.
    ///
    /// # Errors
    /// [`crate::BuildError::Setting`] if `width` is 0.
    pub fn new(depth: u32, width: u32) -> Result<Self> {
        Ok(Self { depth, width: checked("wide_resnet", "width", width)?, dropout: Dropout::default() })
    }
}

impl Network for WideResNet {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let [image, ..] = builder.image()?;
        if self.depth < 10 || self.depth % 6 != 4 {
            return Err(builder.refuse("depth", &self.depth, "6n + 4, such as 16, 28 or 40"));
        }
        builder.init = Init::FanOut;
        let mut layers =
            vec![builder.convolution("conv1", image, 16, Kernel::square(3).unbiased())?, Layer::tap("stem")];
        let mut inputs = 16;
        for (stage, width) in [16, 32, 64].into_iter().enumerate() {
            let outputs = width * size(self.width);
            let stage_name = format!("block{}", stage + 1);
            for index in 0..(self.depth - 4) / 6 {
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                let name = format!("{stage_name}.layer.{index}");
                self.block(&name, inputs, outputs, stride, &mut layers, builder)?;
                inputs = outputs;
            }
            layers.push(Layer::Tap(stage_name));
        }
        layers.extend([builder.batch_norm("bn1", inputs)?, Layer::Relu, Layer::AveragePool { size: 1 }]);
        builder.init = Init::Unbiased;
        layers.extend([Layer::Flatten, Layer::tap("pooled"), builder.head("fc", inputs)?]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}

impl WideResNet {
    /// Where a block changes the number of channels, its shortcut starts behind the first activation.
    fn block(
        &self,
        name: &str,
        inputs: i64,
        outputs: i64,
        stride: i64,
        layers: &mut Vec<Layer>,
        builder: &mut Builder<'_>,
    ) -> Result<()> {
        let kernel = Kernel::square(3).unbiased();
        let before = [builder.batch_norm(&format!("{name}.bn1"), inputs)?, Layer::Relu];
        let conv1 = builder.convolution(&format!("{name}.conv1"), inputs, outputs, kernel.stride(stride))?;
        let after = [
            conv1,
            builder.batch_norm(&format!("{name}.bn2"), outputs)?,
            Layer::Relu,
            Layer::Dropout(self.dropout.get()),
            builder.convolution(&format!("{name}.conv2"), outputs, outputs, kernel)?,
        ];
        if inputs == outputs {
            layers.push(Layer::Residual {
                main: before.into_iter().chain(after).collect(),
                shortcut: Vec::new(),
            });
        } else {
            let kernel = Kernel::square(1).stride(stride).unbiased();
            let shortcut = builder.convolution(&format!("{name}.convShortcut"), inputs, outputs, kernel)?;
            layers.extend(before);
            layers.push(Layer::Residual { main: after.into(), shortcut: vec![shortcut] });
        }
        Ok(())
    }
}
