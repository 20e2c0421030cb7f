//! How many examples a study file asks for.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// How many more examples than there are already: as an [`Amount`], or 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extra(pub Amount);

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
    /// Whether it is a count whatever there is.
    #[must_use]
    pub fn is_count(self) -> bool {
        match self {
            Self::Count(_) => true,
            Self::Fraction(_) | Self::All => false,
        }
    }

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
        deserializer.deserialize_any(AmountVisitor { least: 1 })
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor { least: 0 }).map(Self)
    }
}

/// Reads an amount whose count is at least this.
struct AmountVisitor {
    least: u64,
}

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a count such as 40, a fraction such as 0.1, or \"all\"")
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Amount, E> {
        let least = self.least;
        u64::try_from(count).ok().filter(|&count| count >= least).map(Amount::Count).ok_or_else(|| {
            E::custom(format!("expected a count of at least {least}, found {count}; \"all\" takes every one"))
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

impl JsonSchema for Extra {
    fn schema_name() -> Cow<'static, str> {
        "Extra".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A count from 0, a fraction (with a decimal point) of what is left, or \"all\" of it.",
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "number", "exclusiveMinimum": 0, "maximum": 1 },
                { "const": "all" }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_counts_or_shares_of_what_there_is() {
        let of = |json: &str| serde_json::from_str::<Amount>(json).unwrap().of(30);
        assert_eq!(["40", "1", "0.1", "0.25", "1.0", "\"all\""].map(of), [40, 1, 3, 8, 30, 30]);
        for wrong in ["0", "-1", "0.0", "1.01", "\"most\"", "true", "9223372036854775808"] {
            assert!(serde_json::from_str::<Amount>(wrong).is_err(), "{wrong}");
            assert_eq!(serde_json::from_str::<Extra>(wrong).is_ok(), wrong == "0", "{wrong}");
        }
        assert_eq!(serde_json::from_str::<Extra>("0").unwrap(), Extra(Amount::Count(0)));
    }
}
