use std::fmt::Write as _;

use super::sentence::{answer, beaten, leading_gain, shape, shortfall, verdict};
use super::text::{count, factor, interval, samples};
use super::{about, across, by_factor, caveats, decomposition, doubts, laws, population, shares, tuning};
use crate::findings::Findings;
use crate::task::TaskFindings;

/// A report in Markdown.
#[must_use]
pub fn markdown(findings: &Findings) -> String {
    let mut text = format!("# {}\n\n", findings.study.name);
    if !findings.study.question.is_empty() {
        let _ = writeln!(text, "{}\n", findings.study.question);
    }
    for note in shortfall(findings) {
        let _ = writeln!(text, "> {note}\n");
    }
    doubts::write_markdown(&mut text, &findings.doubts);
    across::write_markdown(&mut text, findings);
    shares::write_markdown(&mut text, findings);
    by_factor::write_markdown(&mut text, findings);
    for task in &findings.tasks {
        write_task(&mut text, task, findings);
    }
    if !findings.failures.is_empty() {
        text.push_str(
            "## Failed runs\n\n| run | task | arm | M | seed | reason |\n|---|---|---|---|---|---|\n",
        );
        for row in &findings.failures {
            let place = row.place();
            let reason = row.reason().unwrap_or_default().replace('|', "\\|");
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {reason} |",
                row.run(),
                place.task_there(),
                place.arm,
                place.samples,
                place.seed
            );
        }
        text.push('\n');
    }
    let again = if about::is_trained(&findings.study) {
        format!(" Reproduce with `{}`.", findings.study.command)
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "{} runs{}. Intervals at {:.0} %; gains hold jointly over M.{again}",
        findings.runs.len(),
        about::trained_for(findings),
        100.0 * findings.study.confidence,
    );
    text
}

fn write_task(text: &mut String, task: &TaskFindings, findings: &Findings) {
    let metric = &task.metric(&findings.study);
    let _ = writeln!(text, "## {}\n\n{}\n", about::heading(task), answer(task, metric));
    if let Some(shape) = leading_gain(task).and_then(|gain| shape(gain, metric)) {
        let _ = writeln!(text, "Over M, {shape}.\n");
    }
    if let Some(beaten) = beaten(task, metric) {
        let _ = writeln!(text, "{beaten}.\n");
    }
    if let Some(caveat) = caveats::of_task(task, findings) {
        let _ = writeln!(text, "{caveat}.\n");
    }
    let models = about::models(&task.info);
    if !models.is_empty() {
        let _ = writeln!(text, "{models}\n");
    }
    for found in &task.verdicts {
        let caveat =
            caveats::of_verdict(found, task, findings).map_or_else(String::new, |said| format!(" {said}."));
        let _ = writeln!(text, "- **{}** ({}): {}.{caveat}", found.claim, found.sources, verdict(found));
    }
    if !task.curves.is_empty() {
        let _ = write!(text, "\n{}:\n\n| M |", metric.title());
        for curve in &task.curves {
            let _ = write!(text, " {} |", curve.arm);
        }
        let _ = writeln!(text, "\n|---|{}", "---|".repeat(task.curves.len()));
        for m in task.sizes() {
            let _ = write!(text, "| {} |", count(m as f64));
            for curve in &task.curves {
                let cell = curve.cells.iter().find(|cell| cell.samples == m);
                let _ =
                    write!(text, " {} |", cell.map_or_else(String::new, |cell| metric.value(&cell.accuracy)));
            }
            text.push('\n');
        }
    }
    if let Some(teacher) = &task.teacher {
        let _ = writeln!(text, "\nTeacher: {}.", metric.value(teacher));
    }
    tuning::write_markdown(text, task);
    for gain in task.gains.iter().filter(|gain| gain.role == crate::Role::Distilled) {
        let _ = writeln!(
            text,
            "\n{}:\n\n| M | {} | matches labels at |\n|---|---|---|",
            gain.arm,
            metric.differences("gain")
        );
        let efficiency = task.efficiency.iter().find(|efficiency| efficiency.arm == gain.arm);
        for point in &gain.points {
            let worth = efficiency
                .and_then(|efficiency| efficiency.points.iter().find(|found| found.samples == point.samples))
                .map_or_else(String::new, |found| {
                    format!(
                        "{} (η = {})",
                        interval(found.labelled, found.interval, samples),
                        factor(found.factor())
                    )
                });
            let _ = writeln!(
                text,
                "| {} | {} | {worth} |",
                count(point.samples as f64),
                metric.difference(&point.jointly)
            );
        }
    }
    population::write_markdown(text, task, metric);
    laws::write_markdown(text, task, metric);
    decomposition::write_markdown(text, task);
    text.truncate(text.trim_end().len());
    text.push_str("\n\n");
}
