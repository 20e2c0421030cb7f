//! How long it will take.

use std::collections::HashMap;
use std::time::Duration;

use super::rates::Rates;
use crate::plan::PlannedRun;
use crate::plan::cost::Costs;
use crate::plan::shape::{Shape, shapes};
use crate::spec::RunId;

/// How much there is to do and how fast that goes. Steps of runs of one shape take the same time; runs go on beside each
/// other. Times are since an instant that the caller chooses.
pub(super) struct Pace<'a> {
    /// How many runs there can be at once.
    workers: usize,
    /// Of runs that have finished, all that they take besides their steps included.
    rates: Rates<'a>,
    shapes: HashMap<&'a RunId, Shape>,
    /// The runs that have not ended.
    left: HashMap<&'a RunId, Course>,
}

/// How far a run has come.
#[derive(Default)]
struct Course {
    /// What it takes: its steps, or one for what makes none.
    steps: f64,
    started: Option<Duration>,
    /// When it had made how many steps, first and last.
    first: Option<(Duration, f64)>,
    last: Option<(Duration, f64)>,
}

/// A run that makes no steps is one step.
pub(super) fn steps(run: &PlannedRun) -> f64 {
    run.spec.steps().max(1) as f64
}

impl<'a> Pace<'a> {
    /// That of `waiting`, which are among the runs of a plan, on so many workers.
    pub(super) fn new(
        plan: &'a [PlannedRun],
        waiting: impl IntoIterator<Item = &'a PlannedRun>,
        workers: usize,
        costs: &'a Costs,
    ) -> Self {
        let course = |run| Course { steps: steps(run), ..Course::default() };
        let left = waiting.into_iter().map(|run| (&run.id, course(run))).collect();
        Self { workers, rates: Rates::new(costs), shapes: shapes(plan), left }
    }

    /// A run of the plan takes, or took, so many seconds from its start to its end.
    pub(super) fn took(&mut self, run: &PlannedRun, seconds: f64) {
        if let Some(shape) = self.shapes.get(&run.id) {
            self.rates.see(shape, seconds, steps(run));
        }
    }

    /// A run has begun.
    pub(super) fn started(&mut self, run: &PlannedRun, now: Duration) {
        if let Some(course) = self.left.get_mut(&run.id) {
            *course = Course { steps: course.steps, started: Some(now), ..Course::default() };
        }
    }

    /// A run has made so many steps.
    pub(super) fn reached(&mut self, run: &PlannedRun, step: u64, now: Duration) {
        if let Some(course) = self.left.get_mut(&run.id) {
            let place = (now, (step as f64).min(course.steps));
            course.first.get_or_insert(place);
            course.last = Some(place);
        }
    }

    /// A run makes no more steps, be it that it has made them or that it never will.
    pub(super) fn ended(&mut self, run: &PlannedRun) {
        self.left.remove(&run.id);
    }

    /// How long what is left will take, once it is known how fast any of it goes.
    pub(super) fn remaining(&self) -> Option<Duration> {
        let mut rates = self.rates.clone();
        for (&id, course) in &self.left {
            let Some(shape) = self.shapes.get(id) else { continue };
            // What has finished tells more.
            if !self.rates.has(shape)
                && let Some((seconds, steps)) = course.seen()
            {
                rates.see(shape, seconds, steps);
            }
        }
        let scales = rates.scales();
        let (mut all, mut longest) = (0.0, 0.0_f64);
        for (&id, course) in &self.left {
            let seconds = course.left() * scales.step(self.shapes.get(id)?)?;
            all += seconds;
            longest = longest.max(seconds);
        }
        let workers = self.workers.clamp(1, self.left.len().max(1));
        Duration::try_from_secs_f64(longest.max(all / workers as f64)).ok()
    }
}

impl Course {
    fn left(&self) -> f64 {
        self.steps - self.last.map_or(0.0, |(_, made)| made)
    }

