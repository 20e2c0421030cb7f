//! Which keys lead to a place of the text.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::written;

/// A value or a key of a study file.
pub(super) struct Place<'t> {
    /// The keys that lead there, its own the last; without the steps into lists and sweeps.
    pub(super) keys: Vec<String>,
    /// What is there.
    pub(super) value: &'t DeValue<'t>,
    /// Whether the place is that of the key, and not of the value.
    pub(super) is_key: bool,
    /// The innermost list that it is in, of the same keys.
    within: Option<&'t DeValue<'t>>,
}

impl<'t> Place<'t> {
    /// What is at `span`.
    pub(super) fn of(root: &'t DeTable<'t>, span: &Range<usize>) -> Option<Self> {
        in_table(root, span, &mut Vec::new())
    }

    /// The keys that lead to the table that it is in.
    pub(super) fn parents(&self) -> &[String] {
        self.keys.split_last().map_or(&[], |(_, parents)| parents)
    }

    /// The key itself.
    pub(super) fn last(&self) -> &str {
        self.keys.last().map_or("", String::as_str)
    }

    /// Whether `message` says that one value was expected, and a list was found.
    pub(super) fn is_list_for_one(&self, message: &str) -> bool {
        !self.is_key && message.starts_with("invalid type: sequence")
    }

    /// The key of a list, and the list as it is written; of a list within a list, the outer.
    pub(super) fn list(&self) -> (&str, String) {
        (self.last(), source(self.within.unwrap_or(self.value)))
    }
}

/// A value as a file has it.
fn source(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| source(value.get_ref())).collect();
            format!("[{}]", values.join(", "))
        }
        DeValue::Table(_) => "{ ... }".to_owned(),
        DeValue::Integer(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => written(value),
    }
}

fn in_table<'t>(table: &'t DeTable<'t>, span: &Range<usize>, keys: &mut Vec<String>) -> Option<Place<'t>> {
    table.iter().find_map(|(key, value)| {
        keys.push(key.get_ref().to_string());
        let found = if key.span() == *span && value.span() != *span {
            Some(Place { keys: keys.clone(), value: value.get_ref(), is_key: true, within: None })
        } else {
            in_value(value, span, keys, None)
        };
        keys.pop();
        found
    })
}

fn in_value<'t>(
    value: &'t Spanned<DeValue<'t>>,
    span: &Range<usize>,
    keys: &mut Vec<String>,
    within: Option<&'t DeValue<'t>>,
) -> Option<Place<'t>> {
    if value.span() == *span {
        return Some(Place { keys: keys.clone(), value: value.get_ref(), is_key: false, within });
    }
    match value.get_ref() {
        DeValue::Table(table) => {
            // What is swept over stands for one value.
            let swept = ["sweep", "tune"].iter().find_map(|key| table.get(*key));
            match swept.map(|swept| (swept.get_ref(), swept)) {
                Some((DeValue::Array(values), _)) => {
                    values.iter().find_map(|value| in_value(value, span, keys, None))
                }
                _ => in_table(table, span, keys),
            }
        }
        list @ DeValue::Array(values) => {
            values.iter().find_map(|value| in_value(value, span, keys, within.or(Some(list))))
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => None,
    }
}
