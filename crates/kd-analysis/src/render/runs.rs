//! Every run, in a table that can be sorted.

use maud::{Markup, PreEscaped, html};

use super::about;
use super::text::count;
use crate::findings::Findings;
use crate::metric::Metric;
use crate::table::{Outcome, RunRow};

/// Sorts tables of the class `sortable` when a heading is chosen, and opens folds for print. The page says as much without
/// it; it asks nothing of any network.
const SCRIPT: &str = include_str!("page.js");

pub(super) fn script() -> Markup {
    html! { script { (PreEscaped(SCRIPT)) } }
}

pub(super) fn failures(findings: &Findings) -> Markup {
    html! { @if !findings.failures.is_empty() {
        h2 id="failed-runs" { "Failed runs" }
        div.scroll { table {
            thead { tr { th { "run" } th.words { "task" } th.words { "arm" } th { "M" } th { "seed" } th.words { "reason" } } }
            tbody { @for row in &findings.failures { tr {
                td { @if !row.run().is_empty() { code { (short(row.run())) } } } td.words { (row.place().task_there()) } td.words { (row.place().arm) } td { (row.place().samples) } td { (row.place().seed) }
                td.words { (row.reason().unwrap_or_default()) }
            } } }
        } }
    } }
}

fn short(run: &str) -> &str {
    run.get(..8).unwrap_or(run)
}

pub(super) fn runs(findings: &Findings) -> Markup {
    let metric_of = |row: &RunRow| {
        let task = findings.study.tasks.iter().find(|task| task.name == row.place().task);
        task.map(|task| Metric::of(&findings.study, task))
    };
    let score = |row: &RunRow| metric_of(row).and_then(|metric| Some(metric.bare(metric.read(row)?)));
    let heading = findings.study.tasks.first().map(|task| Metric::of(&findings.study, task));
    let heading = heading.map_or_else(String::new, |metric| {
        metric.values(if findings.study.metric.is_some() { metric.name() } else { "score" })
    });
    html! {
        h2 id="runs" { "Runs" }
        @if about::is_trained(&findings.study) {
            p.small { code { "kd explain ID" } " tells everything about one of them; " code { (findings.study.command) } " trains them all; " code { "results.csv" } " has all that was measured." }
        }
        details.runs { summary { "All " (count(findings.runs.len() as f64)) " runs" } div.scroll { table.sortable {
            thead { tr { th { "run" } th.words { "task" } th.words { "arm" } th { "M" } th { "seed" } th { (heading) } } }
            tbody { @for row in &findings.runs { tr {
                td { @if !row.run().is_empty() { code { (short(row.run())) } } } td.words { (row.place().task_there()) } td.words { (row.place().arm) } td { (row.place().samples) } td { (row.place().seed) }
                td { @if row.outcome() == Outcome::Failed { "failed" } @else if let Some(score) = score(row) { (score) } }
            } } }
        } } }
    }
}
