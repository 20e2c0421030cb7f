//! A quantity over tasks: its mean, what a new task would have, and in how many tasks it holds.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF, StudentsT};

use super::FEWEST_TASKS;
use crate::interval::Estimate;
use crate::stat::holm;

/// A quantity of one task, over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfTask {
    /// The task.
    pub task: String,
    /// The M at which it was measured.
    pub samples: u64,
    /// M/N there, where N is known.
    pub kappa: Option<f64>,
    /// Mean over seeds, with its interval alone.
    pub estimate: Estimate,
    /// The probability of a mean as large or larger, if it were nil: Student's t over seeds. Absent below two seeds, or where
    /// seeds do not differ.
    pub p_above: Option<f64>,
    /// The same of a mean as small or smaller.
    pub p_below: Option<f64>,
    /// Of pairs of runs, in how many the arm was the better; of equal ones, half.
    pub wins: f64,
}

impl OfTask {
    /// Of differences of paired runs. None without them.
    pub(crate) fn of(
        task: String,
        (samples, kappa): (u64, Option<f64>),
        differences: &[f64],
        confidence: f64,
    ) -> Option<Self> {
        let estimate = Estimate::of(differences, confidence, 1)?;
        let above = probability_above(differences);
        let win = |difference: &f64| match difference.total_cmp(&0.0) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => 0.5,
        };
        Some(Self {
            task,
            samples,
            kappa,
            estimate,
            p_above: above,
            p_below: above.map(|p| 1.0 - p),
            wins: differences.iter().map(win).sum(),
        })
    }
}

/// The one-sided probability of Student's t.
fn probability_above(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // What rounding leaves of equal seeds is no variance.
    let error = Some((variance / n).sqrt()).filter(|error| *error > 1e-12 * mean.abs())?;
    Some(StudentsT::new(0.0, 1.0, n - 1.0).ok()?.sf(mean / error))
}

/// A quantity over tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pooled {
    /// In the order of the study.
    pub tasks: Vec<OfTask>,
    /// The mean over tasks, each of which counts the same, with its interval for tasks like these; absent below
    /// [`FEWEST_TASKS`] of them.
    pub mean: Option<Estimate>,
    /// The interval for a new task like these; absent likewise. Tasks differ by what seeds do too, so it holds at least as
    /// often as it says.
    pub prediction: Option<(f64, f64)>,
    /// Tasks in which the quantity is above nil, all of them at once.
    pub above: Vec<String>,
    /// Tasks in which it is below.
    pub below: Vec<String>,
    /// The probability that the arm is the better of a pair of runs on one of these tasks, with its interval.
    pub improvement: Option<(f64, (f64, f64))>,
}

impl Pooled {
    /// Of what was measured on each task.
    pub(crate) fn of(tasks: Vec<OfTask>, confidence: f64) -> Self {
        let means: Vec<f64> = tasks.iter().map(|task| task.estimate.mean).collect();
        let (mean, prediction) = over_tasks(&means, confidence);
        let level = (1.0 - confidence) / 2.0;
        let probabilities = |of: fn(&OfTask) -> Option<f64>| tasks.iter().map(of).collect::<Vec<_>>();
        let named = |places: Vec<usize>| places.into_iter().map(|place| tasks[place].task.clone()).collect();
        Self {
            mean,
            prediction,
            above: named(holds(&probabilities(|task| task.p_above), level)),
            below: named(holds(&probabilities(|task| task.p_below), level)),
            improvement: improvement(&tasks, confidence),
            tasks,
        }
    }
}

/// The mean over tasks and the interval for a new one; none below [`FEWEST_TASKS`].
///
/// The mean takes each task as one observation, with Student's t over tasks: variances over seeds are too rough to weigh
/// tasks by, and t holds where they differ (Ibragimov & Müller 2010, "t-Statistic Based Correlation and Heterogeneity
/// Robust Inference"). A new task is taken for an observation more.
pub(super) fn over_tasks(values: &[f64], confidence: f64) -> (Option<Estimate>, Option<(f64, f64)>) {
    let mean = Estimate::of(values, confidence, 1).filter(|_| values.len() >= FEWEST_TASKS);
    let wider = (1.0 + values.len() as f64).sqrt();
    let prediction = mean.and_then(|mean| {
        let half = wider * mean.half_width?;
        Some((mean.mean - half, mean.mean + half))
    });
    (mean, prediction)
}

/// Where a claim holds at once, with an error of `level` at most over all of them (Holm 1979). As many as these is also the
/// largest r for which "it holds in at least r" is established by the partial conjunction of Benjamini & Heller (2008,
/// "Screening for Partial Conjunction Hypotheses") with Bonferroni's combination, whose probabilities are K - r + 1 times
/// the r-th smallest. What has no probability counts as a claim that fails.
fn holds(probabilities: &[Option<f64>], level: f64) -> Vec<usize> {
    let all: Vec<f64> = probabilities.iter().map(|p| p.unwrap_or(1.0)).collect();
    holm(&all, level).into_iter().enumerate().filter(|(_, holds)| *holds).map(|(place, _)| place).collect()
}

