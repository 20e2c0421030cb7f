use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
