//! What tables for papers hold.

use crate::difference::Difference;
use crate::metric::Metric;
use crate::render::figure::quoted;
use crate::render::text::{count, factor, interval, judgement, samples};
use crate::render::{decomposition, perplexity};
use crate::task::TaskFindings;

/// A table of words and numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) caption: String,
    /// What it is referred to by.
    pub(super) label: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn csv(&self) -> String {
        let line =
            |row: &Vec<String>| row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",") + "\n";
        std::iter::once(&self.head).chain(&self.rows).map(line).collect()
    }
}

/// A table with a row for each M and a column for each arm; none where no cell has anything.
fn over_samples(
    task: &TaskFindings,
    caption: String,
    arms: &[&str],
    cell: impl Fn(&str, u64) -> Option<String>,
) -> Option<Table> {
    let row = |m: u64| {
        let cells = arms.iter().map(|arm| cell(arm, m).unwrap_or_default());
        std::iter::once(count(m as f64)).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = task.sizes().into_iter().map(row).collect();
    let head = std::iter::once("M").chain(arms.iter().copied()).map(str::to_owned).collect();
    let is_empty = rows.iter().all(|row| row.iter().skip(1).all(String::is_empty));
    (!is_empty).then_some(Table { caption, label: String::new(), head, rows })
}

/// The mean score of every arm at every M with its interval.
pub(super) fn accuracy_table(task: &TaskFindings, metric: &Metric) -> Option<Table> {
    let caption = format!(
        "{}, on {}: mean over seeds and half the width of its interval.",
        metric.values(&metric.title()),
        task.name()
    );
    let arms: Vec<&str> = task.curves.iter().map(|curve| curve.arm.as_str()).collect();
    over_samples(task, caption, &arms, |arm, m| {
        let curve = task.curves.iter().find(|curve| curve.arm == arm)?;
        let cell = curve.cells.iter().find(|cell| cell.samples == m)?;
        Some(metric.bare_with_interval(&cell.accuracy))
    })
}

/// Every arm's gain over labels at every M with its joint interval.
pub(super) fn gain_table(task: &TaskFindings, metric: &Metric) -> Option<Table> {
    let caption = format!(
        "{}, on {}: paired by seed, with intervals that hold jointly over M.",
        metric.differences("Gain over labels"),
        task.name()
    );
    let arms: Vec<&str> = task.gains.iter().map(|gain| gain.arm.as_str()).collect();
    let at = |arm: &str, m: u64| -> Option<&Difference> {
        let gain = task.gains.iter().find(|gain| gain.arm == arm)?;
        gain.points.iter().find(|point| point.samples == m)
    };
    over_samples(task, caption, &arms, |arm, m| Some(metric.difference(&at(arm, m)?.jointly)))
}

/// What every distilled arm is worth in labels.
pub(super) fn efficiency_table(task: &TaskFindings, metric: &Metric) -> Option<Table> {
    let caption = format!(
        "Labelled samples that reach the {} of distillation with M on {}.",
        metric.name(),
        task.name()
    );
    let head = ["arm", "M", "labelled samples", "η"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = task
        .efficiency
        .iter()
        .flat_map(|efficiency| efficiency.points.iter().map(move |point| (&efficiency.arm, point)))
        .map(|(arm, point)| {
            vec![
                arm.clone(),
                count(point.samples as f64),
                interval(point.labelled, point.interval, samples),
                interval(point.factor(), point.factor_interval(), factor),
            ]
        })
        .collect();
    (!rows.is_empty()).then_some(Table { caption, label: String::new(), head, rows })
}

/// Perplexity and bits per token, of language models.
pub(super) fn perplexity_table(task: &TaskFindings) -> Option<Table> {
    let caption = format!("Perplexity (bits per token) on {}: of the mean over seeds.", task.name());
    let arms: Vec<&str> = task.curves.iter().map(|curve| curve.arm.as_str()).collect();
    let table = over_samples(task, caption, &arms, |arm, m| perplexity::cell(task, arm, m));
    table.filter(|_| perplexity::is_of(task))
}

/// Bias and variance of every arm at every M, where predictions were kept.
pub(super) fn decomposition_table(task: &TaskFindings) -> Option<Table> {
    let caption = format!("Bias and variance of errors over seeds on {}.", task.name());
    let (head, rows) = decomposition::as_table(task);
    (!rows.is_empty()).then_some(Table { caption, label: String::new(), head, rows })
}

/// Theories and what the data say of them.
pub(super) fn theory_table(task: &TaskFindings) -> Option<Table> {
    let caption = format!("Theories of what distillation gains, tested on {}.", task.name());
    let head = ["claim", "source", "tested on", "verdict", "because"].map(str::to_owned).to_vec();
    let row = |verdict: &crate::Verdict| {
        vec![
            verdict.claim.clone(),
            verdict.sources.clone(),
            verdict.arm.clone().unwrap_or_default(),
            judgement(verdict.judgement).to_owned(),
            verdict.because.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = task.verdicts.iter().map(row).collect();
    (!task.curves.is_empty() && !rows.is_empty()).then_some(Table {
        caption,
        label: String::new(),
        head,
        rows,
    })
}
