//! Which examples are for validation.

use std::borrow::Cow;
use std::fmt;

use kd_data::{Dataset, Examples};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::number::Fraction;

/// Which examples are for validation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Validation {
    /// This share of the training examples, which are held out, the same for every run.
    Share(Fraction),
    /// The data set's own validation split; every training example is there to learn from.
    Official,
    /// This share of a run's own samples, so that M (of a teacher, N) counts every label that the run uses: of M, it is
    /// trained on M less the share, rounded, with one at least on either side. The same for all arms of a seed.
    Within(Fraction),
}

/// A share of a run's own samples, as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Within {
    within: Fraction,
}

impl Validation {
    /// How many of a run's `samples` are for validation.
    #[must_use]
    pub fn taken(self, samples: u64) -> u64 {
        match self {
            Self::Share(_) | Self::Official => 0,
            Self::Within(share) => {
                let rounded = (share.get() * samples as f64).round() as u64;
                rounded.max(1).min(samples.saturating_sub(1))
            }
        }
    }

    /// The official split, if it is asked for and there is one.
    pub(crate) fn official(self, dataset: &Dataset) -> Option<&Examples> {
        match self {
            Self::Share(_) | Self::Within(_) => None,
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
            Self::Within(within) => Within { within: *within }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Validation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValidationVisitor;

        impl<'de> Visitor<'de> for ValidationVisitor {
            type Value = Validation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a fraction such as 0.1, \"official\", or { within = 0.2 }")
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
                    let expected = format!("expected a fraction, \"{OFFICIAL}\" or {{ within = 0.2 }}");
                    Err(E::custom(format!("{expected}, found \"{text}\"")))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Validation, A::Error> {
                let Within { within } = Within::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Validation::Within(within))
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
            "description": "A fraction of the training examples, which are held out, the same for every run; or \"official\": \
                            the data set's own validation split, so that all training examples are there to learn from; \
                            or `{ within = 0.2 }`: that fraction of every run's own samples, so that M counts all labels \
                            that a run uses.",
            "anyOf": [
                { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 },
                { "const": OFFICIAL },
                {
                    "type": "object",
                    "properties": {
                        "within": {
                            "description": "The fraction of a run's own samples that it is validated on; it is trained on the \
                                            rest, at least one on either side.",
                            "type": "number",
                            "exclusiveMinimum": 0,
                            "exclusiveMaximum": 1
                        }
                    },
                    "required": ["within"],
                    "additionalProperties": false
                }
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
            (r#"{"within":0.2}"#, Validation::Within(Fraction::try_from(0.2).unwrap())),
        ] {
            assert_eq!(serde_json::to_string(&validation).unwrap(), text);
            assert_eq!(serde_json::from_str::<Validation>(text).unwrap(), validation);
        }
        for (text, expected) in [
            ("1", "expected a fraction above 0 and below 1, found 1"),
            ("\"dev\"", "expected a fraction, \"official\" or { within = 0.2 }, found \"dev\""),
            ("true", "expected a fraction such as 0.1, \"official\", or { within = 0.2 }"),
            (r#"{"within":1.0}"#, "expected a fraction above 0 and below 1, found 1"),
            (r#"{"without":0.2}"#, "unknown field `without`, expected `within`"),
            ("{}", "missing field `within`"),
        ] {
            let message = serde_json::from_str::<Validation>(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_run_keeps_one_sample_at_least_on_either_side() {
        let of = |validation: &str, samples: [u64; 6]| {
            samples.map(|samples| serde_json::from_str::<Validation>(validation).unwrap().taken(samples))
        };
        assert_eq!(of(r#"{"within":0.2}"#, [1, 2, 7, 8, 10, 1000]), [0, 1, 1, 2, 2, 200]);
        assert_eq!(of(r#"{"within":0.99}"#, [1, 2, 3, 10, 60, 1000]), [0, 1, 2, 9, 59, 990]);
        assert_eq!(of("0.2", [1, 2, 7, 8, 10, 1000]), [0; 6]);
        assert_eq!(of("\"official\"", [1, 2, 7, 8, 10, 1000]), [0; 6]);
    }
}
