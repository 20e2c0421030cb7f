//! A JSON Schema of the study file, for editors.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::file::StudyFile;

/// The schema of study files, 2020-12 draft.
#[must_use]
pub fn schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<StudyFile>().to_value();
    allow_sweeps(&mut schema);
    schema
}

/// Everything an objective takes may also be a list of it.
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
        if let Some(definition) = definitions.get_mut(&name)
            && matches!(
                definition.get("type").and_then(Value::as_str),
                Some("number" | "integer" | "boolean")
            )
        {
            let single = definition.take();
            *definition = json!({ "anyOf": [single, { "type": "array", "minItems": 1, "items": single }] });
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
