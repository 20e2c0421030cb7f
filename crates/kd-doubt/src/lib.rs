//! What is probably a mistake, or weakens an answer: said where it is seen, and never passed over.
//!
//! ```
//! use kd_doubt::{Doubt, Kind};
//!
//! let doubt = Doubt::mistake(Kind::Overlap, "train.csv", "17 test examples are training examples too")
//!     .seen("the first is row 3 of test.csv, row 12 of train.csv")
//!     .advise("take them out of one of the two");
//! assert_eq!(doubt.to_string(), "train.csv: 17 test examples are training examples too");
//! assert_eq!(Kind::Overlap.name(), "overlap");
//! ```

mod kind;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use kind::Kind;

/// Something that is probably a mistake, or that weakens an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Doubt {
    /// Of which kind; a study says by this name that it is right as it is.
    pub kind: Kind,
    /// How much hangs on it.
    pub weight: Weight,
    /// Where it was seen: a file with row or column, a task, an arm. Empty for a study as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What is doubtful, as a sentence without its full stop.
    pub what: String,
    /// What was seen: numbers, and the first examples. May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// What to do about it, with the setting to write.
    pub setting: String,
}

/// How much hangs on a doubt, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Nothing is trained on it, unless a study accepts it by the name of its kind.
    Refused,
    /// Probably a mistake.
    Mistake,
    /// A question that there will be no answer to.
    Unanswered,
    /// An answer means less than it seems to.
    Weak,
}

impl Doubt {
    /// What nothing should be trained on.
    pub fn refused(kind: Kind, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(kind, Weight::Refused, place, what)
    }

    /// What is probably a mistake.
    pub fn mistake(kind: Kind, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(kind, Weight::Mistake, place, what)
    }

    /// What makes an answer mean less than it seems to.
    pub fn weak(kind: Kind, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(kind, Weight::Weak, place, what)
    }

    /// A question that there will be no answer to.
    pub fn unanswered(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(Kind::Design, Weight::Unanswered, place, what)
    }

    fn new(kind: Kind, weight: Weight, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            kind,
            weight,
            place: place.into(),
            what: what.into(),
            evidence: String::new(),
            setting: String::new(),
        }
    }

    /// What was seen.
    #[must_use]
    pub fn seen(self, evidence: impl Into<String>) -> Self {
        Self { evidence: evidence.into(), ..self }
    }

    /// What to do about it.
    #[must_use]
    pub fn advise(self, setting: impl Into<String>) -> Self {
        Self { setting: setting.into(), ..self }
    }

    /// The same of something within `place`.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        let inner = if self.place.is_empty() { String::new() } else { format!(": {}", self.place) };
        Self { place: format!("{place}{inner}"), ..self }
    }

    /// What remains of it where its kind is accepted: what would be refused is still said, all else is silent.
    #[must_use]
    pub fn accepted(self) -> Option<Self> {
        (self.weight == Weight::Refused).then(|| Self {
            weight: Weight::Mistake,
            setting: "accepted by the study".to_owned(),
            ..self
        })
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, what, .. } = self;
        if place.is_empty() { write!(f, "{what}") } else { write!(f, "{place}: {what}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_accepted_is_still_said_if_it_would_be_refused() {
        let refused = Doubt::refused(Kind::Overlap, "a.csv", "the test set is the training set");
        let said = refused.accepted().unwrap();
        assert_eq!((said.weight, said.setting.as_str()), (Weight::Mistake, "accepted by the study"));
        assert_eq!(Doubt::mistake(Kind::Overlap, "", "two rows").accepted(), None);
    }

    #[test]
    fn places_are_within_places() {
        let doubt = Doubt::weak(Kind::Design, "", "few seeds");
        assert_eq!(doubt.to_string(), "few seeds");
        assert_eq!(doubt.clone().within("near").to_string(), "near: few seeds");
        assert_eq!(doubt.within("a.csv").within("near").to_string(), "near: a.csv: few seeds");
    }

    #[test]
    fn the_heaviest_comes_first() {
        assert!(Weight::Refused < Weight::Mistake && Weight::Mistake < Weight::Unanswered);
        assert!(Weight::Unanswered < Weight::Weak);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let doubt =
            Doubt::mistake(Kind::IndexColumn, "a.csv", "column `id` numbers the rows").advise("ignore it");
        let written = serde_json::to_string(&doubt).unwrap();
        assert!(written.contains(r#""kind":"index_column""#) && !written.contains("evidence"), "{written}");
        assert_eq!(serde_json::from_str::<Doubt>(&written).unwrap(), doubt);
    }
}
