//! Numbers that may change over training.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::number::{Number, Range};
use crate::parameter::Share;

/// A number that may change over training: written as the number where it does not, else as one of [`Change`].
///
/// Progress is the share of the training budget that is done, in `[0, 1]`, so that a schedule means the same for every
/// budget. Such a schedule is also what published code calls a warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)] // written only; reading keeps its places, see below
pub enum Scheduled<T> {
    /// The same throughout.
    Constant(T),
    /// It changes.
    Changing(Change<T>),
}

/// How a number changes over training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change<T> {
    /// In a straight line.
    Linear(Ramp<T>),
    /// Along half a cosine: slowly at both ends.
    Cosine(Ramp<T>),
    /// In one step.
    Step(Step<T>),
}

/// From one number to another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp<T> {
    /// At the start of training.
    pub from: T,
    /// From `until` on.
    pub to: T,
    /// The share of training after which it has arrived.
    #[serde(default)]
    pub until: Share,
}

/// One number, then another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step<T> {
    /// Before.
    pub from: T,
    /// From `at` on.
    pub to: T,
    /// The share of training after which it changes.
    pub at: Share,
}

impl<T: Copy + Into<f64>> Scheduled<T> {
    /// The number at `progress`, in `[0, 1]`.
    #[must_use]
    pub fn at(&self, progress: f64) -> f64 {
        let between = |ramp: &Ramp<T>, share: f64| {
            let (from, to): (f64, f64) = (ramp.from.into(), ramp.to.into());
            from + (to - from) * share
        };
        match self {
            Self::Constant(number) => (*number).into(),
            Self::Changing(Change::Linear(ramp)) => between(ramp, ramp.share(progress)),
            Self::Changing(Change::Cosine(ramp)) => {
                between(ramp, 0.5 - 0.5 * (std::f64::consts::PI * ramp.share(progress)).cos())
            }
            Self::Changing(Change::Step(step)) => {
                if progress < step.at.get() {
                    step.from.into()
                } else {
                    step.to.into()
                }
            }
        }
    }

    /// The number, if it never changes.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        match self {
            Self::Constant(number) => Some((*number).into()),
            Self::Changing(_) => None,
        }
    }
}

impl<R: Range> Scheduled<Number<R>> {
    /// In a straight line from one number to another, over all of training.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) on a number outside the range.
    pub fn linear(from: f64, to: f64) -> crate::Result<Self> {
        Ok(Self::Changing(Change::Linear(Ramp::over_all(from, to)?)))
    }

    /// Along half a cosine from one number to another, over all of training.
    ///
    /// # Errors
    /// As [`linear`](Self::linear).
    pub fn cosine(from: f64, to: f64) -> crate::Result<Self> {
        Ok(Self::Changing(Change::Cosine(Ramp::over_all(from, to)?)))
    }

    /// One number, and another from this share of training on.
    ///
    /// # Errors
    /// As [`linear`](Self::linear), and on a share outside `(0, 1]`.
    pub fn step(from: f64, to: f64, at: f64) -> crate::Result<Self> {
        let step = Step { from: Number::new(from)?, to: Number::new(to)?, at: Share::new(at)? };
        Ok(Self::Changing(Change::Step(step)))
    }
}

impl<R: Range> Ramp<Number<R>> {
    fn over_all(from: f64, to: f64) -> crate::Result<Self> {
        Ok(Self { from: Number::new(from)?, to: Number::new(to)?, until: Share::default() })
    }
}

impl<T> Ramp<T> {
    /// How much of the way is done.
    fn share(&self, progress: f64) -> f64 {
        (progress / self.until.get()).clamp(0.0, 1.0)
    }
}

impl<T: Default> Default for Scheduled<T> {
    fn default() -> Self {
        Self::Constant(T::default())
    }
}

impl<T> From<T> for Scheduled<T> {
    fn from(number: T) -> Self {
        Self::Constant(number)
    }
}

