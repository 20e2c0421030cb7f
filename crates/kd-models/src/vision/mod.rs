//! Architectures that read images.

mod cifar_resnet;
mod cnn;
mod cnn5;
mod layout;
mod lenet;
mod mobilenet;
mod resnet;
mod shufflenet;
mod vgg;
mod vit;
mod wide_resnet;

pub use cifar_resnet::CifarResNet;
pub use cnn::Cnn;
pub use cnn5::Cnn5;
pub use layout::Layout;
pub use lenet::LeNet;
pub use mobilenet::MobileNetV2;
pub use resnet::ResNet;
pub use shufflenet::{ShuffleNetSize, ShuffleNetV2};
pub use vgg::Vgg;
pub use vit::Vit;
pub use wide_resnet::WideResNet;
