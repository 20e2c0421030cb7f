//! From records to the results table, the findings and the files people read.

mod comparisons;

use kd_analysis::table::{csv, parquet, timings_csv};
use kd_analysis::{Findings, Outcome, RunDocument, RunRow, StudyInfo, Timing, render};
use serde_json::{Value, json};

pub use self::comparisons::Comparisons;
use crate::error::Result;
use crate::plan::{Plan, PlannedRun};
use crate::store::{FINDINGS, REPORT_HTML, REPORT_MARKDOWN, RESULTS_CSV, RESULTS_PARQUET, Store, TIMINGS};

/// Analyses what `store` holds of `plan` and writes `report.html`, `report.md`, `findings.json`,
/// `results.parquet`, `results.csv` and `timings.csv` into its folder.
///
/// # Errors
/// If a record cannot be read or a file cannot be written.
pub fn conclude(plan: &Plan, store: &Store) -> Result<Findings> {
    let (rows, timings) = rows(plan, store)?;
    let findings = Findings::of(&info(plan, &rows), &rows, &timings);
    store.write(REPORT_HTML, render::html(&findings).as_bytes())?;
    store.write(REPORT_MARKDOWN, render::markdown(&findings).as_bytes())?;
    store.write(FINDINGS, render::json(&findings).as_bytes())?;
    store.write(RESULTS_PARQUET, &parquet(&findings.runs)?)?;
    store.write(RESULTS_CSV, &csv(&findings.runs)?)?;
    store.write(TIMINGS, timings_csv(&timings).as_bytes())?;
    Ok(findings)
}

/// What `store` holds of `plan`: what is said of the study, and a row for each place that has been tried.
///
/// # Errors
/// If a record cannot be read.
pub fn table(plan: &Plan, store: &Store) -> Result<(StudyInfo, Vec<RunRow>)> {
    Ok((plan.study.clone(), rows(plan, store)?.0))
}

/// One row for each place of the plan that has been tried, and how long each run took.
fn rows(plan: &Plan, store: &Store) -> Result<(Vec<RunRow>, Vec<Timing>)> {
    let mut rows = Vec::new();
    let mut timings = Vec::new();
    let mut comparisons = Comparisons::of(store);
    for run in &plan.runs {
        if let Some(record) = store.record(&run.id)? {
            let compared = comparisons.of_document(run, &record)?;
            let written = store.record_as_written(&run.id)?.unwrap_or_default();
            rows.push(row(plan, run, written, compared)?);
            timings.push(Timing { run: run.id.to_string(), seconds: record.seconds });
        } else if let Some(teacher) = store.failed_teacher(&run.spec)? {
            let reason = format!("its teacher {} failed", teacher.short());
            let record = json!({ "spec": run.spec, "outcome": { "failed": { "reason": reason } } });
            rows.push(row(plan, run, record, [Value::Null, Value::Null])?);
        }
    }
    timings.sort_by(|a, b| a.run.cmp(&b.run));
    timings.dedup_by(|a, b| a.run == b.run);
    Ok((rows, timings))
}

fn row(
    plan: &Plan,
    run: &PlannedRun,
    record: Value,
    [fidelity, representation]: [Value; 2],
) -> Result<RunRow> {
    let task = plan.study.task_of(&run.place);
    let document = RunDocument {
        run: run.id.as_str(),
        place: &run.place,
        role: &run.role,
        teacher_samples: run.teacher_samples,
        task: task.as_deref(),
        record,
        fidelity,
        representation,
    };
    Ok(document.row()?)
}

/// The study, and how much of it there is.
fn info(plan: &Plan, rows: &[RunRow]) -> StudyInfo {
    let mut info = plan.study.clone();
    let finished = rows.iter().filter(|row| row.outcome() == Outcome::Finished).count();
    let runs = format!("{finished} of {} finished", plan.runs.len());
    info.provenance.push(("runs".to_owned(), runs));
    info
}
