//! Conditions that tell which part of a study is meant, `KEY OP VALUE` each, such as `M<=160` or `arm=labels`.

mod subject;

use std::cmp::Ordering;

pub use subject::{Facts, Subject};
use subject::{Holds, Scope, find_among};

use crate::datum::Datum;
use crate::error::{Error, Result, meant};
use crate::nearest::nearest;

/// Conditions, all of which must hold.
///
/// A condition on a factor holds where a run has no level of it, as runs do that it does not concern: they belong to every
/// part. One on anything else that a run has not, such as a score, holds if it is `!=`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    written: String,
    name: String,
    scope: Scope,
    comparison: Comparison,
    value: Value,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
struct Value {
    text: String,
    number: Option<f64>,
    flag: Option<bool>,
    holds: Holds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// Longer ones first, of which the others are parts.
const COMPARISONS: [(&str, Comparison); 6] = [
    ("!=", Comparison::Unequal),
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("=", Comparison::Equal),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

impl Filter {
    /// Reads conditions on `subjects`.
    ///
    /// # Errors
    /// [`Error::Condition`] for the first that is none, is about something else, or compares with what it never is.
    pub fn read(written: &[String], subjects: &[Subject]) -> Result<Self> {
        let conditions = written.iter().map(|written| {
            Condition::read(written, subjects)
                .map_err(|problem| Error::Condition { condition: written.clone(), problem })
        });
        Ok(Self { conditions: conditions.collect::<Result<_>>()? })
    }

    /// Whether it holds of everything, as it has no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether all conditions hold.
    #[must_use]
    pub fn holds(&self, of: &impl Facts) -> bool {
        self.conditions.iter().all(|condition| condition.holds(of))
    }

    /// Whether all conditions hold but for those on what is known of a run that has been tried.
    #[must_use]
    pub fn may_hold(&self, of: &impl Facts) -> bool {
        self.those(|scope| scope != Scope::Run).all(|condition| condition.holds(of))
    }

    /// Whether all conditions hold that are on the task or on a factor: what a teacher must meet to stay beside students.
    #[must_use]
    pub fn holds_of_task(&self, of: &impl Facts) -> bool {
        self.those(|scope| matches!(scope, Scope::Task | Scope::Factor)).all(|condition| condition.holds(of))
    }

    /// Whether runs at this level of a factor may be meant.
    #[must_use]
    pub fn allows(&self, factor: &str, level: &Datum) -> bool {
        self.those(|scope| scope == Scope::Factor)
            .filter(|condition| condition.name == factor)
            .all(|condition| condition.compares(Some(level)))
    }

    /// The conditions as they were written, in a line.
    #[must_use]
    pub fn written(&self) -> String {
        let written = self.conditions.iter().map(|condition| condition.written.as_str());
        written.collect::<Vec<_>>().join(", ")
    }

    fn those(&self, of: impl Fn(Scope) -> bool) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().filter(move |condition| of(condition.scope))
    }
}

impl Condition {
    fn read(written: &str, subjects: &[Subject]) -> std::result::Result<Self, String> {
        let split = |at: usize| {
            let found = COMPARISONS.iter().find(|(sign, _)| written[at..].starts_with(sign));
            found.map(|(sign, comparison)| {
                (written[..at].trim(), *comparison, written[at + sign.len()..].trim())
            })
        };
        // A name may have such a sign in it.
        let mut signs = written.char_indices().filter_map(|(at, _)| split(at)).peekable();
        let Some(&first) = signs.peek() else {
            return Err(
                "expected KEY OP VALUE, such as M<=160, OP being one of =, !=, <, <=, >, >=".to_owned()
            );
        };
        let (name, comparison, text) =
            signs.find(|(name, ..)| find_among(subjects, name).is_some()).unwrap_or(first);
        let subject = find_among(subjects, name).ok_or_else(|| unknown(name, subjects))?;
        let value = Value {
            text: text.to_owned(),
            number: text.parse().ok().filter(|number: &f64| number.is_finite()),
            flag: text.parse().ok(),
            holds: subject.holds,
        };
        let condition = Self {
            written: written.to_owned(),
            name: subject.name.clone(),
            scope: subject.scope,
            comparison,
            value,
        };
        condition.check(subject)?;
        Ok(condition)
    }

