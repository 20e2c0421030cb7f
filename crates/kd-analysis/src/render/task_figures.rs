//! The figures of a task.

use super::figure::{Figure, Point, Series};
use crate::difference::Difference;
use crate::findings::{Curve, TaskFindings};
use crate::metric::Metric;
use crate::role::Role;

/// Position of an arm in the palette, the same in every figure of a task.
fn colour(task: &TaskFindings, arm: &str) -> usize {
    task.curves.iter().position(|curve| curve.arm == arm).unwrap_or(0) % 8
}

/// Labels and distilled arms are drawn solid, what is compared with them dashed.
fn is_dashed(role: &Role) -> bool {
    match role {
        Role::Labels | Role::Distilled => false,
        Role::Teacher | Role::Control { .. } | Role::Other => true,
    }
}

fn series(task: &TaskFindings, arm: &str, dashed: bool, points: Vec<Point>) -> Series {
    Series { name: arm.to_owned(), colour: colour(task, arm), dashed, points }
}

fn of_differences(differences: &[Difference], factor: f64) -> Vec<Point> {
    differences
        .iter()
        .map(|difference| Point {
            x: difference.samples as f64,
            y: factor * difference.jointly.mean,
            ends: difference
                .jointly
                .low()
                .zip(difference.jointly.high())
                .map(|(a, b)| (factor * a, factor * b)),
            dots: Vec::new(),
            censored: false,
        })
        .collect()
}

pub(super) fn accuracy_figure(task: &TaskFindings, metric: &Metric) -> Figure {
    let factor = metric.factor();
    let line = |curve: &Curve| {
        let at = |cell: &crate::Cell| Point {
            x: cell.samples as f64,
            y: factor * cell.accuracy.mean,
            ends: cell.accuracy.low().zip(cell.accuracy.high()).map(|(a, b)| (factor * a, factor * b)),
            dots: cell.scores.values().map(|score| factor * score).collect(),
            censored: false,
        };
        series(task, &curve.arm, is_dashed(&curve.role), curve.cells.iter().map(at).collect())
    };
    Figure {
        title: format!("{} against M on {}", metric.title(), task.name()),
        y_label: metric.values(metric.measured()),
        series: task.curves.iter().map(line).collect(),
        level: task.teacher.as_ref().map(|teacher| (factor * teacher.mean, "teacher")),
        log: false,
    }
}

pub(super) fn gain_figure(task: &TaskFindings, metric: &Metric) -> Figure {
    Figure {
        title: format!("Gain over labels against M on {}", task.name()),
        y_label: metric.differences("gain over labels"),
        series: task
            .gains
            .iter()
            .map(|gain| {
                series(task, &gain.arm, is_dashed(&gain.role), of_differences(&gain.points, metric.factor()))
            })
            .collect(),
        level: None,
        log: false,
    }
}

pub(super) fn efficiency_figure(task: &TaskFindings) -> Figure {
    let line = |efficiency: &crate::Efficiency| {
        let at = |point: &crate::Equivalence| Point {
            x: point.samples as f64,
            y: point.factor().value(),
            ends: point.factor_interval().map(|(low, high)| (low.value(), high.value())),
            dots: Vec::new(),
            censored: !matches!(point.labelled, crate::Bound::Exact(_)),
        };
        series(task, &efficiency.arm, false, efficiency.points.iter().map(at).collect())
    };
    Figure {
        title: format!("Data-efficiency factor against M on {}", task.name()),
        y_label: "η, times M (log scale)".to_owned(),
        series: task.efficiency.iter().map(line).collect(),
        level: Some((1.0, "no saving")),
        log: true,
    }
}

pub(super) fn contrast_figure(task: &TaskFindings, metric: &Metric) -> Figure {
    let mut lines: Vec<Series> = Vec::new();
    for contrast in task.verdicts.iter().flat_map(|verdict| &verdict.contrasts) {
        if lines.iter().all(|line| line.name != contrast.control) {
            lines.push(series(
                task,
                &contrast.control,
                true,
                of_differences(&contrast.differences, metric.factor()),
            ));
        }
    }
    Figure {
        title: format!("Distilled minus controls against M on {}", task.name()),
        y_label: metric.differences("distilled − control"),
        series: lines,
        level: None,
        log: false,
    }
}

pub(super) fn agreement_figure(task: &TaskFindings) -> Figure {
    let line = |curve: &Curve| {
        let at = |cell: &crate::Cell| {
            let y = 100.0 * cell.agreement?;
            Some(Point { x: cell.samples as f64, y, ends: None, dots: Vec::new(), censored: false })
        };
        series(task, &curve.arm, is_dashed(&curve.role), curve.cells.iter().filter_map(at).collect())
    };
    Figure {
        title: format!("Agreement with the teacher against M on {}", task.name()),
        y_label: "agreement on test, %".to_owned(),
        series: task.curves.iter().map(line).collect(),
        level: None,
        log: false,
    }
}