    /// Seconds and the steps made in them: since the first were told of, for before them it has read its data.
    fn seen(&self) -> Option<(f64, f64)> {
        let (last, made) = self.last?;
        let (first, before) =
            self.first.filter(|first| first.1 < made).or(self.started.map(|at| (at, 0.0)))?;
        Some((last.saturating_sub(first).as_secs_f64(), made - before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Study;
    use crate::engine::tests::{STUDY, plan};

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn near(pace: &Pace<'_>, seconds: f64) {
        let left = pace.remaining().unwrap().as_secs_f64();
        assert!((left - seconds).abs() < 1e-6, "{left} instead of {seconds}");
    }

    #[test]
    fn what_is_left_is_weighed_by_what_each_shape_was_seen_to_take() {
        let (plan, costs) = (plan(), Costs::default());
        let [teacher, other_teacher, labels, distilled, ..] = &plan.runs[..] else { panic!() };
        assert_eq!((teacher.spec.steps(), labels.spec.steps()), (100, 50));
        // Two teachers of 100 steps and two pairs of students of 50.
        let mut pace = Pace::new(&plan.runs, &plan.runs, 1, &costs);
        assert_eq!(pace.remaining(), None, "nothing is known yet");
        pace.started(teacher, at(0));
        assert_eq!(pace.remaining(), None);
        // Its first step waits for the data; then there is one a second, as far as anyone knows of students too.
        pace.reached(teacher, 10, at(50));
        pace.reached(teacher, 40, at(80));
        near(&pace, 60.0 + 100.0 + 200.0);
        // From its end on, all that it took counts.
        pace.ended(teacher);
        pace.took(teacher, 150.0);
        near(&pace, 1.5 * 300.0);
        // A student takes a tenth of that, and its like with it; those that are not have the mean of both.
        pace.started(labels, at(150));
        pace.reached(labels, 10, at(160));
        pace.reached(labels, 20, at(161));
        near(&pace, 150.0 + 0.1 * 80.0 + (1.5_f64 * 0.1).sqrt() * 100.0);
        pace.took(labels, 10.0);
        pace.ended(labels);
        pace.took(distilled, 5.0);
        pace.ended(distilled);
        near(&pace, 150.0 + 10.0 + 5.0);
        // One that never starts.
        pace.ended(other_teacher);
        near(&pace, 15.0);
        for run in &plan.runs {
            pace.ended(run);
        }
        assert_eq!(pace.remaining(), Some(Duration::ZERO));
    }

    #[test]
    fn workers_share_what_is_left_but_no_run() {
        let (plan, costs) = (plan(), Costs::default());
        let mut pace = Pace::new(&plan.runs, &plan.runs, 4, &costs);
        for run in &plan.runs {
            pace.took(run, 0.1 * steps(run));
        }
        near(&pace, 10.0); // of 40 seconds on four
        for run in &plan.runs[1..5] {
            pace.ended(run);
        }
        near(&pace, 10.0); // a teacher of ten and a student of five
        pace.started(&plan.runs[0], at(0));
        pace.reached(&plan.runs[0], 90, at(1));
        near(&pace, 5.0);
    }

    #[test]
    fn one_that_starts_again_has_all_before_it() {
        let (plan, costs) = (plan(), Costs::default());
        let teacher = &plan.runs[0];
        let mut pace = Pace::new(&plan.runs, [teacher], 1, &costs);
        pace.took(teacher, 100.0);
        pace.started(teacher, at(0));
        pace.reached(teacher, 60, at(60));
        near(&pace, 40.0);
        pace.started(teacher, at(60));
        near(&pace, 100.0);
    }

    /// A teacher's steps take as many times those of a student as its products do: the first minute must not
    /// make hours of all students.
    #[test]
    fn students_are_not_taken_for_teachers() {
        let text = STUDY.replace("hidden = [8]", "hidden = [512, 512]");
        let study = Study::parse(&text, "study.toml").unwrap();
        let plan = crate::Plan::new(&study).unwrap();
        let costs = Costs::of(&study, &plan);
        let teacher = &plan.runs[0];
        let mut pace = Pace::new(&plan.runs, &plan.runs, 1, &costs);
        pace.started(teacher, at(0));
        pace.reached(teacher, 50, at(50));
        let left = pace.remaining().unwrap();
        assert!(left > at(150) && left < at(200), "{left:?} of which the teachers take 150 s");
    }
}
