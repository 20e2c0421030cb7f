//! Comparisons of two tables or two arms.

use std::fmt::Write as _;

use super::text::count;
use crate::comparison::{ComparedArm, Comparison};
use crate::place::named;

/// A comparison for a terminal, with ANSI colours if asked for.
#[must_use]
pub fn comparison_terminal(comparison: &Comparison, colour: bool) -> String {
    let paint = |words: &str| if colour { format!("\x1b[1m{words}\x1b[0m") } else { words.to_owned() };
    let mut text = format!("{}\n", paint(&title(comparison)));
    for unlike in &comparison.unlike {
        let _ = writeln!(text, "  {}: {} | {}", unlike.what, or_nothing(&unlike.a), or_nothing(&unlike.b));
    }
    for (task, curves) in by_task(comparison) {
        let _ = writeln!(text, "\n{}, {}", paint(&task), of_what(&curves));
        let width = curves.iter().map(|curve| curve.arm.chars().count()).max().unwrap_or(0);
        for curve in curves {
            if curve.differences.is_empty() {
                let _ = writeln!(text, "  {:<width$}  the same runs", curve.arm);
            }
            for (index, found) in curve.differences.iter().enumerate() {
                let arm = if index == 0 { curve.arm.as_str() } else { "" };
                let _ = writeln!(
                    text,
                    "  {arm:<width$}  {:>8}  {:<22}  n = {}",
                    found.samples,
                    curve.metric.difference(&found.jointly),
                    found.alone.n
                );
            }
        }
    }
    let _ = write!(text, "\n{}\n{}\n", counts(comparison), intervals(comparison));
    text
}

/// A comparison in Markdown.
#[must_use]
pub fn comparison_markdown(comparison: &Comparison) -> String {
    let mut text = format!("# {}\n\n", title(comparison));
    if !comparison.unlike.is_empty() {
        let _ = writeln!(text, "| differs | {} | {} |\n|---|---|---|", comparison.a, comparison.b);
        for unlike in &comparison.unlike {
            let _ = writeln!(text, "| {} | {} | {} |", unlike.what, unlike.a, unlike.b);
        }
        text.push('\n');
    }
    for (task, curves) in by_task(comparison) {
        let what = of_what(&curves);
        let _ = writeln!(text, "## {task}\n\n| arm | M | {what} | seeds |\n|---|---|---|---|");
        for curve in curves {
            if curve.differences.is_empty() {
                let _ = writeln!(text, "| {} | | the same runs | |", curve.arm);
            }
            for found in &curve.differences {
                let _ = writeln!(
                    text,
                    "| {} | {} | {} | {} |",
                    curve.arm,
                    count(found.samples as f64),
                    curve.metric.difference(&found.jointly),
                    found.alone.n
                );
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{} {}", counts(comparison), intervals(comparison));
    text
}

fn title(comparison: &Comparison) -> String {
    format!("{} minus {}", comparison.b, comparison.a)
}

/// What the differences of curves of one task are.
fn of_what(curves: &[&ComparedArm]) -> String {
    let metric = curves.first().map(|curve| &curve.metric);
    metric.map_or_else(String::new, |metric| {
        metric.differences(&format!("difference in {}", metric.measured()))
    })
}

fn or_nothing(value: &str) -> &str {
    if value.is_empty() { "–" } else { value }
}

/// Curves by task and level, in their order.
fn by_task(comparison: &Comparison) -> Vec<(String, Vec<&ComparedArm>)> {
    let mut tasks: Vec<(String, Vec<&ComparedArm>)> = Vec::new();
    for curve in &comparison.curves {
        let task = named(&curve.task, &curve.factors);
        match tasks.iter_mut().find(|(known, _)| *known == task) {
            Some((_, curves)) => curves.push(curve),
            None => tasks.push((task, vec![curve])),
        }
    }
    tasks
}

/// How many runs were paired, and how many were not.
fn counts(comparison: &Comparison) -> String {
    let Comparison { a, b, pairs, same_runs, unscored, only_a, only_b, .. } = comparison;
    let mut text = format!("{pairs} pairs of runs");
    if *same_runs > 0 {
        let _ = write!(text, ", {same_runs} of them of a run with itself");
    }
    if *unscored > 0 {
        let _ = write!(text, ", {unscored} without a score");
    }
    let _ = write!(text, "; without a partner are {only_a} of {a} and {only_b} of {b}.");
    text
}

fn intervals(comparison: &Comparison) -> String {
    format!(
        "Above zero, {} is better. Paired by seed. Intervals at {:.0} % hold jointly over the M of a curve, not over arms and tasks.",
        comparison.b,
        100.0 * comparison.confidence
    )
}
