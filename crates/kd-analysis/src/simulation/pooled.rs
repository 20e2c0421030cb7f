//! Claims over tasks.

use super::draws::Draws;
use super::{ANY, COVERAGE, FALSE, Row, shares};
use crate::across::{OfTask, Pooled};

const CONFIDENCE: f64 = 0.95;
/// Standard deviations of paired gains over seeds, in points; tasks take turns.
const SPREADS: [f64; 4] = [1.0, 0.5, 2.0, 1.4];

/// Everything about claims over tasks, over as many studies for each row.
#[must_use]
pub fn tasks(studies: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for seeds in [5, 10] {
        for count in [3, 5, 8] {
            for between in [0.0, 1.0, 3.0] {
                rows.extend(means(studies, seeds, count, between));
            }
            rows.extend(holding(studies, seeds, count));
            rows.push(improvement(studies, seeds, count));
        }
    }
    rows
}

fn measure(draws: &mut Draws, place: usize, truth: f64, seeds: usize) -> Option<OfTask> {
    let spread = SPREADS[place % SPREADS.len()];
    let differences: Vec<f64> = (0..seeds).map(|_| truth + spread * draws.normal()).collect();
    OfTask::of(format!("task {place}"), (40, None), &differences, CONFIDENCE)
}

/// A gain of 2 points that differs between tasks.
pub(super) fn means(studies: usize, seeds: usize, count: usize, between: f64) -> Vec<Row> {
    let mut draws = Draws::new(11);
    let found = shares(studies, |_| {
        let mut of = |place: usize| {
            let truth = 2.0 + between * draws.normal();
            measure(&mut draws, place, truth, seeds)
        };
        let pooled = Pooled::of((0..count).filter_map(&mut of).collect(), CONFIDENCE);
        let new = 2.0 + between * draws.normal();
        let mean = pooled.mean.map(|mean| mean.low() <= Some(2.0) && Some(2.0) <= mean.high());
        [mean, pooled.prediction.map(|(low, high)| low <= new && new <= high)]
    });
    let row = |what: &str, value| Row {
        what: format!("gains that differ by {between} between tasks: {what}"),
        seeds,
        tasks: Some(count),
        value,
        wanted: COVERAGE,
    };
    vec![row("interval of the mean", found[0]), row("prediction of a new task", found[1])]
}

/// A gain of 2.5 points in half of the tasks and none in the others.
pub(super) fn holding(studies: usize, seeds: usize, count: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for holding in [0, count / 2, count] {
        let mut draws = Draws::new(12);
        let truth = |place: usize| if place < holding { 2.5 } else { 0.0 };
        let [too_many, all] = shares(studies, |_| {
            let known =
                (0..count).filter_map(|place| measure(&mut draws, place, truth(place), seeds)).collect();
            let pooled = Pooled::of(known, CONFIDENCE);
            let is_false = pooled.above.len() > holding || !pooled.below.is_empty();
            [Some(is_false), Some(pooled.above.len() == holding)]
        });
        let row = |what: &str, value, wanted| Row {
            what: format!("gains in {holding} of {count} tasks: {what}"),
            seeds,
            tasks: Some(count),
            value,
            wanted,
        };
        rows.push(row("said to hold in more, or losses in some", too_many, FALSE));
        if holding > 0 {
            rows.push(row("said to hold in just as many", all, ANY));
        }
    }
    rows
}

/// Gains whose probability to be above nil differs between tasks.
pub(super) fn improvement(studies: usize, seeds: usize, count: usize) -> Row {
    let mut draws = Draws::new(13);
    let truth = |place: usize| 0.5 + 0.45 * place as f64 / (count - 1) as f64;
    let mean = (0..count).map(truth).sum::<f64>() / count as f64;
    let [covered] = shares(studies, |_| {
        let mut of = |place: usize| {
            let mut win = || if draws.happens(truth(place)) { 1.0 } else { -1.0 };
            let differences: Vec<f64> = (0..seeds).map(|_| win()).collect();
            OfTask::of(format!("task {place}"), (40, None), &differences, CONFIDENCE)
        };
        let known = (0..count).filter_map(&mut of).collect();
        let found = Pooled::of(known, CONFIDENCE).improvement;
        [found.map(|(_, (low, high))| low <= mean && mean <= high)]
    });
    let what = "probability of improvement: interval".to_owned();
    Row { what, seeds, tasks: Some(count), value: covered, wanted: COVERAGE }
}
