use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Kernel, Layer};
use crate::network::Network;

/// LeNet-5 (`LeCun` et al. 1998, "Gradient-Based Learning Applied to Document Recognition") in today's form:
/// rectified units, max pooling, every channel connected to every other. Images below 32 pixels are padded by 2, as
/// the digits of 28x28 were.
///
/// Features: `stage0`, `stage1`, `hidden0`, `hidden1`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeNet {}

impl Network for LeNet {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        builder.halvings(4)?;
        let [channels, height, width] = builder.image()?;
        let padding = if height.min(width) < 32 { 2 } else { 0 };
        let left = |pixels: i64| ((pixels + 2 * padding - 4) / 2 - 4) / 2;
        let flat = 16 * left(height) * left(width);
        let pool = || Layer::MaxPool { size: 2, stride: 2, padding: 0 };
        Ok(vec![
            builder.convolution("conv1", channels, 6, Kernel::square(5).padding(padding))?,
            Layer::Relu,
            pool(),
            Layer::tap("stage0"),
            builder.convolution("conv2", 6, 16, Kernel::square(5).padding(0))?,
            Layer::Relu,
            pool(),
            Layer::tap("stage1"),
            Layer::Flatten,
            builder.linear("fc1", flat, 120)?,
            Layer::Relu,
            Layer::tap("hidden0"),
            builder.linear("fc2", 120, 84)?,
            Layer::Relu,
            Layer::tap("hidden1"),
            builder.head("fc3", 84)?,
        ])
    }

    fn drops_out(&self) -> bool {
        false
    }
}
