//! What a column is, and how its value is found.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::datum::Datum;

/// A column of the results table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name, as in the header.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it is counted in; empty for texts, flags and plain numbers.
    pub unit: &'static str,
    /// Which way is better, where one is.
    pub better: Option<Better>,
    /// What it means, in words.
    pub meaning: &'static str,
    found: Found,
}

/// Columns about one thing.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// What they are about.
    pub title: &'static str,
    /// In the order of the table.
    pub columns: &'static [Column],
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words, or nothing.
    Text,
    /// A whole number; 0 where a run has none.
    Count,
    /// A number, or nothing.
    Number,
    /// Yes, no or nothing.
    Flag,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// The higher.
    Higher,
    /// The lower.
    Lower,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy)]
enum Found {
    /// The first of these JSON pointers that leads to one. A step `*` stands for the name of an enum's variant, whatever
    /// it is; at the end, the name is the value.
    At(&'static [&'static str]),
    /// This is made of the number that the pointer leads to.
    From(&'static [&'static str], fn(f64) -> f64),
    /// This is made of what the document holds.
    By(fn(&Value) -> Option<Datum>),
}

impl Column {
    pub(super) const fn text(name: &'static str, meaning: &'static str) -> Self {
        Self { name, kind: Kind::Text, unit: "", better: None, meaning, found: Found::At(&[]) }
    }

    pub(super) const fn count(name: &'static str, meaning: &'static str) -> Self {
        Self { kind: Kind::Count, ..Self::text(name, meaning) }
    }

    pub(super) const fn number(name: &'static str, meaning: &'static str) -> Self {
        Self { kind: Kind::Number, ..Self::text(name, meaning) }
    }

    pub(super) const fn flag(name: &'static str, meaning: &'static str) -> Self {
        Self { kind: Kind::Flag, ..Self::text(name, meaning) }
    }

    pub(super) const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    pub(super) const fn higher(self) -> Self {
        Self { better: Some(Better::Higher), ..self }
    }

    pub(super) const fn lower(self) -> Self {
        Self { better: Some(Better::Lower), ..self }
    }

    pub(super) const fn at(self, pointers: &'static [&'static str]) -> Self {
        Self { found: Found::At(pointers), ..self }
    }

    pub(super) const fn from(self, pointers: &'static [&'static str], made: fn(f64) -> f64) -> Self {
        Self { found: Found::From(pointers, made), ..self }
    }

    pub(super) const fn by(self, made: fn(&Value) -> Option<Datum>) -> Self {
        Self { found: Found::By(made), ..self }
    }

    /// Its value in a run's document, if that has one of this kind. What is scheduled, say, is no number.
    #[must_use]
    pub fn read(&self, document: &Value) -> Option<Datum> {
        match self.found {
            Found::At(pointers) => self.first(document, pointers),
            Found::From(pointers, made) => {
                self.first(document, pointers)?.number().map(|number| Datum::Number(made(number)))
            }
            Found::By(made) => made(document),
        }
    }

    /// What the first of these pointers leads to that leads to a value of its kind.
    fn first(&self, document: &Value, pointers: &[&str]) -> Option<Datum> {
        pointers
            .iter()
            .find_map(|pointer| lookup(document, pointer).and_then(|value| self.kind.datum(&value)))
    }

    /// Where in a document its value is looked for.
    #[must_use]
    pub fn pointers(&self) -> &'static [&'static str] {
        match self.found {
            Found::At(pointers) | Found::From(pointers, _) => pointers,
            Found::By(_) => &[],
        }
    }

    /// Whether it was measured of a run that trained to the end.
    #[must_use]
    pub fn is_measure(&self) -> bool {
        self.pointers().iter().any(|pointer| pointer.starts_with("/record/outcome/finished/"))
    }

    /// A value of this column as people read it, with its unit.
    #[must_use]
    pub fn shown(&self, value: &Datum) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        match value {
            Datum::Number(share) if self.unit == FRACTION => format!("{:.2} %", 100.0 * share),
            Datum::Number(number) => format!("{number:.4}{unit}"),
            Datum::Flag(true) => "yes".to_owned(),
            Datum::Flag(false) => "no".to_owned(),
            Datum::Count(_) | Datum::Text(_) => format!("{value}{unit}"),
        }
    }
}

