//! The columns as a table for people to look them up in.

use std::fmt::Write as _;

use super::{Better, GROUPS};

/// A table of all columns in Markdown, as README has it.
#[must_use]
pub fn reference() -> String {
    let mut text = String::from("| column | | unit | better | |\n|---|---|---|---|---|\n");
    for group in GROUPS {
        let _ = writeln!(text, "| **{}** | | | | |", group.title);
        for column in group.columns {
            let better = column.better.map_or("", Better::name);
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {better} | {} |",
                column.name,
                column.kind.name(),
                column.unit,
                column.meaning
            );
        }
    }
    text
}
