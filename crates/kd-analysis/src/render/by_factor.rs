//! Gains side by side at the levels of each factor, as the sections of the report have them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use maud::{Markup, html};

use super::paper::slug;
use super::text::count;
use crate::datum::Datum;
use crate::difference::Difference;
use crate::factor::{Factor, FactorKind};
use crate::findings::{Findings, TaskFindings};
use crate::gain::Gain;
use crate::metric::Metric;
use crate::place::{Levels, told};
use crate::role::Role;

/// What a factor does to the gains on one task.
struct Grid<'a> {
    task: &'a str,
    metric: Metric,
    factor: &'a str,
    levels: Vec<&'a Datum>,
    /// By arm, then by the levels of other factors.
    lines: Vec<Line<'a>>,
}

/// An arm's gains at each level of a factor, at one level of every other.
struct Line<'a> {
    arm: String,
    role: &'a Role,
    others: String,
    gains: Vec<Option<&'a Gain>>,
}

impl<'a> Line<'a> {
    /// Every M of the line, ascending.
    fn sizes(&self) -> BTreeSet<u64> {
        self.gains.iter().flatten().flat_map(|gain| &gain.points).map(|point| point.samples).collect()
    }

    /// Its gain at each level at M.
    fn at(&self, samples: u64) -> impl Iterator<Item = Option<&'a Difference>> {
        let find = move |gain: &'a Gain| gain.points.iter().find(|point| point.samples == samples);
        self.gains.iter().map(move |gain| gain.and_then(find))
    }

    /// Whether it tells of the factor: gains at two levels that are not the same runs.
    fn tells(&self) -> bool {
        let mut there =
            self.gains.iter().flatten().map(|gain| &gain.points).filter(|points| !points.is_empty());
        let first = there.next();
        there.any(|points| Some(points) != first)
    }
}

/// A grid for each task and each factor that sets tasks or arms apart and has two levels there, factor by factor.
fn grids(findings: &Findings) -> Vec<Grid<'_>> {
    let mut tasks: Vec<&str> = findings.study.tasks.iter().map(|task| task.name.as_str()).collect();
    tasks.dedup();
    let factors = findings.study.factors.iter();
    let each = factors.flat_map(|factor| tasks.iter().map(move |task| (factor, *task)));
    each.filter_map(|(factor, task)| grid(findings, factor, task)).collect()
}

fn grid<'a>(findings: &'a Findings, factor: &'a Factor, task: &'a str) -> Option<Grid<'a>> {
    let sections: Vec<&TaskFindings> =
        findings.tasks.iter().filter(|section| section.info.name == task).collect();
    let mut lines = match factor.kind {
        FactorKind::Task => lines_of_tasks(factor, &sections),
        FactorKind::Arm => lines_of_arms(findings, factor, &sections),
        FactorKind::Tuned => Vec::new(),
    };
    lines.retain(Line::tells);
    let metric = sections.first()?.metric(&findings.study);
    (!lines.is_empty()).then(|| Grid {
        task,
        metric,
        factor: &factor.name,
        levels: factor.levels.iter().collect(),
        lines,
    })
}

/// The lines of a factor whose levels are sections.
fn lines_of_tasks<'a>(factor: &Factor, sections: &[&'a TaskFindings]) -> Vec<Line<'a>> {
    let mut arms: Vec<(&str, &Role)> = Vec::new();
    let mut others: Vec<Levels> = Vec::new();
    for section in sections {
        let without = without(&section.factors, &factor.name);
        if section.factors.contains_key(&factor.name) && !others.contains(&without) {
            others.push(without);
        }
        for gain in &section.gains {
            if !arms.iter().any(|(arm, _)| *arm == gain.arm) {
                arms.push((&gain.arm, &gain.role));
            }
        }
    }
    let gain = |arm: &str, others: &Levels, level: &Datum| {
        let is_there = |section: &&&TaskFindings| {
            section.factors.get(&factor.name) == Some(level)
                && without(&section.factors, &factor.name) == *others
        };
        let section: &'a TaskFindings = sections.iter().find(is_there)?;
        section.gains.iter().find(|gain| gain.arm == arm)
    };
    let line = |(arm, role): (&str, &'a Role), others: &Levels| Line {
        arm: arm.to_owned(),
        role,
        others: told(others),
        gains: factor.levels.iter().map(|level| gain(arm, others, level)).collect(),
    };
    arms.iter().flat_map(|arm| others.iter().map(|others| line(*arm, others))).collect()
}

