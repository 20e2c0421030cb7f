use std::path::Path;

use kd_analysis::{Filter, Findings, Subject, render};
use kd_study::store::StoreError;
use kd_study::{Result, Store, results};

use super::print;
use crate::style::{self, CALM};

pub(super) fn run(dir: &Path, only: &[String], out: Option<&Path>) -> Result<()> {
    let store = Store::open(dir)?;
    let plan = store.plan()?;
    if only.is_empty() && out.is_none() {
        let findings = results::conclude(&plan, &store)?;
        print(&render::terminal(&findings, true))?;
        return tell(dir);
    }
    let mut subjects = plan.subjects();
    subjects.extend(Subject::of_columns(&subjects));
    let filter = Filter::read(only, &subjects)?;
    if let Some(folder) = out.filter(|folder| Store::open(folder).is_ok()) {
        // What is there is the report on all of a study.
        return Err(StoreError::Whole(folder.to_owned()).into());
    }
    let findings = results::conclude_part(&plan, &store, &filter, out)?;
    print(&render::terminal(&findings, true))?;
    if !filter.is_empty() {
        print(&part(&findings, plan.runs.len(), &filter, out.is_some()))?;
    }
    out.map_or(Ok(()), tell)
}

/// That this is not all.
fn part(findings: &Findings, of: usize, filter: &Filter, is_written: bool) -> String {
    let files = if is_written { "" } else { "; no file is written without --out" };
    format!(
        "\n{CALM}Part{CALM:#} of the study, {} of {}: {}{files}\n",
        style::count(findings.study.planned_runs),
        style::runs(of),
        filter.written()
    )
}

fn tell(folder: &Path) -> Result<()> {
    print(&format!("\nReport: {}\n", folder.join("report.html").display()))
}
