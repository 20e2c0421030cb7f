//! Teachers that do no better than chance.

use kd_doubt::{Doubt, Kind};

use super::{Answers, Tried, percent};

/// By how many standard deviations a teacher beats chance that does so beyond any doubt (one in a million).
const SURE: f64 = 4.75;

/// What a teacher of which nothing is said may lack, and nobody but its owner can see.
const REASONS: &str = "the rows of its outputs may be in another order than those of the data, its classes in another order, or its \
                       inputs prepared in another way (scaling, colours, columns)";

/// How often labels and answers agree, compared with what they would if they were dealt out at random, as many of each.
/// It is not the commonest class that a teacher is held against: where that is most of all, a good teacher hardly beats it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Agreement {
    pub(super) right: usize,
    pub(super) expected: f64,
    deviation: f64,
    of: usize,
}

impl Agreement {
    /// Of answers that are renamed.
    pub(super) fn of(answers: &Answers<'_>, renamed: impl Fn(usize) -> usize) -> Self {
        let (mut labels, mut said) = (vec![0.0; answers.classes], vec![0.0; answers.classes]);
        let mut right = 0;
        for (label, predicted) in answers.pairs() {
            let predicted = renamed(predicted);
            labels[label] += 1.0;
            said[predicted] += 1.0;
            right += usize::from(label == predicted);
        }
        let n = answers.len() as f64;
        let pairs = || labels.iter().zip(&said);
        let both: f64 = pairs().map(|(label, said)| label * said).sum();
        let thrice: f64 = pairs().map(|(label, said)| label * said * (label + said)).sum();
        let variance = (both * both - n * thrice + n * n * both) / (n * n * (n - 1.0)).max(1.0);
        Self { right, expected: both / n.max(1.0), deviation: variance.max(0.0).sqrt(), of: answers.len() }
    }

    /// By how many standard deviations of chance it is better than that.
    pub(super) fn better(&self) -> f64 {
        let better = self.right as f64 - self.expected;
        if better.abs() < 1e-9 { 0.0 } else { better / self.deviation.max(1e-9) }
    }

    /// Whether a teacher of the same answers, always right, would beat chance clearly, and this one does not.
    fn is_chance(&self, labels: &Answers<'_>) -> bool {
        let perfect = Self::of(&Answers { predicted: labels.labels, ..*labels }, |label| label);
        // Of a teacher that knows 15 % of what there is to know, half of that.
        let wanted = (0.15 * perfect.better()).min(SURE);
        wanted > 2.5 && self.better() < wanted
    }
}

pub(super) fn of_classes(tried: &Tried<'_>, answers: &Answers<'_>) -> Option<Doubt> {
    let agreement = Agreement::of(answers, |predicted| predicted);
    if !agreement.is_chance(answers) {
        return None;
    }
    let Agreement { right, expected, of, .. } = agreement;
    let what = format!("the teacher is no better than chance: it is right on {}", percent(right, of));
    let expected = percent(expected.round() as usize, of);
    let doubt = Doubt::refused(Kind::TeacherAtChance, &*tried.place, what);
    Some(doubt.seen(format!("{of} answers were looked at; chance is {expected}")).advise(REASONS))
}

/// Fewer tell nothing.
const FEWEST_NUMBERS: usize = 30;

