use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layer::Builder;
use crate::model::Network;
use crate::{BagOfEmbeddings, Cnn, Error, Mlp, Result};

/// The architecture of a teacher or a student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// Multi-layer perceptron, for tables and (flattened) images.
    Mlp(Mlp),
    /// Small convolutional network, for images.
    Cnn(Cnn),
    /// Mean of token embeddings and a perceptron, for texts.
    BagOfEmbeddings(BagOfEmbeddings),
}

/// What one example looks like to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// `[B, channels, height, width]`, float.
    Image {
        /// Colour planes.
        channels: i64,
        /// Pixels.
        height: i64,
        /// Pixels.
        width: i64,
    },
    /// `[B, width]`, float.
    Features {
        /// Columns.
        width: i64,
    },
    /// `[B, L]`, int64 token ids in `0..vocabulary`, 0 being padding.
    Tokens {
        /// Number of token ids, padding included.
        vocabulary: i64,
    },
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { channels, height, width } => write!(f, "images of {channels}x{height}x{width}"),
            Self::Features { width } => write!(f, "{width} numeric features"),
            Self::Tokens { vocabulary } => write!(f, "token ids from a vocabulary of {vocabulary}"),
        }
    }
}

impl Architecture {
    /// The architecture's name in study files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Mlp(_) => "mlp",
            Self::Cnn(_) => "cnn",
            Self::BagOfEmbeddings(_) => "bag_of_embeddings",
        }
    }

    /// Whether this architecture reads such an input, before anything is built.
    ///
    /// # Errors
    /// [`Error::Input`] or [`Error::TooDeep`].
    pub fn check(&self, input: Input) -> Result<()> {
        let expected = match (self, input) {
            (Self::Mlp(_), Input::Image { .. } | Input::Features { .. })
            | (Self::BagOfEmbeddings(_), Input::Tokens { .. }) => return Ok(()),
            (Self::Cnn(cnn), Input::Image { height, width, .. }) => return cnn.check(height, width),
            (Self::Mlp(_), Input::Tokens { .. }) => "images or numeric features",
            (Self::Cnn(_), _) => "images",
            (Self::BagOfEmbeddings(_), _) => "token ids",
        };
        Err(Error::Input { architecture: self.name(), expected, input })
    }

    pub(crate) fn build(&self, input: Input, classes: i64, builder: &mut Builder<'_>) -> Result<Network> {
        self.check(input)?;
        if classes < 2 {
            return Err(Error::Classes(classes));
        }
        Ok(match (self, input) {
            (Self::Mlp(mlp), Input::Image { channels, height, width }) => {
                Network::Mlp(mlp.build(channels * height * width, classes, builder)?)
            }
            (Self::Mlp(mlp), Input::Features { width }) => Network::Mlp(mlp.build(width, classes, builder)?),
            (Self::Cnn(cnn), Input::Image { channels, height, width }) => {
                Network::Cnn(cnn.build([channels, height, width], classes, builder)?)
            }
            (Self::BagOfEmbeddings(bag), Input::Tokens { vocabulary }) => {
                Network::BagOfEmbeddings(bag.build(vocabulary, classes, builder)?)
            }
            _ => unreachable!("`check` refuses every other pair"),
        })
    }
}

/// One line for people: `mlp 512-512, dropout 0.2`.
impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dashed = |widths: &[std::num::NonZeroU32]| {
            widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
        };
        let dropout = match self {
            Self::Mlp(Mlp { hidden, dropout }) => {
                if hidden.is_empty() {
                    write!(f, "linear")?;
                } else {
                    write!(f, "mlp {}", dashed(hidden))?;
                }
                dropout
            }
            Self::Cnn(Cnn { channels, hidden, dropout }) => {
                write!(f, "cnn {}, {hidden} hidden", dashed(channels))?;
                dropout
            }
            Self::BagOfEmbeddings(BagOfEmbeddings { dimension, hidden, dropout }) => {
                write!(f, "bag of {dimension}-dimensional embeddings")?;
                if !hidden.is_empty() {
                    write!(f, ", mlp {}", dashed(hidden))?;
                }
                dropout
            }
        };
        if dropout.get() > 0.0 { write!(f, ", dropout {}", dropout.get()) } else { Ok(()) }
    }
}

/// A probability of dropping an activation, in `[0, 1)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Dropout(f64);

impl Dropout {
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
