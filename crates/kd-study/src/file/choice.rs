//! What a study file can name, for people: objectives, supervisions, losses of features and models, from the comments
//! on their types.

use kd_core::feature::FeatureLoss;
use kd_core::objective::Objective;
use kd_core::supervision::Supervision;
use kd_models::Architecture;
use serde::Serialize;
use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn choice(choices: &[Choice], name: &str) -> Choice {
        choices.iter().find(|choice| choice.name == name).unwrap().clone()
    }

    #[test]
    fn what_can_be_named_is_listed_with_what_can_be_set() {
        let counts = [objectives(), supervisions(), feature_losses(), models()].map(|choices| choices.len());
        assert!(counts.iter().zip([19, 13, 14, 19]).all(|(&count, least)| count >= least), "{counts:?}");
        let distillation = choice(&objectives(), "distillation");
        assert_eq!(distillation.about, "KL divergence from the teacher at a temperature.");
        assert!(distillation.details.contains("(Hinton et al. 2015)"), "{}", distillation.details);
        let set = |name: &str| distillation.parameters.iter().find(|own| own.name == name).unwrap();
        assert!(set("temperature").required && !set("label_weight").required);
        assert_eq!(set("temperature").about, "T, for teacher and student.");
        assert_eq!(set("label_weight").default, Some(json!(0.0)));
        assert_eq!(set("teacher_temperature").default, None, "off is no value");
        assert!(choice(&supervisions(), "full").parameters.is_empty());
        assert!(choice(&models(), "lenet").parameters.is_empty());
        assert!(!choice(&feature_losses(), "correlation_congruence").details.contains('\n'));
    }
}
