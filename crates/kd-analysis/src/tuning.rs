//! What validation chose among the levels of tuned factors.
//!
//! A choice is made for each arm, at each M and each level of the other factors, among the combinations that every seed
//! has finished, by the mean of their scores on the validation split. Test scores play no part in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::datum::Datum;
use crate::factor::{Factor, FactorKind};
use crate::place::Levels;
use crate::section::is_within;
use crate::study::{Score, StudyInfo};
use crate::table::{Column, Outcome, RunRow, named};

/// What was chosen for an arm at one M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The arm.
    pub arm: String,
    /// M.
    pub samples: u64,
    /// The levels with the best mean, of equal ones the first in the order of the study; none until some combination has
    /// finished with every seed.
    pub chosen: Option<BTreeMap<String, Datum>>,
    /// Every combination that was tried, in the order of the study.
    pub tried: Vec<Candidate>,
    /// Factors whose chosen level is the smallest or the largest of three numbers or more: a better one may lie beyond. Of
    /// two numbers each is at an edge, which says nothing.
    pub at_edge: Vec<String>,
}

/// A combination of levels of everything that is tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The levels.
    pub levels: BTreeMap<String, Datum>,
    /// Mean score on the validation split, once every seed has finished.
    pub validation_score: Option<f64>,
}

/// What a choice is made for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    task: &'a str,
    arm: &'a str,
    samples: u64,
    /// The levels of what is not tuned.
    others: Levels,
}

/// The rows of a study, with the column `chosen` where something is tuned.
#[must_use]
pub fn marked(study: &StudyInfo, rows: &[RunRow]) -> Vec<RunRow> {
    Choices::of(study, rows).mark(study, rows)
}

/// Every choice of a study.
pub(crate) struct Choices<'a>(BTreeMap<Group<'a>, Choice>);

impl<'a> Choices<'a> {
    pub(crate) fn of(study: &StudyInfo, rows: &'a [RunRow]) -> Self {
        let mut tried: BTreeMap<Group<'a>, BTreeMap<Levels, BTreeMap<u64, f64>>> = BTreeMap::new();
        for row in rows {
            let Some((group, levels)) = group(study, row) else { continue };
            let scores = tried.entry(group).or_default().entry(levels).or_default();
            if let Some(score) =
                row.number(validation(study.score)).filter(|_| row.outcome() == Outcome::Finished)
            {
                scores.insert(row.place().seed, score);
            }
        }
        let choice = |(group, tried): (Group<'a>, _)| {
            let choice = choice(study, &group, tried);
            (group, choice)
        };
        Self(tried.into_iter().map(choice).collect())
    }

    /// The rows, with the column `chosen` where something is tuned.
    pub(crate) fn mark(&self, study: &StudyInfo, rows: &'a [RunRow]) -> Vec<RunRow> {
        let mark = |row: &'a RunRow| match self.chose(study, row) {
            Some(chosen) => row.clone().with(const { named("chosen") }, Datum::Flag(chosen)),
            None => row.clone(),
        };
        rows.iter().map(mark).collect()
    }

    /// Whether `row` has the levels that were chosen; nothing where it has none of what is tuned.
    fn chose(&self, study: &StudyInfo, row: &'a RunRow) -> Option<bool> {
        let (group, levels) = group(study, row)?;
        Some(self.0.get(&group)?.chosen.as_ref() == Some(&levels))
    }

    /// Those of a task at these levels, by arm and M.
    pub(crate) fn at<'b>(
        &'b self,
        study: &'b StudyInfo,
        task: &'b str,
        factors: &'b Levels,
    ) -> impl Iterator<Item = &'b Choice> {
        let is_there = move |group: &Group<'_>| {
            group.task == task && is_within(&study.levels_of_tasks(&group.others), factors)
        };
        self.0.iter().filter(move |(group, _)| is_there(group)).map(|(_, choice)| choice)
    }
}

/// The column that choices go by: the score of the weights that are analysed.
fn validation(score: Score) -> &'static Column {
    match score {
        Score::LastStep => const { named("validation_score") },
        Score::ValidationBest => const { named("validation_score_at_best") },
    }
}

/// What the choice that a row takes part in is made for, and its levels of what is tuned; nothing if it has none.
fn group<'a>(study: &StudyInfo, row: &'a RunRow) -> Option<(Group<'a>, Levels)> {
    let place = row.place();
    let is_tuned = |factor: &String| study.kind_of(factor) == Some(FactorKind::Tuned);
    let (levels, others): (Levels, Levels) =
        place.factors.clone().into_iter().partition(|(factor, _)| is_tuned(factor));
    let group = Group { task: &place.task, arm: &place.arm, samples: place.samples, others };
    (!levels.is_empty()).then_some((group, levels))
}

