//! Gains side by side at the levels of each factor, and what the factor does to them.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::effects;
use super::text::{count, slug};
use crate::difference::Difference;
use crate::factor::{Grid, Line, grids};
use crate::findings::Findings;
use crate::metric::Metric;
use crate::place::told;
use crate::role::Role;

fn of(findings: &Findings) -> Vec<Grid<'_>> {
    grids(&findings.study, &findings.tasks, &findings.runs)
}

/// What heads the table of a grid.
fn heading(findings: &Findings, grid: &Grid<'_>) -> Option<(Metric, String)> {
    let metric = effects::metric(findings, grid.task)?;
    let heading = format!("{}, {}", grid.task, metric.differences("gain over labels"));
    Some((metric, heading))
}

/// The tables in Markdown, of distilled arms.
pub(super) fn write_markdown(text: &mut String, findings: &Findings) {
    let mut above = "";
    for grid in of(findings) {
        let Some((metric, heading)) = heading(findings, &grid) else { continue };
        let factor = grid.factor.name.as_str();
        let lines: Vec<&Line<'_>> = grid.lines.iter().filter(|line| *line.role == Role::Distilled).collect();
        if lines.is_empty() {
            continue;
        }
        if above != factor {
            let _ = writeln!(text, "## By {factor}\n");
            above = factor;
        }
        for sentence in effects::sentences(findings, factor, grid.task) {
            let _ = writeln!(text, "{sentence}\n");
        }
        let with_others = lines.iter().any(|line| !line.others.is_empty());
        let _ = write!(text, "{heading}:\n\n| arm |{} M |", if with_others { " |" } else { "" });
        for level in &grid.factor.levels {
            let _ = write!(text, " {factor} = {level} |");
        }
        let columns = 2 + usize::from(with_others) + grid.factor.levels.len();
        let _ = writeln!(text, "\n|{}", "---|".repeat(columns));
        for line in lines {
            for samples in line.sizes() {
                let _ = write!(text, "| {} |", line.arm);
                if with_others {
                    let _ = write!(text, " {} |", told(&line.others));
                }
                let _ = write!(text, " {} |", count(samples as f64));
                for gain in line.at(samples) {
                    let _ = write!(text, " {} |", cell(gain, &metric));
                }
                text.push('\n');
            }
        }
        text.push('\n');
    }
}

fn cell(gain: Option<&Difference>, metric: &Metric) -> String {
    gain.map_or_else(String::new, |gain| metric.difference(&gain.jointly))
}

/// Factors that have a section of their own.
pub(super) fn factors(findings: &Findings) -> Vec<String> {
    let mut factors: Vec<String> = of(findings).iter().map(|grid| grid.factor.name.clone()).collect();
    factors.dedup();
    factors
}

/// What links to the section of a factor.
pub(super) fn anchor(factor: &str) -> String {
    format!("by-{}", slug(factor))
}

/// What a factor does, as sentences; the tables: of distilled arms, and under folds of all others, and of slopes.
pub(super) fn section(findings: &Findings) -> Markup {
    let grids = of(findings);
    let mut factors: Vec<&str> = grids.iter().map(|grid| grid.factor.name.as_str()).collect();
    factors.dedup();
    html! { @for factor in factors {
        h2 id=(anchor(factor)) { "By " (factor) }
        p.small { "Gains over labels, as in the sections below. Intervals hold jointly over the M of a curve, not over the levels." }
        @for grid in grids.iter().filter(|grid| grid.factor.name == factor) { @if let Some((metric, heading)) = heading(findings, grid) {
            h3 { (heading) }
            @for sentence in effects::sentences(findings, factor, grid.task) { p { (sentence) } }
            (table(grid, &metric, |role| *role == Role::Distilled))
            (effects::table(findings, factor, grid.task))
            @if grid.lines.iter().any(|line| *line.role != Role::Distilled) {
                details { summary { "Other arms" } (table(grid, &metric, |role| *role != Role::Distilled)) }
            }
        } }
    } }
}

fn table(grid: &Grid<'_>, metric: &Metric, is_shown: impl Fn(&Role) -> bool) -> Markup {
    let lines: Vec<&Line<'_>> = grid.lines.iter().filter(|line| is_shown(line.role)).collect();
    let with_others = lines.iter().any(|line| !line.others.is_empty());
    html! { @if !lines.is_empty() { div.scroll { table {
        thead { tr {
            th.words { "arm" } @if with_others { th.words { "at" } } th { "M" }
            @for level in &grid.factor.levels { th { (grid.factor.name) " = " (level) } }
        } }
        tbody { @for line in lines { @for samples in line.sizes() { tr {
            td.words { (line.arm) } @if with_others { td.words { (told(&line.others)) } } td { (count(samples as f64)) }
            @for gain in line.at(samples) { td { (cell(gain, metric)) } }
        } } } }
    } } } }
}
