use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use kd_study::plan::PlannedRun;
use kd_study::{Plan, Result, Store, Study};
use serde::Serialize;

use super::{print, print_json, results_folder};
use crate::arguments::Format;
use crate::style;

/// A run as `--format json` lists it.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    task: &'a str,
    arm: &'a str,
    samples: u64,
    seed: u64,
    steps: u64,
    state: &'static str,
}

pub(super) fn run(path: &Path, sets: &[String], out: Option<PathBuf>, format: Format) -> Result<()> {
    let study = Study::read_with(path, sets)?;
    let plan = Plan::new(&study)?;
    let store = Store::open(&results_folder(&study, out)).ok();
    let listed = list(&plan, store.as_ref())?;
    if format.is_json() {
        return print_json(&listed);
    }

    let cached = listed.iter().filter(|run| run.state != "missing").count();
    let mut text = format!(
        "{}: {} ({} done, {} to train)\n",
        study.name,
        style::runs(listed.len()),
        style::count(cached as u64),
        style::count((listed.len() - cached) as u64)
    );
    for task in &study.tasks {
        let samples: Vec<String> = task.student.samples.iter().map(|&m| style::count(m)).collect();
        let runs: Vec<&Listed<'_>> = listed.iter().filter(|run| run.task == task.name).collect();
        let mut arms: BTreeMap<&str, usize> = BTreeMap::new();
        for run in &runs {
            *arms.entry(run.arm).or_default() += 1;
        }
        let _ = writeln!(text, "\n{} · {} ({})", task.name, task.about.title, task.about.modality);
        let _ = writeln!(text, "  teacher  N = {}  {}", style::count(task.teacher.samples), task.teacher);
        let _ = writeln!(
            text,
            "  student  M = {}  {}; {}",
            samples.join(", "),
            task.student.model,
            task.student.training
        );
        for (arm, count) in std::iter::once("teacher")
            .chain(study.arms.iter().map(|arm| arm.name.as_str()))
            .filter_map(|arm| arms.get_key_value(arm))
        {
            let _ = writeln!(text, "  {:>6}  {arm}", style::count(*count as u64));
        }
        let steps: u64 = runs.iter().map(|run| run.steps).sum();
        let _ = writeln!(text, "  {} steps in all", style::count(steps));
    }
    print(&text)
}

fn list<'a>(plan: &'a Plan, store: Option<&Store>) -> Result<Vec<Listed<'a>>> {
    plan.distinct().into_iter().map(|run| entry(run, store)).collect()
}

fn entry<'a>(run: &'a PlannedRun, store: Option<&Store>) -> Result<Listed<'a>> {
    let record = store.map(|store| store.record(&run.id)).transpose()?.flatten();
    Ok(Listed {
        id: run.id.as_str(),
        task: &run.place.task,
        arm: &run.place.arm,
        samples: run.place.samples,
        seed: run.place.seed,
        steps: run.spec.steps(),
        state: record.map_or("missing", |record| if record.is_failure() { "failed" } else { "finished" }),
    })
}
