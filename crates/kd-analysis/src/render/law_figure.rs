//! Measured values and their laws on two logarithmic axes, with what is left below.

use std::fmt::Write as _;

use super::figure::{COLOURS, Field, Plate, escape, mark};
use super::text::count;
use crate::law::Fitted;

/// A quantity of an arm.
pub(super) struct Line {
    pub(super) name: String,
    /// Position among the arms of the task.
    pub(super) index: usize,
    pub(super) points: Vec<Marked>,
    /// The law, and by how much its values grow on the page.
    pub(super) law: Option<(f64, Fitted)>,
    /// Up to which M the law is drawn, if beyond what was measured.
    pub(super) reach: Option<f64>,
}

/// A value at M.
pub(super) struct Marked {
    pub(super) samples: f64,
    pub(super) value: f64,
    pub(super) ends: Option<(f64, f64)>,
}

const WIDTH: f64 = 680.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 16.0;
/// Top and bottom of the curves.
const CURVES: (f64, f64) = (14.0, 254.0);
/// Top and bottom of what is left.
const LEFT_OVER: (f64, f64) = (276.0, 356.0);
const HEIGHT: f64 = 402.0;
/// Points of a drawn law.
const STEPS: usize = 40;
const LABEL_WIDTH: f64 = 44.0;

impl Line {
    fn law_at(&self, samples: f64) -> Option<f64> {
        self.law.map(|(factor, law)| factor * law.at(samples))
    }

    /// What is left of a point, as a share of the law.
    fn left(&self, point: &Marked) -> Option<f64> {
        self.law_at(point.samples).map(|law| point.value / law - 1.0)
    }
}

/// A map from the logarithm of values to pixels.
struct Log {
    low: f64,
    high: f64,
    pixels: (f64, f64),
}

impl Log {
    fn around(values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> Option<Self> {
        let logs = values.filter(|value| *value > 0.0 && value.is_finite()).map(f64::ln);
        let (low, high) =
            logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), log| (low.min(log), high.max(log)));
        let margin = 0.04 * (high - low).max(0.5);
        (low <= high).then_some(Self { low: low - margin, high: high + margin, pixels })
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value.max(f64::MIN_POSITIVE).ln() - self.low) / (self.high - self.low);
        self.pixels.0 + (self.pixels.1 - self.pixels.0) * share.clamp(-0.02, 1.02)
    }

    /// Numbers 1, 2 and 5 times powers of ten in the range.
    fn ticks(&self) -> Vec<f64> {
        let candidates = (-6..10).flat_map(|power| {
            [1.0, 2.0, 5.0].map(|digit: f64| format!("{digit}e{power}").parse().unwrap_or(digit))
        });
        candidates.filter(|tick: &f64| self.low <= tick.ln() && tick.ln() <= self.high).collect()
    }
}

/// The figure; none if there is nothing to show.
pub(super) fn plate(title: &str, label: &str, lines: &[Line]) -> Option<Plate> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let reach = lines.iter().filter_map(|line| line.reach);
    let pixels = (LEFT, WIDTH - RIGHT);
    let x = Log::around(points().map(|point| point.samples).chain(reach), pixels)?;
    let ends = |point: &Marked| point.ends.map_or([point.value; 2], |(low, high)| [low, high]);
    let beyond = lines.iter().filter_map(|line| line.law_at(line.reach?));
    // An interval that reaches nil has no end on a logarithmic axis; it is drawn down to the axis.
    let least = points().map(|point| point.value).filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let values = points().flat_map(ends).filter(|value| *value > 0.2 * least).chain(beyond);
    let y = Log::around(values, (CURVES.1, CURVES.0))?;
    let largest = lines
        .iter()
        .flat_map(|line| line.points.iter().filter_map(|point| line.left(point)))
        .map(f64::abs)
        .fold(0.0, f64::max);
    let half = nice(largest);

    let mut svg = String::new();
    write_axes(&mut svg, &x, &y, half, label, points());
    for line in lines {
        write_line(&mut svg, line, &x, &y, half);
    }
    Some(Plate {
        title: title.to_owned(),
        width: WIDTH,
        height: HEIGHT,
        body: svg,
        legend: lines.iter().map(|line| (line.index, line.name.clone())).collect(),
        head: vec!["measure", "series", "M", "value", "low", "high", "law"],
        rows: lines.iter().flat_map(|line| line.points.iter().map(|point| row(label, line, point))).collect(),
    })
}

fn row(label: &str, line: &Line, point: &Marked) -> Vec<Field> {
    vec![
        Field::Words(label.to_owned()),
        Field::Words(line.name.clone()),
        Field::Number(Some(point.samples)),
        Field::Number(Some(point.value)),
        Field::Number(point.ends.map(|ends| ends.0)),
        Field::Number(point.ends.map(|ends| ends.1)),
        Field::Number(line.law_at(point.samples)),
    ]
}

/// A round share that is no less than `largest`.
fn nice(largest: f64) -> f64 {
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0].into_iter().find(|share| *share >= largest).unwrap_or(2.0)
}

fn left_at(share: f64, half: f64) -> f64 {
    let middle = f64::midpoint(LEFT_OVER.0, LEFT_OVER.1);
    middle - (share / half).clamp(-1.05, 1.05) * (LEFT_OVER.1 - LEFT_OVER.0) / 2.0
}

