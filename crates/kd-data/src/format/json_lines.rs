//! JSON lines: an object in every line.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::columns::Columns;
use super::grid::Grid;
use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::TestSplit;

/// A table of JSON objects, one in every line, all with the same keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonLines {
    /// The training file.
    pub path: PathBuf,
    /// Where the test examples come from.
    pub test: TestSplit,
    /// What the keys are for. `null` is a missing value.
    pub columns: Columns,
}

/// The rows of a file, of columns for what `columns` says.
pub(crate) fn grid(original: &Original, columns: &Columns) -> Result<Grid> {
    let text = original.text(Charset::Utf8)?;
    let mut grid: Option<Grid> = None;
    for (row, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let mut object: Map<String, Value> = serde_json::from_str(line)
            .map_err(|error| original.row(row, format!("is not a JSON object: {error}")))?;
        if grid.is_none() {
            let mut names: Vec<String> = object.keys().cloned().collect();
            names.sort_unstable();
            grid = Some(columns.grid(&original.name, row, names)?);
        }
        let Some(grid) = &mut grid else { continue };
        for column in 0..grid.names.len() {
            let name = &grid.names[column];
            let value = match object.remove(name) {
                Some(Value::String(text)) => Some(text),
                Some(Value::Number(number)) => Some(number.to_string()),
                Some(Value::Bool(truth)) => Some(truth.to_string()),
                Some(Value::Null) => None,
                Some(_) => return Err(original.row(row, format!("`{name}` is a list or an object"))),
                None => return Err(original.row(row, format!("has no `{name}`, as the first row has"))),
            };
            grid.push(column, value.as_deref())?;
        }
        if let Some(name) = object.keys().next() {
            return Err(original.row(row, format!("has `{name}`, as the first row has not")));
        }
    }
    grid.ok_or_else(|| original.fault("holds no examples"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Grid> {
        grid(&Original::from_bytes("a.jsonl", text.as_bytes().to_vec())?, &Columns::default())
    }

    #[test]
    fn objects_become_rows() {
        let grid =
            read("{\"text\": \"a\\nb\", \"label\": 1}\n\n{\"label\": true, \"text\": null}\n").unwrap();
        assert_eq!(grid.names, ["label", "text"]);
        assert_eq!(grid.column(0).collect::<Vec<_>>(), [Some("1"), Some("true")]);
        assert_eq!(grid.column(1).collect::<Vec<_>>(), [Some("a\nb"), None]);
    }

    #[test]
    fn faults_name_the_row() {
        let message = |text: &str| read(text).unwrap_err().to_string();
        assert!(message("{\"a\": 1}\n[1]\n").starts_with("a.jsonl, row 2: is not a JSON object"));
        assert_eq!(message("{\"a\": 1}\n{\"b\": 1}\n"), "a.jsonl, row 2: has no `a`, as the first row has");
        assert_eq!(
            message("{\"a\": 1}\n{\"a\": 1, \"b\": 1}\n"),
            "a.jsonl, row 2: has `b`, as the first row has not"
        );
        assert_eq!(message("{\"a\": [1]}\n"), "a.jsonl, row 1: `a` is a list or an object");
        assert_eq!(message("\n"), "a.jsonl: holds no examples");
    }
}
