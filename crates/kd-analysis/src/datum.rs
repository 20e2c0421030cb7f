//! A value of the results table.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a cell of the results table holds; also a level of a factor.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Datum {
    /// Whether something holds.
    Flag(bool),
    /// A number of things, or a seed.
    Count(u64),
    /// A number.
    Number(f64),
    /// Words.
    Text(String),
}

impl Datum {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Count(_) | Self::Number(_) => None,
        }
    }

    /// The count, if it is one.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(*count),
            Self::Flag(_) | Self::Number(_) | Self::Text(_) => None,
        }
    }

    /// The number, if it is one or a count.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Count(count) => Some(*count as f64),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }

    /// The flag, if it is one.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Count(_) | Self::Number(_) | Self::Text(_) => None,
        }
    }

    /// Kinds in the order in which they are sorted.
    fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Count(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Counts and numbers by their size, whichever they are; else by kind: flags, numbers, texts.
impl Ord for Datum {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Count(a), Self::Count(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (a, b) => match (a.number(), b.number()) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                _ => Ordering::Equal,
            }
            .then(a.rank().cmp(&b.rank())),
        }
    }
}

impl PartialOrd for Datum {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Datum {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Datum {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> [Datum; 7] {
        [
            Datum::Flag(false),
            Datum::Flag(true),
            Datum::Number(-0.5),
            Datum::Count(4),
            Datum::Number(4.0),
            Datum::Count(40),
            Datum::Text("all".to_owned()),
        ]
    }

    #[test]
    fn numbers_are_sorted_by_size_whatever_their_kind() {
        let mut sorted = all();
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, all());
        assert_eq!(BTreeSet::from(all()).len(), 7, "4 samples and a temperature of 4 are told apart");
    }

    #[test]
    fn each_kind_comes_back_from_json() {
        let json = serde_json::to_string(&all()).unwrap();
        assert_eq!(json, r#"[false,true,-0.5,4,4.0,40,"all"]"#);
        assert_eq!(serde_json::from_str::<Vec<Datum>>(&json).unwrap(), all());
    }

    #[test]
    fn each_kind_is_read_as_itself() {
        let [.., count, text] = all();
        assert_eq!(
            (count.count(), count.number(), count.text(), count.flag()),
            (Some(40), Some(40.0), None, None)
        );
        assert_eq!((text.count(), text.number(), text.text(), text.flag()), (None, None, Some("all"), None));
        let number = Datum::Number(-0.5);
        assert_eq!((number.count(), number.number(), number.text()), (None, Some(-0.5), None));
        assert_eq!((Datum::Flag(true).flag(), Datum::Flag(true).number()), (Some(true), None));
        assert_eq!(all().map(|datum| datum.to_string()), ["false", "true", "-0.5", "4", "4", "40", "all"]);
    }
}
