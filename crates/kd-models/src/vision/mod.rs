//! Architectures that read images.

mod cifar_resnet;
mod cnn;
mod cnn5;
mod lenet;
mod mobilenet;
mod resnet;
mod shufflenet;
mod vgg;
mod vit;
mod wide_resnet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cifar_resnet::CifarResNet;
pub use cnn::Cnn;
pub use cnn5::Cnn5;
pub use lenet::LeNet;
pub use mobilenet::MobileNetV2;
pub use resnet::ResNet;
pub use shufflenet::{ShuffleNetSize, ShuffleNetV2};
pub use vgg::Vgg;
pub use vit::Vit;
pub use wide_resnet::WideResNet;

/// The images that a network was laid out for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// About 224x224 pixels.
    #[default]
    Imagenet,
    /// About 32x32 pixels.
    Cifar,
}
