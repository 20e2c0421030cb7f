use std::fmt::Write as _;

use super::sentence::{answer, leading_gain, shortfall, trend, verdict};
use super::text::{factor, interval, percent, points};
use super::tuning;
use crate::findings::{Findings, TaskFindings};
use crate::theory::Judgement;

const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

/// A summary for a terminal, with ANSI colours if asked for.
#[must_use]
pub fn terminal(findings: &Findings, colour: bool) -> String {
    let mut text = String::new();
    let paint = |style: &str, words: &str| {
        if colour { format!("{style}{words}{PLAIN}") } else { words.to_owned() }
    };
    let _ = writeln!(text, "{}", paint(BOLD, &findings.study.name));
    if !findings.study.question.is_empty() {
        let _ = writeln!(text, "{}", findings.study.question);
    }
    for note in shortfall(findings) {
        let _ = writeln!(text, "{}", paint(YELLOW, &note));
    }
    for task in &findings.tasks {
        let _ = writeln!(text, "\n{}  {}", paint(BOLD, &task.name()), task.info.title);
        let _ = writeln!(text, "  {}", answer(task));
        if let Some(trend) = leading_gain(task).and_then(trend) {
            let _ = writeln!(text, "  Over M, {trend}.");
        }
        for found in &task.verdicts {
            let style = match found.judgement {
                Judgement::Refuted => RED,
                Judgement::Supported => GREEN,
                Judgement::Undecided => YELLOW,
            };
            let _ = writeln!(text, "  {} – {}", found.claim, paint(style, &verdict(found)));
        }
        for chosen in tuning::sentences(task) {
            let _ = writeln!(text, "  {chosen}");
        }
        text.push_str(&table(task));
    }
    text
}

/// Labels and the leading distilled arm over M.
fn table(task: &TaskFindings) -> String {
    let mut text = String::new();
    let Some(gain) = leading_gain(task) else { return text };
    let labels = task.curves.iter().find(|curve| curve.role == crate::Role::Labels);
    let efficiency = task.efficiency.iter().find(|efficiency| efficiency.arm == gain.arm);
    let _ =
        writeln!(text, "  {:>8}  {:<14}  {:<22}  worth in labels, η", "M", "labels", "gain of distillation");
    for point in &gain.points {
        let accuracy = labels
            .and_then(|labels| labels.cells.iter().find(|cell| cell.samples == point.samples))
            .map_or_else(String::new, |cell| percent(&cell.accuracy));
        let worth = efficiency
            .and_then(|efficiency| efficiency.points.iter().find(|found| found.samples == point.samples))
            .map_or_else(String::new, |found| interval(found.factor(), found.factor_interval(), factor));
        let _ =
            writeln!(text, "  {:>8}  {accuracy:<14}  {:<22}  {worth}", point.samples, points(&point.jointly));
    }
    if let Some(teacher) = &task.teacher {
        let _ = writeln!(text, "  teacher   {}", percent(teacher));
    }
    text
}
