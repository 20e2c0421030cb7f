use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tch::Tensor;

use crate::input::example;
use crate::layer::{Builder, Layer, Pass, forward};
use crate::table::{FtTransformer, Mlp, TabularResNet};
use crate::text::{BagOfEmbeddings, Bert, Gpt, RecurrentClassifier, TextCnn, Transformer};
use crate::vision::{CifarResNet, Cnn, Cnn5, LeNet, MobileNetV2, ResNet, ShuffleNetV2, Vgg, Vit, WideResNet};
use crate::{Error, Input, Mode, Result};

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

/// A named feature of a model, as [`Architecture::taps`] tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// The feature's name.
    pub name: String,
    /// Its shape for one example, without the batch.
    pub shape: Vec<i64>,
}

impl Architecture {
    pub(crate) fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        if builder.outputs < 1 {
            return Err(Error::NoOutputs(builder.outputs));
        }
        match self {
            Self::Mlp(mlp) => mlp.build(builder),
            Self::Cnn(cnn) => cnn.build(builder),
            Self::Cnn5(cnn5) => cnn5.build(builder),
            Self::LeNet(_) => LeNet::build(builder),
            Self::ResNet(resnet) => resnet.build(builder),
            Self::CifarResNet(resnet) => resnet.build(builder),
            Self::WideResNet(resnet) => resnet.build(builder),
            Self::Vgg(vgg) => vgg.build(builder),
            Self::MobileNetV2(mobilenet) => mobilenet.build(builder),
            Self::ShuffleNetV2(shufflenet) => shufflenet.build(builder),
            Self::Vit(vit) => vit.build(builder),
            Self::BagOfEmbeddings(bag) => bag.build(builder),
            Self::TextCnn(cnn) => cnn.build(builder),
            Self::Recurrent(recurrent) => recurrent.build(builder),
            Self::Transformer(transformer) => transformer.build(builder),
            Self::Bert(bert) => bert.build(builder),
            Self::Gpt(gpt) => gpt.build(builder),
            Self::TabularResNet(resnet) => resnet.build(builder),
            Self::FtTransformer(transformer) => transformer.build(builder),
        }
    }

    /// The architecture's name in study files.
    #[must_use]
    pub fn name(&self) -> String {
        self.described().0
    }

    /// The name, and the settings in the order of their declaration, as a study file would say them.
    fn described(&self) -> (String, IndexMap<String, Value>) {
        let table: Option<IndexMap<String, IndexMap<String, Value>>> =
            serde_json::to_string(self).and_then(|json| serde_json::from_str(&json)).ok();
        table.into_iter().flatten().next().expect("an architecture is a table of settings under its name")
    }

    /// Whether the outputs are a linear function of numbers, by the weights that [`crate::least_squares`] solves for.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        matches!(self, Self::Mlp(Mlp { hidden, embedding: None, .. }) if hidden.is_empty())
    }

    /// Whether activations are dropped at random in training.
    #[must_use]
    pub fn drops_out(&self) -> bool {
        let (_, settings) = self.described();
        settings.iter().any(|(name, value)| name.ends_with("dropout") && value.as_f64() != Some(0.0))
    }

    /// Whether this architecture reads such an input, before anything is built.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn check(&self, input: Input) -> Result<()> {
        let outputs = if let Input::Sequence { vocabulary, .. } = input { vocabulary } else { 1 };
        self.parameters(input, outputs).map(drop)
    }

    /// Number of trainable numbers of such a model, without building it.
    ///
    /// # Errors
    /// As [`crate::Model::new`].
    pub fn parameters(&self, input: Input, outputs: i64) -> Result<u64> {
        let mut builder = Builder::new(self.name(), input, outputs, None);
        self.build(&mut builder)?;
        Ok(builder.parameters)
    }

    /// The features of such a model and their shapes, without building it: one example is passed through weights
    /// that are all zero and take no memory. A text counts as 16 tokens, or as many as the model can read.
    ///
    /// # Errors
    /// As [`crate::Model::new`].
    pub fn taps(&self, input: Input, outputs: i64) -> Result<Vec<Tap>> {
        let tap = |(name, tensor): (String, Tensor)| Tap { name, shape: tensor.size()[1..].to_vec() };
        Ok(self.rehearse(input, outputs)?.features.into_iter().map(tap).collect())
    }

    /// Multiply-adds of the forward pass of one such example, what torchvision lists as a model's operations: in products
    /// with weights and in attention among tokens, causal or not.
    ///
    /// # Errors
    /// As [`crate::Model::new`].
    pub fn multiply_adds(&self, input: Input, outputs: i64) -> Result<u64> {
        Ok(self.rehearse(input, outputs)?.multiply_adds.unwrap_or_default())
    }

    /// A pass that counts.
    fn rehearse(&self, input: Input, outputs: i64) -> Result<Pass> {
        let _no_grad = tch::no_grad_guard();
        let layers = self.build(&mut Builder::new(self.name(), input, outputs, None))?;
        let passed = |example: &Tensor| {
            let mut pass = Pass { multiply_adds: Some(0), ..Pass::new(Mode::Evaluate, None) };
            forward(&layers, example, &mut pass).map(|_| pass)
        };
        let example = example(input)?;
        match passed(&example) {
            Err(Error::TooLong { positions, .. }) => passed(&example.f_narrow(1, 0, positions)?),
            other => other,
        }
    }
}

/// One line for people, `resnet 18, stem cifar`: the name, the first setting, and every other that is not off.
impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, settings) = self.described();
        f.write_str(&name)?;
        let mut separator = "";
        for (index, (setting, value)) in settings.iter().enumerate() {
            let Some(value) = said(value) else { continue };
            let setting = if index == 0 { "" } else { setting };
            let between = if setting.is_empty() || value.is_empty() { "" } else { " " };
            write!(f, "{separator} {setting}{between}{value}")?;
            separator = ",";
        }
        Ok(())
    }
}

/// A setting's value in words; none if it is off.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(String::new()),
        Value::Number(number) => (number.as_f64() != Some(0.0)).then(|| number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(said).collect();
            (!items.is_empty()).then(|| items.join("-"))
        }
        Value::Object(_) => Some(value.to_string()),
    }
}

/// A probability of dropping an activation, in `[0, 1)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Dropout(f64);

impl Dropout {
    /// A rate that is written out in the code.
    pub(crate) const fn at(rate: f64) -> Self {
        Self(rate)
    }

    /// The probability.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Dropout {
    type Error = String;

    fn try_from(rate: f64) -> std::result::Result<Self, String> {
        if (0.0..1.0).contains(&rate) {
            Ok(Self(rate))
        } else {
            Err(format!(
                "dropout must be at least 0 and below 1, got {rate}; it is the share of activations dropped in training, 0.5 is a usual choice"
            ))
        }
    }
}

impl From<Dropout> for f64 {
    fn from(dropout: Dropout) -> Self {
        dropout.0
    }
}

impl JsonSchema for Dropout {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Dropout".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0.0, "exclusiveMaximum": 1.0 })
    }
}