    /// That it is not always, or never, so.
    fn check(&self, subject: &Subject) -> std::result::Result<(), String> {
        let Self { name, value: Value { text, number, flag, .. }, .. } = self;
        let is_equality = matches!(self.comparison, Comparison::Equal | Comparison::Unequal);
        match subject.holds {
            Holds::Numbers if number.is_none() => {
                return Err(format!("{name} is a number, and `{text}` is none{}", among(";", subject)));
            }
            Holds::Flags if flag.is_none() => {
                return Err(format!("{name} is true or false, and `{text}` is neither"));
            }
            Holds::Flags if !is_equality => return Err(format!("{name} is true or false: it takes = or !=")),
            Holds::Texts if text.is_empty() => {
                return Err(format!("a value is missing{}", among(";", subject)));
            }
            Holds::Numbers | Holds::Flags | Holds::Texts | Holds::Anything => {}
        }
        let occurs = subject.values.iter().any(|value| self.value.order(value) == Some(Ordering::Equal));
        if is_equality && !subject.values.is_empty() && !occurs {
            let names: Vec<String> = subject.values.iter().map(Datum::to_string).collect();
            let nearest = nearest(text, names.iter().map(String::as_str)).filter(|_| number.is_none());
            let meant = meant(nearest);
            return Err(format!("no run has {name} = {text};{meant}{}", among("", subject)));
        }
        Ok(())
    }

    fn holds(&self, of: &impl Facts) -> bool {
        match self.scope {
            Scope::Factor => of.level(&self.name).is_none_or(|level| self.compares(Some(level))),
            Scope::Place | Scope::Task | Scope::Run => self.compares(of.fact(&self.name).as_ref()),
        }
    }

    fn compares(&self, found: Option<&Datum>) -> bool {
        let order = found.and_then(|found| self.value.order(found));
        match self.comparison {
            Comparison::Equal => order == Some(Ordering::Equal),
            Comparison::Unequal => order != Some(Ordering::Equal),
            Comparison::Below => order == Some(Ordering::Less),
            Comparison::AtMost => order.is_some_and(Ordering::is_le),
            Comparison::Above => order == Some(Ordering::Greater),
            Comparison::AtLeast => order.is_some_and(Ordering::is_ge),
        }
    }
}

impl Value {
    /// How `found` compares with this; not at all where one is a number and the other is none.
    fn order(&self, found: &Datum) -> Option<Ordering> {
        match found {
            Datum::Flag(found) => Some(found.cmp(&self.flag?)),
            Datum::Text(_) if self.holds == Holds::Anything && self.number.is_some() => None,
            Datum::Text(found) => Some(found.as_str().cmp(&self.text)),
            Datum::Count(_) | Datum::Number(_) => found.number()?.partial_cmp(&self.number?),
        }
    }
}

/// The values that there are, behind a complaint and this sign.
fn among(sign: &str, subject: &Subject) -> String {
    let values: Vec<String> = subject.values.iter().map(|value| format!("`{value}`")).collect();
    if values.is_empty() { String::new() } else { format!("{sign} there are {}", values.join(", ")) }
}

fn unknown(name: &str, subjects: &[Subject]) -> String {
    let meant = meant(nearest(name, subjects.iter().map(Subject::name)));
    let of_places = subjects.iter().filter(|subject| subject.scope != Scope::Run);
    let known: Vec<String> = of_places.map(|subject| format!("`{}`", subject.name)).collect();
    let has_columns = subjects.iter().any(|subject| subject.scope == Scope::Run);
    let columns = if has_columns { ", and the columns of the results table" } else { "" };
    format!("runs have no `{name}`;{meant} known are {}{columns}", known.join(", "))
}

#[cfg(test)]
mod tests;
