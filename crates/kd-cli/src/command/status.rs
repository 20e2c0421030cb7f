use std::fmt::Write as _;
use std::path::Path;

use kd_analysis::Place;
use kd_doubt::Doubt;
use kd_study::store::record::Outcome;
use kd_study::study::quoted;
use kd_study::{Result, Store, results};
use serde::Serialize;

use super::{doubts, print, print_json};
use crate::arguments::Format;
use crate::exit;
use crate::style;

#[derive(Serialize)]
struct Status {
    study: String,
    runs: usize,
    finished: usize,
    missing: usize,
    /// Of the missing ones, those whose teacher failed.
    blocked: usize,
    failed: Vec<Failed>,
    /// What is doubtful of the study.
    doubts: Vec<Doubt>,
}

#[derive(Serialize)]
struct Failed {
    id: String,
    #[serde(flatten)]
    place: Place,
    reason: String,
}

pub(super) fn run(dir: &Path, format: Format) -> Result<exit::Status> {
    let store = Store::open(dir)?;
    let plan = store.plan()?;
    let runs = plan.distinct();
    let blocked = results::blocked(&plan, &store)?;
    let mut status = Status {
        study: plan.study.name.clone(),
        runs: runs.len(),
        finished: 0,
        missing: 0,
        blocked: 0,
        failed: Vec::new(),
        doubts: plan.study.doubts.clone(),
    };
    for run in runs {
        match store.record(&run.id)?.map(|record| record.outcome) {
            None => {
                status.missing += 1;
                status.blocked += usize::from(blocked.contains_key(&run.id));
            }
            Some(Outcome::Finished(_)) => status.finished += 1,
            Some(Outcome::Failed(failure)) => status.failed.push(Failed {
                id: run.id.to_string(),
                place: run.place.clone(),
                reason: failure.reason,
            }),
        }
    }
    let code = if status.failed.is_empty() { exit::Status::Done } else { exit::Status::SomeFailed };
    if format.is_json() {
        print_json(&status)?;
        return Ok(code);
    }
    let mut text = format!(
        "{}: {}, {} finished, {} failed, {} missing\n",
        status.study,
        style::runs(status.runs),
        style::count(status.finished as u64),
        style::count(status.failed.len() as u64),
        style::count(status.missing as u64)
    );
    if status.blocked > 0 {
        let _ =
            writeln!(text, "  {} of the missing wait for a teacher that failed", style::runs(status.blocked));
    }
    for run in &status.failed {
        let _ = writeln!(
            text,
            "  {}  {}  → kd explain {} --dir {}",
            style::place(&run.place),
            run.reason,
            &run.id[..8],
            quoted(&dir.display().to_string())
        );
    }
    text.push_str(&doubts::in_short(&status.doubts));
    print(&text)?;
    Ok(code)
}
