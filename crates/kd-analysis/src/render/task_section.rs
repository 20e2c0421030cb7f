//! What a page says of a task.

use maud::{Markup, html};

use super::contents::TaskPart;
use super::drawing::drawing;
use super::extremes::extremes;
use super::sentence::{leading_gain, shape};
use super::small_multiples::{loss_figure, reliability_figure, validation_figure};
use super::task_figures::{
    accuracy_figure, agreement_figure, contrast_figure, efficiency_figure, gain_figure,
};
use super::text::{count, factor, interval, samples};
use super::{about, contrasts, decomposition, laws, perplexity, population, theories, tuning};
use crate::difference::Difference;
use crate::findings::Findings;
use crate::metric::Metric;
use crate::task::TaskFindings;

/// All that was found on a task.
pub(super) fn task_section(task: &TaskFindings, anchor: &str, findings: &Findings) -> Markup {
    let id = |part: TaskPart| part.anchor(anchor);
    let metric = &task.metric(&findings.study);
    let percent_level = format!("{:.0} %", 100.0 * findings.study.confidence);
    html! {
        h2.task id=(anchor) { (about::heading(task)) }
        @let said = about::about(task, metric);
        @if !said.is_empty() { p.small { (said) } }
        @if task.curves.iter().all(|curve| curve.cells.is_empty()) {
            p { "No student has finished yet." }
        } @else {
            h3 id=(id(TaskPart::Scores)) { (metric.title()) " against M" }
            (drawing(&accuracy_figure(task, metric), &format!("Mean over seeds, {percent_level} intervals of each M alone, single seeds as dots.")))
            (accuracy_table(task, metric))
            (tuning::section(task))
            h3 id=(id(TaskPart::Gain)) { "Gain over labels, paired by seed" }
            @if let Some(shape) = leading_gain(task).and_then(|gain| shape(gain, metric)) { p { "Over M, " (shape) "." } }
            (drawing(&gain_figure(task, metric), "Intervals hold jointly over the M of a curve. Above the zero line, the arm beats labels."))
            (extremes(task, metric))
            (population::section(task, metric))
            (contrasts::section(task, metric))
            h3 id=(id(TaskPart::Labels)) { "How many labels is that worth?" }
            (drawing(&efficiency_figure(task), "η(M): labelled samples needed to match the arm, divided by M. Open marks are bounds: the match lies beyond the measured range."))
            (efficiency_table(task, metric))
            (laws::section(task, metric))
            h3 id=(id(TaskPart::Theories)) { "Theories" }
            (theories::section(task, findings))
            (drawing(&contrast_figure(task, metric), "Distilled minus control. Intervals hold jointly over M and over the arms tested."))
            h3 id=(id(TaskPart::Fidelity)) { "Fidelity and calibration" }
            (drawing(&agreement_figure(task), "Share of test examples on which student and teacher name the same class."))
            (fidelity_table(task))
            (perplexity::section(task))
            @if TaskPart::Reliability.is_of(task) {
                h3 id=(id(TaskPart::Reliability)) { "Reliability" }
                (drawing(&reliability_figure(task), "Accuracy against confidence on the test split in ten bins, all seeds together. On the broken line, confidence is what it says; below it, it is too high. Bins with fewer than 1 in 200 predictions are left out."))
            }
            @if TaskPart::Learning.is_of(task) {
                h3 id=(id(TaskPart::Learning)) { "Learning curves" }
                (drawing(&validation_figure(task), "Score on the validation split over the budget, mean over seeds."))
                (drawing(&loss_figure(task), "Training loss, mean over seeds. Each arm's is that of its own objective: compare its course, not its height."))
            }
            (decomposition::section(task, &id(TaskPart::Variance)))
        }
    }
}

fn accuracy_table(task: &TaskFindings, metric: &Metric) -> Markup {
    html! { details { summary { "The same as a table" } div.scroll { table {
        thead { tr { th { "M" } @for curve in &task.curves { th { (curve.arm) } } } }
        tbody { @for m in task.sizes() { tr {
            td { (count(m as f64)) }
            @for curve in &task.curves {
                td { @if let Some(cell) = curve.cells.iter().find(|cell| cell.samples == m) {
                    (metric.value(&cell.accuracy))
                    @if cell.accuracy.n < crate::FEWEST_SEEDS { " (n = " (cell.accuracy.n) ")" }
                } }
            }
        } } }
    } } } }
}

fn efficiency_table(task: &TaskFindings, metric: &Metric) -> Markup {
    html! { @for efficiency in &task.efficiency { div.scroll { table {
        thead { tr { th { (efficiency.arm) " at M" } th { "matches labels at" } th { "η" } th { (metric.differences("gain")) } } }
        tbody { @for point in &efficiency.points { tr {
            td { (count(point.samples as f64)) }
            td { (interval(point.labelled, point.interval, samples)) }
            td { (interval(point.factor(), point.factor_interval(), factor)) }
            td { @if let Some(gain) = gain_at(task, &efficiency.arm, point.samples) { (metric.difference(&gain.jointly)) } }
        } } }
    } } } }
}

fn gain_at<'a>(task: &'a TaskFindings, arm: &str, samples: u64) -> Option<&'a Difference> {
    task.gains.iter().find(|gain| gain.arm == arm)?.points.iter().find(|point| point.samples == samples)
}

fn fidelity_table(task: &TaskFindings) -> Markup {
    let number = |value: Option<f64>, scale: f64, decimals: usize| {
        value.map_or_else(String::new, |value| format!("{:.decimals$}", scale * value))
    };
    html! { details { summary { "Fidelity, calibration and convergence as a table" } div.scroll { table {
        thead { tr {
            th { "arm" } th { "M" } th { "agreement, %" } th { "on own samples, %" } th { "Hellinger" } th { "NLL, nats" } th { "ECE" } th { "not converged" }
        } }
        tbody { @for curve in &task.curves { @for cell in &curve.cells { tr {
            td { (curve.arm) }
            td { (count(cell.samples as f64)) }
            td { (number(cell.agreement, 100.0, 1)) }
            td { (number(cell.train_agreement, 100.0, 1)) }
            td { (number(cell.hellinger, 1.0, 3)) }
            td { (number(cell.nll, 1.0, 3)) }
            td { (number(cell.ece, 1.0, 3)) }
            td { (cell.not_converged) " of " (cell.accuracy.n) }
        } } } }
    } } } }
}
