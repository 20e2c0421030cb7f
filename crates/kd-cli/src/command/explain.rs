use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kd_analysis::table;
use kd_study::results::Comparisons;
use kd_study::spec::{Part, RunId};
use kd_study::store::StoreError;
use kd_study::store::record::{Outcome, RunRecord};
use kd_study::{Result, Store};
use serde_json::{Value, json};

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
    let document = document(&record, &store)?;
    if format.is_json() {
        return print_json(&flat(document));
    }
    print(&(describe(&record, &store)? + &measures(&document)))
}

/// The rows that a run was trained on.
pub(super) fn subset(prefix: &str, dir: &Path, format: Format) -> Result<()> {
    let (store, id) = find(prefix, dir)?;
    let rows = store.subset(&id)?;
    let rows = match store.record(&id)? {
        Some(record) => record.spec.data.train_rows(rows),
        None => rows,
    };
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
        if !dir.is_dir() {
            return Err(StoreError::NoSuchRun(format!(
                "there is no folder {}, where results are looked for; `kd run STUDY` makes results/NAME, --dir names another",
                dir.display()
            ))
            .into());
        }
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
        "no run in {} starts with `{prefix}`; `kd runs RESULTS` lists those that there are, --dir names the folder of results",
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
        Part::Student { generation: 0, .. } => line("part", "student"),
        Part::Student { generation, .. } => {
            line("part", &format!("student of generation {}", generation + 1));
        }
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
    Ok(text)
}

/// The record, and what its run is like compared with others at its first place in the study.
fn document(record: &RunRecord, store: &Store) -> Result<Value> {
    let mut document = json!({ "record": store.record_as_written(&record.id)? });
    // Without a plan nobody says with whom it is compared; the rest is worth showing all the same.
    let plan = store.plan().ok();
    if let Some(run) = plan.iter().flat_map(|plan| &plan.runs).find(|run| run.id == record.id) {
        let measured = serde_json::to_value(Comparisons::of(store).measured(run, record)?)?;
        for name in MEASURED {
            document[name] = measured[name].clone();
        }
    }
    Ok(document)
}

/// Where a document has what is found beside its run's record.
const MEASURED: [&str; 4] = ["fidelity", "representation", "collapse", "shifted"];

/// The record with what else is known beside what it says.
fn flat(mut document: Value) -> Value {
    let mut record = document["record"].take();
    for name in MEASURED {
        if !document[name].is_null() {
            record[name] = document[name].take();
        }
    }
    record
}

/// What was measured, group by group; nothing of a run that failed.
fn measures(document: &Value) -> String {
    let mut text = String::new();
    for group in table::GROUPS {
        let told: Vec<String> = group
            .columns
            .iter()
            .filter(|column| column.is_measure())
            .filter_map(|column| {
                let value = column.read(document)?;
                Some(format!("    {:<32}{}\n", column.name, column.shown(&value)))
            })
            .collect();
        if !told.is_empty() {
            let _ = write!(text, "  {}\n{}", group.title, told.concat());
        }
    }
    text
}
