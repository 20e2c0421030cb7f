//! Drawings: inside a page, and alone.

use std::fmt::Write as _;

use super::axis::Axis;
use super::label::{self, LINE, lines, spread};
use super::shapes::{Frame, escape, legend, write_places, write_series, write_values};
use super::{Across, Figure, Guide, Panel, Point, Series, marker, palette};

const WIDTH: f64 = 680.0;
/// Of the same on a narrow page.
const NARROW: f64 = 370.0;
/// Of the part in which lines are drawn, of a figure with one panel.
const PLOT_HEIGHT: f64 = 270.0;
/// Of a panel among several.
const PANEL_HEIGHT: f64 = 150.0;
const PANEL_WIDTH: f64 = 330.0;
/// Above the lines: the name of the vertical axis, or what sets a panel apart.
const TOP: f64 = 30.0;
/// Below them: numbers and the name of the horizontal axis.
const BOTTOM: f64 = 46.0;
const RIGHT: f64 = 14.0;
/// Of a panel among several, whose last number may stand at its edge.
const SMALL_RIGHT: f64 = 24.0;
/// Names that are longer stand in a legend.
const LONGEST_LABEL: f64 = 190.0;
/// How far apart lines stand that have a value at the same M.
const DODGE: f64 = 3.2;

/// What all panels of a figure share.
struct Drawing<'a> {
    figure: &'a Figure,
    x: Axis,
    y: Axis,
    /// Room for the numbers of the vertical axis.
    left: f64,
}

impl Figure {
    /// The drawings of a page, one for each panel: `svg` elements without colours, of which the page's style sheet knows.
    pub(in crate::render) fn inline(&self) -> Vec<String> {
        let drawing = Drawing::of(self);
        match self.panels.as_slice() {
            _ if self.is_empty() => Vec::new(),
            [panel] => vec![drawing.single_alone(panel, WIDTH, self.label_room())],
            panels => panels.iter().map(|panel| drawing.small(panel)).collect(),
        }
    }

    /// The drawing of a page that is narrow, in place of one of a single panel; its lines are named in a legend alone.
    pub(in crate::render) fn narrow(&self) -> Option<String> {
        let [panel] = self.panels.as_slice() else { return None };
        (!self.is_empty()).then(|| Drawing::of(self).single_alone(panel, NARROW, None))
    }

    /// Whether lines are named at their ends.
    pub(in crate::render) fn is_labelled(&self) -> bool {
        self.label_room().is_some()
    }

    /// The drawing alone, as a file: with its styles, its fonts and its legend.
    pub(in crate::render) fn alone(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let drawing = Drawing::of(self);
        let (body, height) = match self.panels.as_slice() {
            [panel] => {
                let mut body = String::new();
                let height = drawing.write_single(&mut body, panel, WIDTH, self.label_room());
                (body, height)
            }
            panels => drawing.grid(panels),
        };
        let (legend, height) = if self.label_room().is_some() {
            (String::new(), height)
        } else {
            legend(&self.named(), (drawing.left, WIDTH), height)
        };
        let size = format!(" width=\"{WIDTH}\" height=\"{height}\" xmlns=\"http://www.w3.org/2000/svg\"");
        let mut svg = open(WIDTH, height, &self.title, &size);
        let _ = writeln!(
            svg,
            "<title>{}</title><style>{}</style><rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>{body}{legend}</svg>",
            escape(&self.title),
            palette::style()
        );
        Some(svg)
    }

    /// How wide the names at the ends of lines are, where there is room for them.
    fn label_room(&self) -> Option<f64> {
        let [panel] = self.panels.as_slice() else { return None };
        let level = match self.guide {
            Guide::Level(_, name) => label::width(name),
            Guide::None | Guide::Diagonal => 0.0,
        };
        let widths = panel.series.iter().flat_map(|series| lines(&series.name)).map(label::width);
        let longest = widths.fold(level, f64::max);
        let level = if level > 0.0 { LINE } else { 0.0 };
        let height = panel.series.iter().map(label_height).sum::<f64>() + level;
        (longest <= LONGEST_LABEL && height <= PLOT_HEIGHT).then_some(longest + 30.0)
    }
}

