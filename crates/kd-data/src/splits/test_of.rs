//! Where test examples come from if a part of its own takes more than a path to tell.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Raw, Splits, TestSplit};
use crate::error::Result;

/// Where the test examples come from: a part of their own, or a share of the training examples.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum TestOf<T> {
    /// A part of their own, laid out as the training part is.
    Own(T),
    /// This share of the examples, drawn once and for all; of every class its share.
    Fraction {
        /// The share, between 0 and 1.
        fraction: f64,
    },
    /// This share of the examples, from the end.
    Last {
        /// The share, between 0 and 1.
        last: f64,
    },
}

impl<T> TestOf<T> {
    /// The part of their own, if they have one.
    pub(crate) fn own(&self) -> Option<&T> {
        match self {
            Self::Own(part) => Some(part),
            Self::Fraction { .. } | Self::Last { .. } => None,
        }
    }

    pub(crate) fn own_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Own(part) => Some(part),
            Self::Fraction { .. } | Self::Last { .. } => None,
        }
    }

    /// The splits of what was read: training examples, and test examples if they have a part of their own.
    pub(crate) fn splits(
        &self,
        train: Raw,
        validation: Option<Raw>,
        test: Option<Raw>,
        listed: Option<Vec<String>>,
    ) -> Result<Splits> {
        let split = match *self {
            Self::Own(_) => TestSplit::Path(PathBuf::new()),
            Self::Fraction { fraction } => TestSplit::Fraction(fraction),
            Self::Last { last } => TestSplit::Last(last),
        };
        Splits::of(std::iter::once(train).chain(test).collect(), validation, listed, &split)
    }
}

/// Goes by the first key, so that what is wrong with a part is told as it would be of a training part.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for TestOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Either(PhantomData))
    }
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
    type Value = TestOf<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("test examples of their own, or a share of the training examples: `fraction` or `last`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<Self::Value, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(list)).map(TestOf::Own)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
        let first: Option<String> = map.next_key()?;
        let share = match first.as_deref() {
            Some("fraction") => TestOf::Fraction { fraction: map.next_value()? },
            Some("last") => TestOf::Last { last: map.next_value()? },
            _ => return T::deserialize(MapAccessDeserializer::new(Whole { first, map })).map(TestOf::Own),
        };
        match (first, map.next_key::<String>()?) {
            (_, None) => Ok(share),
            (first, Some(other)) => {
                let first = first.unwrap_or_default();
                Err(A::Error::custom(format!("`{first}` stands alone, and here is `{other}` beside it")))
            }
        }
    }
}

/// A map of which the first key has been read.
struct Whole<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Whole<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> std::result::Result<Option<K::Value>, Self::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(StringDeserializer::new(first)).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        images: String,
        labels: String,
    }

    #[test]
    fn a_part_or_a_share_is_read_and_written_again() {
        let own = || TestOf::Own(Part { images: "a".to_owned(), labels: "b".to_owned() });
        for (text, expected) in [
            (r#"{"images":"a","labels":"b"}"#, own()),
            (r#"{"fraction":0.25}"#, TestOf::Fraction { fraction: 0.25 }),
            (r#"{"last":0.5}"#, TestOf::Last { last: 0.5 }),
        ] {
            let read: TestOf<Part> = serde_json::from_str(text).unwrap();
            assert_eq!(read, expected);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        let list: TestOf<Vec<u8>> = serde_json::from_str("[1, 2]").unwrap();
        assert_eq!(list, TestOf::Own(vec![1, 2]));
        let share: TestOf<Vec<u8>> = toml::from_str("last = 0.1").unwrap();
        assert_eq!(share, TestOf::Last { last: 0.1 });
    }

    #[test]
    fn what_is_wrong_is_told_of_the_part() {
        for (text, expected) in [
            (r#"{"images":"a","lables":"b"}"#, "unknown field `lables`, expected `images` or `labels`"),
            (r#"{"images":"a"}"#, "missing field `labels`"),
            ("{}", "missing field `images`"),
            (r#"{"fraction":0.1,"last":0.1}"#, "`fraction` stands alone, and here is `last` beside it"),
            (r#"{"fraction":"a"}"#, "expected f64"),
            ("3", "expected test examples of their own, or a share of the training examples"),
        ] {
            let message = serde_json::from_str::<TestOf<Part>>(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
