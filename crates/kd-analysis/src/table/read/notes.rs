//! How a table was understood, and what of it was left out.

use super::cells::Odd;
use super::error::in_rows;
use super::frame::{SHOWN, Table};
use super::layout::Layout;
use super::roles::Roles;
use super::scores::Scored;
use crate::table::{Column, Kind, find};

/// In sentences.
pub(super) fn notes(table: &Table, layout: &Layout, scored: &Scored, roles: &Roles) -> Vec<String> {
    let renamed = layout.known.iter().filter(|(column, name)| column.name != name);
    let renamed: Vec<String> = renamed.map(|(column, name)| format!("`{name}` is {}", column.name)).collect();
    let mut notes = vec![format!("{} rows; {}", table.frame.height(), roles.told())];
    if !renamed.is_empty() {
        notes.push(format!("columns: {}", renamed.join(", ")));
    }
    let (failed, count) = &table.failed;
    if *count > 0 {
        let runs = if *count == 1 { "1 run has" } else { &format!("{count} runs have") };
        notes.push(format!(
            "{runs} no score and count as failed: {}; the report says why of each",
            in_rows(failed, *count)
        ));
    }
    let lenient = table.odd.iter().filter(|(ours, odd)| !odd.is_empty() && !scored.is_analysed(ours));
    for (ours, odd) in lenient {
        notes.push(left_empty(layout.called(ours), find(ours), odd));
    }
    if !layout.passed.is_empty() {
        let passed: Vec<String> = layout.passed.iter().map(|name| format!("`{name}`")).collect();
        notes.push(format!("passed over: {}; --factor NAME makes a factor of one", passed.join(", ")));
    }
    notes
}

fn left_empty(name: &str, column: Option<&Column>, odd: &[Odd]) -> String {
    let kind = column.map_or(Kind::Text, |column| column.kind).name();
    let shown: Vec<usize> = odd.iter().take(SHOWN).map(|odd| odd.row).collect();
    let found = odd.first().map_or("", |odd| odd.found.as_str());
    format!("`{name}` holds a {kind}, and `{found}` in {}: left empty there", in_rows(&shown, odd.len()))
}
