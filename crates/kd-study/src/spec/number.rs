//! Checked numbers of a study file. Each refuses a wrong value while the file is read, so the error has its place.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Declares a number that is checked when it is read.
macro_rules! checked_number {
    ($(#[$doc:meta])* $name:ident, $range:expr, $expected:literal, $advice:literal, $schema:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The number.
            #[must_use]
            pub fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = String;

            fn try_from(number: f64) -> Result<Self, String> {
                let accepts: fn(f64) -> bool = $range;
                if accepts(number) { Ok(Self(number)) } else { Err(format!(concat!("expected ", $expected, ", found {}; ", $advice), number)) }
            }
        }

        impl From<$name> for f64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

checked_number!(
    /// A share of something, in `(0, 1)`.
    Fraction,
    |x| x > 0.0 && x < 1.0,
    "a fraction above 0 and below 1",
    "a tenth is written 0.1",
    { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }
);
checked_number!(
    /// A positive finite number.
    Positive,
    |x| x > 0.0 && x.is_finite(),
    "a positive number",
    "1e-3 is a usual learning rate for AdamW, 0.1 for SGD",
    { "type": "number", "exclusiveMinimum": 0 }
);
checked_number!(
    /// A finite number that is not negative.
    NonNegative,
    |x| x >= 0.0 && x.is_finite(),
    "a number of at least 0",
    "0 switches it off",
    { "type": "number", "minimum": 0 }
);
checked_number!(
    /// A rate of decay or momentum, in `[0, 1)`.
    Rate,
    |x| (0.0..1.0).contains(&x),
    "a number of at least 0 and below 1",
    "0.9 is a usual choice",
    { "type": "number", "minimum": 0, "exclusiveMaximum": 1 }
);
