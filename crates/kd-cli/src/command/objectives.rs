use std::fmt::Write as _;

use kd_study::Result;
use kd_study::file::choice::{Choice, feature_losses, objectives, supervisions};
use serde_json::json;

use super::{print, print_json};
use crate::arguments::Format;

pub(super) fn run(format: Format) -> Result<()> {
    let (objectives, supervisions, features) = (objectives(), supervisions(), feature_losses());
    if format.is_json() {
        return print_json(
            &json!({ "objectives": objectives, "supervisions": supervisions, "feature_losses": features }),
        );
    }
    let mut text = String::from("What an arm minimises: objective.NAME = { ... }\n\n");
    write_choices(&mut text, &objectives);
    text.push_str("\nWhat is done to the teacher's signal first: supervision.NAME = { ... }\n\n");
    write_choices(&mut text, &supervisions);
    text.push_str("\nHow `features` compares them: loss.NAME = { ... }\n\n");
    write_choices(&mut text, &features);
    text.push_str("\n--format json tells formulas and what each parameter means.\n");
    print(&text)
}

/// Each with what can be set, and its default.
pub(super) fn write_choices(text: &mut String, choices: &[Choice]) {
    for choice in choices {
        let _ = writeln!(text, "  {:<22}  {}", choice.name, choice.about);
        let parameters: Vec<String> = choice
            .parameters
            .iter()
            .map(|parameter| match &parameter.default {
                Some(default) => format!("{} = {}", parameter.name, brief(default)),
                None if parameter.required => parameter.name.clone(),
                None => format!("[{}]", parameter.name),
            })
            .collect();
        if !parameters.is_empty() {
            let _ = writeln!(text, "  {:<22}    {}", "", parameters.join(", "));
        }
    }
}

/// A default as people would write it: `{"full": {}}` is `full`.
fn brief(default: &serde_json::Value) -> String {
    match default {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Object(table) => table.keys().cloned().collect(),
        other => other.to_string(),
    }
}
