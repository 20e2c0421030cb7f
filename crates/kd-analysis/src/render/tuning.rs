//! What validation chose, and where a grid's edge was hit.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::text::{count, share};
use crate::place::told;
use crate::task::TaskFindings;
use crate::theory::at_sizes;
use crate::tuning::Choice;

/// What was chosen, a sentence for each arm.
pub(super) fn sentences(task: &TaskFindings) -> Vec<String> {
    arms(task).into_iter().map(|arm| sentence(task, arm)).collect()
}

/// Arms of which something is tuned.
fn arms(task: &TaskFindings) -> Vec<&str> {
    let mut arms: Vec<&str> = task.tuning.iter().map(|choice| choice.arm.as_str()).collect();
    arms.dedup();
    arms
}

fn sentence(task: &TaskFindings, arm: &str) -> String {
    let of_arm = || task.tuning.iter().filter(|choice| choice.arm == arm);
    let chosen = said_at(of_arm().map(|choice| (chosen(choice), choice.samples)));
    let edges = said_at(
        of_arm().flat_map(|choice| choice.at_edge.iter().map(|factor| (factor.clone(), choice.samples))),
    );
    let edges = if edges.is_empty() { edges } else { format!(" The grid's edge was hit: {edges}.") };
    format!("Of {arm}, validation chose {chosen}.{edges}")
}

/// `rate = 0.1 at M = 40; rate = 1 at M = 160 and 640`: what is said, with every M at which it is.
fn said_at(each: impl Iterator<Item = (String, u64)>) -> String {
    let mut said: Vec<(String, Vec<u64>)> = Vec::new();
    for (words, samples) in each {
        match said.iter_mut().find(|(known, _)| *known == words) {
            Some((_, sizes)) => sizes.push(samples),
            None => said.push((words, vec![samples])),
        }
    }
    let parts: Vec<String> =
        said.iter().map(|(words, sizes)| format!("{words} at {}", at_sizes(sizes))).collect();
    parts.join("; ")
}

fn chosen(choice: &Choice) -> String {
    choice.chosen.as_ref().map_or_else(|| "nothing yet".to_owned(), told)
}

/// The score of what was chosen.
fn score(choice: &Choice) -> String {
    let is_chosen = |levels| choice.chosen.as_ref() == Some(levels);
    let chosen = choice.tried.iter().find(|tried| is_chosen(&tried.levels));
    chosen.and_then(|tried| tried.validation_score).map_or_else(String::new, share)
}

/// A table of choices, and one of all that was tried.
pub(super) fn write_markdown(text: &mut String, task: &TaskFindings) {
    if task.tuning.is_empty() {
        return;
    }
    text.push_str("\nChosen on validation:\n\n| arm | M | chosen | validation score | at an edge |\n|---|---|---|---|---|\n");
    for choice in &task.tuning {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            choice.arm,
            count(choice.samples as f64),
            chosen(choice),
            score(choice),
            choice.at_edge.join(", ")
        );
    }
    text.push_str("\nTried:\n\n| arm | M | | validation score |\n|---|---|---|---|\n");
    for choice in &task.tuning {
        for tried in &choice.tried {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                choice.arm,
                count(choice.samples as f64),
                told(&tried.levels),
                tried.validation_score.map_or_else(|| "unfinished".to_owned(), share)
            );
        }
    }
}

/// What was chosen as a table, and under a fold all that was tried.
pub(super) fn section(task: &TaskFindings) -> Markup {
    html! { @if !task.tuning.is_empty() {
        h3 { "What validation chose" }
        p { @for sentence in sentences(task) { (sentence) " " } }
        p.small {
            "By the mean over seeds of the score on the validation split, among what every seed has finished. At an edge: the smallest or \
             the largest of three values or more was chosen, and a better one may lie beyond."
        }
        div.scroll { table {
            thead { tr { th.words { "arm" } th { "M" } th.words { "chosen" } th { "validation score" } th.words { "at an edge" } } }
            tbody { @for choice in &task.tuning { tr {
                td.words { (choice.arm) } td { (count(choice.samples as f64)) } td.words { (chosen(choice)) } td { (score(choice)) }
                td.words { (choice.at_edge.join(", ")) }
            } } }
        } }
        details { summary { "All that was tried" } div.scroll { table {
            thead { tr { th.words { "arm" } th { "M" } th.words { "levels" } th { "validation score" } } }
            tbody { @for choice in &task.tuning { @for tried in &choice.tried { tr {
                td.words { (choice.arm) } td { (count(choice.samples as f64)) } td.words { (told(&tried.levels)) }
                td { @if let Some(score) = tried.validation_score { (share(score)) } @else { "unfinished" } }
            } } } }
        } } }
    } }
}