/// The probability of improvement (Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical
/// Precipice"), here of runs that share a seed, each pair counting the same. Its interval is that of Clopper & Pearson (1934):
/// wins that differ in probability between tasks vary less than those of one (Hoeffding 1956), so it covers at least as
/// often as it says, and has a width where all are won.
fn improvement(tasks: &[OfTask], confidence: f64) -> Option<(f64, (f64, f64))> {
    let pairs = tasks.iter().map(|task| task.estimate.n).sum::<usize>() as f64;
    let wins: f64 = tasks.iter().map(|task| task.wins).sum();
    let tail = (1.0 - confidence) / 2.0;
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).map(|beta| beta.inverse_cdf(p)).ok();
    let low = if wins < 0.5 {
        0.0
    } else {
        quantile(wins.floor(), pairs - wins.floor() + 1.0, tail).unwrap_or(0.0)
    };
    let losses = pairs - wins;
    let high = if losses < 0.5 {
        1.0
    } else {
        quantile(wins.ceil() + 1.0, pairs - wins.ceil(), 1.0 - tail).unwrap_or(1.0)
    };
    (pairs > 0.0).then(|| (wins / pairs, (low, high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, differences: &[f64]) -> OfTask {
        OfTask::of(name.to_owned(), (40, Some(0.1)), differences, 0.95).unwrap()
    }

    #[test]
    fn a_mean_over_tasks_counts_each_once() {
        let tasks =
            vec![task("a", &[1.0, 2.0, 3.0]), task("b", &[4.0, 4.5, 5.0, 4.5]), task("c", &[0.0, 2.0])];
        let found = Pooled::of(tasks, 0.95);
        let mean = found.mean.unwrap();
        assert!((mean.mean - 2.5).abs() < 1e-12 && mean.n == 3);
        // Means 2, 4.5 and 1 have a variance of 3.25; t(0.975, 2) = 4.302653.
        let half = 4.302_652_7 * (3.25_f64 / 3.0).sqrt();
        assert!((mean.half_width.unwrap() - half).abs() < 1e-6);
        let (low, high) = found.prediction.unwrap();
        assert!((high - 2.5 - 2.0 * half).abs() < 1e-5 && (low + high - 5.0).abs() < 1e-9);
        let two = Pooled::of(found.tasks[..2].to_vec(), 0.95);
        assert_eq!((two.mean, two.prediction), (None, None));
    }

    #[test]
    fn claims_hold_at_once_as_holm_and_benjamini_say() {
        // 4 times 0.001, 3 times 0.01, then 2 times 0.02 is more than 0.025.
        let found = holds(&[Some(0.02), Some(0.001), Some(0.006), None], 0.025);
        assert_eq!(found, [1, 2]);
        assert!(holds(&[Some(0.02), Some(0.02)], 0.025).is_empty());
        assert!(holds(&[], 0.025).is_empty());
    }

    #[test]
    fn a_probability_is_that_of_students_t() {
        // Mean 3, standard error sqrt(0.5): t = 4.2426 with 4 degrees of freedom.
        let found = task("a", &[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!((found.p_above.unwrap() - 0.006_618).abs() < 1e-5, "{found:?}");
        assert!((found.p_above.unwrap() + found.p_below.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(task("b", &[0.1, 0.1, 0.1]).p_above, None, "equal seeds have no error");
        assert_eq!(task("b", &[0.1]).p_above, None);
    }

    #[test]
    fn the_probability_of_improvement_has_a_width_where_all_is_won() {
        let all = Pooled::of(vec![task("a", &[1.0, 2.0, 3.0, 1.0, 2.0])], 0.95).improvement.unwrap();
        // Clopper and Pearson: 0.025^(1/5).
        assert!((all.1.0 - 0.025_f64.powf(0.2)).abs() < 1e-6 && all.0 > 0.999 && all.1.1 > 0.999, "{all:?}");
        let none = Pooled::of(vec![task("a", &[-1.0, -2.0, -1.0])], 0.95).improvement.unwrap();
        assert!(none.0 < 1e-9 && none.1.0 < 1e-9 && none.1.1 > 0.5);
        let half = Pooled::of(vec![task("a", &[1.0, 0.0, -1.0])], 0.95).improvement.unwrap();
        assert!((half.0 - 0.5).abs() < 1e-12 && half.1.0 < 0.1 && half.1.1 > 0.9, "{half:?}");
    }
}
