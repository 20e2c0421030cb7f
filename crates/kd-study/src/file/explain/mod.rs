//! What is wrong in a study file, in the words of what is expected at its place.
//!
//! serde and the parser know a place of the text and the types of this program. A reader wants the keys that lead there,
//! and what may be written: that is told by the reference of study files, the schema that the types' comments make.

mod abbreviation;
mod expected;
mod place;

use toml::de::{DeTable, DeValue};

use self::expected::{Choice, Expected};
use self::place::Place;
use super::sweep::written;
use crate::problem::{Problem, first_clause};

/// The error, of a file that says `root`, whose texts end at `end`.
pub(super) fn explain(error: &toml::de::Error, root: &DeTable<'_>, end: usize) -> Problem {
    let problem = Problem::from_toml(error, end);
    let Some(place) = error.span().and_then(|span| Place::of(root, &span)) else { return problem };
    let message = error.message().trim();
    if let Some(found) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
        return unknown_key(problem, &place, found);
    }
    let Some(expected) = Expected::at(&place.keys) else { return problem };
    if problem.is_lack() {
        let name = problem.message.split('`').nth(1).unwrap_or_default().to_owned();
        return lacking(problem, &expected, &name);
    }
    let choices = expected.choices();
    if choices.iter().any(|choice| choice.settings.is_some()) {
        if problem.is_choice() {
            return several(problem, &place, &choices);
        }
        if !place.is_key && !matches!(place.value, DeValue::Table(_)) {
            return unchosen(&problem, &place, &choices);
        }
    }
    if place.is_list_for_one(message) {
        return listed(problem, &place);
    }
    let is_value = message.starts_with("invalid ") || message.starts_with("expected ");
    if is_value { described(problem, &place, &expected) } else { problem }
}

/// A key that is not known at its place: under its usual name, or where it belongs.
fn unknown_key(problem: Problem, place: &Place<'_>, found: &str) -> Problem {
    let names = abbreviation::meant(found);
    let Some(table) = Expected::at(place.parents()) else { return problem };
    let known = table.keys();
    // As it is written here, before where it may be meant to be.
    if let Some(name) = names.iter().find(|name| known.iter().any(|known| known == **name)) {
        // One name may be given to two things that are each other's opposite.
        let child = table.child(name);
        let about = child.as_ref().and_then(Expected::about).map(first_clause).unwrap_or_default();
        return problem.instead(&format!("did you mean `{name}` ({about})?"));
    }
    if kd_analysis::nearest(found, known.iter().map(String::as_str)).is_some() {
        return problem;
    }
    if let Some(path) = names.iter().find_map(|name| table.below(name)) {
        return problem.instead(&format!("did you mean `{path}`?"));
    }
    let everywhere = Expected::root();
    let elsewhere = names.iter().find_map(|name| Some((name, everywhere.table_of(name)?)));
    match elsewhere {
        Some((name, table)) => problem.instead(&format!("`{name}` belongs in {table};")),
        None => problem,
    }
}

/// A table without a key that it needs.
fn lacking(problem: Problem, table: &Expected, name: &str) -> Problem {
    let Some(child) = table.child(name) else { return problem };
    let choices = child.choices();
    if let Some(first) = choices.first() {
        let how = first.written(name);
        let others = if choices.len() > 1 { format!("; {}", known(&choices)) } else { String::new() };
        return problem.help(format!("add {name}, such as {how}{others}"));
    }
    match child.about() {
        Some(about) => problem.help(format!("add `{name} = {}`: {}", child.example(), first_clause(about))),
        None => problem,
    }
}

/// Several of what is chosen among, or none.
fn several(problem: Problem, place: &Place<'_>, choices: &[Choice]) -> Problem {
    let DeValue::Table(table) = place.value else { return problem };
    let key = place.last();
    let names: Vec<String> = table.keys().map(|name| format!("`{}`", name.get_ref())).collect();
    if names.is_empty() {
        let how = choices.first().map(|choice| choice.written(key)).unwrap_or_default();
        let message = format!("`{key}` chooses nothing");
        return Problem::new(problem.span, message, "empty")
            .help(format!("such as {how}; {}", known(choices)));
    }
    let problem = Problem { label: format!("{} exclude each other", names.join(" and ")), ..problem };
    if place.keys.first().is_some_and(|first| first == "arms") {
        return problem;
    }
    let each: Vec<String> = table.keys().map(|name| format!("{{ {} = ... }}", name.get_ref())).collect();
    problem.help(format!(
        "keep one of them; to compare several: {key} = {{ sweep = [{}], as = \"{key}\" }}",
        each.join(", ")
    ))
}

