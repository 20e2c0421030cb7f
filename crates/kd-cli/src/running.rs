//! What is being trained, in lines below the progress bar.

use std::fmt::Write as _;

use kd_study::Milestone;
use kd_study::plan::PlannedRun;
use kd_study::spec::RunId;

use crate::style;

/// More lines than this would push what is done off the screen.
const MOST: usize = 8;

/// Where the lines of runs begin: below the places of those that have ended.
const INDENT: &str = "             ";

/// The runs in progress, in the order in which they started.
#[derive(Default)]
pub(crate) struct Running {
    runs: Vec<Run>,
}

/// A run in progress.
struct Run {
    id: RunId,
    place: String,
    steps: u64,
    step: u64,
    loss: Option<f64>,
    validation_score: Option<f64>,
}

impl Running {
    pub(crate) fn start(&mut self, run: &PlannedRun) {
        self.end(run);
        self.runs.push(Run {
            id: run.id.clone(),
            place: style::place(&run.place),
            steps: run.spec.steps(),
            step: 0,
            loss: None,
            validation_score: None,
        });
    }

    pub(crate) fn reach(&mut self, run: &PlannedRun, milestone: &Milestone) {
        let Some(run) = self.runs.iter_mut().find(|known| known.id == run.id) else { return };
        run.step = milestone.step;
        run.loss = milestone.loss.or(run.loss);
        run.validation_score = milestone.validation_score.or(run.validation_score);
    }

    pub(crate) fn end(&mut self, run: &PlannedRun) {
        self.runs.retain(|known| known.id != run.id);
    }

    /// A line for each, each behind a line break, cut to a terminal so wide.
    pub(crate) fn lines(&self, width: usize) -> String {
        let mut text = String::new();
        for run in self.runs.iter().take(MOST) {
            let line = format!("{INDENT}{}", run.line());
            text.push('\n');
            text.extend(line.chars().take(width));
        }
        if self.runs.len() > MOST {
            let _ = write!(text, "\n{INDENT}and {} more", self.runs.len() - MOST);
        }
        text
    }
}

impl Run {
    fn line(&self) -> String {
        let mut line = self.place.clone();
        if self.steps > 0 {
            let (step, steps) = (style::count(self.step), style::count(self.steps));
            let _ = write!(line, "  {step:>width$}/{steps}", width = steps.len());
        }
        if let Some(loss) = self.loss {
            let loss = if loss.abs() < 1e-3 { format!("{loss:.1e}") } else { format!("{loss:.3}") };
            let _ = write!(line, "  loss {loss}");
        }
        if let Some(score) = self.validation_score {
            let _ = write!(line, "  validation {:.1}", 100.0 * score);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use kd_study::{Plan, Study};

    use super::*;

    fn plan() -> Plan {
        Plan::new(&Study::parse(include_str!("../tests/cli/tiny.toml"), "tiny.toml").unwrap()).unwrap()
    }

    fn milestone(step: u64, loss: Option<f64>, validation_score: Option<f64>) -> Milestone {
        Milestone { step, loss, gradient_norm: None, validation_score }
    }

    #[test]
    fn a_line_says_where_a_run_stands_and_how_far_it_is() {
        let plan = plan();
        let (student, teacher) = (&plan.runs[4], &plan.runs[0]);
        let mut running = Running::default();
        running.start(student);
        running.start(teacher);
        running.reach(student, &milestone(8, Some(1.234_56), Some(0.5)));
        running.reach(student, &milestone(10, Some(1.2), None));
        let lines: Vec<String> = running.lines(100).lines().map(str::to_owned).collect();
        let [empty, first, second] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(empty, "", "the bar's own line goes on before it");
        let expected = "digits · M=20 · permuted · seed 1  10/40  loss 1.200  validation 50.0";
        assert_eq!(first.trim_start(), expected);
        assert_eq!(second.trim_start(), "digits · M=3441 · teacher · seed 1    0/108");
        running.reach(student, &milestone(40, Some(0.000_123), None));
        assert!(running.lines(100).contains("  40/40  loss 1.2e-4  "), "not 0.000");
        let narrow = running.lines(30);
        assert!(narrow.lines().all(|line| line.chars().count() <= 30), "{narrow}");
        running.end(student);
        assert_eq!(running.lines(100).lines().count(), 2, "an empty one and the teacher's");
    }

    #[test]
    fn many_runs_are_counted_rather_than_listed() {
        let plan = plan();
        let mut running = Running::default();
        for run in plan.distinct() {
            running.start(run);
        }
        let text = running.lines(100);
        assert_eq!(text.lines().count(), 1 + MOST + 1, "{text}");
        assert!(text.ends_with(&format!("and {} more", plan.distinct().len() - MOST)), "{text}");
    }
}
