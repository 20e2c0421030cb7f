mod display;
mod rehearsal;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layer::{Builder, Layer};
use crate::network::Network;
use crate::table::{FtTransformer, Mlp, TabularResNet};
use crate::text::{BagOfEmbeddings, Bert, Gpt, RecurrentClassifier, TextCnn, Transformer};
use crate::vision::{CifarResNet, Cnn, Cnn5, LeNet, MobileNetV2, ResNet, ShuffleNetV2, Vgg, Vit, WideResNet};
use crate::{BuildError, Result};
pub use rehearsal::Tap;

/// The architecture of a teacher or a student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// Multi-layer perceptron, for tables and (flattened) images.
    Mlp(Mlp),
    /// Small convolutional network, for images.
    Cnn(Cnn),
    /// Five-layer convolutional network, for images.
    Cnn5(Cnn5),
    /// LeNet-5, for images.
    #[serde(rename = "lenet")]
    LeNet(LeNet),
    /// Residual network, for images.
    #[serde(rename = "resnet")]
    ResNet(ResNet),
    /// Thin residual network, for images of about 32x32.
    #[serde(rename = "cifar_resnet")]
    CifarResNet(CifarResNet),
    /// Wide residual network, for images of about 32x32.
    #[serde(rename = "wide_resnet")]
    WideResNet(WideResNet),
    /// VGG with batch normalisation, for images.
    Vgg(Vgg),
    /// `MobileNetV2`, for images.
    #[serde(rename = "mobilenet_v2")]
    MobileNetV2(MobileNetV2),
    /// `ShuffleNetV2`, for images.
    #[serde(rename = "shufflenet_v2")]
    ShuffleNetV2(ShuffleNetV2),
    /// Vision transformer, for images.
    Vit(Vit),
    /// Mean of token embeddings and a perceptron, for texts.
    BagOfEmbeddings(BagOfEmbeddings),
    /// Convolutions over windows of words, for texts.
    TextCnn(TextCnn),
    /// Recurrent network, for texts.
    Recurrent(RecurrentClassifier),
    /// Transformer encoder, for texts.
    Transformer(Transformer),
    /// BERT, for texts.
    Bert(Bert),
    /// GPT-2, for predicting the next token.
    Gpt(Gpt),
    /// Residual network for tables.
    #[serde(rename = "tabular_resnet")]
    TabularResNet(TabularResNet),
    /// Transformer over the columns of tables.
    FtTransformer(FtTransformer),
}

impl Architecture {
    /// An [`Mlp`] of hidden layers of these widths.
    ///
    /// # Errors
    /// As [`Mlp::new`].
    pub fn mlp(hidden: impl IntoIterator<Item = u32>) -> Result<Self> {
        Ok(Self::Mlp(Mlp::new(hidden)?))
    }

    /// A [`Cnn`] of stages of these channels and a hidden layer.
    ///
    /// # Errors
    /// As [`Cnn::new`].
    pub fn cnn(channels: impl IntoIterator<Item = u32>, hidden: u32) -> Result<Self> {
        Ok(Self::Cnn(Cnn::new(channels, hidden)?))
    }

    /// A [`BagOfEmbeddings`] of this size.
    ///
    /// # Errors
    /// As [`BagOfEmbeddings::new`].
    pub fn bag_of_embeddings(dimension: u32) -> Result<Self> {
        Ok(Self::BagOfEmbeddings(BagOfEmbeddings::new(dimension)?))
    }

    /// The settings, whichever they are.
    fn network(&self) -> &dyn Network {
        match self {
            Self::Mlp(network) => network,
            Self::Cnn(network) => network,
            Self::Cnn5(network) => network,
            Self::LeNet(network) => network,
            Self::ResNet(network) => network,
            Self::CifarResNet(network) => network,
            Self::WideResNet(network) => network,
            Self::Vgg(network) => network,
            Self::MobileNetV2(network) => network,
            Self::ShuffleNetV2(network) => network,
            Self::Vit(network) => network,
            Self::BagOfEmbeddings(network) => network,
            Self::TextCnn(network) => network,
            Self::Recurrent(network) => network,
            Self::Transformer(network) => network,
            Self::Bert(network) => network,
            Self::Gpt(network) => network,
            Self::TabularResNet(network) => network,
            Self::FtTransformer(network) => network,
        }
    }

