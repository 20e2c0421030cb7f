//! Line figures over M as inline SVG.
//!
//! Shapes carry classes and no colours, so the page's style sheet makes one figure serve light, dark and print.

use std::fmt::Write as _;

use super::text::count;

/// A figure over the number of samples, on a logarithmic axis.
#[derive(Debug)]
pub(super) struct Figure {
    /// What it shows, for readers who cannot see it.
    pub(super) title: String,
    /// Quantity and unit of the vertical axis.
    pub(super) y_label: String,
    pub(super) series: Vec<Series>,
    /// A horizontal line with its name, such as the teacher's accuracy.
    pub(super) level: Option<(f64, &'static str)>,
    /// Whether the vertical axis is logarithmic.
    pub(super) log: bool,
}

/// One line of a figure.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: String,
    /// Position in the palette.
    pub(super) colour: usize,
    /// Controls are dashed.
    pub(super) dashed: bool,
    pub(super) points: Vec<Point>,
}

/// A value at M.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Ends of the interval.
    pub(super) ends: Option<(f64, f64)>,
    /// Values of single seeds.
    pub(super) dots: Vec<f64>,
    /// Whether the value is only a bound.
    pub(super) censored: bool,
}

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;
/// Ticks of the horizontal axis are no closer than a label is wide.
const LABEL_WIDTH: f64 = 44.0;

/// Maps values to pixels.
struct Axis {
    low: f64,
    high: f64,
    log: bool,
    from: f64,
    to: f64,
}

impl Axis {
    fn at(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.log { value.max(f64::MIN_POSITIVE).ln() } else { value };
        let share = (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low));
        self.from + (self.to - self.from) * share.clamp(-0.05, 1.05)
    }
}

impl Figure {
    /// The figure as an `svg` element; nothing if there is nothing to show.
    pub(super) fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let mut sizes: Vec<f64> = points().map(|point| point.x).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        let (Some(&first), Some(&last)) = (sizes.first(), sizes.last()) else { return String::new() };
        let ratio = if last > first { (last / first).powf(0.03) } else { 2.0 };
        let x = Axis { low: first / ratio, high: last * ratio, log: true, from: LEFT, to: WIDTH - RIGHT };
        let values = points()
            .flat_map(|point| {
                let ends = point.ends.map_or([point.y; 2], |(low, high)| [low, high]);
                point.dots.iter().copied().chain(ends).chain([point.y])
            })
            .chain(self.level.map(|(level, _)| level));
        let (low, high, ticks) = if self.log { log_ticks(values) } else { ticks(values) };
        let y = Axis { low, high, log: self.log, from: HEIGHT - BOTTOM, to: TOP };

        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&self.title)
        );
        self.write_axes(&mut svg, &x, &y, &sizes, &ticks);
        for series in &self.series {
            write_series(&mut svg, series, &x, &y);
        }
        svg.push_str("</svg>");
        svg
    }

    fn write_axes(&self, svg: &mut String, x: &Axis, y: &Axis, sizes: &[f64], ticks: &[f64]) {
        let step = ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let decimals = (0..8).find(|&decimals| step * 10.0_f64.powi(decimals) > 0.999).unwrap_or(8) as usize;
        for &tick in ticks {
            let at = y.at(tick);
            let zero = if tick == 0.0 && !self.log { " zero" } else { "" };
            let _ = write!(
                svg,
                "<line class=\"grid{zero}\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"tick end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 7.0,
                at + 4.0,
                if self.log { tick.to_string() } else { format!("{tick:.decimals$}").replace('-', "−") }
            );
        }
        let mut free = f64::NEG_INFINITY;
        for &size in sizes {
            let at = x.at(size);
            let bottom = HEIGHT - BOTTOM;
            let _ = write!(
                svg,
                "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{}\"/>",
                bottom + 5.0
            );
            if at - free >= LABEL_WIDTH {
                free = at;
                let _ = write!(
                    svg,
                    "<text class=\"tick\" x=\"{at:.1}\" y=\"{}\">{}</text>",
                    bottom + 19.0,
                    count(size)
                );
            }
        }
        let _ = write!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">M, samples of the student (log scale)</text>\
             <text class=\"name\" transform=\"translate(13 {:.1}) rotate(-90)\">{}</text>",
            f64::midpoint(LEFT, WIDTH - RIGHT),
            HEIGHT - 8.0,
            f64::midpoint(TOP, HEIGHT - BOTTOM),
            escape(&self.y_label)
        );
        if let Some((level, name)) = self.level {
            let at = y.at(level);
            let _ = write!(
                svg,
                "<line class=\"level\" x1=\"{LEFT}\" x2=\"{0:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"tick start\" x=\"{1:.1}\" y=\"{2:.1}\">{name}</text>",
                WIDTH - RIGHT,
                LEFT + 6.0,
                at - 5.0
            );
        }
    }
}

