//! One JSON object whose keys are splits, each a list of `[text, class]`: the format of CLINC150.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Inputs;
use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::{Answers, Raw, Splits};

/// Texts in a JSON file of `{"split": [["text", "class"], ...], ...}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonSplits {
    /// The file.
    pub path: PathBuf,
    /// The keys that are for training, one after another.
    #[serde(default = "train_default")]
    pub train: Vec<String>,
    /// The keys that are for validation, if any.
    #[serde(default)]
    pub validation: Vec<String>,
    /// The keys that are for testing.
    #[serde(default = "test_default")]
    pub test: Vec<String>,
}

fn train_default() -> Vec<String> {
    vec!["train".to_owned()]
}

fn test_default() -> Vec<String> {
    vec!["test".to_owned()]
}

impl JsonSplits {
    pub(crate) fn read(&self, original: &Original) -> Result<Splits> {
        let text = original.text(Charset::Utf8)?;
        let splits: BTreeMap<String, Vec<(String, String)>> =
            serde_json::from_str(&text).map_err(|error| {
                original.row(error.line() as u64, format!("expected splits of [text, class]: {error}"))
            })?;
        let read = |keys: &[String]| -> Result<Raw> {
            let mut texts = Vec::new();
            let mut classes = Vec::new();
            for key in keys {
                let Some(examples) = splits.get(key) else {
                    let known: Vec<&str> = splits.keys().map(String::as_str).collect();
                    return Err(original.fault(format!("has no split `{key}`, but {}", known.join(", "))));
                };
                texts.extend(examples.iter().map(|(text, _)| text.clone()));
                classes.extend(examples.iter().map(|(_, class)| class.clone()));
            }
            let file = format!("{}, {}", original.name, keys.join(" and "));
            Ok(Raw {
                file,
                first_row: 1,
                inputs: Inputs::Texts(texts),
                answers: Answers::Names(classes),
                doubts: Vec::new(),
            })
        };
        let validation = (!self.validation.is_empty()).then(|| read(&self.validation)).transpose()?;
        Splits::official(read(&self.train)?, validation, read(&self.test)?, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, train: &[&str]) -> Result<Splits> {
        let train = train.iter().map(|&key| key.to_owned()).collect();
        let layout =
            JsonSplits { path: "a.json".into(), train, validation: Vec::new(), test: test_default() };
        layout.read(&Original::from_bytes("a.json", text.as_bytes().to_vec())?)
    }

    #[test]
    fn splits_are_joined_as_asked() {
        let text = r#"{"train": [["hi", "greet"]], "oos_train": [["?", "oos"]], "test": [["yo", "greet"]]}"#;
        let splits = read(text, &["train", "oos_train"]).unwrap();
        assert_eq!(splits.classes, ["greet", "oos"]);
        assert_eq!(splits.train.labels().unwrap(), [0, 1]);
        assert_eq!((splits.test.len(), splits.validation.is_none()), (1, true));
    }

    #[test]
    fn faults_name_the_place() {
        let message = |text, train| read(text, train).unwrap_err().to_string();
        assert!(
            message("{\"train\": [\n[\"hi\"]]}", &["train"]).starts_with("a.json, row 2: expected splits")
        );
        assert_eq!(message("{\"test\": []}", &["train"]), "a.json: has no split `train`, but test");
        assert_eq!(
            message(r#"{"train": [["hi", "greet"]], "test": [["yo", "oos"]]}"#, &["train"]),
            "a.json, test, row 1: `oos` is not a class; the classes are greet"
        );
    }
}
