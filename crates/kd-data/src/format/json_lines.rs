//! JSON lines: an object in every line.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::columns::Columns;
use super::grid::{Grid, Use};
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
            let read = |name: &&String| columns.use_of(name) != Use::Nothing;
            let mut names: Vec<String> = object.keys().filter(read).cloned().collect();
            names.sort_unstable();
            grid = Some(columns.grid(&original.name, row, names)?);
        }
        let Some(grid) = &mut grid else { continue };
        // What is not read may be anything, or not there.
        object.retain(|name, _| {
            let is_read = columns.use_of(name) != Use::Nothing;
            if !is_read && !grid.left_out.contains(name) {
                grid.left_out.insert(name.clone());
            }
            is_read
        });
        for column in 0..grid.names.len() {
            let name = &grid.names[column];
            let value = match object.remove(name) {
                Some(Value::String(text)) => Some(text),
                Some(Value::Number(number)) => Some(number.to_string()),
                Some(Value::Bool(truth)) => Some(truth.to_string()),
                Some(Value::Null) => None,
                Some(Value::Array(_) | Value::Object(_)) => {
                    let problem =
                        format!("`{name}` is a list or an object; columns.ignore = [{name:?}] leaves it out");
                    return Err(original.row(row, problem));
                }
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
    fn what_is_ignored_may_be_anything_or_not_there() {
        let columns =
            Columns { target: "c".into(), ignore: vec!["m".into(), "t".into()], ..Columns::default() };
        for rows in [
            "{\"c\": 1, \"x\": 1, \"m\": {\"a\": [1]}, \"t\": [null]}\n{\"c\": 2, \"x\": 1, \"m\": null, \"t\": {}}",
            "{\"c\": 1, \"x\": 1}\n{\"c\": 2, \"x\": 1, \"m\": 1}\n{\"t\": {}, \"c\": 2, \"x\": 1}",
        ] {
            let original = Original::from_bytes("a.jsonl", rows.as_bytes().to_vec()).unwrap();
            let grid = grid(&original, &columns).unwrap();
            assert_eq!(grid.names, ["c", "x"]);
            assert!(columns.read(&[grid]).is_ok(), "{rows}");
        }
        let original = Original::from_bytes("a.jsonl", b"{\"c\": 1, \"x\": 1}".to_vec()).unwrap();
        let message = columns.read(&[grid(&original, &columns).unwrap()]).unwrap_err().to_string();
        assert_eq!(message, "a.jsonl: has no column `m`; its columns are c, x", "a name that nobody has");
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
        assert_eq!(
            message("{\"a\": [1]}\n"),
            r#"a.jsonl, row 1: `a` is a list or an object; columns.ignore = ["a"] leaves it out"#
        );
        assert_eq!(message("\n"), "a.jsonl: holds no examples");
    }
}
