//! Checked numbers of a study file. Each refuses a wrong value while the file is read, so the error has its place.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};

/// How many examples: a count, a fraction of those available, or `"all"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// That many.
    Count(u64),
    /// That share of what is available, in `(0, 1]`, rounded to the nearest count.
    Fraction(f64),
    /// All of them.
    All,
}

impl Amount {
    /// The count, when `available` examples are there.
    #[must_use]
    pub fn of(self, available: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Fraction(fraction) => (fraction * available as f64).round() as u64,
            Self::All => available,
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;

        impl Visitor<'_> for AmountVisitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count such as 40, a fraction such as 0.1, or \"all\"")
            }

            fn visit_i64<E: Error>(self, count: i64) -> Result<Amount, E> {
                u64::try_from(count).ok().filter(|&count| count > 0).map(Amount::Count).ok_or_else(|| {
                    E::custom(format!(
                        "expected a count of at least 1, found {count}; \"all\" takes every one"
                    ))
                })
            }

            fn visit_u64<E: Error>(self, count: u64) -> Result<Amount, E> {
                i64::try_from(count).map_err(E::custom).and_then(|count| self.visit_i64(count))
            }

            fn visit_f64<E: Error>(self, fraction: f64) -> Result<Amount, E> {
                if fraction > 0.0 && fraction <= 1.0 {
                    Ok(Amount::Fraction(fraction))
                } else {
                    Err(E::custom(format!(
                        "expected a fraction above 0 and at most 1, found {fraction}; write a count without a point"
                    )))
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                if text == "all" {
                    Ok(Amount::All)
                } else {
                    Err(E::custom(format!(
                        "expected a count, a fraction or \"all\", found \"{text}\"; write numbers without quotes"
                    )))
                }
            }
        }

        deserializer.deserialize_any(AmountVisitor)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A count, a fraction (with a decimal point) of what is available, or \"all\".",
            "anyOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "number", "exclusiveMinimum": 0, "maximum": 1 },
                { "const": "all" }
            ]
        })
    }
}

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

/// A name that is safe in folder names and commands: letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !text.is_empty() && text.chars().all(safe) {
            Ok(Self(text))
        } else {
            Err(format!(
                "expected a name of letters, digits, `-` and `_`, found \"{text}\"; it becomes part of folder names and commands"
            ))
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$" })
    }
}