/// How high the name at the end of a line is.
fn label_height(series: &Series) -> f64 {
    LINE * lines(&series.name).len() as f64
}

impl<'a> Drawing<'a> {
    fn of(figure: &'a Figure) -> Self {
        let x = match figure.x {
            Across::Samples => Axis::of_sizes(figure.points().map(|point| point.x)),
            Across::Steps => Axis::round(figure.points().map(|point| point.x).chain([0.0]), false),
            Across::Confidence => Axis::round([0.0, 100.0].into_iter(), false),
        };
        let values = figure.points().flat_map(|point| {
            let ends = point.ends.map_or([point.y; 2], |(low, high)| [low, high]);
            point.seeds.iter().copied().chain(ends).chain([point.y])
        });
        let level = match figure.guide {
            Guide::Level(level, _) => vec![level],
            Guide::Diagonal => vec![0.0, 100.0],
            Guide::None => Vec::new(),
        };
        let y = Axis::round(values.chain(level), figure.log);
        let numbers = y.ticks.iter().map(|tick| label::width(&y.said(*tick)));
        let left = numbers.fold(24.0, f64::max) + 14.0;
        Self { figure, x, y, left }
    }

    /// The only panel as a drawing of its own.
    fn single_alone(&self, panel: &Panel, width: f64, labels: Option<f64>) -> String {
        let mut body = String::new();
        let height = self.write_single(&mut body, panel, width, labels);
        open(width, height, &self.figure.title, "") + &body + "</svg>"
    }

    /// Writes the only panel, with names at the ends of its lines where there is room for them, and says how high it is.
    fn write_single(&self, svg: &mut String, panel: &Panel, width: f64, labels: Option<f64>) -> f64 {
        let right = width - labels.unwrap_or(RIGHT);
        // A narrow page is scrolled anyway: what is drawn is as high as it is wide.
        let bottom = TOP + PLOT_HEIGHT.min(0.72 * width);
        let frame = Frame { left: self.left, right, top: TOP, bottom };
        let _ = write!(
            svg,
            "<text class=\"name start\" x=\"2\" y=\"14\">{}</text>",
            escape(&self.figure.y_label)
        );
        self.write_panel(svg, panel, frame, true);
        self.write_name_of_x(svg, f64::midpoint(frame.left, frame.right), frame.bottom + 40.0);
        match labels {
            Some(_) => self.write_labels(svg, panel, frame),
            None => self.write_name_of_level(svg, frame),
        }
        frame.bottom + BOTTOM
    }

    /// A panel of several as a drawing of its own.
    fn small(&self, panel: &Panel) -> String {
        let title = format!("{}: {}", self.figure.title, panel.heading);
        let mut svg = open(PANEL_WIDTH, TOP + PANEL_HEIGHT + BOTTOM, &title, "");
        let frame =
            Frame { left: self.left, right: PANEL_WIDTH - SMALL_RIGHT, top: TOP, bottom: TOP + PANEL_HEIGHT };
        self.write_panel(&mut svg, panel, frame, true);
        self.write_name_of_x(&mut svg, f64::midpoint(frame.left, frame.right), frame.bottom + 40.0);
        svg + "</svg>"
    }

    /// Panels side by side, and the height that they take.
    fn grid(&self, panels: &[Panel]) -> (String, f64) {
        let columns = if panels.len() == 4 { 2 } else { panels.len().min(3) };
        let step = (WIDTH - self.left) / columns as f64;
        let rows = panels.len().div_ceil(columns);
        let mut body =
            format!("<text class=\"name start\" x=\"2\" y=\"14\">{}</text>", escape(&self.figure.y_label));
        for (index, panel) in panels.iter().enumerate() {
            let left = self.left + step * (index % columns) as f64;
            let top = 20.0 + TOP + (PANEL_HEIGHT + TOP + 24.0) * (index / columns) as f64;
            let frame = Frame { left, right: left + step - SMALL_RIGHT, top, bottom: top + PANEL_HEIGHT };
            self.write_panel(&mut body, panel, frame, index.is_multiple_of(columns));
        }
        let bottom = 20.0 + (PANEL_HEIGHT + TOP + 24.0) * rows as f64 + 14.0;
        self.write_name_of_x(&mut body, f64::midpoint(self.left, WIDTH - RIGHT), bottom);
        (body, bottom + 8.0)
    }

