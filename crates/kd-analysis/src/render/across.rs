//! What holds over tasks, in words, as forest plots and as tables.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::figure::Plate;
use super::forest::{Branch, Kind, plate};
use super::text::count;
use crate::across::{Across, FEWEST_TASKS, OfTask, Where};
use crate::findings::Findings;
use crate::interval::Estimate;
use crate::metric::Metric;
use crate::place::named as named_at;

fn place(place: Where) -> &'static str {
    match place {
        Where::SmallestSamples => "at the smallest M of each task",
        Where::LargestCommonKappa => "at the largest κ that all tasks have",
        Where::LargestSamples => "at the largest M of each task",
    }
}

/// By what the tasks of a group are analysed.
fn metric(findings: &Findings, across: &Across) -> Option<Metric> {
    let first = &across.pooled.tasks.first()?.task;
    let info = findings.study.tasks.iter().find(|task| task.name == *first)?;
    Some(Metric::of(&findings.study, info))
}

fn title(across: &Across) -> String {
    let arm = named_at(&across.arm, &across.factors);
    format!("{arm}: gain over labels {}", place(across.place))
}

fn listed(names: &[String]) -> String {
    names.join(", ")
}

/// What is said, as sentences.
fn sentences(across: &Across, metric: &Metric) -> String {
    let pooled = &across.pooled;
    let tasks = pooled.tasks.len();
    let mut said = match (&pooled.mean, pooled.prediction) {
        (Some(mean), Some((low, high))) => {
            let end = |value| Estimate { mean: value, half_width: None, n: tasks };
            format!(
                "Over {tasks} tasks the mean gain is {}; a new task like these would have one between {} and {}.",
                metric.difference_with_unit(mean),
                metric.difference(&end(low)),
                metric.difference(&end(high))
            )
        }
        _ => format!("{tasks} tasks have no mean: it takes {FEWEST_TASKS}."),
    };
    let _ = match (pooled.above.len(), pooled.below.len()) {
        (0, 0) => write!(said, " Over all tasks at once, a gain or a loss is established in none."),
        (gains, 0) => {
            write!(said, " There is a gain in at least {gains} of {tasks}: {}.", listed(&pooled.above))
        }
        (0, losses) => {
            write!(said, " There is a loss in at least {losses} of {tasks}: {}.", listed(&pooled.below))
        }
        (gains, losses) => write!(
            said,
            " There is a gain in at least {gains} of {tasks} ({}) and a loss in at least {losses} ({}).",
            listed(&pooled.above),
            listed(&pooled.below)
        ),
    };
    if let Some((value, (low, high))) = pooled.improvement {
        let _ = write!(
            said,
            " Of a pair of runs with one seed, it is the better with a probability of {value:.2} [{low:.2}, {high:.2}]."
        );
    }
    said
}

/// A line for each arm and place in a terminal.
pub(super) fn lines(findings: &Findings) -> Vec<String> {
    let line = |across: &Across| {
        Some(format!("{}. {}", title(across), sentences(across, &metric(findings, across)?)))
    };
    findings.across.iter().filter_map(line).collect()
}

/// The section in Markdown.
pub(super) fn write_markdown(text: &mut String, findings: &Findings) {
    if findings.across.is_empty() {
        return;
    }
    text.push_str("## Over tasks\n\n");
    for across in &findings.across {
        let Some(metric) = metric(findings, across) else { continue };
        let _ = writeln!(text, "**{}.** {}\n", title(across), sentences(across, &metric));
        let _ = writeln!(
            text,
            "| task | M | κ | {} | seeds |\n|---|---|---|---|---|",
            metric.differences("gain")
        );
        for task in &across.pooled.tasks {
            let [samples, kappa, gain, seeds] = cells(task, &metric);
            let _ = writeln!(text, "| {} | {samples} | {kappa} | {gain} | {seeds} |", task.task);
        }
        text.push('\n');
    }
}

fn cells(task: &OfTask, metric: &Metric) -> [String; 4] {
    [
        count(task.samples as f64),
        task.kappa.map_or_else(String::new, |kappa| format!("{kappa:.3}")),
        metric.difference(&task.estimate),
        task.estimate.n.to_string(),
    ]
}

/// The section as HTML.
pub(super) fn section(findings: &Findings) -> Markup {
    html! { @if !findings.across.is_empty() {
        h2 id="over-tasks" { "Over tasks" }
        @for across in &findings.across { @if let Some(metric) = metric(findings, across) {
            h3 { (title(across)) }
            p { (sentences(across, &metric)) }
            @if let Some(plot) = plot(across, &metric) { figure { div.scroll { (PreEscaped(plot.inline())) } } }
            details { summary { "The same as a table" } div.scroll { table {
                thead { tr { th.words { "task" } th { "M" } th { "κ" } th { (metric.differences("gain")) } th { "seeds" } } }
                tbody { @for task in &across.pooled.tasks { tr {
                    td.words { (task.task) } @for cell in cells(task, &metric) { td { (cell) } }
                } } }
            } } }
        } }
        p.small {
            "Tasks are the observations: each counts the same, the mean has Student's t over tasks, and the interval for a new task \
             takes it for one observation more. It holds at least as often as it says, if tasks like these are what is asked about. \
             That there is a gain in at least r tasks is told with one error for all of them (Benjamini and Heller 2008, \
             with Bonferroni's combination, which is Holm's procedure and says which tasks), gains and losses a half each. The \
             probability is that of improvement (Agarwal et al. 2021) for runs that share a seed, with the interval of Clopper and Pearson. \
             Intervals of single tasks are each for itself."
        }
    } }
}

