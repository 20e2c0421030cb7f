//! How long it will take.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::plan::PlannedRun;
use crate::spec::RunId;

/// How many steps there are to make and how fast they go. Runs differ in their steps more than steps in their time.
pub(super) struct Pace {
    started: Instant,
    /// Made since then.
    made: u64,
    left: u64,
    /// Those of runs in progress that are in `made`.
    of: HashMap<RunId, u64>,
}

impl Pace {
    /// Starts the clock on `runs`.
    pub(super) fn new<'a>(runs: impl IntoIterator<Item = &'a &'a PlannedRun>) -> Self {
        let left = runs.into_iter().map(|run| run.spec.steps()).sum();
        Self { started: Instant::now(), made: 0, left, of: HashMap::new() }
    }

    /// A run has made so many steps.
    pub(super) fn reached(&mut self, run: &PlannedRun, step: u64) {
        let before = self.of.entry(run.id.clone()).or_default();
        let made = step.saturating_sub(*before);
        *before += made;
        self.made += made;
        self.left = self.left.saturating_sub(made);
    }

    /// A run makes no more steps, be it that it has made them or that it never will.
    pub(super) fn ended(&mut self, run: &PlannedRun) {
        let made = self.of.remove(&run.id).unwrap_or_default();
        self.left = self.left.saturating_sub(run.spec.steps().saturating_sub(made));
    }

    /// How long the steps that are left will take, once any are made.
    pub(super) fn remaining(&self) -> Option<Duration> {
        self.remaining_after(self.started.elapsed())
    }

    fn remaining_after(&self, elapsed: Duration) -> Option<Duration> {
        (self.made > 0).then(|| elapsed.mul_f64(self.left as f64 / self.made as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;
    use super::*;

    #[test]
    fn what_is_left_is_weighed_by_steps() {
        let plan = plan();
        let runs: Vec<&PlannedRun> = plan.runs.iter().collect();
        let (teacher, student) = (runs[0], runs[2]);
        assert_eq!((teacher.spec.steps(), student.spec.steps()), (100, 50));
        // Two teachers and four students: 400 steps.
        let mut pace = Pace::new(&runs);
        let after = |pace: &Pace, seconds| {
            pace.remaining_after(Duration::from_secs(seconds)).map(|left| left.as_secs())
        };
        assert_eq!(after(&pace, 10), None, "nothing is known yet");
        pace.reached(teacher, 40);
        assert_eq!(after(&pace, 4), Some(36));
        pace.reached(teacher, 100);
        pace.ended(teacher);
        assert_eq!(after(&pace, 10), Some(30));
        // One that stops early makes no time up.
        pace.reached(student, 20);
        pace.ended(student);
        assert_eq!(after(&pace, 12), Some(25));
        // One that never starts.
        pace.ended(runs[3]);
        assert_eq!(after(&pace, 12), Some(20));
    }
}
