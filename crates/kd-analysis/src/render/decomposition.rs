//! Bias, variance and accuracy class by class.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::text::count;
use crate::decomposition::Decomposition;
use crate::task::TaskFindings;

/// Columns of bias and variance.
const COLUMNS: [&str; 8] = [
    "error, %",
    "bias, %",
    "net variance, points",
    "that does harm",
    "that does good",
    "NLL, nats",
    "its bias",
    "its variance",
];

/// Beyond so many classes, Markdown leaves the table of classes out.
const MOST_CLASSES: usize = 20;

/// An arm at one M.
struct Line<'a> {
    arm: &'a str,
    samples: u64,
    found: &'a Decomposition,
}

impl Line<'_> {
    fn numbers(&self) -> [String; 8] {
        let share =
            |value: Option<f64>| value.map_or_else(String::new, |value| format!("{:.1}", 100.0 * value));
        let nats = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
        let (zero_one, log_loss) = (self.found.zero_one, self.found.log_loss);
        [
            share(zero_one.map(|found| found.loss)),
            share(zero_one.map(|found| found.bias)),
            share(zero_one.map(|found| found.net_variance)),
            share(zero_one.map(|found| found.unbiased_variance)),
            share(zero_one.map(|found| found.biased_variance)),
            nats(log_loss.map(|found| found.loss)),
            nats(log_loss.map(|found| found.bias)),
            nats(log_loss.map(|found| found.variance)),
        ]
        .map(|number| number.replace('-', "−"))
    }

    fn classes(&self) -> impl Iterator<Item = String> {
        let share =
            |value: &Option<f64>| value.map_or_else(String::new, |value| format!("{:.1}", 100.0 * value));
        self.found.class_accuracy.iter().map(share)
    }
}

fn lines(task: &TaskFindings) -> Vec<Line<'_>> {
    let cells = task.curves.iter().flat_map(|curve| curve.cells.iter().map(move |cell| (curve, cell)));
    cells
        .filter_map(|(curve, cell)| {
            Some(Line { arm: &curve.arm, samples: cell.samples, found: cell.decomposition.as_ref()? })
        })
        .collect()
}

/// What heads the table of bias and variance, and a row for each arm and M.
pub(super) fn as_table(task: &TaskFindings) -> (Vec<String>, Vec<Vec<String>>) {
    let head = ["arm", "M"].into_iter().chain(COLUMNS).map(str::to_owned).collect();
    let row = |line: &Line<'_>| {
        let place = [line.arm.to_owned(), count(line.samples as f64)];
        place.into_iter().chain(line.numbers()).collect()
    };
    (head, lines(task).iter().map(row).collect())
}

/// Number of classes.
fn classes(lines: &[Line<'_>]) -> usize {
    lines.iter().map(|line| line.found.class_accuracy.len()).max().unwrap_or(0)
}

/// The tables in Markdown.
pub(super) fn write_markdown(text: &mut String, task: &TaskFindings) {
    let lines = lines(task);
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nBias and variance over runs:\n\n| arm | M | runs | {} |", COLUMNS.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(3 + COLUMNS.len()));
    for line in &lines {
        let numbers = line.numbers().join(" | ");
        let _ = writeln!(
            text,
            "| {} | {} | {} | {numbers} |",
            line.arm,
            count(line.samples as f64),
            line.found.runs
        );
    }
    let classes = classes(&lines);
    if classes > MOST_CLASSES {
        return;
    }
    let _ = write!(text, "\nAccuracy on each class, %:\n\n| arm | M |");
    (0..classes).for_each(|class| text.push_str(&format!(" {class} |")));
    let _ = writeln!(text, "\n|{}", "---|".repeat(2 + classes));
    for line in &lines {
        let accuracies: Vec<String> = line.classes().collect();
        let _ =
            writeln!(text, "| {} | {} | {} |", line.arm, count(line.samples as f64), accuracies.join(" | "));
    }
}

/// Bias and variance as a table, and under a fold the classes.
pub(super) fn section(task: &TaskFindings, anchor: &str) -> Markup {
    let lines = lines(task);
    html! { @if !lines.is_empty() {
        h3 id=(anchor) { "Bias and variance" }
        p.small {
            "Error: share of wrong classes, which is bias plus net variance (Domingos 2000). Bias: share of test examples on which the class that \
             most runs name is wrong. Variance does harm where that class is right, and good where a run is right in spite of it. NLL: bias of the \
             geometric mean of the runs' probabilities, and mean KL divergence from it (Zhou et al. 2021)."
        }
        div.scroll { table {
            thead { tr { th.words { "arm" } th { "M" } th { "runs" } @for column in COLUMNS { th { (column) } } } }
            tbody { @for line in &lines { tr {
                td.words { (line.arm) } td { (count(line.samples as f64)) } td { (line.found.runs) }
                @for number in line.numbers() { td { (number) } }
            } } }
        } }
        details { summary { "Accuracy on each class" } div.scroll { table {
            thead { tr { th.words { "arm" } th { "M" } @for class in 0..classes(&lines) { th { (class) ", %" } } } }
            tbody { @for line in &lines { tr {
                td.words { (line.arm) } td { (count(line.samples as f64)) } @for accuracy in line.classes() { td { (accuracy) } }
            } } }
        } } }
    } }
}
