//! What a study file may say, for editors and for people: a JSON Schema, and lists of what can be named.

use kd_core::feature::FeatureLoss;
use kd_core::objective::Objective;
use kd_core::supervision::Supervision;
use kd_models::Architecture;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

use super::StudyFile;

/// The schema of study files, 2020-12 draft.
#[must_use]
pub fn schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<StudyFile>().to_value();
    allow_sweeps(&mut schema);
    schema
}

/// Something that a study file can name, such as an objective.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// What to write.
    pub name: String,
    /// What it is, in a sentence.
    pub about: String,
    /// Its formula or a longer word on it.
    pub details: String,
    /// What can be set.
    pub parameters: Vec<Parameter>,
}

/// Something that can be set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// What to write.
    pub name: String,
    /// What it means.
    pub about: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it is when left out; absent where it is then off.
    pub default: Option<Value>,
}

/// Every objective of a study file.
#[must_use]
pub fn objectives() -> Vec<Choice> {
    choices(&schemars::schema_for!(Objective).to_value())
}

/// Every supervision of a study file.
#[must_use]
pub fn supervisions() -> Vec<Choice> {
    choices(&schemars::schema_for!(Supervision).to_value())
}

/// Every way to compare features.
#[must_use]
pub fn feature_losses() -> Vec<Choice> {
    choices(&schemars::schema_for!(FeatureLoss).to_value())
}

/// Every architecture of a study file.
#[must_use]
pub fn models() -> Vec<Choice> {
    choices(&schemars::schema_for!(Architecture).to_value())
}

/// The variants of an enum of structs.
fn choices(schema: &Value) -> Vec<Choice> {
    let text = |value: &Value| value.as_str().unwrap_or_default().replace('\n', " ");
    let variants = schema["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
    variants
        .iter()
        .filter_map(|variant| {
            let (name, reference) = variant["properties"].as_object()?.iter().next()?;
            let definition = &schema["$defs"][reference["$ref"].as_str()?.rsplit('/').next()?];
            let required = |name: &str| {
                definition["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
            };
            let parameters = definition["properties"].as_object().into_iter().flatten();
            Some(Choice {
                name: name.clone(),
                about: text(&variant["description"]),
                details: text(&definition["description"]),
                parameters: parameters
                    .map(|(name, parameter)| Parameter {
                        name: name.clone(),
                        about: text(&parameter["description"]),
                        required: required(name),
                        default: parameter.get("default").filter(|default| !default.is_null()).cloned(),
                    })
                    .collect(),
            })
        })
        .collect()
}

/// Every single value that an objective takes may also be a list of them.
fn allow_sweeps(schema: &mut Value) {
    let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) else { return };
    let mut swept: Vec<String> = Vec::new();
    let mut pending = vec!["Objective".to_owned()];
    while let Some(name) = pending.pop() {
        if let Some(definition) = definitions.get(&name).filter(|_| !swept.contains(&name)) {
            collect_references(definition, &mut pending);
            swept.push(name);
        }
    }
    for name in swept {
        let parameters = definitions.get_mut(&name).and_then(|definition| definition.get_mut("properties"));
        for single in
            parameters.and_then(Value::as_object_mut).into_iter().flat_map(serde_json::Map::values_mut)
        {
            let about = single["description"].clone();
            *single = json!({
                "description": about,
                "anyOf": [single, { "type": "array", "minItems": 1, "items": single }],
            });
        }
    }
}

fn collect_references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(name) =
                object.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next())
            {
                names.push(name.to_owned());
            }
            object.values().for_each(|value| collect_references(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
