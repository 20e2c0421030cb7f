//! What the reference of study files expects at a place.

use std::rc::Rc;

use serde_json::Value;
use toml::de::DeValue;

use super::super::StudyFile;
use super::written;

/// What may be written at a place: a part of the schema.
#[derive(Clone)]
pub(super) struct Expected {
    schema: Rc<Value>,
    /// The part as its table has it, with its comment, which may refer to a definition.
    part: Value,
}

/// One of what may be chosen.
pub(super) struct Choice {
    pub(super) name: String,
    /// What has to be set of it; none of a name alone.
    pub(super) settings: Option<Expected>,
}

impl Expected {
    /// A whole study file.
    pub(super) fn root() -> Self {
        let schema = Rc::new(schemars::schema_for!(StudyFile).to_value());
        Self { part: (*schema).clone(), schema }
    }

    /// What is expected where `keys` lead.
    pub(super) fn at(keys: &[String]) -> Option<Self> {
        keys.iter().try_fold(Self::root(), |table, key| table.child(key))
    }

    fn with(&self, part: &Value) -> Self {
        Self { schema: Rc::clone(&self.schema), part: part.clone() }
    }

    /// The definition of this part, which may be left out.
    fn definition(&self) -> Value {
        let mut part = self.part.clone();
        loop {
            let reference = part["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
            let next = match reference {
                Some(pointer) => self.schema.pointer(pointer).cloned(),
                None => optional(&part).cloned(),
            };
            match next {
                Some(next) => part = next,
                None => return part,
            }
        }
    }

    /// What is expected of `key`.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        let own = self.definition();
        let items = &own["items"];
        if items.is_object() {
            return self.with(items).child(key);
        }
        let found = own["properties"].get(key).or_else(|| {
            let variants = own["oneOf"].as_array().or(own["anyOf"].as_array());
            variants.into_iter().flatten().find_map(|variant| variant["properties"].get(key))
        });
        // Tables whose keys are names, of tasks and arms.
        let named = own["patternProperties"].as_object().and_then(|patterns| patterns.values().next());
        let any = Some(&own["additionalProperties"]).filter(|any| any.is_object());
        found.or(named).or(any).map(|part| self.with(part))
    }

    /// The keys of a table.
    pub(super) fn keys(&self) -> Vec<String> {
        let own = self.definition();
        own["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
    }

    /// The same, and those that are chosen among.
    fn entries(&self) -> Vec<String> {
        self.keys().into_iter().chain(self.choices().into_iter().map(|own| own.name)).collect()
    }

    /// The keys that lead to `name` from this table, with points between them, if that is not far.
    pub(super) fn below(&self, name: &str) -> Option<String> {
        let mut tables = vec![(String::new(), self.clone())];
        // Deeper, another thing of that name may be meant.
        for _ in 0..3 {
            let mut next = Vec::new();
            for (path, table) in tables {
                for key in table.entries() {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    if key == name && path != key {
                        return Some(path);
                    }
                    next.extend(table.child(&key).map(|child| (path, child)));
                }
            }
            tables = next;
        }
        None
    }

    /// The table of a study file that has a key of this name, as it is called in one.
    pub(super) fn table_of(&self, name: &str) -> Option<&'static str> {
        let tables: [(&[&str], &str); 7] = [
            (&["study"], "[study]"),
            (&["tasks", "NAME"], "[tasks.NAME]"),
            (&["tasks", "NAME", "student"], "[tasks.NAME.student] (or of the teacher)"),
            (&["tasks", "NAME", "student", "train"], "`train` of a teacher or a student"),
            (&["tasks", "NAME", "student", "train", "budget"], "`train`, such as train.budget.steps = 1000"),
            (
                &["tasks", "NAME", "student", "train", "optimizer", "adamw"],
                "the optimiser of `train`, such as train.optimizer.adamw = { learning_rate = 1e-3 }",
            ),
            (
                &["arms", "NAME", "objective", "distillation"],
                "an objective that hears a teacher, such as objective.distillation = { ... }",
            ),
        ];
        let has = |keys: &[&str]| {
            let table = keys.iter().try_fold(self.clone(), |table, key| table.child(key));
            table.is_some_and(|table| table.entries().iter().any(|key| key == name))
        };
        tables.into_iter().find(|(keys, _)| has(keys)).map(|(_, title)| title)
    }

    /// What may be chosen here, if it is a choice.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let own = self.definition();
        let mut choices = Vec::new();
        for variant in own["oneOf"].as_array().into_iter().flatten() {
            let named = variant["const"].as_str().into_iter();
            let names = variant["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            choices.extend(named.chain(names).map(|name| Choice { name: name.to_owned(), settings: None }));
            let properties = variant["properties"].as_object().into_iter().flatten();
            choices.extend(
                properties.map(|(name, settings)| Choice {
                    name: name.clone(),
                    settings: Some(self.with(settings)),
                }),
            );
        }
        choices
    }

    /// What it means, as its comment says.
    pub(super) fn about(&self) -> Option<&str> {
        self.part["description"].as_str()
    }

    /// Whether this is a list in which `value` may be.
    pub(super) fn lists(&self, value: &DeValue<'_>) -> bool {
        let one = self.with(&self.definition()["items"]).definition();
        let takes_text = || one["type"] == "string" || one.to_string().contains("\"const\"");
        match value {
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => true,
            DeValue::String(_) => takes_text(),
            DeValue::Table(_) | DeValue::Array(_) | DeValue::Datetime(_) => false,
        }
    }

    /// What could be written, or dots.
    pub(super) fn example(&self) -> String {
        let own = self.definition();
        let text = match own["type"].as_str() {
            Some("array") => "[...]",
            Some("object") => "{ ... }",
            Some("string") => "\"...\"",
            _ => "...",
        };
        text.to_owned()
    }

    /// The keys that a table must have.
    fn required(&self) -> Vec<String> {
        let own = self.definition();
        let names = own["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    }

    fn is_table(&self) -> bool {
        self.definition()["type"] == "object"
    }
}

impl Choice {
    /// How a number is written at `key` as what this one takes, if it takes no more than a number.
    pub(super) fn of_number(&self, key: &str, value: &DeValue<'_>) -> Option<String> {
        let own = self.settings.as_ref()?.definition();
        let takes = matches!(own["type"].as_str(), Some("integer" | "number"));
        let is_number = matches!(value, DeValue::Integer(_) | DeValue::Float(_));
        (takes && is_number).then(|| format!("{key}.{} = {}", self.name, written(value)))
    }

    /// How it is written at `key`, with what must be set.
    pub(super) fn written(&self, key: &str) -> String {
        let Self { name, settings } = self;
        let Some(settings) = settings else { return format!("{key} = \"{name}\"") };
        if !settings.is_table() {
            return format!("{key}.{name} = {}", settings.example());
        }
        let required: Vec<String> = settings
            .required()
            .iter()
            .filter_map(|key| Some(format!("{key} = {}", settings.child(key)?.example())))
            .collect();
        if required.is_empty() {
            format!("{key}.{name} = {{}}")
        } else {
            format!("{key}.{name} = {{ {} }}", required.join(", "))
        }
    }
}

/// What may be left out, without that.
fn optional(part: &Value) -> Option<&Value> {
    let forms = part["anyOf"].as_array()?;
    let [one, null] = &forms[..] else { return None };
    (null["type"] == "null").then_some(one)
}