fn choice(study: &StudyInfo, group: &Group<'_>, tried: BTreeMap<Levels, BTreeMap<u64, f64>>) -> Choice {
    let mean = |scores: &BTreeMap<u64, f64>| {
        let every: Option<Vec<f64>> = study.seeds.iter().map(|seed| scores.get(seed).copied()).collect();
        every.map(|scores| scores.iter().sum::<f64>() / scores.len() as f64)
    };
    let mut tried: Vec<Candidate> = tried
        .into_iter()
        .map(|(levels, scores)| Candidate { levels, validation_score: mean(&scores) })
        .collect();
    tried.sort_by_cached_key(|candidate| study.order_of(&candidate.levels));
    let mut best: Option<(f64, &Levels)> = None;
    for candidate in &tried {
        let Some(score) = candidate.validation_score else { continue };
        if best.is_none_or(|(known, _)| score > known) {
            best = Some((score, &candidate.levels));
        }
    }
    let chosen = best.map(|(_, levels)| levels.clone());
    let is_at_edge = |factor: &&Factor| {
        chosen.as_ref().and_then(|levels| levels.get(&factor.name)).is_some_and(|level| edge(factor, level))
    };
    let at_edge = study.factors.iter().filter(is_at_edge).map(|factor| factor.name.clone()).collect();
    Choice { arm: group.arm.to_owned(), samples: group.samples, chosen, tried, at_edge }
}

