//! Every place of a plan with what is known of it.

use std::collections::HashMap;

use kd_analysis::{Datum, Facts, Metric, Outcome, Place, Role, RunRow, marked};

use super::{Comparisons, blocked, of_run};
use crate::error::Result;
use crate::plan::{Plan, PlannedRun};
use crate::spec::RunId;
use crate::store::Store;

/// A place of a plan.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The run's id.
    pub id: RunId,
    /// Where it stands.
    pub place: Place,
    /// What its arm is for.
    pub role: Role,
    /// What came of it.
    pub state: State,
    /// Wall-clock seconds, of a run that has been tried.
    pub seconds: Option<f64>,
    /// The score that is analysed, of a run that has finished.
    pub score: Option<f64>,
    /// Its row of the results table, of a run that has been tried or never will be.
    row: Option<RunRow>,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It trained to the end.
    Finished,
    /// It did not.
    Failed,
    /// It has not been tried.
    Missing,
}

impl State {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Finished, Self::Failed, Self::Missing];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Missing => "missing",
        }
    }
}

impl Facts for Listed {
    fn level(&self, factor: &str) -> Option<&Datum> {
        self.place.level(factor)
    }

    fn fact(&self, name: &str) -> Option<Datum> {
        match name {
            "run" => Some(Datum::Text(self.id.to_string())),
            "state" => Some(Datum::Text(self.state.name().to_owned())),
            "seconds" => self.seconds.map(Datum::Number),
            "score" => self.score.map(Datum::Number),
            _ => (&self.place, &self.role).fact(name).or_else(|| self.row.as_ref()?.fact(name)),
        }
    }
}

/// Every place of `plan`, in its order, with what `store` has of it.
///
/// # Errors
/// If a record cannot be read.
pub fn listing(plan: &Plan, store: &Store) -> Result<Vec<Listed>> {
    let mut comparisons = Comparisons::of(store);
    let blocked = blocked(plan, store)?;
    let mut listing: Vec<Listed> = plan
        .runs
        .iter()
        .map(|run| listed(plan, run, store, &blocked, &mut comparisons))
        .collect::<Result<_>>()?;
    // What is chosen is told by all rows together.
    let rows: Vec<RunRow> = listing.iter().filter_map(|place| place.row.clone()).collect();
    let known = listing.iter_mut().filter_map(|place| place.row.as_mut());
    known.zip(marked(&plan.study, &rows)).for_each(|(row, marked)| *row = marked);
    Ok(listing)
}

fn listed(
    plan: &Plan,
    run: &PlannedRun,
    store: &Store,
    blocked: &HashMap<RunId, RunId>,
    comparisons: &mut Comparisons<'_>,
) -> Result<Listed> {
    let (row, seconds) = of_run(plan, run, store, blocked, comparisons)?
        .map_or((None, None), |(row, seconds)| (Some(row), seconds));
    let state = match row.as_ref().map(RunRow::outcome) {
        Some(Outcome::Finished) => State::Finished,
        // Without a time it has not been tried: its teacher failed.
        Some(Outcome::Failed) if seconds.is_some() => State::Failed,
        Some(Outcome::Failed) | None => State::Missing,
    };
    Ok(Listed {
        id: run.id.clone(),
        place: run.place.clone(),
        role: run.role.clone(),
        state,
        seconds,
        score: row.as_ref().and_then(|row| {
            let task = plan.study.task_of(&run.place)?;
            Metric::of(&plan.study, &task).read(row)
        }),
        row,
    })
}
