//! Architectures in a line, for people.

use std::fmt;

use indexmap::IndexMap;
use serde_json::Value;

use super::Architecture;

impl Architecture {
    /// The name, and the settings in the order of their declaration, as a study file would say them.
    pub(super) fn described(&self) -> (String, IndexMap<String, Value>) {
        let table: Option<IndexMap<String, IndexMap<String, Value>>> =
            serde_json::to_string(self).and_then(|json| serde_json::from_str(&json)).ok();
        table.into_iter().flatten().next().expect("an architecture is a table of settings under its name")
    }
}

/// One line for people, `resnet 18, stem cifar`: the name, the first setting, and every other that is not off.
impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, settings) = self.described();
        f.write_str(&name)?;
        let mut separator = "";
        for (index, (setting, value)) in settings.iter().enumerate() {
            let Some(value) = said(value) else { continue };
            let setting = if index == 0 { "" } else { setting };
            let between = if setting.is_empty() || value.is_empty() { "" } else { " " };
            write!(f, "{separator} {setting}{between}{value}")?;
            separator = ",";
        }
        Ok(())
    }
}

/// A setting's value in words; none if it is off.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(String::new()),
        Value::Number(number) => (number.as_f64() != Some(0.0)).then(|| number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(said).collect();
            (!items.is_empty()).then(|| items.join("-"))
        }
        Value::Object(_) => Some(value.to_string()),
    }
}
