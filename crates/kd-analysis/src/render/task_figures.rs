//! The figures of a task.

use super::figure::{Bounded, Figure, Guide, Point, Series};
use crate::difference::Difference;
use crate::efficiency::{Bound, Efficiency, Equivalence};
use crate::interval::Estimate;
use crate::metric::Metric;
use crate::role::Role;
use crate::task::{Cell, Curve, TaskFindings};

/// Position of an arm among those of its task, by which it has the same colour and marker in every figure.
pub(super) fn index(task: &TaskFindings, arm: &str) -> usize {
    task.curves.iter().position(|curve| curve.arm == arm).unwrap_or(0)
}

/// Labels and distilled arms are drawn solid, what is compared with them dashed.
pub(super) fn is_dashed(role: &Role) -> bool {
    match role {
        Role::Labels | Role::Distilled => false,
        Role::Teacher | Role::Control { .. } | Role::Other => true,
    }
}

fn series(task: &TaskFindings, arm: &str, dashed: bool, points: Vec<Point>) -> Series {
    Series { name: arm.to_owned(), index: index(task, arm), dashed, points }
}

/// The ends of an interval as far as values can be, by which factor they grow on the page.
fn ends(estimate: &Estimate, (least, most): (f64, f64), factor: f64) -> Option<(f64, f64)> {
    let (low, high) = estimate.low().zip(estimate.high())?;
    Some((factor * low.max(least), factor * high.min(most)))
}

fn of_differences(differences: &[Difference], metric: &Metric) -> Vec<Point> {
    let (least, most) = metric.range();
    let (range, factor) = ((least - most, most - least), metric.factor());
    let point = |difference: &Difference| Point {
        x: difference.samples as f64,
        y: factor * difference.jointly.mean,
        ends: ends(&difference.jointly, range, factor),
        ..Point::default()
    };
    differences.iter().map(point).collect()
}

pub(super) fn accuracy_figure(task: &TaskFindings, metric: &Metric) -> Figure {
    let factor = metric.factor();
    let at = |cell: &Cell| Point {
        x: cell.samples as f64,
        y: factor * cell.accuracy.mean,
        ends: ends(&cell.accuracy, metric.range(), factor),
        seeds: cell.scores.values().map(|score| factor * score).collect(),
        bound: Bounded::Exact,
    };
    let line = |curve: &Curve| {
        series(task, &curve.arm, is_dashed(&curve.role), curve.cells.iter().map(at).collect())
    };
    let title = format!("{} against M on {}", metric.title(), task.name());
    let lines = task.curves.iter().map(line).collect();
    let teacher = |teacher: &Estimate| Guide::Level(factor * teacher.mean, "teacher");
    Figure {
        guide: task.teacher.as_ref().map_or(Guide::None, teacher),
        ..Figure::over_samples(title, metric.values(metric.measured()), lines)
    }
}

pub(super) fn gain_figure(task: &TaskFindings, metric: &Metric) -> Figure {
    let line = |gain: &crate::Gain| {
        series(task, &gain.arm, is_dashed(&gain.role), of_differences(&gain.points, metric))
    };
    Figure::over_samples(
        format!("Gain over labels against M on {}", task.name()),
        metric.differences("gain over labels"),
        task.gains.iter().map(line).collect(),
    )
}

pub(super) fn efficiency_figure(task: &TaskFindings) -> Figure {
    let at = |point: &Equivalence| Point {
        x: point.samples as f64,
        y: point.factor().value(),
        ends: point.factor_interval().map(|(low, high)| (low.value(), high.value())),
        seeds: Vec::new(),
        bound: match point.labelled {
            Bound::Exact(_) => Bounded::Exact,
            Bound::AtLeast(_) => Bounded::AtLeast,
            Bound::AtMost(_) => Bounded::AtMost,
        },
    };
    let line = |efficiency: &Efficiency| {
        series(task, &efficiency.arm, false, efficiency.points.iter().map(at).collect())
    };
    let title = format!("Data-efficiency factor against M on {}", task.name());
    let lines = task.efficiency.iter().map(line).collect();
    Figure {
        guide: Guide::Level(1.0, "no saving"),
        log: true,
        ..Figure::over_samples(title, "η, times M (log scale)".to_owned(), lines)
    }
}

pub(super) fn contrast_figure(task: &TaskFindings, metric: &Metric) -> Figure {
    let mut lines: Vec<Series> = Vec::new();
    for contrast in task.verdicts.iter().flat_map(|verdict| &verdict.contrasts) {
        if lines.iter().all(|line| line.name != contrast.control) {
            lines.push(series(task, &contrast.control, true, of_differences(&contrast.differences, metric)));
        }
    }
    Figure::over_samples(
        format!("Distilled minus controls against M on {}", task.name()),
        metric.differences("distilled − control"),
        lines,
    )
}

pub(super) fn agreement_figure(task: &TaskFindings) -> Figure {
    let line = |curve: &Curve| {
        let at = |cell: &Cell| {
            Some(Point { x: cell.samples as f64, y: 100.0 * cell.agreement?, ..Point::default() })
        };
        series(task, &curve.arm, is_dashed(&curve.role), curve.cells.iter().filter_map(at).collect())
    };
    Figure::over_samples(
        format!("Agreement with the teacher against M on {}", task.name()),
        "agreement on test, %".to_owned(),
        task.curves.iter().map(line).collect(),
    )
}
