use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kd_analysis::table;
use kd_study::spec::{Part, RunId};
use kd_study::store::StoreError;
use kd_study::store::record::{Outcome, RunRecord};
use kd_study::{Result, Store};
use serde_json::json;

use super::{print, print_json};
use crate::arguments::Format;

pub(super) fn run(prefix: &str, dir: &Path, format: Format) -> Result<()> {
    let (store, id) = find(prefix, dir)?;
    let Some(record) = store.record(&id)? else {
        return Err(StoreError::NoSuchRun(format!(
            "run {id} has no record in {}",
            store.run_path(&id).display()
        ))
        .into());
    };
    if format.is_json() {
        return print_json(&record);
    }
    print(&describe(&record, &store)?)
}

/// The rows that a run was trained on.
pub(super) fn subset(prefix: &str, dir: &Path, format: Format) -> Result<()> {
    let (store, id) = find(prefix, dir)?;
    let rows = store.subset(&id)?;
    if format.is_json() {
        return print_json(&rows);
    }
    print(&(rows.iter().map(usize::to_string).collect::<Vec<_>>().join("\n") + "\n"))
}

/// The run in `dir`, or in one of the results folders below it.
pub(super) fn find(prefix: &str, dir: &Path) -> Result<(Store, RunId)> {
    let candidates: Vec<PathBuf> = if Store::open(dir).is_ok() {
        vec![dir.to_owned()]
    } else {
        let mut folders = Vec::new();
        for entry in fs_err::read_dir(dir)? {
            folders.push(entry?.path());
        }
        folders.sort();
        folders
    };
    for folder in candidates {
        if let Ok(store) = Store::open(&folder)
            && let Some(id) = store.find(prefix)?
        {
            return Ok((store, id));
        }
    }
    Err(StoreError::NoSuchRun(format!(
        "no run in {} starts with `{prefix}`; `kd plan STUDY --format json` lists ids, --dir chooses the folder",
        dir.display()
    ))
    .into())
}

fn describe(record: &RunRecord, store: &Store) -> Result<String> {
    let spec = &record.spec;
    let mut text = format!("run {}\n", record.id);
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<12}{value}");
    };
    match &spec.part {
        Part::Teacher { member: 0 } => line("part", "teacher"),
        Part::Teacher { member } => line("part", &format!("teacher, member {} of an ensemble", member + 1)),
        Part::Student { .. } => line("part", "student"),
    }
    for teacher in spec.teachers() {
        line("teacher", teacher.as_str());
    }
    line(
        "data",
        &format!(
            "{} (fingerprint {})",
            spec.data.name,
            &spec.data.fingerprint[..16.min(spec.data.fingerprint.len())]
        ),
    );
    for draw in &spec.draws {
        line("drawn", &format!("{} samples, {}, seed {}", draw.samples, draw.how(), draw.seed));
    }
    if spec.unlabelled > 0 {
        line("unlabelled", &format!("{} samples more, the next in that order", spec.unlabelled));
    }
    match spec.data.validation.taken(spec.samples()) {
        0 => {}
        taken => line("validated", &format!("on {taken} of these")),
    }
    line("model", &spec.model.to_string());
    if let Some(training) = &spec.training {
        line("training", &training.to_string());
        line("objective", &serde_json::to_string(&spec.objective)?);
    }
    if let Some(augmentation) = &spec.augmentation {
        line("augmented", &serde_json::to_string(augmentation)?);
    }
    line("seed", &spec.seed.to_string());
    line("device", &format!("{}, {} thread(s)", record.environment.device, record.environment.threads));
    line("took", &format!("{:.1} s", record.seconds));
    if let Outcome::Failed(failure) = &record.outcome {
        line("failed", &failure.reason);
    }
    line("files", &store.run_path(&record.id).display().to_string());
    // Without the file that says how the study was run, the rest is worth showing all the same.
    if let Ok(command) = store.command() {
        line("again", &format!("remove that folder, then: {command}"));
    }
    Ok(text + &measures(record)?)
}

/// What was measured, group by group; nothing of a run that failed.
fn measures(record: &RunRecord) -> Result<String> {
    let document = json!({ "record": serde_json::to_value(record)? });
    let mut text = String::new();
    for group in table::GROUPS {
        let told: Vec<String> = group
            .columns
            .iter()
            .filter(|column| column.is_measure())
            .filter_map(|column| {
                let value = column.read(&document)?;
                Some(format!("    {:<32}{}\n", column.name, column.shown(&value)))
            })
            .collect();
        if !told.is_empty() {
            let _ = write!(text, "  {}\n{}", group.title, told.concat());
        }
    }
    Ok(text)
}
