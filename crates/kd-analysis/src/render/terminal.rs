use std::fmt::Write as _;

use super::sentence::{answer, beaten, leading_gain, others, shape, shortfall, verdict};
use super::text::{factor, interval};
use super::{across, caveats, doubts, effects, laws, population, shares, tuning};
use crate::findings::Findings;
use crate::metric::Metric;
use crate::task::TaskFindings;
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
        let metric = task.metric(&findings.study);
        let gap = if task.info.title.is_empty() { "" } else { "  " };
        let _ = writeln!(text, "\n{}{gap}{}", paint(BOLD, &task.name()), task.info.title);
        let _ = writeln!(text, "  {}", answer(task, &metric));
        if let Some(shape) = leading_gain(task).and_then(|gain| shape(gain, &metric)) {
            let _ = writeln!(text, "  Over M, {shape}.");
        }
        if let Some(beaten) = beaten(task, &metric) {
            let _ = writeln!(text, "  {beaten}.");
        }
        if let Some(caveat) = caveats::of_task(task, findings) {
            let _ = writeln!(text, "  {}.", paint(YELLOW, &caveat));
        }
        for found in &task.verdicts {
            let style = match found.judgement {
                Judgement::Refuted => RED,
                Judgement::Supported => GREEN,
                Judgement::Partly | Judgement::Undecided => YELLOW,
            };
            let _ = writeln!(text, "  {} – {}", found.claim, paint(style, &verdict(found)));
            if let Some(caveat) = caveats::of_verdict(found, task, findings) {
                let _ = writeln!(text, "    {}.", paint(YELLOW, &caveat));
            }
        }
        for chosen in tuning::sentences(task) {
            let _ = writeln!(text, "  {chosen}");
        }
        for line in population::line(task, &metric).into_iter().chain(laws::line(task, &metric)) {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str(&table(task, &metric));
        for (index, other) in others(task, &metric).iter().enumerate() {
            let heading = if index == 0 {
                format!("  other arms, {}:\n", metric.differences("gain over labels"))
            } else {
                String::new()
            };
            let _ = writeln!(text, "{heading}    {other}");
        }
    }
    for (title, lines) in [
        ("By factor", effects::lines(findings)),
        ("Over tasks", across::lines(findings)),
        ("Theories over tasks", shares::lines(findings)),
    ] {
        for (index, line) in lines.iter().enumerate() {
            let heading = if index == 0 { format!("\n{}\n", paint(BOLD, title)) } else { String::new() };
            let _ = writeln!(text, "{heading}  {line}");
        }
    }
    for (index, doubt) in doubts::lines(&findings.doubts).iter().enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}{} {doubt}", paint(YELLOW, "doubt"));
    }
    text
}

/// Labels and the leading distilled arm over M.
fn table(task: &TaskFindings, metric: &Metric) -> String {
    let mut text = String::new();
    let Some(gain) = leading_gain(task) else { return text };
    let labels = task.curves.iter().find(|curve| curve.role == crate::Role::Labels);
    let efficiency = task.efficiency.iter().find(|efficiency| efficiency.arm == gain.arm);
    let mut lines = vec![["labels", "gain of distillation", "worth in labels, η"].map(str::to_owned)];
    for point in &gain.points {
        let score = labels
            .and_then(|labels| labels.cells.iter().find(|cell| cell.samples == point.samples))
            .map_or_else(String::new, |cell| metric.value(&cell.accuracy));
        let worth = efficiency
            .and_then(|efficiency| efficiency.points.iter().find(|found| found.samples == point.samples))
            .map_or_else(String::new, |found| interval(found.factor(), found.factor_interval(), factor));
        lines.push([score, metric.difference(&point.jointly), worth]);
    }
    let width = |column: usize, least: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0).max(least)
    };
    let (first, second) = (width(0, 14), width(1, 22));
    let sizes =
        std::iter::once("M".to_owned()).chain(gain.points.iter().map(|point| point.samples.to_string()));
    for (samples, [score, gain, worth]) in sizes.zip(&lines) {
        let _ = writeln!(text, "  {samples:>8}  {score:<first$}  {gain:<second$}  {worth}");
    }
    if let Some(teacher) = &task.teacher {
        let _ = writeln!(text, "  teacher   {}", metric.value(teacher));
    }
    text
}