/// A value where a table names what is chosen.
fn unchosen(problem: &Problem, place: &Place<'_>, choices: &[Choice]) -> Problem {
    let key = place.last();
    let span = problem.span.clone();
    if let DeValue::Array(values) = place.value {
        return Problem::new(span, format!("`{key}` is one choice, found a list"), "several").help(format!(
            "write one, such as {}; to compare several: {key} = {{ sweep = [{{ ... }}, {{ ... }}], as = \"{key}\" }}",
            example(choices, key, values.first().and_then(|value| value.get_ref().as_str()))
        ));
    }
    let Some(text) = place.value.as_str() else {
        let message = format!("`{key}` is chosen by name, found {}", written(place.value));
        let given = choices.iter().find_map(|choice| choice.of_number(key, place.value));
        let how = given.unwrap_or_else(|| example(choices, key, None));
        return Problem::new(span, message, "no name").help(format!("such as {how}; {}", known(choices)));
    };
    let meant = abbreviation::meant(text);
    let named = choices.iter().find(|choice| meant.contains(&choice.name.as_str()));
    if let Some(choice @ Choice { settings: Some(_), .. }) = named {
        let message = format!("`{}` is written as a table of its settings, found a name alone", choice.name);
        return Problem::new(span, message, "a name alone").help(format!("write {}", choice.written(key)));
    }
    let names = choices.iter().map(|choice| choice.name.as_str());
    let nearest = kd_analysis::nearest(&text.to_lowercase(), names);
    let near = named.or_else(|| choices.iter().find(|choice| Some(choice.name.as_str()) == nearest));
    let problem = Problem::new(span, format!("`{key}` has no choice called `{text}`"), "not a known name");
    match (near, key) {
        (Some(choice), _) => {
            problem.help(format!("did you mean {}? {}", choice.written(key), known(choices)))
        }
        (None, "data") => problem.help(format!(
            "a data set of the catalogue is data.catalogue.name = \"{text}\" (`kd data list` shows them), a table of your own \
             data.csv = {{ path = \"...\", columns.target = \"...\" }}; {}",
            known(choices)
        )),
        (None, _) => problem.help(format!("such as {}; {}", example(choices, key, None), known(choices))),
    }
}

/// The choice of this name, or the first, as it is written.
fn example(choices: &[Choice], key: &str, name: Option<&str>) -> String {
    let named = choices.iter().find(|choice| Some(choice.name.as_str()) == name);
    named.or(choices.first()).map(|choice| choice.written(key)).unwrap_or_default()
}

fn known(choices: &[Choice]) -> String {
    let names: Vec<String> = choices.iter().map(|choice| format!("`{}`", choice.name)).collect();
    format!("known here: {}", names.join(", "))
}

/// A list where one value is expected.
fn listed(problem: Problem, place: &Place<'_>) -> Problem {
    let (key, values) = place.list();
    if place.keys.first().is_none_or(|first| first != "tasks") {
        return problem.help(format!("`{key}` is one value: write it without brackets"));
    }
    problem.help(format!(
        "to compare several: {key} = {{ sweep = {values}, as = \"{key}\" }}; one value is written without these brackets"
    ))
}

/// A value that is not what it should be, with what that means.
fn described(problem: Problem, place: &Place<'_>, expected: &Expected) -> Problem {
    let Some(about) = expected.about() else { return problem };
    let meaning = format!("`{}`: {}", place.last(), first_clause(about));
    let help = match &problem.help {
        Some(_) if problem.label == "not a list" && expected.lists(place.value) => {
            let (key, value) = place.list();
            format!("write it in brackets: {key} = [{value}]. {meaning}")
        }
        Some(help) => format!("{help}. {meaning}"),
        None => meaning,
    };
    problem.help(help)
}

#[cfg(test)]
mod tests;
