//! Numbers of an objective, checked where they enter.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! parameter {
    ($(#[$doc:meta])* $name:ident, $accepts:expr, $message:literal, $advice:literal, $schema:tt) => {
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
                let accepts: fn(f64) -> bool = $accepts;
                if accepts(number) { Ok(Self(number)) } else { Err(format!(concat!($message, ", got {}; ", $advice), number)) }
            }
        }

        impl From<$name> for f64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
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

parameter!(
    /// T, the divisor of logits before the softmax: finite and positive. Higher is softer.
    Temperature,
    |x| x.is_finite() && x > 0.0,
    "temperature must be a positive finite number",
    "1 leaves the teacher's probabilities as they are, higher is softer, 4 is a usual choice",
    { "type": "number", "exclusiveMinimum": 0 }
);
parameter!(
    /// A share, in `[0, 1]`.
    Weight,
    |x| (0.0..=1.0).contains(&x),
    "a weight must be between 0 and 1",
    "0 is the teacher alone, 1 the labels alone",
    { "type": "number", "minimum": 0, "maximum": 1 }
);
parameter!(
    /// Probability taken from the true class, in `[0, 1)`.
    Epsilon,
    |x| (0.0..1.0).contains(&x),
    "epsilon must be at least 0 and below 1",
    "0.1 is a usual choice",
    { "type": "number", "minimum": 0, "exclusiveMaximum": 1 }
);

parameter!(
    /// A probability or share that is neither 0 nor 1.
    Probability,
    |x| x > 0.0 && x < 1.0,
    "expected a number above 0 and below 1",
    "the ends are other objectives",
    { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }
);
parameter!(
    /// A probability or share that is not 0.
    Chance,
    |x| x > 0.0 && x <= 1.0,
    "expected a number above 0 and at most 1",
    "leave the key out for never, 1 is always",
    { "type": "number", "exclusiveMinimum": 0, "maximum": 1 }
);
parameter!(
    /// How much a part of a loss counts: finite, at least 0.
    Factor,
    |x| x.is_finite() && x >= 0.0,
    "expected a number of at least 0",
    "0 leaves that part out",
    { "type": "number", "minimum": 0 }
);

parameter!(
    /// A share of training that is not nothing: above 0, at most 1.
    Share,
    |x| x > 0.0 && x <= 1.0,
    "a share of training must be above 0 and at most 1",
    "0.5 is half of the budget",
    { "type": "number", "exclusiveMinimum": 0, "maximum": 1 }
);

parameter!(
    /// A finite number above 0.
    Positive,
    |x| x.is_finite() && x > 0.0,
    "expected a number above 0",
    "1 is a usual choice",
    { "type": "number", "exclusiveMinimum": 0 }
);

impl Default for Positive {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Default for Share {
    /// 1: all of it.
    fn default() -> Self {
        Self(1.0)
    }
}

impl Default for Factor {
    /// 1: it counts as it is.
    fn default() -> Self {
        Self(1.0)
    }
}

impl Default for Temperature {
    /// 1: probabilities as they are.
    fn default() -> Self {
        Self(1.0)
    }
}

impl Default for Weight {
    /// 0: the teacher's signal alone.
    fn default() -> Self {
        Self(0.0)
    }
}