    fn write_panel(&self, svg: &mut String, panel: &Panel, frame: Frame, with_numbers: bool) {
        let (x, y) = (self.x.between(frame.left, frame.right), self.y.between(frame.bottom, frame.top));
        if !panel.heading.is_empty() {
            let _ = write!(
                svg,
                "<text class=\"name start\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                frame.left,
                frame.top - 10.0,
                escape(&panel.heading)
            );
        }
        write_values(svg, &y, frame, with_numbers, self.figure.log);
        write_places(svg, &x, frame);
        self.write_guide(svg, frame, &x, &y);
        // What is compared is drawn beneath what it is compared with.
        let mut order: Vec<&Series> = panel.series.iter().collect();
        order.sort_by_key(|series| (!series.dashed, std::cmp::Reverse(series.index)));
        let middle = (panel.series.len() as f64 - 1.0) / 2.0;
        for series in order {
            let own = panel.series.iter().position(|known| known == series).unwrap_or(0);
            let apart = match self.figure.x {
                Across::Samples => DODGE * (own as f64 - middle),
                Across::Steps | Across::Confidence => 0.0,
            };
            let marked = self.figure.x != Across::Steps;
            write_series(svg, series, (&x, &y), apart, marked);
        }
    }

    fn write_name_of_x(&self, svg: &mut String, x: f64, y: f64) {
        let _ =
            write!(svg, "<text class=\"name\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", self.figure.x.label());
    }

    fn write_guide(&self, svg: &mut String, frame: Frame, x: &Axis, y: &Axis) {
        match self.figure.guide {
            Guide::None => {}
            Guide::Level(level, _) => {
                let (at, Frame { left, right, .. }) = (y.at(level), frame);
                let _ = write!(
                    svg,
                    "<line class=\"level\" x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
                );
            }
            Guide::Diagonal => {
                let _ = write!(
                    svg,
                    "<line class=\"level\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                    x.at(0.0),
                    x.at(100.0),
                    y.at(0.0),
                    y.at(100.0)
                );
            }
        }
    }

    /// The name of a horizontal line, beside its start.
    fn write_name_of_level(&self, svg: &mut String, frame: Frame) {
        if let Guide::Level(level, name) = self.figure.guide {
            let at = self.y.between(frame.bottom, frame.top).at(level);
            let x = frame.left + 6.0;
            // At the top there is the name of the axis.
            let y = if at - 14.0 < frame.top { at + 14.0 } else { at - 5.0 };
            let _ = write!(svg, "<text class=\"tick start\" x=\"{x:.1}\" y=\"{y:.1}\">{name}</text>");
        }
    }

    /// The names of lines at their ends.
    fn write_labels(&self, svg: &mut String, panel: &Panel, frame: Frame) {
        let (x, y) = (self.x.between(frame.left, frame.right), self.y.between(frame.bottom, frame.top));
        let ends: Vec<(&Series, &Point)> =
            panel.series.iter().filter_map(|series| Some((series, series.points.last()?))).collect();
        let mut wanted: Vec<f64> = ends.iter().map(|(_, last)| y.at(last.y)).collect();
        let mut heights: Vec<f64> = ends.iter().map(|(series, _)| label_height(series)).collect();
        if let Guide::Level(level, _) = self.figure.guide {
            wanted.push(y.at(level));
            heights.push(LINE);
        }
        let Some(places) = spread(&wanted, &heights, frame.top, frame.bottom) else { return };
        for (((series, last), &wanted), &at) in ends.iter().zip(&wanted).zip(&places) {
            let key = frame.right + 15.0;
            let _ = write!(
                svg,
                "<g class=\"c{}\"><polyline class=\"leader\" points=\"{:.1},{wanted:.1} {:.1},{wanted:.1} {:.1},{at:.1}\"/>{}</g>",
                series.index % palette::COLOURS,
                (x.at(last.x) + 8.0).min(frame.right),
                frame.right.max(x.at(last.x)) - 2.0,
                key - 7.0,
                marker::element(series.index, (key, at), "mark")
            );
            let lines = lines(&series.name);
            let first = at + 4.0 - 6.5 * (lines.len() - 1) as f64;
            for (line, text) in lines.into_iter().enumerate() {
                let (x, y) = (key + 9.0, first + 13.0 * line as f64);
                let _ = write!(
                    svg,
                    "<text class=\"name start\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                    escape(text)
                );
            }
        }
        if let (Guide::Level(_, name), Some(at), Some(wanted)) =
            (self.figure.guide, places.get(ends.len()), wanted.get(ends.len()))
        {
            let (from, to) = (frame.right, frame.right + 20.0);
            let _ = write!(
                svg,
                "<polyline class=\"level\" points=\"{from:.1},{wanted:.1} {to:.1},{at:.1}\"/>\
                 <text class=\"tick start\" x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                to + 4.0,
                at + 4.0
            );
        }
    }
}

