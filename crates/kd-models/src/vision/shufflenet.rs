use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Kernel, Layer};
use crate::network::Network;

/// `ShuffleNetV2` (Ma et al. 2018, arXiv 1807.11164) with the parameter names of torchvision.
///
/// Features: `stem`, `stage2` to `stage4`, then `pooled`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ShuffleNetV2 {
    /// Which of the paper's widths.
    pub size: ShuffleNetSize,
}

/// The widths of the paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ShuffleNetSize {
    /// 48 to 192 channels.
    #[serde(rename = "x0.5")]
    Half,
    /// 116 to 464 channels.
    #[default]
    #[serde(rename = "x1.0")]
    One,
    /// 176 to 704 channels.
    #[serde(rename = "x1.5")]
    OneAndHalf,
    /// 244 to 976 channels.
    #[serde(rename = "x2.0")]
    Two,
}

impl Network for ShuffleNetV2 {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let [image, ..] = builder.image()?;
        let (stages, last) = match self.size {
            ShuffleNetSize::Half => ([48, 96, 192], 1024),
            ShuffleNetSize::One => ([116, 232, 464], 1024),
            ShuffleNetSize::OneAndHalf => ([176, 352, 704], 1024),
            ShuffleNetSize::Two => ([244, 488, 976], 2048),
        };
        let mut inputs = 24;
        let stem = Kernel::square(3).stride(2);
        let mut layers = Vec::from(builder.normalised(["conv1.0", "conv1.1"], image, inputs, stem)?);
        let pool = Layer::MaxPool { size: 3, stride: 2, padding: 1 };
        layers.extend([Layer::Relu, pool, Layer::tap("stem")]);
        for (stage, (outputs, blocks)) in stages.into_iter().zip([4, 8, 4]).enumerate() {
            let stage_name = format!("stage{}", stage + 2);
            for index in 0..blocks {
                let name = format!("{stage_name}.{index}");
                layers.push(if index == 0 {
                    downsampling(&name, inputs, outputs / 2, builder)?
                } else {
                    let half = outputs / 2;
                    Layer::SecondHalf(branch2(&name, half, half, 1, builder)?)
                });
                layers.push(Layer::Shuffle(2));
            }
            layers.push(Layer::Tap(stage_name));
            inputs = outputs;
        }
        layers.extend(builder.normalised(["conv5.0", "conv5.1"], inputs, last, Kernel::square(1))?);
        layers.extend([
            Layer::Relu,
            Layer::AveragePool { size: 1 },
            Layer::Flatten,
            Layer::tap("pooled"),
            builder.head("fc", last)?,
        ]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        false
    }
}

/// The first block of a stage: all channels through both branches, with stride 2.
fn downsampling(name: &str, inputs: i64, half: i64, builder: &mut Builder<'_>) -> Result<Layer> {
    let names = |step: usize| [step, step + 1].map(|step| format!("{name}.branch1.{step}"));
    let depthwise = Kernel::square(3).stride(2).depthwise(inputs);
    let mut branch1 = Vec::new();
    branch1.extend(builder.normalised(names(0), inputs, inputs, depthwise)?);
    let pointwise = Kernel::square(1);
    branch1.extend(builder.normalised(names(2), inputs, half, pointwise)?);
    branch1.push(Layer::Relu);
    Ok(Layer::Branches(vec![branch1, branch2(name, inputs, half, 2, builder)?]))
}

/// Pointwise, depthwise and pointwise convolution.
fn branch2(name: &str, inputs: i64, half: i64, stride: i64, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
    let names = |step: usize| [step, step + 1].map(|step| format!("{name}.branch2.{step}"));
    let depthwise = Kernel::square(3).stride(stride).depthwise(half);
    let pointwise = Kernel::square(1);
    let mut layers = Vec::new();
    layers.extend(builder.normalised(names(0), inputs, half, pointwise)?);
    layers.push(Layer::Relu);
    layers.extend(builder.normalised(names(3), half, half, depthwise)?);
    layers.extend(builder.normalised(names(5), half, half, pointwise)?);
    layers.push(Layer::Relu);
    Ok(layers)
}
