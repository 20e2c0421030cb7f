//! Shows a study's progress: a line per run that has ended, and on a terminal a bar and what is running below them.

use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kd_study::engine::event::Event;
use kd_study::plan::PlannedRun;
use kd_study::store::record::{Outcome, RunRecord};
use kd_study::study::quoted;

use crate::running::Running;
use crate::style::{self, BAD, CALM, DIM, GOOD};
use crate::terminal::tell;

pub(crate) struct Progress {
    bar: ProgressBar,
    running: Running,
    remaining: Option<Duration>,
    /// What `kd explain` needs besides an id.
    explain: String,
}

impl Progress {
    /// `out` is the results folder if it is not the usual one.
    pub(crate) fn new(out: Option<&Path>) -> Self {
        // Hidden by itself when standard error is not a terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("    {bar:30.cyan} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self {
            bar,
            running: Running::default(),
            remaining: None,
            explain: out
                .map_or_else(String::new, |out| format!(" --dir {}", quoted(&out.display().to_string()))),
        }
    }

    pub(crate) fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Adopted { folder, runs } => {
                let runs = style::runs(*runs);
                self.line(&format!("{CALM}{:>12}{CALM:#} {runs} from {}", "Adopted", folder.display()));
            }
            Event::NotAdopted { run, problem } => {
                let place = style::place(&run.place);
                self.line(&format!(
                    "{BAD}{:>12}{BAD:#} {place} · it is trained anew: {problem}",
                    "NOT ADOPTED"
                ));
            }
            Event::Planned { total, cached, workers } => {
                let to_train = total - cached;
                self.line(&format!(
                    "{CALM}{:>12}{CALM:#} {} ({} done, {} to train) · {workers} worker{}",
                    "Planned",
                    style::runs(*total),
                    style::count(*cached as u64),
                    style::count(to_train as u64),
                    if *workers == 1 { "" } else { "s" }
                ));
                self.bar.set_length(*total as u64);
                self.bar.set_position(*cached as u64);
            }
            Event::Started { run } => self.running.start(run),
            Event::Milestone { run, milestone, remaining } => {
                self.running.reach(run, milestone);
                self.remaining = *remaining;
            }
            Event::Ended { run, record, done, total, remaining } => {
                let position = format!("({done:>width$}/{total})", width = total.to_string().len());
                self.running.end(run);
                self.remaining = *remaining;
                self.line(&ended(run, record, &position, &self.explain));
                self.bar.set_position(*done as u64);
            }
            Event::Blocked { run } => {
                self.line(&format!(
                    "{BAD}{:>12}{BAD:#} {} · its teacher failed",
                    "SKIPPED",
                    style::place(&run.place)
                ));
            }
        }
        self.bar.set_message(self.message());
    }

    /// What is beside the bar and below it.
    fn message(&self) -> String {
        let left = self.remaining.map(|remaining| format!("· {} left", style::duration(remaining)));
        left.unwrap_or_default() + &self.running.lines(width())
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        self.bar.suspend(|| tell(&format!("{text}\n")));
    }
}

fn ended(run: &PlannedRun, record: &RunRecord, position: &str, explain: &str) -> String {
    let seconds = Duration::from_secs_f64(record.seconds.max(0.0)).as_secs_f64();
    let place = style::place(&run.place);
    match &record.outcome {
        Outcome::Finished(measures) => format!(
            "{GOOD}{:>12}{GOOD:#} [{seconds:>6.1}s] {position} {place}  {} {:.1}",
            "DONE",
            measures.test.score_name(),
            100.0 * measures.test.score()
        ),
        Outcome::Failed(failure) => format!(
            "{BAD}{:>12}{BAD:#} [{seconds:>6.1}s] {position} {place}  {}  {DIM}→ kd explain {}{explain}{DIM:#}",
            "FAILED",
            failure.reason,
            run.id.short()
        ),
    }
}

/// Of the terminal, if it says.
fn width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stderr()).map_or(100, |size| usize::from(size.ws_col).max(20))
}