/// The lines of a factor whose levels are arms, such as `distilled (temperature = 4)`.
fn lines_of_arms<'a>(
    findings: &'a Findings,
    factor: &Factor,
    sections: &[&'a TaskFindings],
) -> Vec<Line<'a>> {
    let levels = levels_of_arms(findings);
    let mut lines: Vec<(String, Levels, Line<'a>)> = Vec::new();
    for section in sections {
        for gain in &section.gains {
            let Some(own) = levels.get(gain.arm.as_str()) else { continue };
            let position =
                own.get(&factor.name).and_then(|own| factor.levels.iter().position(|level| level == own));
            let Some(position) = position else { continue };
            let arm = gain.arm.rsplit_once(" (").map_or(gain.arm.as_str(), |(arm, _)| arm).to_owned();
            let mut others = without(own, &factor.name);
            others.extend(section.factors.clone());
            let known = lines.iter().position(|(known, levels, _)| (known, levels) == (&arm, &others));
            let index = known.unwrap_or_else(|| {
                let gains = vec![None; factor.levels.len()];
                let line = Line { arm: arm.clone(), role: &gain.role, others: told(&others), gains };
                lines.push((arm, others, line));
                lines.len() - 1
            });
            lines[index].2.gains[position] = Some(gain);
        }
    }
    let mut lines: Vec<Line<'a>> = lines.into_iter().map(|(.., line)| line).collect();
    let mut arms: Vec<String> = lines.iter().map(|line| line.arm.clone()).collect();
    arms.dedup();
    lines.sort_by_key(|line| arms.iter().position(|arm| *arm == line.arm));
    lines
}

/// The levels by which arms differ, by arm.
fn levels_of_arms(findings: &Findings) -> BTreeMap<&str, Levels> {
    let of_arms = |factor: &String| findings.study.kind_of(factor) == Some(FactorKind::Arm);
    let mut levels: BTreeMap<&str, Levels> = BTreeMap::new();
    for row in &findings.runs {
        let own = row.place().factors.iter().filter(|(factor, _)| of_arms(factor));
        let own: Levels = own.map(|(factor, level)| (factor.clone(), level.clone())).collect();
        if !own.is_empty() {
            levels.insert(&row.place().arm, own);
        }
    }
    levels
}

fn without(levels: &Levels, factor: &str) -> Levels {
    let mut levels = levels.clone();
    levels.remove(factor);
    levels
}

/// The tables in Markdown, of distilled arms.
pub(super) fn write_markdown(text: &mut String, findings: &Findings) {
    let mut heading = "";
    for grid in grids(findings) {
        let lines = || grid.lines.iter().filter(|line| *line.role == Role::Distilled);
        if lines().next().is_none() {
            continue;
        }
        if heading != grid.factor {
            let _ = writeln!(text, "## By {}\n", grid.factor);
            heading = grid.factor;
        }
        let with_others = lines().any(|line| !line.others.is_empty());
        let _ = write!(
            text,
            "{}, {}:\n\n| arm |{} M |",
            grid.task,
            grid.metric.differences("gain over labels"),
            if with_others { " |" } else { "" }
        );
        for level in &grid.levels {
            let _ = write!(text, " {} = {level} |", grid.factor);
        }
        let columns = 2 + usize::from(with_others) + grid.levels.len();
        let _ = writeln!(text, "\n|{}", "---|".repeat(columns));
        for line in lines() {
            for samples in line.sizes() {
                let _ = write!(text, "| {} |", line.arm);
                if with_others {
                    let _ = write!(text, " {} |", line.others);
                }
                let _ = write!(text, " {} |", count(samples as f64));
                for gain in line.at(samples) {
                    let _ = write!(text, " {} |", cell(gain, &grid.metric));
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
    let mut factors: Vec<String> = grids(findings).iter().map(|grid| grid.factor.to_owned()).collect();
    factors.dedup();
    factors
}

/// What links to the section of a factor.
pub(super) fn anchor(factor: &str) -> String {
    format!("by-{}", slug(factor))
}

/// The tables: of distilled arms, and under a fold of all others.
pub(super) fn section(findings: &Findings) -> Markup {
    let grids = grids(findings);
    let mut factors: Vec<&str> = grids.iter().map(|grid| grid.factor).collect();
    factors.dedup();
    html! { @for factor in factors {
        h2 id=(anchor(factor)) { "By " (factor) }
        p.small { "Gains over labels, as in the sections below. Intervals hold jointly over the M of a curve, not over the levels." }
        @for grid in grids.iter().filter(|grid| grid.factor == factor) {
            h3 { (grid.task) ", " (grid.metric.differences("gain over labels")) }
            (table(grid, |role| *role == Role::Distilled))
            @if grid.lines.iter().any(|line| *line.role != Role::Distilled) {
                details { summary { "Other arms" } (table(grid, |role| *role != Role::Distilled)) }
            }
        }
    } }
}

fn table(grid: &Grid<'_>, is_shown: impl Fn(&Role) -> bool) -> Markup {
    let lines: Vec<&Line<'_>> = grid.lines.iter().filter(|line| is_shown(line.role)).collect();
    let with_others = lines.iter().any(|line| !line.others.is_empty());
    html! { @if !lines.is_empty() { div.scroll { table {
        thead { tr {
            th.words { "arm" } @if with_others { th.words { "at" } } th { "M" }
            @for level in &grid.levels { th { (grid.factor) " = " (level) } }
        } }
        tbody { @for line in lines { @for samples in line.sizes() { tr {
            td.words { (line.arm) } @if with_others { td.words { (line.others) } } td { (count(samples as f64)) }
            @for gain in line.at(samples) { td { (cell(gain, &grid.metric)) } }
        } } } }
    } } } }
}
