//! Which examples are for validation.

use std::borrow::Cow;
use std::fmt;

use kd_data::{Dataset, Examples};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::number::Fraction;

/// Which examples are for validation, the same for every run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Validation {
    /// This share of the training examples, which are held out.
    Share(Fraction),
    /// The data set's own validation split; every training example is there to learn from.
    Official,
}

impl Validation {
    /// The official split, if it is asked for and there is one.
    pub(crate) fn official(self, dataset: &Dataset) -> Option<&Examples> {
        match self {
            Self::Share(_) => None,
            Self::Official => dataset.validation.as_ref(),
        }
    }
}

const OFFICIAL: &str = "official";

/// A share is a number alone, as it was before there was a choice.
impl Serialize for Validation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Share(share) => share.serialize(serializer),
            Self::Official => serializer.serialize_str(OFFICIAL),
        }
    }
}

impl<'de> Deserialize<'de> for Validation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValidationVisitor;

        impl Visitor<'_> for ValidationVisitor {
            type Value = Validation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fraction such as 0.1, or \"official\"")
            }

            fn visit_f64<E: Error>(self, share: f64) -> Result<Validation, E> {
                Fraction::try_from(share).map(Validation::Share).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, share: i64) -> Result<Validation, E> {
                self.visit_f64(share as f64)
            }

            fn visit_u64<E: Error>(self, share: u64) -> Result<Validation, E> {
                self.visit_f64(share as f64)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Validation, E> {
                if text == OFFICIAL {
                    Ok(Validation::Official)
                } else {
                    Err(E::custom(format!("expected a fraction or \"{OFFICIAL}\", found \"{text}\"")))
                }
            }
        }

        deserializer.deserialize_any(ValidationVisitor)
    }
}

impl JsonSchema for Validation {
    fn schema_name() -> Cow<'static, str> {
        "Validation".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A fraction of the training examples, which are held out, or \"official\": the data set's own \
                            validation split, so that all training examples are there to learn from.",
            "anyOf": [
                { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 },
                { "const": OFFICIAL }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_as_of_old() {
        for (text, validation) in [
            ("0.1", Validation::Share(Fraction::try_from(0.1).unwrap())),
            ("\"official\"", Validation::Official),
        ] {
            assert_eq!(serde_json::to_string(&validation).unwrap(), text);
            assert_eq!(serde_json::from_str::<Validation>(text).unwrap(), validation);
        }
        for (text, expected) in [
            ("1", "expected a fraction above 0 and below 1, found 1"),
            ("\"dev\"", "expected a fraction or \"official\", found \"dev\""),
            ("true", "expected a fraction such as 0.1, or \"official\""),
        ] {
            let message = serde_json::from_str::<Validation>(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