/// The unit of shares.
pub(crate) const FRACTION: &str = "fraction";
/// The unit of what is predicted, whichever it is.
pub(crate) const TARGETS_UNIT: &str = "the target's unit";

impl Kind {
    /// `value` as this kind.
    pub(super) fn datum(self, value: &Value) -> Option<Datum> {
        match self {
            Self::Text => value.as_str().map(|text| Datum::Text(text.to_owned())),
            Self::Count => value.as_u64().map(Datum::Count),
            Self::Number => value.as_f64().map(Datum::Number),
            Self::Flag => value.as_bool().map(Datum::Flag),
        }
    }

    /// Its name in references.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Count => "count",
            Self::Number => "number",
            Self::Flag => "flag",
        }
    }
}

impl Better {
    /// Its name in references.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }
}

/// What a pointer leads to in a document.
pub(super) fn lookup<'a>(document: &'a Value, pointer: &str) -> Option<Cow<'a, Value>> {
    let mut here = document;
    let mut steps = pointer.split('/').skip(1).peekable();
    while let Some(step) = steps.next() {
        here = match (step, here) {
            ("*", Value::String(_)) if steps.peek().is_none() => here,
            ("*", Value::Object(variant)) if variant.len() == 1 => {
                let (name, held) = variant.iter().next()?;
                if steps.peek().is_none() {
                    return Some(Cow::Owned(Value::from(name.as_str())));
                }
                held
            }
            (step, Value::Array(items)) => items.get(step.parse::<usize>().ok()?)?,
            (step, here) => here.get(step)?,
        };
    }
    Some(Cow::Borrowed(here))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pointers_pass_through_variants_of_any_name() {
        let document =
            json!({"objective": {"distillation": {"temperature": 4.0}}, "kind": "plain", "ids": ["a", "b"]});
        let at = |pointer| lookup(&document, pointer).map(Cow::into_owned);
        assert_eq!(at("/objective/*/temperature"), Some(json!(4.0)));
        assert_eq!(at("/objective/*"), Some(json!("distillation")));
        assert_eq!(at("/kind/*"), Some(json!("plain")));
        assert_eq!(at("/ids/1"), Some(json!("b")));
        for nowhere in ["/kind/*/temperature", "/objective/*/epsilon", "/ids/2", "/ids/x", "/*", "/nothing/*"]
        {
            assert_eq!(at(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_value_of_another_kind_is_none() {
        let document = json!({"a": {"linear": {"from": 1.0}}, "b": 3, "c": -1});
        assert_eq!(Column::number("x", "y").at(&["/a"]).read(&document), None, "scheduled");
        assert_eq!(Column::number("x", "y").at(&["/a", "/b"]).read(&document), Some(Datum::Number(3.0)));
        assert_eq!(Column::count("x", "y").at(&["/b"]).read(&document), Some(Datum::Count(3)));
        assert_eq!(Column::count("x", "y").at(&["/c"]).read(&document), None);
        assert_eq!(
            Column::text("x", "y").at(&["/a/*"]).read(&document),
            Some(Datum::Text("linear".to_owned()))
        );
        assert_eq!(Column::flag("x", "y").at(&["/b"]).read(&document), None);
        let made = Column::flag("x", "y").by(|document| Some(Datum::Flag(document.is_object())));
        assert_eq!(made.read(&document), Some(Datum::Flag(true)));
        assert!(made.pointers().is_empty() && !made.is_measure());
        let measure = Column::number("x", "y").at(&["/record/outcome/finished/steps"]);
        assert!(
            measure.is_measure()
                && !Column::number("x", "y").at(&["/record/outcome/failed/kind"]).is_measure()
        );
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        let number = Column::number("x", "y");
        assert_eq!(number.unit(FRACTION).shown(&Datum::Number(0.912_34)), "91.23 %");
        assert_eq!(number.unit("nats").shown(&Datum::Number(0.5)), "0.5000 nats");
        assert_eq!(number.shown(&Datum::Number(0.5)), "0.5000");
        assert_eq!(Column::count("x", "y").unit("steps").shown(&Datum::Count(12)), "12 steps");
        assert_eq!([true, false].map(|flag| Column::flag("x", "y").shown(&Datum::Flag(flag))), ["yes", "no"]);
        assert_eq!(Column::text("x", "y").shown(&Datum::Text("words".to_owned())), "words");
    }
}
