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
