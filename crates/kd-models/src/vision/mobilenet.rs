use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Init, Kernel, Layer};
use crate::network::Network;
use crate::settings::Dropout;

/// `MobileNetV2` (Sandler et al. 2018, arXiv 1801.04381) with the parameter names and the initialisation of
/// torchvision.
///
/// Features: `stem`, `stage0` to `stage6`, then `pooled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MobileNetV2 {
    /// Factor on the channels, which are rounded to multiples of 8.
    pub width: f64,
    /// Probability of dropping an activation before the classifier while training.
    pub dropout: Dropout,
}

impl Default for MobileNetV2 {
    fn default() -> Self {
        Self { width: 1.0, dropout: Dropout::constant(0.2) }
    }
}

/// Expansion, channels, blocks and stride of each stage.
const STAGES: [(i64, i64, usize, i64); 7] = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
];

impl Network for MobileNetV2 {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let [image, ..] = builder.image()?;
        let width = self.width;
        if !(width > 0.0 && width <= 100.0) {
            return Err(builder.refuse("width", &width, "a factor above 0, such as 0.5 or 1.4"));
        }
        builder.init = Init::FanOut;
        let mut inputs = rounded(32.0 * width);
        let mut layers = Vec::new();
        activated("features.0", image, inputs, Kernel::square(3).stride(2), &mut layers, builder)?;
        layers.push(Layer::tap("stem"));
        let mut block = 1;
        for (stage, (expansion, channels, blocks, first_stride)) in STAGES.into_iter().enumerate() {
            let outputs = rounded(channels as f64 * width);
            for index in 0..blocks {
                let stride = if index == 0 { first_stride } else { 1 };
                let name = format!("features.{block}.conv");
                let main = inverted(&name, [inputs, outputs, expansion, stride], builder)?;
                if stride == 1 && inputs == outputs {
                    layers.push(Layer::Residual { main, shortcut: Vec::new() });
                } else {
                    layers.extend(main);
                }
                (inputs, block) = (outputs, block + 1);
            }
            layers.push(Layer::Tap(format!("stage{stage}")));
        }
        let last = rounded(1280.0 * width.max(1.0));
        activated(&format!("features.{block}"), inputs, last, Kernel::square(1), &mut layers, builder)?;
        builder.init = Init::Normal(0.01);
        layers.extend([
            Layer::AveragePool { size: 1 },
            Layer::Flatten,
            Layer::tap("pooled"),
            Layer::Dropout(self.dropout.get()),
            builder.head("classifier.1", last)?,
        ]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}

/// An inverted residual: widen, filter every channel by itself, narrow without activation.
fn inverted(
    name: &str,
    [inputs, outputs, expansion, stride]: [i64; 4],
    builder: &mut Builder<'_>,
) -> Result<Vec<Layer>> {
    let hidden = inputs * expansion;
    let (mut layers, mut step) = (Vec::new(), 0);
    if expansion != 1 {
        activated(&format!("{name}.0"), inputs, hidden, Kernel::square(1), &mut layers, builder)?;
        step = 1;
    }
    let depthwise = Kernel::square(3).stride(stride).depthwise(hidden);
    activated(&format!("{name}.{step}"), hidden, hidden, depthwise, &mut layers, builder)?;
    let names = [step + 1, step + 2].map(|step| format!("{name}.{step}"));
    layers.extend(builder.normalised(names, hidden, outputs, Kernel::square(1))?);
    Ok(layers)
}

/// Convolution, normalisation, activation.
fn activated(
    name: &str,
    inputs: i64,
    outputs: i64,
    kernel: Kernel,
    layers: &mut Vec<Layer>,
    builder: &mut Builder<'_>,
) -> Result<()> {
    let names = [0, 1].map(|step| format!("{name}.{step}"));
    layers.extend(builder.normalised(names, inputs, outputs, kernel)?);
    layers.push(Layer::Relu6);
    Ok(())
}

/// The multiple of 8 that is nearest, but at least 8 and no less than nine tenths of `channels`.
fn rounded(channels: f64) -> i64 {
    let nearest = (((channels + 4.0) / 8.0).floor() * 8.0).max(8.0);
    (if nearest < 0.9 * channels { nearest + 8.0 } else { nearest }) as i64
}
