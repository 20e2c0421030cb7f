//! From records to the results table, the findings and the files people read.

use kd_analysis::{Findings, Outcome as RowOutcome, RunRow, StudyInfo, Timing, render, table};

use crate::error::Result;
use crate::plan::{Plan, PlannedRun};
use crate::store::Store;
use crate::store::record::{Outcome, RunRecord};
use crate::train::Quality;

/// Analyses what `store` holds of `plan` and writes `report.html`, `report.md`, `findings.json`,
/// `results.parquet`, `results.csv` and `timings.csv` into its folder.
///
/// # Errors
/// If a record cannot be read or a file cannot be written.
pub fn conclude(plan: &Plan, store: &Store) -> Result<Findings> {
    let (rows, timings) = rows(plan, store)?;
    let findings = Findings::of(&info(plan, &rows), &rows, &timings);
    store.write("report.html", render::html(&findings).as_bytes())?;
    store.write("report.md", render::markdown(&findings).as_bytes())?;
    store.write("findings.json", render::json(&findings).as_bytes())?;
    store.write("results.parquet", &table::parquet(&rows)?)?;
    store.write("results.csv", &table::csv(&rows)?)?;
    store.write("timings.csv", table::timings_csv(&timings).as_bytes())?;
    Ok(findings)
}

/// One row for each place of the plan that has been tried, and how long each run took.
fn rows(plan: &Plan, store: &Store) -> Result<(Vec<RunRow>, Vec<Timing>)> {
    let mut rows = Vec::new();
    let mut timings = Vec::new();
    for run in &plan.runs {
        if let Some(record) = store.record(&run.id)? {
            rows.push(row(run, &record));
            timings.push(Timing { run: run.id.to_string(), seconds: record.seconds });
        } else if let Some(teacher) = store.failed_teacher(&run.spec)? {
            rows.push(failed(run, format!("its teacher {} failed", teacher.short())));
        }
    }
    timings.sort_by(|a, b| a.run.cmp(&b.run));
    timings.dedup_by(|a, b| a.run == b.run);
    Ok((rows, timings))
}

fn row(run: &PlannedRun, record: &RunRecord) -> RunRow {
    let measures = match &record.outcome {
        Outcome::Failed(failure) => return failed(run, failure.reason.clone()),
        Outcome::Finished(measures) => measures,
    };
    let fidelity = measures.fidelity.as_ref();
    let (classes, numbers) = match &measures.test {
        Quality::Classification(test) => (Some(test), None),
        Quality::Regression(test) => (None, Some(test)),
    };
    let (convergence, representation) = (measures.convergence.as_ref(), measures.representation.as_ref());
    RunRow {
        outcome: RowOutcome::Finished,
        test_accuracy: classes.map(|test| test.accuracy),
        test_r2: numbers.and_then(|test| test.r2),
        test_rmse: numbers.map(|test| test.rmse),
        test_mae: numbers.map(|test| test.mae),
        test_score_at_best: Some(measures.test_score_at_best),
        validation_score: measures.validation_score,
        train_score: Some(measures.train_score),
        test_nll: classes.map(|test| test.nll),
        test_ece: classes.map(|test| test.ece),
        test_balanced_accuracy: classes.map(|test| test.balanced_accuracy),
        test_macro_f1: classes.map(|test| test.macro_f1),
        test_brier: classes.map(|test| test.brier),
        test_entropy: classes.map(|test| test.entropy),
        test_agreement: fidelity.map(|fidelity| fidelity.test.agreement),
        train_agreement: fidelity.map(|fidelity| fidelity.train.agreement),
        test_hellinger: fidelity.map(|fidelity| fidelity.test.hellinger),
        test_kl: fidelity.map(|fidelity| fidelity.test.kl),
        test_total_variation: fidelity.map(|fidelity| fidelity.test.total_variation),
        exaggeration_slope: fidelity.and_then(|fidelity| fidelity.test.exaggeration_slope),
        steps: measures.steps,
        final_loss: convergence.map(|loss| loss.final_loss),
        loss_slope: convergence.map(|loss| loss.slope),
        converged: convergence.map(|loss| loss.converged),
        parameters: measures.parameters,
        test_cka_to_teacher: representation.and_then(|of| of.cka_to_teacher),
        test_cka_to_start: representation.and_then(|of| of.cka_to_start),
        test_feature_alignment_to_start: representation.and_then(|of| of.feature_alignment_to_start),
        test_ntk_alignment_to_teacher: representation.and_then(|of| of.ntk_alignment_to_teacher),
        test_ntk_alignment_to_start: representation.and_then(|of| of.ntk_alignment_to_start),
        weight_distance_to_start: representation.map(|of| of.weight_distance_to_start),
        ..unmeasured(run)
    }
}

fn failed(run: &PlannedRun, reason: String) -> RunRow {
    RunRow { reason: Some(reason), ..unmeasured(run) }
}

fn unmeasured(run: &PlannedRun) -> RunRow {
    RunRow {
        run: run.id.to_string(),
        task: run.place.task.clone(),
        arm: run.place.arm.clone(),
        role: run.role,
        control_of: run.control_of.clone(),
        teacher: run.spec.teachers().first().map(ToString::to_string),
        samples: run.place.samples,
        teacher_samples: run.teacher_samples,
        seed: run.place.seed,
        ..RunRow::default()
    }
}

/// The study, and how much of it there is.
fn info(plan: &Plan, rows: &[RunRow]) -> StudyInfo {
    let mut info = plan.study.clone();
    let finished = rows.iter().filter(|row| row.outcome == RowOutcome::Finished).count();
    let runs = format!("{finished} of {} finished", plan.runs.len());
    info.provenance.push(("runs".to_owned(), runs));
    info
}