fn write_axes<'a>(
    svg: &mut String,
    x: &Log,
    y: &Log,
    half: f64,
    label: &str,
    points: impl Iterator<Item = &'a Marked>,
) {
    let mut grid = |at: f64, class: &str, words: &str| {
        let _ = write!(
            svg,
            "<line class=\"grid{class}\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"tick end\" x=\"{:.1}\" y=\"{:.1}\">{words}</text>",
            WIDTH - RIGHT,
            LEFT - 7.0,
            at + 4.0
        );
    };
    for tick in y.ticks() {
        grid(y.at(tick), "", &tick.to_string());
    }
    for (share, class) in [(half, ""), (0.0, " zero"), (-half, "")] {
        let words = if share == 0.0 { "0".to_owned() } else { format!("{:+.0} %", 100.0 * share) };
        grid(left_at(share, half), class, &words.replace('-', "−"));
    }
    let mut sizes: Vec<f64> = points.map(|point| point.samples).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let mut free = f64::NEG_INFINITY;
    for size in sizes {
        let at = x.at(size);
        if at - free >= LABEL_WIDTH {
            free = at;
            let _ = write!(
                svg,
                "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{0}\" y2=\"{1}\"/>\
                 <text class=\"tick\" x=\"{at:.1}\" y=\"{2}\">{3}</text>",
                LEFT_OVER.1,
                LEFT_OVER.1 + 5.0,
                LEFT_OVER.1 + 19.0,
                count(size)
            );
        }
    }
    let _ = write!(
        svg,
        "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">M, samples of the student (log scale)</text>\
         <text class=\"name\" transform=\"translate(13 {:.1}) rotate(-90)\">{} (log scale)</text>\
         <text class=\"name\" transform=\"translate(13 {:.1}) rotate(-90)\">left</text>",
        f64::midpoint(LEFT, WIDTH - RIGHT),
        HEIGHT - 8.0,
        f64::midpoint(CURVES.0, CURVES.1),
        escape(label),
        f64::midpoint(LEFT_OVER.0, LEFT_OVER.1)
    );
}

fn write_line(svg: &mut String, line: &Line, x: &Log, y: &Log, half: f64) {
    let name = escape(&line.name);
    let _ = write!(svg, "<g class=\"c{}\"><title>{name}</title>", line.index % COLOURS);
    let ends = line.points.first().zip(line.points.last()).map(|(first, last)| (first.samples, last.samples));
    if let Some((first, last)) = ends {
        let curve = |from: f64, to: f64| -> Vec<String> {
            let at = |step: usize| {
                let samples = from * (to / from).powf(step as f64 / STEPS as f64);
                Some(format!("{:.1},{:.1}", x.at(samples), y.at(line.law_at(samples)?)))
            };
            (0..=STEPS).filter_map(at).collect()
        };
        let _ = write!(svg, "<polyline class=\"line\" points=\"{}\"/>", curve(first, last).join(" "));
        if let Some(reach) = line.reach {
            let points = curve(last, reach).join(" ");
            let _ = write!(svg, "<g class=\"dashed\"><polyline class=\"line\" points=\"{points}\"/></g>");
        }
    }
    for point in &line.points {
        let (at, height) = (x.at(point.samples), y.at(point.value));
        if let Some((low, high)) = point.ends {
            let _ = write!(
                svg,
                "<line class=\"whisker\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
                y.at(low),
                y.at(high)
            );
        }
        svg.push_str(&mark(line.index, (at, height), "mark"));
        if let Some(left) = line.left(point) {
            svg.push_str(&mark(line.index, (at, left_at(left, half)), "mark"));
        }
    }
    svg.push_str("</g>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Span;

    fn line(law: bool) -> Line {
        let open = |value| Span { value, low: None, high: None };
        let fitted = Fitted {
            exponent: open(1.0),
            factor: 100.0,
            floor: None,
            misfit: None,
            fits: true,
            beyond: None,
        };
        let point = |samples: f64| Marked { samples, value: 104.0 / samples, ends: Some((-0.1, 12.0)) };
        Line {
            name: "a < b".to_owned(),
            index: 0,
            points: [10.0, 20.0, 100.0].map(point).into(),
            law: law.then_some((1.0, fitted)),
            reach: law.then_some(200.0),
        }
    }

    #[test]
    fn laws_are_lines_and_what_is_left_of_points_is_below() {
        let drawn = plate("\"title\"", "error, %", &[line(true)]).unwrap().inline();
        assert_eq!(drawn.matches("class=\"mark\"").count(), 6, "each twice");
        // Every mark is 4 % above the law, in a range of 5 % either way.
        let height = 316.0 - 0.8 * 40.0;
        assert_eq!(drawn.matches(&format!("cy=\"{height:.1}\"")).count(), 3, "{drawn}");
        assert_eq!(drawn.matches("class=\"dashed\"").count(), 1, "beyond what was measured");
        assert!(drawn.contains("&quot;title&quot;") && drawn.contains("<title>a &lt; b</title>"));
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }

    #[test]
    fn without_a_law_marks_stand_alone() {
        let drawn = plate("title", "error, %", &[line(false)]).unwrap().inline();
        assert_eq!(drawn.matches("class=\"mark\"").count(), 3);
        assert!(!drawn.contains("class=\"dashed\""));
        assert!(plate("title", "error, %", &[]).is_none());
    }
}
