//! A forest plot: an estimate with its interval for each task, their mean, and what a new task would have.

use std::fmt::Write as _;

use super::figure::{Field, Plate, escape};

/// A line of the plot.
pub(super) struct Branch {
    pub(super) name: String,
    /// What stands at its right.
    pub(super) words: String,
    pub(super) value: f64,
    pub(super) ends: Option<(f64, f64)>,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A task: a mark with its interval.
    Task,
    /// The mean: a diamond as wide as its interval.
    Mean,
    /// A new task: an interval without a mark.
    Prediction,
}

const WIDTH: f64 = 680.0;
/// Where names end, and where words begin.
const NAMES: f64 = 170.0;
const WORDS: f64 = 470.0;
const LINE: f64 = 24.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 44.0;

/// The plot; none without branches.
pub(super) fn plate(title: &str, label: &str, branches: &[Branch]) -> Option<Plate> {
    let values = branches.iter().flat_map(|branch| {
        let (low, high) = branch.ends.unwrap_or((branch.value, branch.value));
        [low, high, 0.0]
    });
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if branches.is_empty() || low > high {
        return None;
    }
    let step = step((high - low).max(1e-9) / 4.0);
    let (low, high) =
        ((low / step).floor() * step, (high / step).ceil().max((low / step).floor() + 1.0) * step);
    let x =
        |value: f64| NAMES + 14.0 + (WORDS - NAMES - 28.0) * ((value - low) / (high - low)).clamp(0.0, 1.0);
    let bottom = TOP + LINE * branches.len() as f64 + 6.0;
    let height = bottom + BOTTOM;

    let mut svg = String::new();
    let decimals = (0..8).find(|&decimals| step * 10.0_f64.powi(decimals) > 0.999).unwrap_or(8) as usize;
    let ticks = ((high - low) / step).round() as usize;
    for tick in 0..=ticks {
        let value = low + tick as f64 * step;
        // Beside nil, sums of steps are off by rounding.
        let is_zero = value.abs() < 1e-9 * step.max(1.0);
        let class = if is_zero { "grid zero" } else { "grid" };
        let words = format!("{:.decimals$}", if is_zero { 0.0 } else { value }).replace('-', "−");
        let _ = write!(
            svg,
            "<line class=\"{class}\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>\
             <text class=\"tick\" x=\"{0:.1}\" y=\"{1}\">{words}</text>",
            x(value),
            bottom + 16.0
        );
    }
    let _ = write!(
        svg,
        "<text class=\"name\" x=\"{:.1}\" y=\"{}\">{}</text>",
        f64::midpoint(NAMES, WORDS),
        height - 8.0,
        escape(label)
    );
    for (index, branch) in branches.iter().enumerate() {
        write_branch(&mut svg, branch, TOP + LINE * (index as f64 + 0.5), x);
    }
    let row = |branch: &Branch| {
        let ends = [branch.ends.map(|ends| ends.0), branch.ends.map(|ends| ends.1)].map(Field::Number);
        let [low, high] = ends;
        vec![
            Field::Words(label.to_owned()),
            Field::Words(branch.name.clone()),
            Field::Number((branch.kind != Kind::Prediction).then_some(branch.value)),
            low,
            high,
        ]
    };
    Some(Plate {
        title: title.to_owned(),
        width: WIDTH,
        height,
        body: svg,
        legend: Vec::new(),
        head: vec!["measure", "task", "value", "low", "high"],
        rows: branches.iter().map(row).collect(),
    })
}

fn write_branch(svg: &mut String, branch: &Branch, at: f64, x: impl Fn(f64) -> f64) {
    let _ = write!(
        svg,
        "<text class=\"name end\" x=\"{NAMES}\" y=\"{0:.1}\">{1}</text>\
         <text class=\"name start\" x=\"{WORDS}\" y=\"{0:.1}\">{2}</text>",
        at + 4.0,
        escape(&branch.name),
        escape(&branch.words)
    );
    let centre = x(branch.value);
    let ends = branch.ends.map(|(low, high)| (x(low), x(high)));
    let line = |class: &str, (low, high): (f64, f64)| {
        format!(
            "<line class=\"{class}\" stroke=\"currentColor\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
        )
    };
    let _ = match branch.kind {
        Kind::Task => write!(
            svg,
            "<g class=\"c2\">{}<circle class=\"mark\" cx=\"{centre:.1}\" cy=\"{at:.1}\" r=\"4\"/></g>",
            ends.map_or_else(String::new, |ends| line("line", ends))
        ),
        Kind::Mean => {
            let (low, high) = ends.unwrap_or((centre - 4.0, centre + 4.0));
            write!(
                svg,
                "<g class=\"c3\"><polygon class=\"mark\" points=\"{low:.1},{at:.1} {centre:.1},{:.1} {high:.1},{at:.1} {centre:.1},{:.1}\"/></g>",
                at - 7.0,
                at + 7.0
            )
        }
        Kind::Prediction => write!(
            svg,
            "<g class=\"c3 dashed\">{}</g>",
            ends.map_or_else(String::new, |ends| line("line", ends))
        ),
    };
}

/// 1, 2 or 5 times a power of ten that is no less than `rough`.
fn step(rough: f64) -> f64 {
    let magnitude = 10.0_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|digit| digit * magnitude)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(kind: Kind, value: f64, ends: Option<(f64, f64)>) -> Branch {
        Branch { name: "a < b".to_owned(), words: "1 & 2".to_owned(), value, ends, kind }
    }

    #[test]
    fn each_kind_has_its_shape_and_zero_its_line() {
        let branches = [
            branch(Kind::Task, 2.0, Some((1.0, 3.0))),
            branch(Kind::Task, 2.0, None),
            branch(Kind::Mean, 1.5, Some((1.2, 1.8))),
            branch(Kind::Prediction, 1.5, Some((-1.0, 4.0))),
        ];
        let plate = plate("title", "gain, points", &branches).unwrap();
        assert!(plate.csv().ends_with("\"gain, points\",a < b,,-1,4\n"), "{}", plate.csv());
        let drawn = plate.inline();
        assert_eq!((drawn.matches("<circle").count(), drawn.matches("<polygon").count()), (2, 1));
        assert_eq!((drawn.matches("grid zero").count(), drawn.matches("dashed").count()), (1, 1));
        assert!(drawn.contains("a &lt; b") && drawn.contains("1 &amp; 2"));
        assert!(super::plate("title", "gain", &[]).is_none());
    }

    #[test]
    fn steps_are_round() {
        let of = |rough: f64| (step(rough) * 1e6).round() / 1e6;
        let found = [of(0.3), of(1.0), of(2.2), of(7.0)].map(|step| format!("{step}"));
        assert_eq!(found, ["0.5", "1", "5", "10"]);
    }
}
