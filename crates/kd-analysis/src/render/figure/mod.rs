//! Line figures: what is drawn, apart from how.
//!
//! A figure is drawn twice: into the report, where shapes carry classes and the page's style sheet makes one drawing
//! serve light, dark and print, and alone, for papers, with its styles inside (`svg.rs`). Its numbers are a table
//! (`numbers.rs`).

mod axis;
mod label;
mod marker;
mod numbers;
mod paint;
mod palette;
mod plate;
mod shapes;
mod svg;

pub(super) use marker::{element as mark, legend_key};
pub(super) use numbers::quoted;
pub(super) use paint::{pdf, png};
pub(super) use palette::COLOURS;
pub(super) use plate::{Field, Plate};
pub(super) use shapes::escape;

/// Lines over one quantity, in one panel or in several that share their axes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// What it shows, for readers who cannot see it.
    pub(super) title: String,
    pub(super) x: Across,
    /// Quantity and unit of the vertical axis.
    pub(super) y_label: String,
    pub(super) panels: Vec<Panel>,
    pub(super) guide: Guide,
    /// Whether the vertical axis is logarithmic.
    pub(super) log: bool,
}

/// What is on the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Across {
    /// M, on a logarithmic axis.
    Samples,
    /// Steps of training.
    Steps,
    /// Confidence in per cent.
    Confidence,
}

/// What lines are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Guide {
    None,
    /// A horizontal line with its name, such as the teacher's accuracy.
    Level(f64, &'static str),
    /// Where both axes have the same value.
    Diagonal,
}

/// A part of a figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    /// What sets it apart; empty where there is one.
    pub(super) heading: String,
    pub(super) series: Vec<Series>,
}

/// One line of a panel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub(super) name: String,
    /// Position among the arms of the task, which decides colour and marker.
    pub(super) index: usize,
    /// Controls are dashed.
    pub(super) dashed: bool,
    pub(super) points: Vec<Point>,
}

/// A value at a place on the horizontal axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Ends of the interval, within the range of what is drawn.
    pub(super) ends: Option<(f64, f64)>,
    /// Values of single seeds.
    pub(super) seeds: Vec<f64>,
    /// Whether the value is only a bound.
    pub(super) bound: Bounded,
}

/// What a value that is drawn says of the true one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Bounded {
    #[default]
    Exact,
    AtLeast,
    AtMost,
}

impl Figure {
    /// A figure of one panel over M.
    pub(super) fn over_samples(title: String, y_label: String, series: Vec<Series>) -> Self {
        Self {
            title,
            x: Across::Samples,
            y_label,
            panels: vec![Panel { heading: String::new(), series }],
            guide: Guide::None,
            log: false,
        }
    }

    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.points().next().is_none()
    }

    pub(super) fn points(&self) -> impl Iterator<Item = &Point> {
        self.series().flat_map(|series| &series.points)
    }

    fn series(&self) -> impl Iterator<Item = &Series> {
        self.panels.iter().flat_map(|panel| &panel.series)
    }

    /// The lines that a legend names, each once: those of which something is drawn.
    pub(super) fn named(&self) -> Vec<&Series> {
        let mut named: Vec<&Series> = Vec::new();
        for series in self.series().filter(|series| !series.points.is_empty()) {
            if !named.iter().any(|known| known.name == series.name) {
                named.push(series);
            }
        }
        named.sort_by_key(|series| series.index);
        named
    }
}

impl Across {
    /// The name of the axis.
    fn label(self) -> &'static str {
        match self {
            Self::Samples => "M, samples of the student (log scale)",
            Self::Steps => "step",
            Self::Confidence => "confidence, %",
        }
    }

    /// The same as a column of a table.
    fn column(self) -> &'static str {
        match self {
            Self::Samples => "M",
            Self::Steps => "step",
            Self::Confidence => "confidence",
        }
    }
}
