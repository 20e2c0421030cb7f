//! What theories are tested on.

use serde_json::Value;

use crate::cells::Cells;
use crate::place::Levels;
use crate::study::TaskInfo;
use crate::table::{RunRow, named};

/// A task at other levels of its factors.
pub(crate) struct Neighbour<'a> {
    pub(crate) info: &'a TaskInfo,
    pub(crate) factors: &'a Levels,
    pub(crate) cells: &'a Cells<'a>,
    /// The mean score of its teachers.
    pub(crate) teacher: Option<f64>,
}

/// What is known of one distilled arm at one level of every factor.
pub(crate) struct Evidence<'a> {
    pub(crate) here: &'a Neighbour<'a>,
    /// The arm that is tested, of the teacher's full signal.
    pub(crate) arm: &'a str,
    pub(crate) labels: &'a str,
    /// Every M at which its gain over labels is established.
    pub(crate) established: &'a [u64],
    /// The sections of the task, this one among them.
    pub(crate) all: &'a [Neighbour<'a>],
    /// Whether this is the section, and the arm, that stands for the task where all its levels are compared.
    pub(crate) leads: bool,
    /// Up to this, a difference counts as none.
    pub(crate) margin: f64,
}

impl<'a> Evidence<'a> {
    pub(crate) fn cells(&self) -> &'a Cells<'a> {
        self.here.cells
    }

    /// Every M of the arm, ascending.
    pub(crate) fn sizes(&self) -> Vec<u64> {
        self.cells().sizes(self.arm)
    }

    /// A number of every run of an arm at M, by seed.
    pub(crate) fn numbers(
        &self,
        arm: &str,
        samples: u64,
        read: impl Fn(&RunRow) -> Option<f64>,
    ) -> crate::stat::Replicates {
        let runs = self.cells().runs(arm).filter(|(known, _)| *known == samples);
        runs.flat_map(|(_, runs)| runs.iter()).filter_map(|(seed, row)| Some((*seed, read(row)?))).collect()
    }
}

/// What an arm minimises, but for one setting: arms of which this is equal differ in that setting alone. None where it is not
/// known, as of tables that were made elsewhere.
pub(crate) fn objective_without(cells: &Cells<'_>, arm: &str, setting: &str) -> Option<Value> {
    let row = cells.runs(arm).next().and_then(|(_, runs)| runs.values().next().copied())?;
    let mut objective: Value = serde_json::from_str(row.text(const { named("objective_settings") })?).ok()?;
    for settings in objective.as_object_mut()?.values_mut() {
        settings.as_object_mut()?.remove(setting);
    }
    Some(objective)
}

/// `M = 40, 80 and 160`.
pub(crate) fn at_sizes(sizes: &[u64]) -> String {
    let sizes: Vec<String> = sizes.iter().map(u64::to_string).collect();
    match sizes.split_last() {
        Some((last, before)) if !before.is_empty() => format!("M = {} and {last}", before.join(", ")),
        Some((last, _)) => format!("M = {last}"),
        None => "no M".to_owned(),
    }
}
