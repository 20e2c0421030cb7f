//! Gains over the levels of two factors as a map of squares.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::effects::metric;
use super::figure::{Field, Plate, escape};
use super::text::count;
use crate::datum::Datum;
use crate::difference::Difference;
use crate::factor::{Factor, Grid, Line, grids};
use crate::findings::Findings;
use crate::interval::Estimate;
use crate::metric::Metric;
use crate::place::{Levels, named as named_at};
use crate::role::Role;

/// Room for the levels of the factor that goes down.
const LEFT: f64 = 120.0;
const TOP: f64 = 34.0;
const CELL: (f64, f64) = (92.0, 34.0);
/// Between the maps of two M.
const GAP: f64 = 34.0;
const BOTTOM: f64 = 40.0;
/// How strong the largest gain or loss is coloured.
const STRONGEST: f64 = 0.8;

/// An arm's gains over two factors at one M.
struct Map<'a> {
    samples: u64,
    /// By level of the factor that goes down, then of that which goes across.
    gains: Vec<Vec<Option<&'a Difference>>>,
}

/// What is drawn: a distilled arm of a task at one level of every further factor.
struct Subject<'a> {
    task: &'a str,
    arm: String,
    down: &'a Factor,
    across: &'a Factor,
    maps: Vec<Map<'a>>,
}

/// An arm, the levels of further factors, and its line at each level of the factor that goes down.
type Group<'b, 'a> = (&'b str, Levels, Vec<(&'b Datum, &'b Line<'a>)>);

/// A map for each distilled arm, for each two factors that both set its gains apart.
pub(super) fn plates(findings: &Findings) -> Vec<(String, Plate)> {
    let grids = grids(&findings.study, &findings.tasks, &findings.runs);
    let factors = &findings.study.factors;
    let pairs = factors
        .iter()
        .enumerate()
        .flat_map(|(place, across)| factors[..place].iter().map(move |down| (down, across)));
    let of = |(down, across): (&Factor, &Factor)| {
        let grids = grids.iter().filter(|grid| grid.factor.name == across.name);
        grids.flat_map(|grid| subjects(grid, down)).filter_map(|subject| plate(&subject, findings)).collect()
    };
    pairs.flat_map(|pair| -> Vec<(String, Plate)> { of(pair) }).collect()
}

/// Of the lines of a grid, those that differ in the level of one more factor alone.
fn subjects<'a>(grid: &Grid<'a>, down: &'a Factor) -> Vec<Subject<'a>> {
    let mut groups: Vec<Group<'_, 'a>> = Vec::new();
    for line in grid.lines.iter().filter(|line| *line.role == Role::Distilled) {
        let Some(level) = line.others.get(&down.name) else { continue };
        let mut rest = line.others.clone();
        rest.remove(&down.name);
        match groups.iter_mut().find(|(arm, known, _)| *arm == line.arm && *known == rest) {
            Some((.., lines)) => lines.push((level, line)),
            None => groups.push((&line.arm, rest, vec![(level, line)])),
        }
    }
    let subject = |(arm, rest, lines): Group<'_, 'a>| {
        let sizes: Vec<u64> = lines.first()?.1.sizes().into_iter().collect();
        let mut ends = vec![*sizes.first()?, *sizes.last()?];
        ends.dedup();
        let row = |level: &Datum, samples| match lines.iter().find(|(known, _)| *known == level) {
            Some((_, line)) => line.at(samples),
            None => vec![None; grid.factor.levels.len()],
        };
        let map =
            |samples| Map { samples, gains: down.levels.iter().map(|level| row(level, samples)).collect() };
        let maps = ends.into_iter().map(map).collect();
        Some(Subject { task: grid.task, arm: named_at(arm, &rest), down, across: grid.factor, maps })
    };
    groups.into_iter().filter(|(.., lines)| lines.len() > 1).filter_map(subject).collect()
}

