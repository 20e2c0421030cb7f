//! What a study is analysed by, and how its numbers are written.

use serde::{Deserialize, Serialize};

use crate::interval::Estimate;
use crate::study::{Score, StudyInfo, TaskInfo};
use crate::table::{Better, Column, FRACTION, Kind, RunRow, TARGETS_UNIT, columns, find};

/// What a task is analysed by: accuracy or R², or a column of the results table. Values are in its own unit; merits, of
/// which gains are differences, are the higher the better, so that a gain in a loss is that of labels minus that of an arm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// The column; none where it is what the task is scored by.
    column: Option<String>,
    /// Of which weights, without a column.
    score: Score,
    /// In words: `accuracy`, `NLL`, `train agreement`.
    name: String,
    /// The same with the split that it is measured on: `test accuracy`.
    measured: String,
    /// As of a column.
    unit: String,
    better: Better,
}

impl Metric {
    /// That of a study on a task. A column that is none of [`Metric::columns`] is passed over.
    #[must_use]
    pub fn of(study: &StudyInfo, task: &TaskInfo) -> Self {
        let column = study.metric.as_deref().and_then(find).filter(|column| is_metric(column));
        column.map_or_else(|| Self::score(&task.score, study.score), Self::column)
    }

    /// Columns that can be a metric: numbers of which one direction is the better.
    pub fn columns() -> impl Iterator<Item = &'static Column> {
        columns().filter(|column| is_metric(column))
    }

    /// What a task is scored by.
    fn score(name: &str, score: Score) -> Self {
        Self {
            column: None,
            score,
            name: name.to_owned(),
            measured: format!("test {name}"),
            unit: FRACTION.to_owned(),
            better: Better::Higher,
        }
    }

    fn column(column: &Column) -> Self {
        let name = in_words(column.name.strip_prefix("test_").unwrap_or(column.name));
        Self {
            column: Some(column.name.to_owned()),
            score: Score::LastStep,
            measured: if column.name.starts_with("test_") { format!("test {name}") } else { name.clone() },
            name,
            unit: column.unit.to_owned(),
            better: column.better.unwrap_or(Better::Higher),
        }
    }

    /// Its value in a row, if the run has one.
    #[must_use]
    pub fn read(&self, row: &RunRow) -> Option<f64> {
        match &self.column {
            Some(column) => row.number(find(column)?),
            None => row.score(self.score),
        }
    }

    /// A value as the higher the better.
    pub(crate) fn merit(&self, value: f64) -> f64 {
        match self.better {
            Better::Higher => value,
            Better::Lower => -value,
        }
    }

    /// Whether it is a share of right classes or tokens.
    pub(crate) fn is_accuracy(&self) -> bool {
        self.column.is_none() && self.name.starts_with("accuracy")
    }

    /// Whether it is what a task is scored by, after the last step.
    pub(crate) fn is_last_score(&self) -> bool {
        self.column.is_none() && self.score == Score::LastStep
    }

    /// What one test example more or less makes of a share; 0 where that is not known.
    pub(crate) fn resolution(&self, task: &TaskInfo) -> f64 {
        if self.is_share() && task.test_examples > 0 { 1.0 / task.test_examples as f64 } else { 0.0 }
    }

    /// What is wrong, the lower the better and not below nil: of a share what is left of 1, of a loss the loss itself. None of
    /// what has no such measure.
    pub(crate) fn error(&self, value: f64) -> Option<f64> {
        match self.better {
            Better::Higher => self.is_share().then_some(1.0 - value),
            Better::Lower => Some(value),
        }
    }

    /// In words: `accuracy`, `NLL`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is measured: `test accuracy`.
    pub(crate) fn measured(&self) -> &str {
        &self.measured
    }

    /// The same at the start of a sentence: `Test accuracy`.
    pub(crate) fn title(&self) -> String {
        let mut letters = self.measured.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    /// Between which numbers every value is, in its own unit; infinite where there is no end.
    pub(crate) fn range(&self) -> (f64, f64) {
        let Some(column) = &self.column else {
            return if self.name.contains("accuracy") { (0.0, 1.0) } else { (f64::NEG_INFINITY, 1.0) };
        };
        match column.as_str() {
            // Scores, which may be R².
            "test_r2"
            | "test_score_at_best"
            | "validation_score"
            | "validation_score_at_best"
            | "train_score" => (f64::NEG_INFINITY, 1.0),
            "test_macro_f1"
            | "test_hellinger"
            | "train_hellinger"
            | "test_total_variation"
            | "train_total_variation" => (0.0, 1.0),
            "test_perplexity" => (1.0, f64::INFINITY),
            "test_brier" => (0.0, 2.0),
            _ if self.is_share() => (0.0, 1.0),
            // A run's own objective may be below zero.
            name if self.better == Better::Lower && name != "final_loss" => (0.0, f64::INFINITY),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// By how much a value grows on the page.
    pub(crate) fn factor(&self) -> f64 {
        if self.is_share() { 100.0 } else { 1.0 }
    }

    /// `93.1 ± 0.4 %` or `0.412 ± 0.013 nats`.
    #[must_use]
    pub fn value(&self, estimate: &Estimate) -> String {
        after(&self.bare_with_interval(estimate), " ", beside(self.unit_of_values()))
    }

    /// `93.1 ± 0.4`, without its unit; `99.2 [97.9, 100.0]` where half the width would lead beyond what a value can be.
    pub(crate) fn bare_with_interval(&self, estimate: &Estimate) -> String {
        let decimals = self.decimals(estimate.mean.abs().max(estimate.half_width.unwrap_or(0.0)));
        let say = |value: f64| format!("{:.decimals$}", self.factor() * value);
        let (least, most) = self.range();
        let interval = match (estimate.half_width, estimate.low(), estimate.high()) {
            (Some(_), Some(low), Some(high)) if low < least || high > most => {
                format!(" [{}, {}]", say(low.max(least)), say(high.min(most)))
            }
            (Some(half), ..) => format!(" ± {}", say(half)),
            (None, ..) => String::new(),
        };
        minus(&format!("{}{interval}", say(estimate.mean)))
    }

    /// `93.1` or `0.412`, without its unit.
    pub(crate) fn bare(&self, value: f64) -> String {
        minus(&format!("{:.*}", self.decimals(value.abs()), self.factor() * value))
    }

    /// `+6.4 [+4.1, +8.7]`, a difference without its unit. No end is beyond what a difference of two values can be.
    #[must_use]
    pub fn difference(&self, estimate: &Estimate) -> String {
        let width = estimate.half_width.unwrap_or(0.0);
        let decimals = self.decimals(estimate.mean.abs().max(width));
        let say = |difference: f64| signed(self.factor() * difference, decimals);
        match (estimate.low(), estimate.high()) {
            (Some(low), Some(high)) => {
                let (least, most) = self.range();
                let (low, high) = (low.max(least - most), high.min(most - least));
                format!("{} [{}, {}]", say(estimate.mean), say(low), say(high))
            }
            _ => say(estimate.mean),
        }
    }

    /// `5.1 points`, a difference without its sign.
    pub(crate) fn amount(&self, difference: f64) -> String {
        let number = format!("{:.*}", self.decimals(difference.abs()), self.factor() * difference);
        after(&number, " ", beside(self.unit_of_differences()))
    }

    /// `gain, points`: what is measured by differences, with their unit.
    pub(crate) fn differences(&self, what: &str) -> String {
        after(what, ", ", self.unit_of_differences())
    }

    /// `test accuracy, %`: what its values are, with their unit.
    pub(crate) fn values(&self, what: &str) -> String {
        after(what, ", ", self.unit_of_values())
    }

    /// `+0.4 [+0.1, +0.7] points`: a difference with its unit.
    pub(crate) fn difference_with_unit(&self, estimate: &Estimate) -> String {
        after(&self.difference(estimate), " ", beside(self.unit_of_differences()))
    }

    /// `gains +6.4 [+4.1, +8.7] points of accuracy over labels`.
    pub(crate) fn gains(&self, gain: &Estimate) -> String {
        let by = self.difference_with_unit(gain);
        match self.better {
            Better::Higher => format!("gains {by} of {} over labels", self.name),
            Better::Lower => format!("lowers {} by {by} against labels", self.name),
        }
    }

    /// What a gain is, up to "both at M".
    pub(crate) fn meaning_of_gains(&self) -> String {
        match (&self.column, self.better) {
            (None, _) => "Score (accuracy; of numbers the explained variance, R²) of an arm minus that of training on labels"
                .to_owned(),
            (Some(_), Better::Higher) => format!("{} of an arm minus that of training on labels", self.title()),
            (Some(_), Better::Lower) => format!("{} of training on labels minus that of an arm", self.title()),
        }
    }

    fn is_share(&self) -> bool {
        self.unit == FRACTION
    }

    fn unit_of_values(&self) -> &str {
        if self.is_share() { "%" } else { &self.unit }
    }

    fn unit_of_differences(&self) -> &str {
        if self.is_share() { "points" } else { &self.unit }
    }

    /// Decimals that tell numbers of this size: of shares one; else three digits, four decimals at most.
    fn decimals(&self, size: f64) -> usize {
        if self.is_share() {
            return 1;
        }
        let digits_before = if size > 0.0 && size.is_finite() { size.log10().floor() } else { 0.0 };
        (2.0 - digits_before).clamp(0.0, 4.0) as usize
    }
}

fn is_metric(column: &Column) -> bool {
    column.kind == Kind::Number && column.better.is_some()
}

/// The name of a column in words: `balanced accuracy`, `NLL`.
fn in_words(name: &str) -> String {
    let word = |word: &str| match word {
        "nll" | "ece" | "rmse" | "mae" | "kl" | "f1" => word.to_uppercase(),
        "r2" => "R²".to_owned(),
        "top5" => "top-5".to_owned(),
        "brier" => "Brier score".to_owned(),
        "hellinger" => "Hellinger distance".to_owned(),
        word => word.to_owned(),
    };
    name.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// `what` with its unit, if it has one.
fn after(what: &str, between: &str, unit: &str) -> String {
    if unit.is_empty() { what.to_owned() } else { format!("{what}{between}{unit}") }
}

/// A unit as it stands beside a number; that of targets is not known.
fn beside(unit: &str) -> &str {
    if unit == TARGETS_UNIT { "" } else { unit }
}

fn minus(number: &str) -> String {
    number.replace('-', "−")
}

/// `+6.4` or `−0.3`; never `-0.0`.
fn signed(number: f64, decimals: usize) -> String {
    let scale = 10.0_f64.powi(decimals as i32);
    let rounded = (scale * number).round() / scale;
    if rounded < 0.0 {
        format!("−{:.decimals$}", -rounded)
    } else {
        format!("+{:.decimals$}", rounded.abs())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up::{row, study, task};

    fn of(column: &str) -> Metric {
        let study = StudyInfo { metric: Some(column.to_owned()), ..study(&[10], 0) };
        Metric::of(&study, &task(&[10]))
    }

    #[test]
    fn shares_are_written_in_per_cent_and_points() {
        let metric = Metric::of(&study(&[10], 0), &task(&[10]));
        let estimate = Estimate { mean: 0.9312, half_width: Some(0.0041), n: 5 };
        assert_eq!(metric.value(&estimate), "93.1 ± 0.4 %");
        assert_eq!(metric.difference(&estimate), "+93.1 [+92.7, +93.5]");
        assert_eq!(metric.difference(&Estimate { half_width: None, ..estimate }), "+93.1");
        assert_eq!(metric.gains(&estimate), "gains +93.1 [+92.7, +93.5] points of accuracy over labels");
        let high = Estimate { mean: 0.992, half_width: Some(0.013), n: 3 };
        assert_eq!(metric.value(&high), "99.2 [97.9, 100.0] %", "no accuracy is above 100 %");
        let wide = Estimate { mean: -0.138, half_width: Some(1.452), n: 2 };
        assert_eq!(metric.difference(&wide), "−13.8 [−100.0, +100.0]");
        assert_eq!(metric.amount(0.0312), "3.1 points");
        assert_eq!([signed(6.44, 1), signed(-0.04, 1), signed(-3.1, 1)], ["+6.4", "+0.0", "−3.1"]);
        assert_eq!((metric.title().as_str(), metric.values("x").as_str()), ("Test accuracy", "x, %"));
    }

    #[test]
    fn other_units_are_written_as_they_are() {
        let nll = of("test_nll");
        let estimate = Estimate { mean: 0.4123, half_width: Some(0.0131), n: 5 };
        assert_eq!(nll.value(&estimate), "0.412 ± 0.013 nats");
        assert_eq!(nll.gains(&estimate), "lowers NLL by +0.412 [+0.399, +0.425] nats against labels");
        assert_eq!(nll.amount(0.0312), "0.0312 nats");
        assert_eq!((nll.differences("gain"), nll.title()), ("gain, nats".to_owned(), "Test NLL".to_owned()));
        let brier = of("test_brier");
        assert_eq!(brier.value(&estimate), "0.412 ± 0.013");
        assert_eq!((brier.differences("gain"), brier.measured()), ("gain".to_owned(), "test Brier score"));
        let large = Estimate { mean: 3271.4, half_width: Some(12.3), n: 5 };
        assert_eq!(of("test_rmse").value(&large), "3271 ± 12");
        assert_eq!(of("train_agreement").measured(), "train agreement");
        assert_eq!(
            nll.value(&Estimate { mean: 0.2, half_width: Some(0.5), n: 2 }),
            "0.200 [0.000, 0.700] nats"
        );
        let wide = Estimate { mean: 0.0001, half_width: Some(0.5), n: 5 };
        assert_eq!(
            nll.difference(&wide),
            "+0.000 [−0.500, +0.500]",
            "no more digits than the interval allows"
        );
    }

    #[test]
    fn values_have_the_range_of_what_they_are() {
        assert_eq!(Metric::of(&study(&[10], 0), &task(&[10])).range(), (0.0, 1.0));
        let numbers = TaskInfo { score: "R²".to_owned(), ..task(&[10]) };
        assert_eq!(Metric::of(&study(&[10], 0), &numbers).range(), (f64::NEG_INFINITY, 1.0));
        let ranges =
            ["test_nll", "test_balanced_accuracy", "test_perplexity"].map(|column| of(column).range());
        assert_eq!(ranges, [(0.0, f64::INFINITY), (0.0, 1.0), (1.0, f64::INFINITY)]);
    }

    #[test]
    fn a_metric_is_read_and_its_better_direction_is_up() {
        let row = row("labels", "labels", 10, 1, 0.9, &json!({ "test_nll": 0.3, "test_r2": 0.1 }));
        let nll = of("test_nll");
        assert_eq!((nll.read(&row), nll.merit(0.3)), (Some(0.3), -0.3));
        let accuracy = Metric::of(&study(&[10], 0), &task(&[10]));
        assert_eq!((accuracy.read(&row), accuracy.merit(0.9)), (Some(0.9), 0.9));
        assert_eq!(of("test_ece").read(&row), None);
        assert_eq!(of("test_entropy"), accuracy, "of which no direction is better");
        assert_eq!(of("test_acuracy"), accuracy);
        assert!(Metric::columns().any(|column| column.name == "test_perplexity"));
        assert!(!Metric::columns().any(|column| column.name == "steps"));
    }
}
