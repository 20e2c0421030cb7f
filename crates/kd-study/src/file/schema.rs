//! What a study file may say, for editors: a JSON Schema.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::StudyFile;

/// The schema of study files, 2020-12 draft.
#[must_use]
pub fn schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<StudyFile>().to_value();
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        allow_sweeps(definitions, "Objective", true);
        allow_sweeps(definitions, "TaskFile", false);
    }
    schema
}

/// Every single value below `start` may also be several that are swept over or tuned; `bare` ones are a list alone.
fn allow_sweeps(definitions: &mut Map<String, Value>, start: &str, bare: bool) {
    let mut swept: Vec<String> = Vec::new();
    let mut pending = vec![start.to_owned()];
    while let Some(name) = pending.pop() {
        if let Some(definition) = definitions.get(&name).filter(|_| !swept.contains(&name)) {
            collect_references(definition, &mut pending);
            swept.push(name);
        }
    }
    for name in swept {
        let Some(definition) = definitions.get_mut(&name) else { continue };
        let single = |single: &mut Value| *single = or_several(single, bare);
        properties(definition).for_each(single);
        // An enum of structs has a property for each.
        let variants = definition.get_mut("oneOf").and_then(Value::as_array_mut);
        variants.into_iter().flatten().flat_map(properties).for_each(single);
    }
}

fn properties(definition: &mut Value) -> impl Iterator<Item = &mut Value> {
    let properties = definition.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut)
}

fn or_several(single: &Value, bare: bool) -> Value {
    let list = json!({ "type": "array", "minItems": 1, "items": single });
    let varied = |key: &str| {
        json!({
            "type": "object",
            "properties": {
                key: list,
                "as": { "type": "string", "description": "What the factor is called." },
                "names": { "type": "array", "items": { "type": "string" }, "description": "What its values are called." },
            },
            "required": [key],
            "additionalProperties": false,
        })
    };
    let mut kinds = vec![single.clone()];
    kinds.extend(bare.then(|| list.clone()));
    kinds.extend([varied("sweep"), varied("tune")]);
    json!({ "description": single["description"], "anyOf": kinds })
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
    fn several_values_may_stand_for_one_in_tasks_and_objectives_and_nowhere_else() {
        let schema = schema();
        let forms = |definition: &str, name: &str| -> Vec<String> {
            let property = &schema["$defs"][definition]["properties"][name];
            assert!(property.is_object(), "{definition}.{name}");
            let Some([single, others @ ..]) = property["anyOf"].as_array().map(Vec::as_slice) else {
                return Vec::new();
            };
            let of_single = |list: &Value| list["minItems"] == 1 && list["items"] == *single;
            let form = |form: &Value| match form["required"][0].as_str() {
                Some(key) => of_single(&form["properties"][key]).then(|| key.to_owned()),
                None => of_single(form).then(|| "list".to_owned()),
            };
            others.iter().filter_map(form).collect()
        };
        for (definition, name) in
            [("Distillation", "temperature"), ("TopK", "k"), ("Term", "weight"), ("Contrastive", "negatives")]
        {
            assert_eq!(forms(definition, name), ["list", "sweep", "tune"], "{definition}.{name}");
        }
        let about = &schema["$defs"]["Distillation"]["properties"]["temperature"]["description"];
        assert_eq!(about, "T, for teacher and student.");
        for (definition, name) in
            [("Training", "batch"), ("AdamW", "learning_rate"), ("Mlp", "hidden"), ("TeacherFile", "samples")]
        {
            assert_eq!(forms(definition, name), ["sweep", "tune"], "{definition}.{name}");
        }
        for name in ["confidence", "seeds", "name"] {
            assert_eq!(forms("Header", name), [""; 0], "Header.{name}");
        }
        let models = schema["$defs"]["Architecture"]["oneOf"].as_array().unwrap();
        assert!(models.iter().all(|model| model["properties"].to_string().contains("\"sweep\"")));
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
