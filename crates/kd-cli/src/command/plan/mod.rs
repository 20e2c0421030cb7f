mod grid;
mod outlook;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kd_analysis::Place;
use kd_doubt::Doubt;
use kd_study::engine::estimate::{Estimate, Terms};
use kd_study::plan::PlannedRun;
use kd_study::plan::doubt::doubts;
use kd_study::spec::{Predictor, Pretrained};
use kd_study::study::Task;
use kd_study::{Plan, Result, Store, Study};
use serde::Serialize;

use super::doubts as told;
use super::{parse_device, print, print_json, results_folder};
use crate::arguments::{Format, Machine};
use crate::style;

/// How long `kd plan` may try things out.
const PROBE: Duration = Duration::from_secs(10);

/// A run as `--format json` lists it.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    #[serde(flatten)]
    place: &'a Place,
    steps: u64,
    state: &'static str,
}

/// A plan as `--format json` prints it.
#[derive(Serialize)]
struct Listing<'a> {
    study: &'a str,
    runs: &'a [Listed<'a>],
    doubts: &'a [Doubt],
}

pub(super) fn run(
    path: &Path,
    sets: &[String],
    out: Option<PathBuf>,
    machine: &Machine,
    no_probe: bool,
    format: Format,
) -> Result<()> {
    // Reading a study computes, after which no GPU would be found.
    let device = parse_device(&machine.device)?;
    let study = Study::read_with(path, sets)?;
    let plan = Plan::new(&study)?;
    let results = results_folder(&study, out);
    let store = Store::open(&results).ok();
    let listed = list(&plan, store.as_ref())?;
    if format.is_json() {
        return print_json(&Listing { study: &study.name, runs: &listed, doubts: &doubts(&study) });
    }

    let probe = (!no_probe).then_some(PROBE);
    let terms = Terms { results: &results, device, workers: super::workers(machine), probe };
    let estimate = Estimate::new(&study, &plan, &terms)?;
    let cached = listed.iter().filter(|run| !["missing", "incomplete"].contains(&run.state)).count();
    let mut text = format!(
        "{}: {} ({} done, {} to train)\n",
        study.name,
        extent(&plan, listed.len()),
        style::count(cached as u64),
        style::count((listed.len() - cached) as u64)
    );
    text.push_str(&outlook::estimate(&estimate, probe.is_some()));
    let mut told = HashSet::new();
    for task in study.tasks.iter().filter(|task| told.insert(task.name.as_str())) {
        text.push_str(&of_task(&study, &plan, &task.name));
    }
    text.push_str(&told::in_full(&doubts(&study)));
    print(&text)
}

/// How many places there are and, where some share a run, how many runs.
fn extent(plan: &Plan, runs: usize) -> String {
    let places = plan.runs.len();
    let runs = style::runs(runs);
    if places == plan.distinct().len() {
        runs
    } else {
        format!("{} places, {runs}", style::count(places as u64))
    }
}

/// A task, of which the study may have several that differ in a factor.
fn of_task(study: &Study, plan: &Plan, name: &str) -> String {
    let mut text = String::new();
    let tasks = || study.tasks.iter().filter(|task| task.name == name);
    let Some(first) = tasks().next() else { return text };
    let _ = writeln!(text, "\n{} · {} ({})", name, first.about.title, first.about.modality);
    let [inputs, target] = &first.about.in_short;
    let _ = writeln!(text, "  data     {inputs}\n           {target}");
    let teachers = tasks()
        .map(|task| format!("  teacher  N = {}  {}", style::count(task.teacher.samples), task.teacher));
    let students = tasks().map(|task| {
        let samples: Vec<String> = task.student.samples.iter().map(|&m| style::count(m)).collect();
        let student = &task.student;
        format!("  student  M = {}  {}; {}", samples.join(", "), student.model, student.training)
    });
    text.push_str(&each_once(teachers));
    text.push_str(&each_once(tasks().filter_map(program)));
    text.push_str(&each_once(students));

    let runs: Vec<&PlannedRun> = plan.runs.iter().filter(|run| run.place.task == name).collect();
    text.push_str(&grid::lines(&plan.study.factors, &runs));
    let mut seen = HashSet::new();
    let steps = runs.iter().filter(|run| seen.insert(&run.id)).map(|run| run.spec.steps()).sum();
    let _ = writeln!(text, "  {} steps in all", style::count(steps));
    text
}

/// That a teacher is a program.
fn program(task: &Task) -> Option<String> {
    let Predictor::Pretrained(Pretrained::TorchScript { limits, .. }) = &task.teacher.predictor else {
        return None;
    };
    Some(format!(
        "           that is a program, run in a process of its own: at most {} s a batch and {} GB; run those of people you \
         trust",
        limits.seconds, limits.gigabytes
    ))
}

/// The most lines of what varies with a factor.
const MOST: usize = 3;

/// Each line once, and how many more there are.
fn each_once(lines: impl Iterator<Item = String>) -> String {
    let mut seen = HashSet::new();
    let lines: Vec<String> = lines.filter(|line| seen.insert(line.clone())).collect();
    let mut text = String::new();
    for line in lines.iter().take(MOST) {
        let _ = writeln!(text, "{line}");
    }
    if lines.len() > MOST {
        let _ = writeln!(text, "           and {} more", lines.len() - MOST);
    }
    text
}

fn list<'a>(plan: &'a Plan, store: Option<&Store>) -> Result<Vec<Listed<'a>>> {
    plan.distinct().into_iter().map(|run| entry(run, store)).collect()
}

fn entry<'a>(run: &'a PlannedRun, store: Option<&Store>) -> Result<Listed<'a>> {
    let state = match store {
        Some(store) => state(run, store)?,
        None => "missing",
    };
    Ok(Listed { id: run.id.as_str(), place: &run.place, steps: run.spec.steps(), state })
}

fn state(run: &PlannedRun, store: &Store) -> Result<&'static str> {
    let Some(record) = store.record(&run.id)? else { return Ok("missing") };
    Ok(if record.is_failure() {
        "failed"
    } else if store.missing(&run.id, &run.spec, &run.keep)?.is_nothing() {
        "finished"
    } else {
        "incomplete"
    })
}
