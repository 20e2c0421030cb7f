//! What every arm is.

use maud::{Markup, html};
use serde_json::Value;

use crate::datum::Datum;
use crate::findings::Findings;
use crate::role::{ControlKind, Role};
use crate::table::named;

/// An arm, as its runs were asked to be.
struct Definition<'a> {
    arm: &'a str,
    role: &'a Role,
    /// Objectives, each with the settings as they are in rows: several where tasks have others.
    objectives: Vec<&'a str>,
}

/// Every arm of the study in the order of reports, with its objective in full.
pub(super) fn section(findings: &Findings) -> Markup {
    let arms = definitions(findings);
    html! { @if !arms.is_empty() {
        h2 id="arms" { "Arms" }
        dl.arms { @for arm in &arms {
            dt { (arm.arm) }
            dd {
                (purpose(arm.role)) "."
                @for settings in &arm.objectives {
                    br; span.objective { (in_words(settings)) }
                    details { summary { "as in the rows" } code { (settings) } }
                }
            }
        } }
    } }
}

/// How an arm is named in a list of arms.
fn purpose(role: &Role) -> String {
    let control = |what: &str, of: Option<&str>| {
        let of = of.map_or_else(String::new, |of| format!(" of {of}"));
        format!("Control{of}: {what}")
    };
    match role {
        Role::Teacher => "The teacher".to_owned(),
        Role::Labels => "Training on labels, with which all else is compared".to_owned(),
        Role::Distilled => "Training on the teacher's full signal".to_owned(),
        Role::Control { kind, of } => control(left_by(*kind), of.as_deref()),
        Role::Other => "Another arm, in no theory's argument".to_owned(),
    }
}

/// What a control leaves of distillation.
fn left_by(kind: ControlKind) -> &'static str {
    match kind {
        ControlKind::LabelSmoothing => "smoothed labels, without a teacher",
        ControlKind::EntropyMatched => "the teacher's confidence alone",
        ControlKind::Permuted => "the teacher with its wrong classes shuffled",
        ControlKind::TopK => "the teacher's most probable classes alone",
        ControlKind::ClassMeans => "the mean of the teacher's probabilities over each class",
        ControlKind::ImportanceWeighted => "labels, weighted by the teacher's confidence",
        ControlKind::Hard => "the teacher's top class alone",
        ControlKind::Random => "random outputs of the teacher's entropy",
    }
}

fn definitions(findings: &Findings) -> Vec<Definition<'_>> {
    let mut arms: Vec<Definition<'_>> = Vec::new();
    for row in findings.runs.iter().filter(|row| *row.role() != Role::Teacher) {
        let name = row.place().arm.as_str();
        let index = arms.iter().position(|known| known.arm == name).unwrap_or_else(|| {
            arms.push(Definition { arm: name, role: row.role(), objectives: Vec::new() });
            arms.len() - 1
        });
        let settings = row.get(const { named("objective_settings") }).and_then(Datum::text);
        if let Some(settings) = settings.filter(|settings| !arms[index].objectives.contains(settings)) {
            arms[index].objectives.push(settings);
        }
    }
    arms.sort_by_key(|arm| arm.role.rank());
    arms
}

/// `distillation: label weight 0, supervision full, temperature 4` of the settings as JSON; what is no JSON, as it is.
fn in_words(settings: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(settings) else { return settings.to_owned() };
    match only(&value) {
        Some((name, settings)) => {
            let name = words(name);
            let settings = say(settings);
            if settings.is_empty() { name } else { format!("{name}: {settings}") }
        }
        None => say(&value),
    }
}

/// The name and the settings of a variant.
fn only(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    object.iter().next().map(|(name, value)| (name.as_str(), value))
}

fn say(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => {
            // 4.0 is 4.
            number.as_f64().map_or_else(|| number.to_string(), |number| number.to_string())
        }
        Value::String(text) => words(text),
        Value::Array(values) => values.iter().map(say).collect::<Vec<_>>().join("; "),
        Value::Object(object) => {
            let mut settings: Vec<_> = object.iter().filter(|(_, value)| !value.is_null()).collect();
            settings.sort_by_key(|(name, _)| *name);
            settings.into_iter().map(|(name, value)| setting(name, value)).collect::<Vec<_>>().join(", ")
        }
    }
}

fn setting(name: &str, value: &Value) -> String {
    let said = say(value);
    let brackets = value.as_object().is_some_and(|object| object.len() > 1) || value.is_array();
    match (brackets, said.is_empty()) {
        (_, true) => words(name),
        (true, false) => format!("{} ({said})", words(name)),
        (false, false) => format!("{} {said}", words(name)),
    }
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_said_in_words() {
        assert_eq!(in_words(r#"{"cross_entropy":{}}"#), "cross entropy");
        assert_eq!(
            in_words(
                r#"{"distillation":{"temperature":4.0,"label_weight":0.5,"supervision":{"permuted":{"seed":null}}}}"#
            ),
            "distillation: label weight 0.5, supervision permuted, temperature 4"
        );
        assert_eq!(
            in_words(
                r#"{"sum":[{"name":"hint","weight":100.0,"objective":{"features":{"at":["a","b"]}}},{"name":"x"}]}"#
            ),
            "sum: name hint, objective features at (a; b), weight 100; name x"
        );
        assert_eq!(
            in_words(r#"{"dist":{"standardise":true,"loss":{"delta":1.0,"power":2}}}"#),
            "dist: loss (delta 1, power 2), standardise yes"
        );
        assert_eq!(in_words("by hand"), "by hand");
    }
}