fn write_series(svg: &mut String, series: &Series, x: &Axis, y: &Axis) {
    let dashed = if series.dashed { " dashed" } else { "" };
    let _ = write!(svg, "<g class=\"c{}{dashed}\"><title>{}</title>", series.colour, escape(&series.name));
    let ends: Option<Vec<(f64, (f64, f64))>> =
        series.points.iter().map(|point| point.ends.map(|ends| (x.at(point.x), ends))).collect();
    if let Some(ends) = ends.filter(|ends| ends.len() > 1) {
        let upper = ends.iter().map(|(x, (_, high))| format!("{x:.1},{:.1}", y.at(*high)));
        let lower = ends.iter().rev().map(|(x, (low, _))| format!("{x:.1},{:.1}", y.at(*low)));
        let outline: Vec<String> = upper.chain(lower).collect();
        let _ = write!(svg, "<polygon class=\"band\" points=\"{}\"/>", outline.join(" "));
    }
    let line: Vec<String> =
        series.points.iter().map(|point| format!("{:.1},{:.1}", x.at(point.x), y.at(point.y))).collect();
    let _ = write!(svg, "<polyline class=\"line\" points=\"{}\"/>", line.join(" "));
    for point in &series.points {
        for &dot in &point.dots {
            let _ = write!(
                svg,
                "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"1.8\"/>",
                x.at(point.x),
                y.at(dot)
            );
        }
        let open = if point.censored { " open" } else { "" };
        let _ = write!(
            svg,
            "<circle class=\"mark{open}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.6\"/>",
            x.at(point.x),
            y.at(point.y)
        );
    }
    svg.push_str("</g>");
}

/// Range and round ticks that cover `values`.
fn ticks(values: impl Iterator<Item = f64>) -> (f64, f64, Vec<f64>) {
    let (low, high) = extent(values);
    let rough = ((high - low) / 5.0).max(1e-6);
    let magnitude = 10.0_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * magnitude).find(|step| *step >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
    let last = last.max(first + 1);
    (first as f64 * step, last as f64 * step, (first..=last).map(|tick| tick as f64 * step).collect())
}

/// Range and ticks 1, 2, 5, 10, ... that cover `values`.
fn log_ticks(values: impl Iterator<Item = f64>) -> (f64, f64, Vec<f64>) {
    let (low, high) = extent(values.filter(|value| *value > 0.0));
    let candidates: Vec<f64> = (-3..7)
        .flat_map(|power| {
            [1.0, 2.0, 5.0].map(|digit: f64| format!("{digit}e{power}").parse().unwrap_or(digit))
        })
        .collect();
    let first = candidates.iter().rposition(|tick| *tick <= low).unwrap_or(0);
    let last =
        candidates.iter().position(|tick| *tick >= high).unwrap_or(candidates.len() - 1).max(first + 1);
    let ticks = candidates[first..=last].to_vec();
    (ticks[0], ticks[ticks.len() - 1], ticks)
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (1.0, 2.0) }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        assert_eq!(ticks([72.3, 97.9].into_iter()), (70.0, 100.0, vec![70.0, 80.0, 90.0, 100.0]));
        assert_eq!(ticks([-0.4, 7.1].into_iter()).2, [-2.0, 0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(log_ticks([0.9, 7.0].into_iter()).2, [0.5, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!(ticks([3.0].into_iter()).2.len(), 2, "a single value still has a range");
    }

    #[test]
    fn nothing_to_show_is_nothing() {
        let figure = Figure {
            title: String::new(),
            y_label: String::new(),
            series: Vec::new(),
            level: None,
            log: false,
        };
        assert_eq!(figure.svg(), "");
    }

    #[test]
    fn ticks_of_any_size_are_round() {
        let of = |values: [f64; 2]| ticks(values.into_iter()).2;
        assert_eq!(
            of([0.12, 0.94]),
            [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|tick: f64| (tick * 5.0).round() * 0.2)
        );
        assert_eq!(of([0.0, 4000.0]), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        assert_eq!(of([-21.0, 9.0]), [-30.0, -20.0, -10.0, 0.0, 10.0]);
        assert_eq!(extent([f64::NAN, f64::INFINITY].into_iter()), (1.0, 2.0));
    }

    #[test]
    fn one_size_stands_in_the_middle_and_small_steps_have_a_decimal() {
        let point = |y| Point { x: 40.0, y, ends: None, dots: Vec::new(), censored: false };
        let series = Series {
            name: "a < b".to_owned(),
            colour: 0,
            dashed: false,
            points: vec![point(0.0), point(0.8)],
        };
        let figure = Figure {
            title: "\"one\"".to_owned(),
            y_label: "points".to_owned(),
            series: vec![series],
            level: None,
            log: false,
        };
        let svg = figure.svg();
        let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
        assert!(svg.contains(&format!("cx=\"{middle:.1}\" cy=\"{:.1}\"", HEIGHT - BOTTOM)), "{svg}");
        assert!(svg.contains(">0.2</text>") && svg.contains(">0.8</text>"), "{svg}");
        assert!(svg.contains("&quot;one&quot;") && svg.contains("<title>a &lt; b</title>"), "{svg}");
    }
}
