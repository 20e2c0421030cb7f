//! Figures with a panel for each M: how runs were trained, and whether their confidence is what it says.

use super::figure::{Across, Figure, Guide, Panel, Point, Series};
use super::task_figures::{index, is_dashed};
use super::text::count;
use crate::history::{History, HistoryPoint};
use crate::task::{Cell, Curve, TaskFindings};

/// More panels are too small to read; then some M are left out, the first and the last never.
const MOST_PANELS: usize = 9;

/// Scores on the validation split over the budget.
pub(super) fn validation_figure(task: &TaskFindings) -> Figure {
    let panels = of_histories(task, |point| point.validation_score.map(|score| 100.0 * score));
    let title = format!("Score on the validation split while training on {}", task.name());
    small_multiples(title, Across::Steps, "score on the validation split, %", panels)
}

/// Training losses over the budget.
pub(super) fn loss_figure(task: &TaskFindings) -> Figure {
    let panels = of_histories(task, |point| point.loss);
    let losses =
        || panels.iter().flat_map(|panel| &panel.series).flat_map(|line| &line.points).map(|point| point.y);
    let (least, most) =
        losses().fold((f64::INFINITY, 0.0_f64), |(least, most), y| (least.min(y), most.max(y)));
    // Losses fall by powers of ten, unless an objective's may be below zero.
    let log = least > 0.0 && most > 10.0 * least;
    let title = format!("Training loss on {}", task.name());
    let name = if log { "training loss (log scale)" } else { "training loss" };
    Figure { log, ..small_multiples(title, Across::Steps, name, panels) }
}

/// Accuracy against confidence.
pub(super) fn reliability_figure(task: &TaskFindings) -> Figure {
    let line = |curve: &Curve, samples: u64| {
        let cell = curve.cells.iter().find(|cell| cell.samples == samples)?;
        let bins = &cell.decomposition.as_ref()?.reliability;
        let point = |bin: &crate::ReliabilityBin| Point {
            x: 100.0 * bin.confidence,
            y: 100.0 * bin.accuracy,
            ..Point::default()
        };
        let points = bins.iter().filter(|bin| bin.share >= RARE).map(point).collect();
        Some(series(task, curve, points))
    };
    let has = |cell: &Cell| cell.decomposition.as_ref().is_some_and(|found| !found.reliability.is_empty());
    let cells = task.curves.iter().flat_map(|curve| &curve.cells);
    let sizes = few(cells.filter(|cell| has(cell)).map(|cell| cell.samples));
    let panels = sizes.into_iter().map(|samples| {
        let lines = task.curves.iter().filter_map(|curve| line(curve, samples)).collect();
        Panel { heading: heading(samples), series: lines }
    });
    let title = format!("Accuracy against confidence on {}", task.name());
    let panels = panels.collect();
    Figure { guide: Guide::Diagonal, ..small_multiples(title, Across::Confidence, "accuracy, %", panels) }
}

/// Bins with a smaller share of predictions are noise, and not drawn.
const RARE: f64 = 0.005;

fn of_histories(task: &TaskFindings, value: impl Fn(&HistoryPoint) -> Option<f64>) -> Vec<Panel> {
    let points = |history: &History| -> Vec<Point> {
        let point =
            |point: &HistoryPoint| Some(Point { x: point.step, y: value(point)?, ..Point::default() });
        history.points.iter().filter_map(point).collect()
    };
    let sizes = few(task.histories.iter().map(|history| history.samples));
    let panel = |samples: u64| {
        let lines = task.curves.iter().filter_map(|curve| {
            let of = |history: &&History| history.arm == curve.arm && history.samples == samples;
            let points = points(task.histories.iter().find(of)?);
            (!points.is_empty()).then(|| series(task, curve, points))
        });
        Panel { heading: heading(samples), series: lines.collect() }
    };
    let mut panels: Vec<Panel> = sizes.into_iter().map(panel).collect();
    panels.retain(|panel| !panel.series.is_empty());
    panels
}

fn series(task: &TaskFindings, curve: &Curve, points: Vec<Point>) -> Series {
    let index = index(task, &curve.arm);
    Series { name: curve.arm.clone(), index, dashed: is_dashed(&curve.role), points }
}

fn heading(samples: u64) -> String {
    format!("M = {}", count(samples as f64))
}

/// Every M, or as many as there is room for, evenly.
fn few(samples: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut all: Vec<u64> = samples.collect();
    all.sort_unstable();
    all.dedup();
    if all.len() <= MOST_PANELS {
        return all;
    }
    (0..MOST_PANELS).map(|panel| all[panel * (all.len() - 1) / (MOST_PANELS - 1)]).collect()
}

fn small_multiples(title: String, x: Across, y_label: &str, panels: Vec<Panel>) -> Figure {
    Figure { title, x, y_label: y_label.to_owned(), panels, guide: Guide::None, log: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_sizes_the_ends_stay() {
        assert_eq!(few([3, 1, 2, 2].into_iter()), [1, 2, 3]);
        let some = few(1..=100);
        assert_eq!((some.len(), some[0], some[8]), (MOST_PANELS, 1, 100));
    }
}
