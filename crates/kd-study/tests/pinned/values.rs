//! Stored values, and what is held to them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::{machine, writing};

/// What runs came to, on one machine.
#[derive(Deserialize)]
pub(crate) struct Values {
    pub(crate) machine: String,
    /// By name; of each, a value for every name.
    pub(crate) runs: BTreeMap<String, BTreeMap<String, Value>>,
}

/// The leaves of `value` under their paths.
pub(crate) fn flatten(path: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(&format!("{path}/{name}"), value, leaves);
            }
        }
        leaf => {
            leaves.insert(path.to_owned(), leaf.clone());
        }
    }
}

impl Values {
    pub(crate) fn read(path: &Path) -> Self {
        serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap()
    }

    /// Fails unless these are the values stored at `path`, but on another processor for as many runs as are `hanging` by a last
    /// bit; or writes them there, where that is asked for.
    pub(crate) fn hold_to(&self, path: &Path, hanging: usize) {
        if writing() {
            fs_err::write(path, self.text()).unwrap();
            return;
        }
        let stored = Self::read(path);
        let names = |values: &Self| values.runs.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(&stored));
        let exact = is_exact(&stored.machine);
        let mut moved = Vec::new();
        for (run, stored) in &stored.runs {
            let mut of_run = Vec::new();
            for (name, stored) in stored {
                let found = self.runs[run].get(name).unwrap_or(&Value::Null);
                // What was trained is the same anywhere.
                assert!(
                    !["id", "spec"].contains(&name.as_str()) || found == stored,
                    "{run}: {name}: {found}, not {stored}"
                );
                if !(found == stored || !exact && is_close(name, stored, found)) {
                    of_run.push(format!("  {name}: {found}, not {stored}\n"));
                }
            }
            if !of_run.is_empty() {
                moved.push(format!("{run}\n{}", of_run.concat()));
            }
        }
        let allowed = if exact { 0 } else { hanging };
        assert!(
            moved.len() <= allowed,
            "{} of {} runs moved\n{}",
            moved.len(),
            self.runs.len(),
            moved.concat()
        );
    }

    /// As JSON, a line for each value.
    fn text(&self) -> String {
        let json = |text: &str| serde_json::to_string(text).unwrap();
        let line = |(name, value): (&String, &Value)| format!("      {}: {value}", json(name));
        let run = |(name, values): (&String, &BTreeMap<String, Value>)| {
            let lines: Vec<String> = values.iter().map(line).collect();
            format!("    {}: {{\n{}\n    }}", json(name), lines.join(",\n"))
        };
        let runs: Vec<String> = self.runs.iter().map(run).collect();
        format!(
            "{{\n  \"machine\": {},\n  \"runs\": {{\n{}\n  }}\n}}\n",
            json(&self.machine),
            runs.join(",\n")
        )
    }
}

/// Whether every bit must be as it was on `machine`; says so if not.
#[allow(clippy::print_stderr)] // says what was not tested
pub(crate) fn is_exact(machine: &str) -> bool {
    let here = machine::name();
    if here != machine {
        eprintln!("numbers are held to be close alone: this is {here}, the values are of {machine}");
    }
    here == machine
}

/// Whether another processor may have `found` this for a value named `name`.
pub(crate) fn is_close(name: &str, stored: &Value, found: &Value) -> bool {
    /// What goes by a few examples, each of which may fall to another class or count for much.
    const COUNTED: [&str; 8] =
        ["accuracy", "score", "agreement", "f1", "ece", "at_best", "exaggeration_slope", "gradient_norm"];
    /// What may come to anything where a number changes its last bit.
    const FREE: [&str; 5] = ["file/", "best_step", "steps", "converged", "loss_slope"];
    if FREE.iter().any(|free| name.contains(free)) || name.ends_with("convergence/slope") {
        return true;
    }
    match (stored, found) {
        (Value::Array(stored), Value::Array(found)) => {
            let names = match name {
                "gradient_norms" => ["step", "gradient_norm", ""],
                _ => ["step", "loss", "validation_score"],
            };
            stored.len() == found.len()
                && stored.iter().zip(found).enumerate().all(|(place, (stored, found))| {
                    let name =
                        if stored.is_array() { name } else { names.get(place).copied().unwrap_or(name) };
                    is_close(name, stored, found)
                })
        }
        (Value::Number(stored), Value::Number(found)) => {
            let [Some(stored), Some(found)] = [stored.as_f64(), found.as_f64()] else { return false };
            let counted = COUNTED.iter().any(|counted| name.contains(counted));
            let off = (stored - found).abs();
            off <= 1e-4 + 0.02 * stored.abs() || counted && off <= 0.1
        }
        _ => stored == found,
    }
}
