//! Whether original files are there and right.

use std::fmt::Write as _;

use kd_data::catalogue::{Condition, Entry};
use kd_study::Result;
use serde::Serialize;

use super::super::{print, print_json};
use crate::arguments::{Format, OriginalFiles};
use crate::exit::Status;

#[derive(Serialize)]
struct Checked {
    name: &'static str,
    file: &'static str,
    condition: &'static str,
    reason: Option<String>,
}

/// Shows the condition of every original file; bad input if one is missing or wrong.
pub(in crate::command) fn check(files: &OriginalFiles, format: Format) -> Result<Status> {
    let (entries, folder) = (files.entries()?, files.folder());
    let mut checked = Vec::new();
    for entry in &entries {
        for file in entry.files {
            let (condition, reason) = match file.condition(&folder)? {
                _ if entry.is_embedded() => ("embedded", None),
                Condition::Right => ("right", None),
                Condition::Unverified => ("unverified", Some("no checksum is known".to_owned())),
                Condition::Missing => ("missing", None),
                Condition::Wrong(reason) => ("wrong", Some(reason)),
            };
            checked.push(Checked { name: entry.name, file: file.path, condition, reason });
        }
    }
    let bad = |entry: &Entry| {
        let mut own = checked.iter().filter(|file| file.name == entry.name);
        own.any(|file| matches!(file.condition, "missing" | "wrong"))
    };
    let bad: Vec<&str> = entries.iter().filter(|entry| bad(entry)).map(|entry| entry.name).collect();
    let status = if bad.is_empty() { Status::Done } else { Status::BadInput };
    if format.is_json() {
        print_json(&checked)?;
        return Ok(status);
    }
    let mut text = String::new();
    for Checked { file, condition, reason, .. } in &checked {
        let reason = reason.as_ref().map_or_else(String::new, |reason| format!("  ({reason})"));
        let _ = writeln!(text, "{condition:<10}  {file}{reason}");
    }
    if !bad.is_empty() {
        let (names, folder) = (bad.join(" "), folder.display());
        let _ =
            writeln!(text, "\n`kd data fetch {names} --folder {folder}` brings what is missing or wrong.");
    }
    print(&text)?;
    Ok(status)
}