fn open(width: f64, height: f64, title: &str, more: &str) -> String {
    format!("<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\"{more}>", escape(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, index: usize, points: Vec<Point>) -> Series {
        Series { name: name.to_owned(), index, dashed: false, points }
    }

    fn point(x: f64, y: f64) -> Point {
        Point { x, y, ..Point::default() }
    }

    fn figure(series: Vec<Series>) -> Figure {
        Figure::over_samples("\"one\"".to_owned(), "points".to_owned(), series)
    }

    #[test]
    fn nothing_to_show_is_nothing() {
        let empty = figure(vec![series("labels", 0, Vec::new())]);
        assert_eq!((empty.inline(), empty.alone()), (Vec::new(), None));
    }

    #[test]
    fn names_are_escaped_and_small_steps_have_a_decimal() {
        let svg =
            figure(vec![series("a < b", 0, vec![point(40.0, 0.0), point(40.0, 0.8)])]).inline().remove(0);
        assert!(svg.contains(">0.2</text>") && svg.contains(">0.8</text>"), "{svg}");
        assert!(svg.contains("&quot;one&quot;") && svg.contains("<title>a &lt; b</title>"), "{svg}");
    }

    #[test]
    fn short_names_stand_at_the_ends_of_lines_and_long_ones_in_a_legend() {
        let of = |name: &str| figure(vec![series(name, 0, vec![point(40.0, 0.0), point(160.0, 1.0)])]);
        let short = of("distilled");
        assert!(short.is_labelled() && short.inline()[0].contains(">distilled</text>"));
        assert!(!short.narrow().unwrap().contains(">distilled</text>"), "a narrow page has its legend");
        let long = of("distilled with a temperature of 4 and labels");
        assert!(!long.is_labelled() && !long.inline()[0].contains("labels</text>"));
        let alone = long.alone().unwrap();
        assert_eq!(alone.matches(">distilled with a temperature of 4 and labels</text>").count(), 1);
    }

    #[test]
    fn a_figure_alone_has_all_that_it_needs() {
        let alone =
            figure(vec![series("labels", 0, vec![point(40.0, 0.0), point(160.0, 1.0)])]).alone().unwrap();
        for needed in
            ["xmlns=\"http://www.w3.org/2000/svg\"", "<style>", "font-family", "<title>", "class=\"paper\""]
        {
            assert!(alone.contains(needed), "{needed} in {alone}");
        }
        assert!(!alone.contains("var(--") && !alone.contains("currentColor"), "what few programs know");
    }

    #[test]
    fn panels_share_their_axes_and_are_drawings_of_their_own_in_a_page() {
        let panel = |heading: &str, y| Panel {
            heading: heading.to_owned(),
            series: vec![series("labels", 0, vec![point(1.0, y), point(50.0, y)])],
        };
        let figure = Figure {
            x: Across::Steps,
            panels: vec![panel("M = 40", 1.0), panel("M = 160", 9.0)],
            ..figure(Vec::new())
        };
        let inline = figure.inline();
        assert_eq!(inline.len(), 2);
        assert!(inline.iter().all(|svg| svg.contains(">10</text>")), "{inline:?}");
        let alone = figure.alone().unwrap();
        assert!(alone.contains(">M = 40</text>") && alone.contains(">M = 160</text>"));
        assert_eq!(alone.matches(">labels</text>").count(), 1, "a legend names each line once");
    }
}