pub(super) fn of_numbers(tried: &Tried<'_>, said: &[f64], right: &[f64]) -> Option<Doubt> {
    let n = right.len();
    if n < FEWEST_NUMBERS {
        return None;
    }
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / n as f64;
    let (of_said, of_right) = (mean(said), mean(right));
    let pairs = || said.iter().zip(right);
    let total: f64 = right.iter().map(|right| (right - of_right).powi(2)).sum();
    let spread: f64 = said.iter().map(|said| (said - of_said).powi(2)).sum();
    let errors: f64 = pairs().map(|(said, right)| (said - right).powi(2)).sum();
    if total <= 0.0 || errors < 0.99 * total {
        return None;
    }
    let together: f64 = pairs().map(|(said, right)| (said - of_said) * (right - of_right)).sum();
    let correlation = if spread > 0.0 { together / (spread * total).sqrt() } else { 0.0 };
    let (what, advice) = if correlation > 0.5 {
        (
            "the teacher's numbers go with the targets, but are in other units",
            "give numbers in the units of the data: undo any scaling of its targets",
        )
    } else {
        ("the teacher explains nothing of the targets: their mean alone would do better", REASONS)
    };
    let r2 = 1.0 - errors / total;
    let doubt = Doubt::refused(Kind::TeacherAtChance, &*tried.place, what);
    Some(
        doubt
            .seen(format!("{n} examples were looked at: R² is {r2:.3}, the correlation {correlation:.3}"))
            .advise(advice),
    )
}

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};

    use super::*;

    fn is_chance(labels: &[i64], predicted: &[i64], classes: usize) -> bool {
        let answers = Answers { labels, predicted, classes };
        Agreement::of(&answers, |predicted| predicted).is_chance(&answers)
    }

    /// Labels of so many classes, and answers of which this share is right and the others are anything.
    fn answers(stream: &mut Stream, n: usize, classes: u64, knows: f64) -> (Vec<i64>, Vec<i64>) {
        let labels: Vec<i64> = (0..n).map(|_| stream.below(classes) as i64).collect();
        let said = labels.iter().map(|&label| {
            if (stream.below(1000) as f64) < 1000.0 * knows { label } else { stream.below(classes) as i64 }
        });
        let said = said.collect();
        (labels, said)
    }

    #[test]
    fn the_deviation_is_that_of_all_ways_to_deal() {
        // Two labels, two answers: both right, or both wrong.
        let found =
            Agreement::of(&Answers { labels: &[0, 1], predicted: &[0, 1], classes: 2 }, |predicted| {
                predicted
            });
        assert!((found.expected - 1.0).abs() < 1e-12 && (found.deviation - 1.0).abs() < 1e-12, "{found:?}");
        // Of three, one: 1/3 of the deals are right in 0, 1/2 in 1 and 1/6 in 3.
        let three = Answers { labels: &[0, 1, 2], predicted: &[0, 1, 2], classes: 3 };
        let found = Agreement::of(&three, |predicted| predicted);
        assert!((found.expected - 1.0).abs() < 1e-12 && (found.deviation - 1.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn chance_is_told_from_teachers_that_know_a_third() {
        let mut stream = Stream::new(&[5], Concern::Examples);
        for (n, classes) in [(300, 2), (1000, 2), (200, 4), (100, 12), (1000, 10), (1000, 100)] {
            for _ in 0..200 {
                let (labels, said) = answers(&mut stream, n, classes, 0.36);
                assert!(!is_chance(&labels, &said, classes as usize), "{n} {classes}");
            }
            let (mut found, tries) = (0, 200);
            for _ in 0..tries {
                let (labels, said) = answers(&mut stream, n, classes, 0.0);
                found += usize::from(is_chance(&labels, &said, classes as usize));
            }
            assert!(found >= tries * 95 / 100, "{n} {classes}: {found}");
        }
    }

    #[test]
    fn a_rare_class_that_is_found_is_no_chance_and_one_that_never_is_is() {
        let labels: Vec<i64> = (0..1000).map(|row| i64::from(row % 20 == 0)).collect();
        let found: Vec<i64> = (0..1000).map(|row| i64::from(row % 40 == 0 || row % 333 == 7)).collect();
        assert!(!is_chance(&labels, &found, 2));
        assert!(is_chance(&labels, &[0; 1000], 2), "one class of everything");
        assert!(!is_chance(&labels[..30], &[0; 30], 2), "too few to tell");
    }

    #[test]
    fn few_examples_tell_nothing() {
        let labels: Vec<i64> = (0..20).map(|row| row % 2).collect();
        let wrong: Vec<i64> = (0..20).map(|row| (row / 2) % 2).collect();
        assert!(!is_chance(&labels, &wrong, 2));
    }
}
