//! How runs were trained: losses and validation scores over the budget, as means over seeds.

use serde::{Deserialize, Serialize};

/// How the runs of an arm at one M were trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The arm.
    pub arm: String,
    /// M.
    pub samples: u64,
    /// Runs, one of each seed.
    pub runs: usize,
    /// Ascending in steps, [`MOST_POINTS`] at most.
    pub points: Vec<HistoryPoint>,
}

/// A place in training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HistoryPoint {
    /// Steps made, as a mean where several are taken together.
    pub step: f64,
    /// Training loss, of the run's own objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Score on the validation split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_score: Option<f64>,
}

/// More than these are not told apart in a small figure.
pub const MOST_POINTS: usize = 60;

/// Means over runs at the same parts of the longest budget; a loss or a score where every run has one.
pub(crate) fn over_runs(runs: &[Vec<HistoryPoint>]) -> Vec<HistoryPoint> {
    let last = runs.iter().flatten().map(|point| point.step).fold(0.0, f64::max);
    let longest = runs.iter().map(Vec::len).max().unwrap_or(0);
    let parts = longest.min(MOST_POINTS);
    let part_of = |point: &HistoryPoint| {
        let share = if last > 0.0 { point.step / last } else { 1.0 };
        ((share * parts as f64).ceil() as usize).clamp(1, parts.max(1)) - 1
    };
    let in_part = |part: usize| {
        let of_run = |run: &Vec<HistoryPoint>| -> Vec<HistoryPoint> {
            run.iter().filter(|point| part_of(point) == part).copied().collect()
        };
        runs.iter().map(of_run).collect::<Vec<_>>()
    };
    let points = (0..parts).filter_map(|part| {
        let there = in_part(part);
        let step = mean(there.iter().flatten().map(|point| point.step))?;
        let over = |value: fn(&HistoryPoint) -> Option<f64>| {
            let each: Option<Vec<f64>> = there.iter().map(|run| mean(run.iter().filter_map(value))).collect();
            each.and_then(|each| mean(each.into_iter()))
        };
        let (loss, score) = (over(|point| point.loss), over(|point| point.validation_score));
        (loss.is_some() || score.is_some()).then_some(HistoryPoint { step, loss, validation_score: score })
    });
    points.collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(points: &[(f64, f64, Option<f64>)]) -> Vec<HistoryPoint> {
        let point =
            |&(step, loss, validation_score)| HistoryPoint { step, loss: Some(loss), validation_score };
        points.iter().map(point).collect()
    }

    #[test]
    fn runs_of_one_budget_are_averaged_step_by_step() {
        let runs = [
            run(&[(5.0, 2.0, None), (10.0, 1.0, Some(0.5))]),
            run(&[(5.0, 4.0, None), (10.0, 2.0, Some(0.7))]),
        ];
        assert_eq!(over_runs(&runs), run(&[(5.0, 3.0, None), (10.0, 1.5, Some(0.6))]));
    }

    #[test]
    fn many_points_are_taken_together_and_a_run_that_ended_early_ends_the_mean() {
        let long: Vec<(f64, f64, Option<f64>)> = (1..=600).map(|step| (f64::from(step), 1.0, None)).collect();
        let found = over_runs(&[run(&long)]);
        assert_eq!(found.len(), MOST_POINTS);
        assert_eq!((found[0].step, found[59].step), (5.5, 595.5));
        let short: Vec<(f64, f64, Option<f64>)> = long.iter().copied().take(300).collect();
        let last = over_runs(&[run(&long), run(&short)]).last().map(|point| point.step);
        assert_eq!(last, Some(295.5), "both of them are there");
        assert_eq!((over_runs(&[]), over_runs(&[Vec::new()])), (Vec::new(), Vec::new()));
    }
}
