//! What is doubtful, next to the answer.

use std::fmt::Write as _;

use kd_doubt::Doubt;
use maud::{Markup, html};

/// Doubts of one kind with one remedy.
struct Group<'a> {
    doubts: Vec<&'a Doubt>,
    setting: &'a str,
}

/// In the order of the first of each.
fn groups(doubts: &[Doubt]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for doubt in doubts {
        let is_like = |group: &&mut Group<'_>| {
            group.setting == doubt.setting && group.doubts.iter().any(|known| known.kind == doubt.kind)
        };
        match groups.iter_mut().find(is_like) {
            Some(group) => group.doubts.push(doubt),
            None => groups.push(Group { doubts: vec![doubt], setting: &doubt.setting }),
        }
    }
    groups
}

/// A box with all of them; nothing where there are none.
pub(super) fn section(doubts: &[Doubt]) -> Markup {
    html! { @if !doubts.is_empty() {
        details.doubts open[doubts.len() <= FEW] {
            summary { (heading(doubts)) }
            ul { @for group in groups(doubts) { li {
                @for (place, doubt) in group.doubts.iter().enumerate() {
                    @if place > 0 { br; }
                    (doubt.to_string())
                    @if !doubt.evidence.is_empty() { span.small { " (" (doubt.evidence) ")" } }
                }
                @if !group.setting.is_empty() { br; span.small { (group.setting) } }
            } } }
        }
    } }
}

pub(super) fn write_markdown(text: &mut String, doubts: &[Doubt]) {
    if doubts.is_empty() {
        return;
    }
    let _ = writeln!(text, "**{}**\n", heading(doubts));
    for line in lines(doubts) {
        let _ = writeln!(text, "- {line}");
    }
    text.push('\n');
}

/// A line for each kind and remedy, without colours.
pub(super) fn lines(doubts: &[Doubt]) -> Vec<String> {
    groups(doubts).iter().map(line).collect()
}

/// So many are shown without being asked for.
const FEW: usize = 6;

fn heading(doubts: &[Doubt]) -> String {
    match doubts.len() {
        1 => "One doubt".to_owned(),
        count => format!("{count} doubts"),
    }
}

fn line(group: &Group<'_>) -> String {
    let told = |doubt: &&Doubt| {
        let evidence =
            if doubt.evidence.is_empty() { String::new() } else { format!(" ({})", doubt.evidence) };
        format!("{doubt}{evidence}")
    };
    let each: Vec<String> = group.doubts.iter().map(told).collect();
    let setting = if group.setting.is_empty() { String::new() } else { format!(" – {}", group.setting) };
    format!("{}{setting}", each.join("; "))
}

#[cfg(test)]
mod tests {
    use kd_doubt::Kind;

    use super::*;

    #[test]
    fn doubts_of_one_kind_and_remedy_are_told_together() {
        let doubts = [
            Doubt::weak(Kind::Undertrained, "a: labels", "undertrained at M = 10")
                .seen("1 of 2")
                .advise("more"),
            Doubt::weak(Kind::Design, "", "few seeds"),
            Doubt::weak(Kind::Undertrained, "a: taught", "undertrained at every M").advise("more"),
        ];
        let expected =
            "a: labels: undertrained at M = 10 (1 of 2); a: taught: undertrained at every M – more";
        assert_eq!(lines(&doubts), [expected, "few seeds"]);
        assert_eq!(section(&doubts).into_string().matches("<li>").count(), 2);
    }
}
