//! What the settings of architectures are made of.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A configured size, as libtorch counts.
pub(crate) fn size(size: NonZeroU32) -> i64 {
    i64::from(size.get())
}

/// A size that is written out in the code.
pub(crate) const fn nonzero(size: u32) -> NonZeroU32 {
    NonZeroU32::new(size).expect("sizes in the code are above 0")
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
