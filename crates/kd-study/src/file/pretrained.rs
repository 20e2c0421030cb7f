//! What was trained elsewhere: whole teachers, and weights that a model starts from.

use std::num::NonZeroU32;
use std::path::PathBuf;

use kd_models::Head;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use crate::spec::{Limits, Scale, Scaling, Trainable};

/// A TorchScript module, as `torch.jit.trace(model.eval(), example).save("teacher.pt")` writes it. It is given batches
/// of images `[B, C, H, W]` or of a table's numeric columns `[B, columns]`, float32, or of tokens `[B, L]`, int64, and
/// returns logits `[B, K]` with the classes in their order in the data, numbers `[B, 1]` in the units of the data, or
/// logits `[B, L, K]` of the next tokens. It is a program, run those of people you trust: it is stopped where it takes more
/// time or memory than it may, and that is all.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TorchScriptFile {
    /// The file, relative to the folder of the study file.
    pub path: PathBuf,
    /// What pixels and numbers the module reads.
    #[serde(default)]
    pub inputs: Scaling,
    /// Its classes in its own order, by their names in the data, if that is another than theirs.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub classes: Vec<Spanned<String>>,
    /// What its numbers are.
    #[serde(rename = "as", default = "logits")]
    #[schemars(with = "Scale")]
    pub scale: Spanned<Scale>,
    /// How long it may take for a batch, at most 1,024 examples.
    #[serde(default = "seconds")]
    pub seconds: NonZeroU32,
    /// How much memory it may take, in units of 2³⁰ bytes. A GPU's is not counted.
    #[serde(default = "gigabytes")]
    pub gigabytes: NonZeroU32,
}

fn seconds() -> NonZeroU32 {
    Limits::default().seconds
}

fn gigabytes() -> NonZeroU32 {
    Limits::default().gigabytes
}

/// Files of logits, or numbers in the units of the data, with a row for each example in the order of the data files:
/// `[n, K]`, of numbers `[n, 1]`, of next tokens `[n, L, K]`. Each is a file `.npy`, or a file `.npz` or `.safetensors`
/// with an array of the name that the file has here; one file may hold both. Paths are relative to the folder of the study
/// file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputFiles {
    /// On the training examples, those held out for validation included.
    pub train: PathBuf,
    /// On the test examples.
    pub test: PathBuf,
    /// The classes in the order of the columns, by their names in the data, if that is another than theirs.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub classes: Vec<Spanned<String>>,
    /// What the numbers are.
    #[serde(rename = "as", default = "logits")]
    #[schemars(with = "Scale")]
    pub scale: Spanned<Scale>,
}

/// The truth that synthetic data are drawn from: p(class | x) of each example, or the mean of y given x.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bayes {}

fn logits() -> Spanned<Scale> {
    Spanned::new(0..0, Scale::Logits)
}

/// Weights that a model starts from, as safetensors with PyTorch's names.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightsFile {
    /// The file, relative to the folder of the study file.
    pub path: PathBuf,
    /// What becomes of the last layer.
    #[serde(default)]
    pub head: Head,
    /// What learns from then on.
    #[serde(default)]
    pub trainable: Trainable,
}
