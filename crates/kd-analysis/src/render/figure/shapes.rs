//! Parts of drawings: axes, lines with their marks and intervals, legends.

use std::fmt::Write as _;

use super::axis::Axis;
use super::label::{self, LINE};
use super::{Bounded, Point, Series, marker, palette};

/// Numbers of the horizontal axis are no closer than one is wide.
const NUMBER_WIDTH: f64 = 44.0;

/// Where lines are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Round values with their lines across.
pub(super) fn write_values(svg: &mut String, y: &Axis, frame: Frame, with_numbers: bool, log: bool) {
    for &tick in &y.ticks {
        let at = y.at(tick);
        let zero = if tick == 0.0 && !log { " zero" } else { "" };
        let _ = write!(
            svg,
            "<line class=\"grid{zero}\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>",
            frame.left, frame.right
        );
        if with_numbers {
            let _ = write!(
                svg,
                "<text class=\"tick end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                frame.left - 7.0,
                at + 4.0,
                y.said(tick)
            );
        }
    }
}

/// Places on the horizontal axis, with numbers where there is room.
pub(super) fn write_places(svg: &mut String, x: &Axis, frame: Frame) {
    let mut free = f64::NEG_INFINITY;
    for &tick in &x.ticks {
        let at = x.at(tick);
        let bottom = frame.bottom;
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom:.1}\" y2=\"{:.1}\"/>",
            bottom + 5.0
        );
        if at - free >= NUMBER_WIDTH {
            free = at;
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\">{}</text>",
                bottom + 19.0,
                crate::render::text::count(tick)
            );
        }
    }
}

pub(super) fn write_series(
    svg: &mut String,
    series: &Series,
    (x, y): (&Axis, &Axis),
    apart: f64,
    marked: bool,
) {
    let dashed = if series.dashed { " dashed" } else { "" };
    let _ = write!(
        svg,
        "<g class=\"c{}{dashed}\"><title>{}</title>",
        series.index % palette::COLOURS,
        escape(&series.name)
    );
    let across = |point: &Point| x.at(point.x) + apart;
    if !series.dashed {
        write_band(svg, series, &across, y);
    }
    let line: Vec<String> =
        series.points.iter().map(|point| format!("{:.1},{:.1}", across(point), y.at(point.y))).collect();
    let _ = write!(svg, "<polyline class=\"line\" points=\"{}\"/>", line.join(" "));
    // Of a line without marks, the last point has one all the same: it is known by it.
    let marked_from = if marked { 0 } else { series.points.len().saturating_sub(1) };
    for point in series.points.iter().skip(marked_from) {
        let at = across(point);
        if let Some((low, high)) = point.ends {
            let (low, high) = (y.at(low), y.at(high));
            let _ = write!(
                svg,
                "<line class=\"whisker\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{low:.1}\" y2=\"{high:.1}\"/>"
            );
        }
        for &seed in &point.seeds {
            let _ = write!(svg, "<circle class=\"dot\" cx=\"{at:.1}\" cy=\"{:.1}\" r=\"1.6\"/>", y.at(seed));
        }
        let class = if point.bound == Bounded::Exact { "mark" } else { "mark open" };
        svg.push_str(&marker::element(series.index, (at, y.at(point.y)), class));
    }
    svg.push_str("</g>");
}

/// Intervals of a line as a band, where every point has one.
fn write_band(svg: &mut String, series: &Series, across: &impl Fn(&Point) -> f64, y: &Axis) {
    let ends: Option<Vec<(f64, (f64, f64))>> =
        series.points.iter().map(|point| point.ends.map(|ends| (across(point), ends))).collect();
    if let Some(ends) = ends.filter(|ends| ends.len() > 1) {
        let upper = ends.iter().map(|(x, (_, high))| format!("{x:.1},{:.1}", y.at(*high)));
        let lower = ends.iter().rev().map(|(x, (low, _))| format!("{x:.1},{:.1}", y.at(*low)));
        let outline: Vec<String> = upper.chain(lower).collect();
        let _ = write!(svg, "<polygon class=\"band\" points=\"{}\"/>", outline.join(" "));
    }
}

/// The names of lines in rows under a drawing of this width and height, and the height with them.
pub(super) fn legend(named: &[&Series], (left, width): (f64, f64), height: f64) -> (String, f64) {
    let mut svg = String::new();
    let (mut x, mut y) = (left, height + 10.0);
    for series in named {
        let room = label::width(&series.name) + 54.0;
        if x > left && x + room > width {
            (x, y) = (left, y + LINE + 3.0);
        }
        let dashed = if series.dashed { " dashed" } else { "" };
        let _ = write!(
            svg,
            "<g class=\"c{}{dashed}\"><polyline class=\"line\" points=\"{x:.1},{y:.1} {:.1},{y:.1}\"/>{}</g>\
             <text class=\"name start\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            series.index % palette::COLOURS,
            x + 26.0,
            marker::element(series.index, (x + 13.0, y), "mark"),
            x + 33.0,
            y + 4.0,
            escape(&series.name)
        );
        x += room;
    }
    (svg, y + 14.0)
}

/// A text as it can stand in XML.
pub(in crate::render) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
