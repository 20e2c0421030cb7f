use std::path::Path;

use kd_analysis::table::How;
use kd_analysis::{Filter, Findings, Subject, render};
use kd_study::store::StoreError;
use kd_study::study::quoted;
use kd_study::{Result, Store, results};

use super::{atlas, print};
use crate::arguments::{Report, Table};
use crate::style::{self, CALM};
use crate::terminal;

pub(super) fn run(arguments: &Report) -> Result<()> {
    let Report { sources, only, out, table } = arguments;
    let settings = table.settings();
    let [source] = sources.as_slice() else { return atlas::run(sources, &only.only, out.as_deref()) };
    if source.is_file() {
        if !only.only.is_empty() {
            let why = "of results folders, and this is a table: leave rows out of it";
            return Err(misplaced("--only", source, why).into());
        }
        return of_table(source, table, &settings, out.as_deref());
    }
    if let Some((option, _)) = settings.first()
        && source.is_dir()
    {
        let why = "of tables, and this is a folder; its study says that itself";
        return Err(misplaced(option, source, why).into());
    }
    of_folder(source, &only.only, out.as_deref())
}

/// That an option is none of what is reported on.
fn misplaced(option: &str, source: &Path, why: &str) -> std::io::Error {
    let said = format!("{}: {option} is {why}", source.display());
    std::io::Error::new(std::io::ErrorKind::InvalidInput, said)
}

impl Table {
    /// Every option that was typed, with its value.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let each = |option: &'static str, values: &[String]| {
            values.iter().map(|value| (option, value.clone())).collect::<Vec<_>>()
        };
        let samples = self.teacher_samples.map(|samples| samples.to_string());
        let mut settings = each("--labels", self.labels.as_slice());
        settings.extend(each("--distilled", &self.distilled));
        settings.extend(each("--control", &self.control));
        settings.extend(each("--teacher-samples", samples.as_slice()));
        settings.extend(each("--factor", &self.factor));
        settings.extend(each("--column", &self.column));
        settings.extend(each("--metric", self.metric.as_slice()));
        settings.extend(self.percent.then(|| ("--percent", String::new())));
        settings
    }
}

fn of_table(
    source: &Path,
    table: &Table,
    settings: &[(&'static str, String)],
    out: Option<&Path>,
) -> Result<()> {
    let mut command = format!("kd report {}", quoted(&source.to_string_lossy()));
    for (option, value) in settings {
        command.push(' ');
        command.push_str(option);
        if !value.is_empty() {
            command.push(' ');
            command.push_str(&quoted(value));
        }
    }
    let how = How {
        labels: table.labels.clone(),
        distilled: table.distilled.clone(),
        controls: table.control.clone(),
        teacher_samples: table.teacher_samples,
        factors: table.factor.clone(),
        columns: table.column.clone(),
        metric: table.metric.clone(),
        percent: table.percent,
        command,
    };
    let found = results::conclude_table(source, &how, out)?;
    for note in &found.notes {
        terminal::tell(&format!("{CALM}table{CALM:#} {note}\n"));
    }
    print(&render::terminal(&found.findings, true))?;
    tell(&found.folder)
}

fn of_folder(dir: &Path, only: &[String], out: Option<&Path>) -> Result<()> {
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