fn plate(subject: &Subject<'_>, findings: &Findings) -> Option<(String, Plate)> {
    let metric = metric(findings, subject.task)?;
    let largest = subject.maps.iter().flat_map(|map| map.gains.iter().flatten().flatten());
    let largest = largest.map(|gain| gain.alone.mean.abs()).fold(0.0, f64::max);
    let across = CELL.0 * subject.across.levels.len() as f64;
    let mut body = String::new();
    let mut rows = Vec::new();
    for (place, map) in subject.maps.iter().enumerate() {
        let left = LEFT + place as f64 * (across + GAP);
        write_map(&mut body, subject, map, left, largest, &metric);
        rows.extend(numbers(subject, map, &metric));
    }
    let maps = subject.maps.len() as f64;
    let height = TOP + CELL.1 * subject.down.levels.len() as f64;
    let _ = write!(
        body,
        "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
         <text class=\"name start\" x=\"6\" y=\"{:.1}\">{}</text>",
        LEFT + 0.5 * (maps * across + (maps - 1.0) * GAP),
        height + BOTTOM - 8.0,
        escape(&subject.across.name),
        TOP - 12.0,
        escape(&subject.down.name)
    );
    let (down, name) = (&subject.down.name, &subject.across.name);
    Some((
        format!("{down} and {name} {}", subject.arm),
        Plate {
            title: format!("Gain of {} over labels on {}, by {down} and {name}", subject.arm, subject.task),
            width: LEFT + maps * across + (maps - 1.0) * GAP + 14.0,
            height: height + BOTTOM,
            body,
            legend: Vec::new(),
            head: vec!["measure", "M", "down", "across", "value", "low", "high"],
            rows,
        },
    ))
}

fn write_map(
    body: &mut String,
    subject: &Subject<'_>,
    map: &Map<'_>,
    left: f64,
    largest: f64,
    metric: &Metric,
) {
    let width = CELL.0 * subject.across.levels.len() as f64;
    let bottom = TOP + CELL.1 * subject.down.levels.len() as f64;
    let _ = write!(
        body,
        "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">M = {}</text>",
        left + width / 2.0,
        TOP - 12.0,
        count(map.samples as f64)
    );
    for (place, level) in subject.across.levels.iter().enumerate() {
        let at = left + CELL.0 * (place as f64 + 0.5);
        let level = escape(&level.to_string());
        let _ = write!(body, "<text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\">{level}</text>", bottom + 15.0);
    }
    for (place, (level, gains)) in std::iter::zip(&subject.down.levels, &map.gains).enumerate() {
        let top = TOP + CELL.1 * place as f64;
        let middle = top + CELL.1 / 2.0 + 4.0;
        if left <= LEFT {
            let level = escape(&level.to_string());
            let at = LEFT - 8.0;
            let _ = write!(body, "<text class=\"tick end\" x=\"{at:.1}\" y=\"{middle:.1}\">{level}</text>");
        }
        for (place, gain) in gains.iter().enumerate() {
            let Some(gain) = gain else { continue };
            let x = left + CELL.0 * place as f64;
            // Gains and losses have a hue each, and their size is how strong it is; numbers say it to those who see neither.
            let hue = if gain.alone.mean < 0.0 { "c2" } else { "c1" };
            let strength = STRONGEST * gain.alone.mean.abs() / largest.max(f64::MIN_POSITIVE);
            let _ = write!(
                body,
                "<g class=\"{hue}\"><rect class=\"heat\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
                 fill-opacity=\"{strength:.2}\"/></g><text class=\"name\" x=\"{:.1}\" y=\"{middle:.1}\">{}</text>",
                CELL.0 - 2.0,
                CELL.1 - 2.0,
                x + CELL.0 / 2.0 - 1.0,
                metric.difference(&Estimate { half_width: None, ..gain.alone })
            );
        }
    }
}

fn numbers(subject: &Subject<'_>, map: &Map<'_>, metric: &Metric) -> Vec<Vec<Field>> {
    let factor = metric.factor();
    let mut rows = Vec::new();
    for (down, gains) in std::iter::zip(&subject.down.levels, &map.gains) {
        for (across, gain) in std::iter::zip(&subject.across.levels, gains) {
            let Some(gain) = gain else { continue };
            rows.push(vec![
                Field::Words(metric.differences("gain over labels")),
                Field::Number(Some(map.samples as f64)),
                Field::Words(down.to_string()),
                Field::Words(across.to_string()),
                Field::Number(Some(factor * gain.jointly.mean)),
                Field::Number(gain.jointly.low().map(|low| factor * low)),
                Field::Number(gain.jointly.high().map(|high| factor * high)),
            ]);
        }
    }
    rows
}

/// Whether there is one.
pub(super) fn is_there(findings: &Findings) -> bool {
    !plates(findings).is_empty()
}

/// The maps of a page.
pub(super) fn section(findings: &Findings) -> Markup {
    let plates = plates(findings);
    html! { @if !plates.is_empty() {
        h2 id="two-factors" { "By two factors" }
        @for (_, plate) in &plates { figure {
            div.scroll { div style=(format!("max-width:{:.0}px", plate.width)) { (PreEscaped(plate.inline())) } }
            figcaption { (plate.title) ", at the smallest and at the largest M: means over seeds, the stronger the larger, gains in one hue and losses in the other. Intervals are in the tables above." }
        } }
    } }
}