/// Written out because serde's own untagged enums forget where in the file a mistake is.
impl<'de, T: Deserialize<'de> + TryFrom<f64, Error = String>> Deserialize<'de> for Scheduled<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrChange<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + TryFrom<f64, Error = String>> Visitor<'de> for NumberOrChange<T> {
            type Value = Scheduled<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or `linear`, `cosine` or `step`")
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
                T::try_from(number).map(Scheduled::Constant).map_err(E::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
                self.visit_f64(number as f64)
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                self.visit_f64(number as f64)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Change::deserialize(MapAccessDeserializer::new(map)).map(Scheduled::Changing)
            }
        }

        deserializer.deserialize_any(NumberOrChange(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Scheduled<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Scheduled{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (number, change) = (generator.subschema_for::<T>(), generator.subschema_for::<Change<T>>());
        json_schema!({ "anyOf": [number, change] })
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use super::*;
    use crate::parameter::Factor;

    fn values(json: &str) -> [f64; 5] {
        let scheduled: Scheduled<Factor> = serde_json::from_str(json).unwrap();
        assert_eq!(
            serde_json::from_str::<Scheduled<Factor>>(&serde_json::to_string(&scheduled).unwrap()).unwrap(),
            scheduled
        );
        [0.0, 0.25, 0.5, 0.75, 1.0].map(|progress| scheduled.at(progress))
    }

    #[test]
    fn each_change_by_hand() {
        assert_eq!(values("4"), [4.0; 5]);
        assert_eq!(values("0.5"), [0.5; 5]);
        assert_eq!(values(r#"{"linear":{"from":1,"to":5}}"#), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(values(r#"{"linear":{"from":0,"to":1,"until":0.5}}"#), [0.0, 0.5, 1.0, 1.0, 1.0]);
        assert_eq!(values(r#"{"step":{"from":8,"to":2,"at":0.5}}"#), [8.0, 8.0, 2.0, 2.0, 2.0]);
        let cosine = values(r#"{"cosine":{"from":4,"to":0}}"#);
        let slow = 2.0 + 2.0 * std::f64::consts::FRAC_1_SQRT_2;
        for (value, expected) in cosine.into_iter().zip([4.0, slow, 2.0, 4.0 - slow, 0.0]) {
            assert!((value - expected).abs() < 1e-12, "{cosine:?}");
        }
    }

    #[test]
    fn what_is_constructed_is_what_is_written() {
        for (constructed, written) in [
            (Scheduled::<Factor>::linear(1.0, 5.0), r#"{"linear":{"from":1,"to":5}}"#),
            (Scheduled::cosine(4.0, 0.0), r#"{"cosine":{"from":4,"to":0}}"#),
            (Scheduled::step(8.0, 2.0, 0.5), r#"{"step":{"from":8,"to":2,"at":0.5}}"#),
        ] {
            assert_eq!(constructed.unwrap(), serde_json::from_str(written).unwrap());
        }
        assert!(Scheduled::<Factor>::linear(1.0, -1.0).is_err());
        assert!(Scheduled::<Factor>::step(1.0, 2.0, 0.0).is_err());
    }

    #[test]
    fn schedules_of_different_numbers_have_different_schemas() {
        assert_eq!(Scheduled::<Factor>::schema_name(), "ScheduledFactor");
    }

    #[test]
    fn an_editor_is_told_of_numbers_and_changes() {
        let schema = serde_json::to_value(schemars::schema_for!(Scheduled<Factor>)).unwrap();
        let names: Vec<&str> =
            schema["anyOf"].as_array().unwrap().iter().map(|kind| kind["$ref"].as_str().unwrap()).collect();
        assert_eq!(names, ["#/$defs/Factor", "#/$defs/Change"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refused = |json: &str| serde_json::from_str::<Scheduled<Factor>>(json).unwrap_err().to_string();
        assert!(refused("-1").contains("at least 0"), "{}", refused("-1"));
        assert!(refused(r#"{"linear":{"from":1,"to":-1}}"#).contains("at least 0"));
        assert!(refused(r#"{"quadratic":{}}"#).contains("unknown variant `quadratic`"));
        assert!(refused(r#""fast""#).contains("expected a number, or `linear`, `cosine` or `step`"));
        assert!(refused(r#"{"linear":{"from":1,"to":2,"until":0}}"#).contains("above 0"));
    }
}
