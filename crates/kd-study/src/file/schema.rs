//! What a study file may say, for editors: a JSON Schema.

use schemars::generate::SchemaSettings;
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
mod tests {
    use super::*;

    #[test]
    fn a_list_may_stand_for_what_an_objective_takes_and_nowhere_else() {
        let schema = schema();
        let lists = |definition: &str, name: &str| {
            let property = &schema["$defs"][definition]["properties"][name];
            assert!(property.is_object(), "{definition}.{name}");
            property["anyOf"].as_array().is_some_and(|kinds| {
                let [single, list] = &kinds[..] else { return false };
                list["type"] == "array" && list["minItems"] == 1 && list["items"] == *single
            })
        };
        for (definition, name) in
            [("Distillation", "temperature"), ("TopK", "k"), ("Term", "weight"), ("Contrastive", "negatives")]
        {
            assert!(lists(definition, name), "{definition}.{name}");
        }
        let about = &schema["$defs"]["Distillation"]["properties"]["temperature"]["description"];
        assert_eq!(about, "T, for teacher and student.");
        for (definition, name) in
            [("Training", "batch"), ("AdamW", "learning_rate"), ("Header", "confidence")]
        {
            assert!(!lists(definition, name), "{definition}.{name}");
        }
    }

    #[test]
    fn what_is_read_by_hand_is_described_by_hand() {
        let schema = schema();
        let definitions = schema["$defs"].as_object().unwrap();
        for name in ["Amount", "Name", "Fraction"] {
            assert!(definitions.contains_key(name), "{name}");
        }
        assert_eq!(definitions["Amount"]["anyOf"][2]["const"], "all");
        assert_eq!(definitions["Name"]["pattern"], "^[A-Za-z0-9_-]+$");
        let validation = definitions["TaskFile"]["properties"]["validation"].to_string();
        let reference = validation.contains("#/$defs/Validation");
        let described = if reference { definitions["Validation"].to_string() } else { validation };
        assert!(described.contains("official") && described.contains("exclusiveMinimum"), "{described}");
    }
}
