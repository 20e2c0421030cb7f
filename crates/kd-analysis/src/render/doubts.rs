//! What is doubtful, next to the answer.

use std::fmt::Write as _;

use kd_doubt::Doubt;
use maud::{Markup, html};

/// A box with all of them; nothing where there are none.
pub(super) fn section(doubts: &[Doubt]) -> Markup {
    html! { @if !doubts.is_empty() {
        details.doubts open[doubts.len() <= FEW] {
            summary { (heading(doubts)) }
            ul { @for doubt in doubts { li {
                (doubt.to_string())
                @if !doubt.evidence.is_empty() { span.small { " (" (doubt.evidence) ")" } }
                @if !doubt.setting.is_empty() { br; span.small { (doubt.setting) } }
            } } }
        }
    } }
}

pub(super) fn write_markdown(text: &mut String, doubts: &[Doubt]) {
    if doubts.is_empty() {
        return;
    }
    let _ = writeln!(text, "**{}**\n", heading(doubts));
    for doubt in doubts {
        let _ = writeln!(text, "- {}", line(doubt));
    }
    text.push('\n');
}

/// A line for each, without colours.
pub(super) fn lines(doubts: &[Doubt]) -> Vec<String> {
    doubts.iter().map(line).collect()
}

/// So many are shown without being asked for.
const FEW: usize = 6;

fn heading(doubts: &[Doubt]) -> String {
    match doubts.len() {
        1 => "One doubt".to_owned(),
        count => format!("{count} doubts"),
    }
}

fn line(doubt: &Doubt) -> String {
    let evidence = if doubt.evidence.is_empty() { String::new() } else { format!(" ({})", doubt.evidence) };
    let setting = if doubt.setting.is_empty() { String::new() } else { format!(" – {}", doubt.setting) };
    format!("{doubt}{evidence}{setting}")
}
