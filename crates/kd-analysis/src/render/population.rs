//! Gains for the population of test examples.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::sentence::leading_gain;
use super::text::count;
use crate::crossed::Population;
use crate::metric::Metric;
use crate::task::TaskFindings;

/// `±2.1` on this test set.
fn half(found: &Population, metric: &Metric) -> String {
    format!("± {}", metric.bare(found.gain.on_this_test_set))
}

/// The gain of the arm that stands for distillation at its smallest M.
pub(super) fn line(task: &TaskFindings, metric: &Metric) -> Option<String> {
    let leading = leading_gain(task)?;
    let found = task.populations.iter().find(|found| found.arm == leading.arm)?;
    Some(format!(
        "For the population that the {} test examples were drawn from, at M = {} the gain of {} is {}, alone.",
        count(found.gain.examples as f64),
        found.samples,
        found.arm,
        metric.difference_with_unit(&found.gain.estimate)
    ))
}

/// The table in Markdown.
pub(super) fn write_markdown(text: &mut String, task: &TaskFindings, metric: &Metric) {
    if task.populations.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\nGains for the population of test examples, each interval for itself:\n\n| arm | M | {} | on this test set |\n|---|---|---|---|",
        metric.differences("gain")
    );
    for found in &task.populations {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            found.arm,
            count(found.samples as f64),
            metric.difference(&found.gain.estimate),
            half(found, metric)
        );
    }
}

/// The table under a fold.
pub(super) fn section(task: &TaskFindings, metric: &Metric) -> Markup {
    html! { @if let Some(first) = task.populations.first() { details {
        summary { "Gains for the population of test examples, not for this test set alone" }
        p.small {
            "The intervals above speak of these " (count(first.gain.examples as f64)) " test examples: other ones of the same kind would give \
             other gains. Here examples count as drawn, as seeds do (Owen 2007): the variance of a gain has a part for either, from whether \
             each run was right of each example. Each interval is for itself."
        }
        div.scroll { table {
            thead { tr { th.words { "arm" } th { "M" } th { (metric.differences("gain for the population")) } th { "on this test set" } } }
            tbody { @for found in &task.populations { tr {
                td.words { (found.arm) } td { (count(found.samples as f64)) }
                td { (metric.difference(&found.gain.estimate)) } td { (half(found, metric)) }
            } } }
        } }
    } } }
}