/// Every forest plot, with what it is called.
pub(super) fn plots(findings: &Findings) -> Vec<(String, Plate)> {
    let named = |across: &Across| {
        let place = match across.place {
            Where::SmallestSamples => "at the smallest M",
            Where::LargestCommonKappa => "at the largest common kappa",
            Where::LargestSamples => "at the largest M",
        };
        let name = format!("gain of {} {place}", named_at(&across.arm, &across.factors));
        Some((name, plot(across, &metric(findings, across)?)?))
    };
    findings.across.iter().filter_map(named).collect()
}

fn plot(across: &Across, metric: &Metric) -> Option<Plate> {
    let factor = metric.factor();
    let ends = |low: f64, high: f64| (factor * low, factor * high);
    let of_task = |task: &OfTask| Branch {
        name: task.task.clone(),
        words: metric.difference(&task.estimate),
        value: factor * task.estimate.mean,
        ends: task.estimate.low().zip(task.estimate.high()).map(|(low, high)| ends(low, high)),
        kind: Kind::Task,
    };
    let pooled = &across.pooled;
    let mut branches: Vec<Branch> = pooled.tasks.iter().map(of_task).collect();
    if let Some(mean) = &pooled.mean {
        branches.push(Branch {
            name: "mean over tasks".to_owned(),
            words: metric.difference(mean),
            value: factor * mean.mean,
            ends: mean.low().zip(mean.high()).map(|(low, high)| ends(low, high)),
            kind: Kind::Mean,
        });
        if let Some((low, high)) = pooled.prediction {
            let half = Estimate { mean: mean.mean, half_width: Some((high - low) / 2.0), n: mean.n };
            branches.push(Branch {
                name: "a new task".to_owned(),
                words: metric.difference(&half),
                value: factor * mean.mean,
                ends: Some(ends(low, high)),
                kind: Kind::Prediction,
            });
        }
    }
    plate(&title(across), &metric.differences("gain over labels"), &branches)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up::{row, study, task};

    /// Tasks whose arm gains so much at M of 10, with seeds that differ a little.
    fn found(gains: &[(&str, f64)]) -> Findings {
        let mut study = study(&[], 0);
        let info = |name: &str| crate::TaskInfo { name: name.to_owned(), ..task(&[10]) };
        study.tasks = gains.iter().map(|(name, _)| info(name)).collect();
        let runs = |(name, gain): &(&str, f64)| {
            let there = json!({"task": name});
            let of = |seed: u64| {
                let more = gain + 0.001 * (seed as f64 - 3.0);
                [
                    row("labels", "labels", 10, seed, 0.5, &there),
                    row("distilled", "distilled", 10, seed, 0.5 + more, &there),
                ]
            };
            (1..=5).flat_map(of).collect::<Vec<_>>()
        };
        let rows: Vec<crate::RunRow> = gains.iter().flat_map(runs).collect();
        Findings::of(&study, &rows, &[])
    }

    #[test]
    fn tasks_are_told_with_their_mean_and_in_how_many_it_holds() {
        let findings = found(&[("a", 0.10), ("b", 0.12), ("c", -0.04)]);
        let line = lines(&findings).remove(0);
        let start = "distilled: gain over labels at the smallest M of each task. Over 3 tasks the mean gain is +6.0 [";
        assert!(line.starts_with(start), "{line}");
        assert!(
            line.contains("There is a gain in at least 2 of 3 (a, b) and a loss in at least 1 (c)."),
            "{line}"
        );
        assert!(line.contains("with a probability of 0.67 ["), "{line}");
        let mut markdown = String::new();
        write_markdown(&mut markdown, &findings);
        assert!(markdown.contains("| c | 10 | 0.010 | −4.0 ["), "{markdown}");
        let page = section(&findings).into_string();
        assert_eq!((page.matches("<circle").count(), page.matches("<polygon").count()), (3, 1));
    }

    #[test]
    fn two_tasks_have_no_mean_and_one_no_section() {
        let line = lines(&found(&[("a", 0.0), ("b", 0.0)])).remove(0);
        assert!(line.contains("2 tasks have no mean: it takes 3."), "{line}");
        assert!(line.contains("a gain or a loss is established in none."), "{line}");
        let one = found(&[("a", 0.1)]);
        assert!(lines(&one).is_empty() && section(&one).into_string().is_empty());
    }
}