/// Whether a level is the least or the greatest of three numbers or more.
fn edge(factor: &Factor, level: &Datum) -> bool {
    let numbers: Option<Vec<f64>> = factor.levels.iter().map(Datum::number).collect();
    let (Some(numbers), Some(level)) = (numbers, level.number()) else { return false };
    let below = numbers.iter().filter(|number| **number < level).count();
    let above = numbers.iter().filter(|number| **number > level).count();
    below + above >= 2 && (below == 0 || above == 0)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::findings::Findings;
    use crate::made_up::{factors, row, study};

    fn tuned_study() -> StudyInfo {
        StudyInfo { seeds: vec![1, 2], factors: factors(), ..study(&[10, 40], 0) }
    }

    /// A run with a rate, a score on test and one on validation.
    fn run(samples: u64, seed: u64, levels: &Value, test: f64, validation: f64) -> RunRow {
        let more = json!({ "factors": levels, "validation_score": validation, "run": format!("{samples} {seed} {levels}") });
        row("distilled", "distilled", samples, seed, test, &more)
    }

    /// Both seeds.
    fn runs(samples: u64, levels: &Value, test: f64, validation: f64) -> [RunRow; 2] {
        [run(samples, 1, levels, test, validation - 0.01), run(samples, 2, levels, test, validation + 0.01)]
    }

    fn rate(rate: f64) -> Value {
        json!({ "rate": rate })
    }

    fn chosen_rates(rows: &[RunRow]) -> Vec<Option<f64>> {
        let study = tuned_study();
        let choices = Choices::of(&study, rows);
        let rate = |choice: &Choice| choice.chosen.as_ref().and_then(|levels| levels["rate"].number());
        choices.at(&study, "digits", &Levels::new()).map(rate).collect()
    }

    #[test]
    fn validation_chooses_at_each_m_whatever_the_test_scores() {
        let rows = [
            runs(10, &rate(0.001), 0.9, 0.5),
            runs(10, &rate(0.1), 0.1, 0.7),
            runs(40, &rate(0.001), 0.5, 0.8),
            runs(40, &rate(0.1), 0.9, 0.6),
        ]
        .concat();
        assert_eq!(chosen_rates(&rows), [Some(0.1), Some(0.001)]);
        let found = Findings::of(&tuned_study(), &rows, &[]);
        let cells = &found.tasks[0].curves[0].cells;
        assert_eq!(cells.iter().map(|cell| cell.accuracy.mean).collect::<Vec<_>>(), [0.1, 0.5]);
        let marks: Vec<Option<bool>> =
            found.runs.iter().map(|row| row.flag(const { named("chosen") })).collect();
        assert_eq!(marks, [false, false, true, true, true, true, false, false].map(Some));
        assert_eq!(found.tasks[0].tuning.len(), 2);
        assert_eq!(Findings::of(&tuned_study(), &found.runs, &[]), found, "marked again, it is the same");
    }

    #[test]
    fn of_equals_the_first_of_the_study_is_chosen() {
        let rows = [
            runs(10, &rate(0.1), 0.9, 0.5),
            runs(10, &rate(0.01), 0.9, 0.5),
            runs(10, &rate(0.001), 0.9, 0.4),
        ]
        .concat();
        assert_eq!(chosen_rates(&rows), [Some(0.01)]);
    }

    #[test]
    fn only_what_every_seed_has_finished_can_be_chosen() {
        let mut rows = [runs(10, &rate(0.001), 0.9, 0.5), runs(10, &rate(0.1), 0.9, 0.7)].concat();
        let better = rows.pop().unwrap();
        assert_eq!(chosen_rates(&rows), [Some(0.001)]);
        let mut failed = serde_json::to_value(&better).unwrap();
        failed["outcome"] = json!("failed");
        let failed: RunRow = serde_json::from_value(failed).unwrap();
        let with_failed = [rows.clone(), vec![failed]].concat();
        assert_eq!(chosen_rates(&with_failed), [Some(0.001)]);
        let study = tuned_study();
        let found = Findings::of(&study, &with_failed, &[]);
        let tried = &found.tasks[0].tuning[0].tried;
        assert_eq!(tried.iter().map(|tried| tried.validation_score).collect::<Vec<_>>(), [Some(0.5), None]);
        let unfinished = [rows[0].clone(), rows[2].clone()];
        assert_eq!(chosen_rates(&unfinished), [None]);
        let found = Findings::of(&study, &unfinished, &[]);
        assert!(found.tasks[0].curves.is_empty(), "candidates are no findings");
    }

    #[test]
    fn a_choice_is_made_for_each_level_of_what_is_not_tuned() {
        let at = |width: f64, rate: f64| json!({ "width": width, "rate": rate });
        let rows = [
            runs(10, &at(16.0, 0.001), 0.9, 0.5),
            runs(10, &at(16.0, 0.1), 0.9, 0.7),
            runs(10, &at(64.0, 0.001), 0.9, 0.8),
            runs(10, &at(64.0, 0.1), 0.9, 0.7),
        ]
        .concat();
        let found = Findings::of(&tuned_study(), &rows, &[]);
        let rates: Vec<_> = found
            .tasks
            .iter()
            .map(|task| (task.name(), task.tuning[0].chosen.as_ref().unwrap()["rate"].clone()))
            .collect();
        let expected = [("digits (width = 16)", 0.1), ("digits (width = 64)", 0.001)];
        assert_eq!(rates, expected.map(|(name, rate)| (name.to_owned(), Datum::Number(rate))));
        assert!(found.tasks.iter().all(|task| task.tuning.len() == 1));
    }

    #[test]
    fn what_is_not_tuned_is_not_marked() {
        let rows = [row("labels", "labels", 10, 1, 0.5, &json!({ "factors": { "width": 16.0 } }))];
        let study = tuned_study();
        assert_eq!(Choices::of(&study, &rows).mark(&study, &rows), rows);
        assert_eq!(chosen_rates(&rows), []);
    }

    #[test]
    fn an_edge_is_the_end_of_three_numbers() {
        let factor = |levels: &[Datum]| Factor {
            name: "rate".to_owned(),
            kind: FactorKind::Tuned,
            levels: levels.to_vec(),
        };
        let number = Datum::Number;
        let three = factor(&[number(0.1), number(0.001), Datum::Count(1)]);
        let at = |level| edge(&three, &level);
        assert_eq!([number(0.001), number(0.1), Datum::Count(1)].map(at), [true, false, true]);
        assert!(!edge(&factor(&[number(0.1), number(0.2)]), &number(0.1)), "of two, each is");
        let text = || Datum::Text("cosine".to_owned());
        assert!(!edge(&factor(&[number(0.1), number(0.2), text()]), &number(0.1)));
        assert!(!edge(&three, &text()));
        let rows = [runs(10, &rate(0.1), 0.9, 0.5), runs(10, &rate(0.01), 0.9, 0.4)].concat();
        let found = Findings::of(&tuned_study(), &rows, &[]);
        assert_eq!(found.tasks[0].tuning[0].at_edge, ["rate"]);
    }

    #[test]
    fn the_score_is_that_of_the_weights_that_are_analysed() {
        let at_best = |rate: f64, score: f64, best: f64| {
            let more = json!({
                "factors": { "rate": rate }, "validation_score": score, "validation_score_at_best": best,
                "test_score_at_best": 0.5, "run": rate.to_string(),
            });
            row("distilled", "distilled", 10, 1, 0.5, &more)
        };
        let rows = [at_best(0.1, 0.5, 0.6), at_best(0.01, 0.4, 0.7)];
        let of = |score| {
            let study = StudyInfo { seeds: vec![1], score, ..tuned_study() };
            let found = Findings::of(&study, &rows, &[]);
            found.tasks[0].tuning[0].chosen.as_ref().and_then(|levels| levels["rate"].number())
        };
        assert_eq!([of(Score::LastStep), of(Score::ValidationBest)], [Some(0.1), Some(0.01)]);
    }
}
