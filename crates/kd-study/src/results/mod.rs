//! From records to the results table, the findings and the files people read.

mod blocked;
mod brought;
mod comparisons;
mod decompositions;
mod export;
mod findings;
mod histories;
mod listing;
mod populations;
pub mod predictions;

use std::collections::HashMap;
use std::path::Path;

use kd_analysis::table::{csv, parquet, timings_csv};
use kd_analysis::{
    Error, Filter, Findings, Outcome, Role, RunDocument, RunRow, StudyInfo, Timing, marked, render,
};
pub use listing::{Listed, State, listing};
use serde_json::{Value, json};

pub use self::blocked::blocked;
pub use self::brought::{OfTable, conclude_table};
pub use self::comparisons::{Comparisons, Measured};
pub use self::export::export_predictions;
pub use self::findings::findings;
use crate::error::Result;
use crate::plan::{Plan, PlannedRun};
use crate::spec::RunId;
use crate::store::{FINDINGS, REPORT_HTML, REPORT_MARKDOWN, RESULTS_CSV, RESULTS_PARQUET, Store, TIMINGS};

/// Analyses what `store` holds of `plan` and writes `report.html`, `report.md`, `findings.json`,
/// `results.parquet`, `results.csv` and `timings.csv` into its folder.
///
/// # Errors
/// If a record cannot be read or a file cannot be written.
pub fn conclude(plan: &Plan, store: &Store) -> Result<Findings> {
    let conclusion = Conclusion::of(plan, store, rows(plan, store)?)?;
    for (name, bytes) in conclusion.files()? {
        store.write(name, &bytes)?;
    }
    Ok(conclusion.findings)
}

/// Analyses the part of `plan` that meets `filter`, and writes the same files into `out`, if given, and none else.
///
/// # Errors
/// If no run meets it, a record cannot be read or a file cannot be written.
pub fn conclude_part(plan: &Plan, store: &Store, filter: &Filter, out: Option<&Path>) -> Result<Findings> {
    let part = plan.part(filter)?;
    let (mut rows, timings) = rows(&part, store)?;
    // Teachers are those of the part.
    rows.retain(|row| *row.role() == Role::Teacher || filter.holds(row));
    if !filter.is_empty() && !rows.iter().any(|row| filter.holds(row)) {
        return Err(Error::NothingMatches(filter.written()).into());
    }
    let conclusion = Conclusion::of(&part, store, (rows, timings))?;
    if let Some(folder) = out {
        fs_err::create_dir_all(folder)?;
        for (name, bytes) in conclusion.files()? {
            fs_err::write(folder.join(name), bytes)?;
        }
    }
    Ok(conclusion.findings)
}

/// What a study means, and what that is made of.
struct Conclusion {
    timings: Vec<Timing>,
    findings: Findings,
}

impl Conclusion {
    fn of(plan: &Plan, store: &Store, (rows, timings): (Vec<RunRow>, Vec<Timing>)) -> Result<Self> {
        let mut findings = Findings::of(&info(plan, store, &rows), &rows, &timings);
        decompositions::decompose(&mut findings, store)?;
        histories::trace(&mut findings, store)?;
        populations::over_examples(&mut findings, store)?;
        Ok(Self { timings, findings })
    }

    /// The files that people read, by name.
    fn files(&self) -> Result<[(&'static str, Vec<u8>); 6]> {
        let Self { timings, findings } = self;
        Ok([
            (REPORT_HTML, render::html(findings).into_bytes()),
            (REPORT_MARKDOWN, render::markdown(findings).into_bytes()),
            (FINDINGS, render::json(findings).into_bytes()),
            (RESULTS_PARQUET, parquet(&findings.runs)?),
            (RESULTS_CSV, csv(&findings.runs)?),
            (TIMINGS, timings_csv(timings).into_bytes()),
        ])
    }
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
    let blocked = blocked(plan, store)?;
    for run in &plan.runs {
        let Some((row, seconds)) = of_run(plan, run, store, &blocked, &mut comparisons)? else { continue };
        rows.push(row);
        timings.extend(seconds.map(|seconds| Timing { run: run.id.to_string(), seconds }));
    }
    timings.sort_by(|a, b| a.run.cmp(&b.run));
    timings.dedup_by(|a, b| a.run == b.run);
    Ok((marked(&plan.study, &rows), timings))
}

/// The row of a place, if its run has been tried, and how long it took; or if it never will be, as its teacher failed.
fn of_run(
    plan: &Plan,
    run: &PlannedRun,
    store: &Store,
    blocked: &HashMap<RunId, RunId>,
    comparisons: &mut Comparisons<'_>,
) -> Result<Option<(RunRow, Option<f64>)>> {
    if let Some(record) = store.record(&run.id)? {
        let compared = comparisons.measured(run, &record)?;
        let written = store.record_as_written(&run.id)?.unwrap_or_default();
        let row = row(plan, run, written, compared)?;
        return Ok(Some((row, Some(record.seconds))));
    }
    let Some(teacher) = blocked.get(&run.id) else { return Ok(None) };
    let reason = format!("its teacher {} failed", teacher.short());
    let record = json!({ "spec": run.spec, "outcome": { "failed": { "reason": reason } } });
    Ok(Some((row(plan, run, record, Measured::default())?, None)))
}

fn row(
    plan: &Plan,
    run: &PlannedRun,
    record: Value,
    Measured { fidelity, representation, collapse, shifted }: Measured,
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
        collapse,
        shifted,
    };
    Ok(document.row()?)
}

/// The study with its file, and how much of it there is.
fn info(plan: &Plan, store: &Store, rows: &[RunRow]) -> StudyInfo {
    let mut info = plan.study.clone();
    info.study_file = fs_err::read_to_string(store.study_path()).ok();
    let finished = rows.iter().filter(|row| row.outcome() == Outcome::Finished).count();
    let runs = format!("{finished} of {} finished", plan.runs.len());
    info.provenance.push(("runs".to_owned(), runs));
    info
}