    /// The layers of a network of `builder.outputs` outputs.
    pub(crate) fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        if builder.outputs < 1 {
            return Err(BuildError::NoOutputs(builder.outputs).into());
        }
        self.network().build(builder)
    }

    /// The architecture's name in study files.
    #[must_use]
    pub fn name(&self) -> String {
        self.described().0
    }

    /// Whether the outputs are a linear function of numbers, by the weights that [`crate::least_squares`] solves for.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        self.network().is_linear()
    }

    /// Whether activations are dropped at random in training.
    #[must_use]
    pub fn drops_out(&self) -> bool {
        self.network().drops_out()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Input;

    /// What a study file would say.
    fn written(json: &str) -> Architecture {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn constructors_have_the_defaults_of_study_files() {
        let pairs = [
            (Architecture::mlp([64, 32]).unwrap(), r#"{ "mlp": { "hidden": [64, 32] } }"#),
            (Architecture::mlp([]).unwrap(), r#"{ "mlp": { "hidden": [] } }"#),
            (
                Architecture::cnn([16, 32], 64).unwrap(),
                r#"{ "cnn": { "channels": [16, 32], "hidden": 64 } }"#,
            ),
            (Architecture::bag_of_embeddings(64).unwrap(), r#"{ "bag_of_embeddings": { "dimension": 64 } }"#),
            (Architecture::ResNet(ResNet::new(50)), r#"{ "resnet": { "depth": 50 } }"#),
            (Architecture::CifarResNet(CifarResNet::new(56)), r#"{ "cifar_resnet": { "depth": 56 } }"#),
            (
                Architecture::WideResNet(WideResNet::new(40, 1).unwrap()),
                r#"{ "wide_resnet": { "depth": 40, "width": 1 } }"#,
            ),
            (Architecture::Vgg(Vgg::new(13)), r#"{ "vgg": { "depth": 13 } }"#),
        ];
        for (constructed, json) in pairs {
            assert_eq!(constructed, written(json));
        }
    }

    #[test]
    fn sizes_of_zero_are_refused_where_they_are_named() {
        let refusals = [
            Architecture::mlp([64, 0]).unwrap_err(),
            Architecture::cnn([0], 64).unwrap_err(),
            Architecture::cnn([16], 0).unwrap_err(),
            Architecture::bag_of_embeddings(0).unwrap_err(),
            WideResNet::new(40, 0).unwrap_err(),
        ];
        assert_eq!(
            refusals.map(|refusal| refusal.to_string()),
            [
                "model `mlp` cannot have `hidden` 0, expected a number above 0",
                "model `cnn` cannot have `channels` 0, expected a number above 0",
                "model `cnn` cannot have `hidden` 0, expected a number above 0",
                "model `bag_of_embeddings` cannot have `dimension` 0, expected a number above 0",
                "model `wide_resnet` cannot have `width` 0, expected a number above 0",
            ]
        );
        // What is wrong otherwise is found when the input is known.
        let images = Input::Image { channels: 3, height: 32, width: 32 };
        assert!(Architecture::ResNet(ResNet::new(20)).check(images).is_err());
    }

    #[test]
    fn every_setting_of_dropout_drops() {
        let schema = schemars::schema_for!(Architecture);
        let variants = schema.get("oneOf").and_then(Value::as_array).unwrap();
        for name in variants.iter().map(|variant| variant["required"][0].as_str().unwrap()) {
            let needed = match name {
                "mlp" => json!({ "hidden": [] }),
                "cnn" => json!({ "channels": [4], "hidden": 4 }),
                "bag_of_embeddings" => json!({ "dimension": 4 }),
                _ => json!({}),
            };
            let (_, settings) = written(&json!({ name: needed }).to_string()).described();
            let rates: Vec<&String> = settings.keys().filter(|name| name.ends_with("dropout")).collect();
            let with = |on: Option<&String>| {
                let mut settings = settings.clone();
                for &rate in &rates {
                    settings.insert(rate.clone(), json!(if on == Some(rate) { 0.5 } else { 0.0 }));
                }
                written(&json!({ name: settings }).to_string())
            };
            assert!(!with(None).drops_out(), "{name}");
            for rate in &rates {
                assert!(with(Some(rate)).drops_out(), "{name}, {rate}");
            }
        }
    }
}
