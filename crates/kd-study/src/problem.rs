//! What is wrong with a study file, and where.

use std::ops::Range;

use kd_analysis::nearest;

/// One thing that is wrong at one place of a study file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What was found and what was expected.
    pub message: String,
    /// Byte range in the text; empty ranges point between characters.
    pub span: Range<usize>,
    /// A few words to print under the caret.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { message: message.into(), span, label: label.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Turns serde's and the parser's words into ours, and adds a suggestion where a name was misspelt.
    pub(crate) fn from_toml(error: &toml::de::Error, end_of_text: usize) -> Self {
        let span = error.span().unwrap_or(end_of_text..end_of_text);
        let message = error.message().trim().to_owned();
        for (what, start) in [("key", "unknown field `"), ("name", "unknown variant `")] {
            if let Some((found, known)) = message.strip_prefix(start).and_then(|rest| rest.split_once('`')) {
                let known = quoted_names(known);
                return Self::unknown(span, what, found, &known);
            }
        }
        if let Some(rest) = message.strip_prefix("missing field `") {
            let name = rest.trim_end_matches('`');
            let advice = match name {
                "study" => "add a table [study] with a name and seeds; `kd new` writes an example".to_owned(),
                "tasks" => "add a table [tasks.NAME] with data, a teacher and a student".to_owned(),
                "arms" => "add a table [arms.NAME] with an objective".to_owned(),
                _ => format!("add `{name} = ...`"),
            };
            return Self::new(span, format!("`{name}` {LACK}"), "in this table").help(advice);
        }
        if message.starts_with("wanted exactly 1 element")
            || message.contains("expected table with exactly 1 entry")
        {
            return Self::new(span, ONE_CHOICE, "these exclude each other")
                .help("keep one of them; to compare several, write one arm for each");
        }
        if let Some(rest) = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "))
            && let Some((found, expected)) = rest.split_once(", expected ")
        {
            let (expected, advice) = in_words(expected);
            let found = found_in_words(found);
            let problem =
                Self::new(span, format!("expected {expected}, found {found}"), format!("not {expected}"));
            return Self { help: advice.map(str::to_owned), ..problem };
        }
        if message == "duplicate key" {
            return Self::new(span, "this key was given before", "again here").help("keep one of them");
        }
        // Checked values put their advice behind a semicolon.
        match message.split_once("; ") {
            Some((message, advice)) => Self::new(span, message, "here").help(advice),
            None => Self::new(span, message, "here"),
        }
    }

    /// The same with this suggestion in place of another, before what is known.
    pub(crate) fn instead(self, suggestion: &str) -> Self {
        let known = self.help.as_deref().and_then(|help| help.find(KNOWN).map(|at| help[at..].to_owned()));
        let help = match known {
            Some(known) => format!("{suggestion} {known}"),
            None => suggestion.to_owned(),
        };
        self.help(help)
    }

    /// Whether it is that there are several where one is to be chosen.
    pub(crate) fn is_choice(&self) -> bool {
        self.message == ONE_CHOICE
    }

    /// Whether it is that a table lacks something.
    pub(crate) fn is_lack(&self) -> bool {
        self.message.ends_with(LACK)
    }

    /// A name that is none of `known`.
    pub(crate) fn unknown(span: Range<usize>, what: &str, found: &str, known: &[&str]) -> Self {
        let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let problem = Self::new(span, format!("unknown {what} `{found}`"), format!("not a known {what}"));
        match nearest(found, known.iter().copied()) {
            Some(name) => problem.help(format!("did you mean `{name}`? {KNOWN}{list}")),
            None if known.is_empty() => problem.help("no keys are expected here"),
            None => problem.help(format!("{KNOWN}{list}")),
        }
    }
}

const ONE_CHOICE: &str = "exactly one choice is expected here";
const LACK: &str = "is missing here";
const KNOWN: &str = "known here: ";

/// The first clause of a comment, without what ends it.
pub(crate) fn first_clause(text: &str) -> String {
    let text = text.replace('\n', " ");
    let is_end = |(at, _): &(usize, &str)| {
        // Not that of `et al.`
        text[at + 2..].starts_with(char::is_uppercase) || text[*at..].starts_with(';')
    };
    let ends = text.match_indices([';', '.']).filter(|(at, _)| text[at + 1..].starts_with(' '));
    let end = ends.into_iter().find(is_end).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end_matches('.').to_owned()
}

/// Where the places begin that are of each of `sets`: behind those of the file's `text`, as if all were its lines.
pub(crate) fn places(text: &str, sets: &[String]) -> impl Iterator<Item = usize> {
    sets.iter().scan(text.len() + 1, |next, set| {
        let start = *next;
        *next += set.len() + 1;
        Some(start)
    })
}

/// What serde expected, in words, and how to write it.
fn in_words(expected: &str) -> (&str, Option<&'static str>) {
    match expected {
        "a sequence" => ("a list", Some("lists are written in brackets, such as [1, 2]")),
        "f32" | "f64" => ("a number", Some("numbers are written without quotes, such as 0.1 or 1e-3")),
        "u64" | "i64" | "u32" | "i32" => (
            "a whole number",
            Some("whole numbers are written without quotes and without a point, such as 5"),
        ),
        "a nonzero u32" | "a nonzero u64" => (
            "a whole number of at least 1",
            Some("it is written without quotes and without a point, such as 5"),
        ),
        "a string" => ("a text", Some("texts are written in quotes, such as \"all\"")),
        "a boolean" => ("true or false", None),
        other if other.starts_with("struct ") || other == "a map" => (
            "a table",
            Some(
                "tables are written in braces, such as { temperature = 4.0 }, or under a heading of their own",
            ),
        ),
        other => (other, None),
    }
}

/// What serde found, in words: numbers and flags as they are written.
fn found_in_words(found: &str) -> &str {
    let value =
        ["integer `", "floating point `", "boolean `"].iter().find_map(|kind| found.strip_prefix(kind));
    match (value, found) {
        (Some(value), _) => value.trim_end_matches('`'),
        (None, "sequence") => "a list",
        (None, "map") => "a table",
        (None, "unit variant") => "a name alone",
        (None, other) => other.strip_prefix("string ").unwrap_or(other),
    }
}

/// The names between backticks.
fn quoted_names(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_ends_with_a_stop_and_not_within_a_name() {
        for (text, expected) in [
            ("Step size.", "Step size"),
            ("One run of every cell. Arms share", "One run of every cell"),
            ("Examples per\nstep; fewer when there are fewer", "Examples per step"),
            ("As by Furlanello et al. 2018, and others. More", "As by Furlanello et al. 2018, and others"),
            ("M: how many, 0.5 of them; a share", "M: how many, 0.5 of them"),
            ("", ""),
        ] {
            assert_eq!(first_clause(text), expected);
        }
    }
}
