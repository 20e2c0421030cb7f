//! What a factor does to gains, in words and as a table.

use maud::{Markup, html};

use super::text::{capital, count};
use crate::difference::Difference;
use crate::factor::{Best, Effect, Interaction, Step};
use crate::findings::Findings;
use crate::metric::Metric;
use crate::place::named as named_at;
use crate::role::Role;
use crate::theory::FEWEST_SEEDS;

/// More arms, at levels of other factors, are told in a table alone.
const MOST_SENTENCES: usize = 3;

/// By what a task is analysed.
pub(super) fn metric(findings: &Findings, task: &str) -> Option<Metric> {
    let info = findings.study.tasks.iter().find(|info| info.name == task)?;
    Some(Metric::of(&findings.study, info))
}

/// What a factor does to each distilled arm of a task.
fn of<'a>(findings: &'a Findings, factor: &'a str, task: &'a str) -> impl Iterator<Item = &'a Effect> {
    let is_there = move |effect: &&Effect| effect.factor == factor && effect.task == task;
    findings.effects.iter().filter(is_there).filter(|effect| effect.role == Role::Distilled)
}

/// A sentence or two for each distilled arm, unless there are many.
pub(super) fn sentences(findings: &Findings, factor: &str, task: &str) -> Vec<String> {
    let Some(metric) = metric(findings, task) else { return Vec::new() };
    let all: Vec<String> =
        of(findings, factor, task).filter_map(|effect| sentence(effect, &metric)).collect();
    if all.len() > MOST_SENTENCES { Vec::new() } else { all }
}

/// The same for every factor and task, for a terminal.
pub(crate) fn lines(findings: &Findings) -> Vec<String> {
    let mut tasks: Vec<&str> = findings.study.tasks.iter().map(|task| task.name.as_str()).collect();
    tasks.dedup();
    let mut lines = Vec::new();
    for factor in &findings.study.factors {
        for task in &tasks {
            let said = sentences(findings, &factor.name, task);
            lines.extend(said.into_iter().map(|said| format!("{}, {task}: {said}", factor.name)));
        }
    }
    lines
}

fn sentence(effect: &Effect, metric: &Metric) -> Option<String> {
    let arm = named_at(&effect.arm, &effect.others);
    let mut said = Vec::new();
    if let Some(first) = effect.best.first() {
        let mut best = format!("{arm} gains most at {} = {}", effect.factor, at(first));
        if let Some(last) = effect.best.last().filter(|last| last.samples > first.samples) {
            best.push_str(&if last.level == first.level && last.among == first.among {
                format!(", and so it does at M = {}", last.samples)
            } else {
                format!(", and at {}", at(last))
            });
        }
        said.push(best + ".");
    }
    if let (Some(first), Some(step)) = (effect.gain.first(), effect.step) {
        let told = |slope: &Difference| {
            format!("{} at M = {}", metric.difference_with_unit(&slope.jointly), slope.samples)
        };
        let last = effect.gain.last().filter(|last| last.samples > first.samples);
        let last = last.map_or_else(String::new, |last| format!(" and by {}", told(last)));
        let depends = effect.interaction.as_ref().map_or_else(String::new, |found| depends(found, metric));
        said.push(format!("{} changes the gain by {}{last}{depends}.", capital(words(step)), told(first)));
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// `8 for M = 40 (4 and 16 cannot be told from it)`.
fn at(best: &Best) -> String {
    let others: Vec<String> =
        best.among.iter().filter(|level| **level != best.level).map(ToString::to_string).collect();
    let untold = match others.as_slice() {
        [] => String::new(),
        [others @ .., last] if !others.is_empty() => {
            format!(" ({} and {last} cannot be told from it)", others.join(", "))
        }
        [other, ..] => format!(" ({other} cannot be told from it)"),
    };
    format!("{} for M = {}{untold}", best.level, best.samples)
}

/// Whether a slope depends on M.
fn depends(found: &Interaction, metric: &Metric) -> String {
    let difference = metric.difference_with_unit(&found.difference);
    if found.established {
        format!("; it depends on M: these differ by {difference}")
    } else if found.difference.n < FEWEST_SEEDS {
        String::new()
    } else {
        format!("; that it depends on M is not established (these differ by {difference})")
    }
}

fn words(step: Step) -> &'static str {
    match step {
        Step::Doubling => "twice the level",
        Step::Unit => "a level larger by 1",
    }
}

/// The best level and both slopes at each M, under a fold.
pub(super) fn table(findings: &Findings, factor: &str, task: &str) -> Markup {
    let Some(metric) = metric(findings, task) else { return html! {} };
    let slope = |slopes: &[Difference], samples: u64| {
        let found = slopes.iter().find(|slope| slope.samples == samples);
        found.map_or_else(String::new, |slope| metric.difference(&slope.jointly))
    };
    let effects: Vec<&Effect> = of(findings, factor, task).filter(|effect| !effect.best.is_empty()).collect();
    let Some(step) = effects.first().map(|effect| effect.step) else { return html! {} };
    html! { details { summary { "Best levels" @if step.is_some() { " and slopes" } } div.scroll { table {
        thead { tr {
            th.words { "arm" } th { "M" } th.words { "gains most at" }
            @if let Some(step) = step {
                th { (metric.differences(&format!("gain, {}", words(step)))) } th { (metric.differences(&format!("score, {}", words(step)))) }
            }
        } }
        tbody { @for effect in effects { @for best in &effect.best { tr {
            td.words { (named_at(&effect.arm, &effect.others)) } td { (count(best.samples as f64)) } td.words { (level(best)) }
            @if step.is_some() { td { (slope(&effect.gain, best.samples)) } td { (slope(&effect.score, best.samples)) } }
        } } } }
    } } } }
}

/// `8 (4, 16)`.
fn level(best: &Best) -> String {
    let others: Vec<String> =
        best.among.iter().filter(|level| **level != best.level).map(ToString::to_string).collect();
    if others.is_empty() { best.level.to_string() } else { format!("{} ({})", best.level, others.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datum::Datum;

    #[test]
    fn levels_that_cannot_be_told_from_the_best_are_said() {
        let best = |among: &[u64]| Best {
            samples: 40,
            level: Datum::Count(8),
            among: among.iter().map(|level| Datum::Count(*level)).collect(),
        };
        let said = [at(&best(&[8])), at(&best(&[4, 8])), at(&best(&[4, 8, 16]))];
        assert_eq!(
            said,
            [
                "8 for M = 40",
                "8 for M = 40 (4 cannot be told from it)",
                "8 for M = 40 (4 and 16 cannot be told from it)"
            ]
        );
        assert_eq!(level(&best(&[4, 8, 16])), "8 (4, 16)");
    }
}
