//! Every pair of arms.

use maud::{Markup, html};

use super::text::count;
use crate::metric::Metric;
use crate::task::{ArmContrast, TaskFindings};

/// The differences of every pair of arms, under a fold.
pub(super) fn section(task: &TaskFindings, metric: &Metric) -> Markup {
    let sizes = task.sizes();
    let at = |contrast: &ArmContrast, samples: u64| {
        let found = contrast.differences.iter().find(|found| found.samples == samples);
        found.map_or_else(String::new, |found| metric.difference(&found.jointly))
    };
    html! { @if !task.contrasts.is_empty() { details {
        summary { "Every pair of arms, paired by seed" }
        p.small { (metric.differences("Differences in the better direction")) ". The intervals of a pair hold jointly over its M, not over the pairs: among many, some are off by chance." }
        div.scroll { table {
            thead { tr { th.words { "difference" } @for m in &sizes { th { "M = " (count(*m as f64)) } } } }
            tbody { @for contrast in &task.contrasts { tr {
                td.words { (contrast.arm) " − " (contrast.other) }
                @for m in &sizes { td { (at(contrast, *m)) } }
            } } }
        } }
    } } }
}
