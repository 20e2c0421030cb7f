//! Architectures that read tables.

mod columns;
mod ft_transformer;
mod least_squares;
mod mlp;
mod resnet;

pub use ft_transformer::FtTransformer;
pub use least_squares::least_squares;
pub use mlp::Mlp;
pub use resnet::TabularResNet;
