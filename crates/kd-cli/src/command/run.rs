use std::fmt::Write as _;
use std::time::Instant;

use kd_analysis::{Filter, render};
use kd_study::engine::event::Event;
use kd_study::engine::local::{Local, WorkerCommand};
use kd_study::engine::{Options, execute};
use kd_study::plan::cost::Costs;
use kd_study::run::environment;
use kd_study::store::record::Environment;
use kd_study::study::quoted;
use kd_study::{Plan, Result, Store, Study, results};
use tch::Device;

use super::{doubts, parse_device, print, results_folder};
use crate::arguments::Run;
use crate::exit::Status;
use crate::progress::Progress;
use crate::signals;
use crate::style::{self, CALM};
use crate::terminal::tell;

pub(super) fn run(arguments: &Run) -> Result<Status> {
    // Reading a study computes, after which no GPU would be found.
    let device = parse_device(&arguments.machine.device)?;
    let mut study = Study::read_with(&arguments.study, &arguments.sets.sets)?;
    if arguments.smoke {
        study = study.smoke();
    }
    let plan = Plan::new(&study)?;
    let filter = Filter::read(&arguments.only.only, &plan.subjects())?;
    // What is kept is the whole plan.
    let wanted = plan.only(&filter)?;
    let folder = results_folder(&study, arguments.out.out.clone());
    let store = Store::create(&folder)?;
    let _lock = store.lock()?;
    if !arguments.replace {
        store.belongs_to(&study)?;
    }
    store.save(&study, &plan)?;

    // Of a small version, all that weakens an answer holds anyway.
    let told = if study.smoke { doubts::mistakes } else { doubts::in_short };
    tell(&told(&plan.study.doubts));
    let stop = signals::heard()?;
    let started = Instant::now();
    let mut progress = Progress::new(arguments.out.out.as_deref());
    let mut engine = local(arguments, &store)?;
    let mut show = |event: Event<'_>| progress.show(&event);
    let options = options(arguments, device, Costs::of(&study, &plan));
    let summary = execute(&wanted, &store, &mut engine, &options, &stop, &mut show)?;
    progress.finish();

    let findings = results::conclude(&plan, &store)?;
    if summary.interrupted || summary.gave_up {
        let why = if summary.interrupted { "" } else { "at the first run that failed: " };
        let done = summary.total - summary.missing - summary.failed;
        tell(&format!(
            "{CALM}{:>12}{CALM:#} {why}{done} of {} are done and kept. Resume with: {}\n",
            "Stopped",
            style::runs(summary.total),
            command_line(&study, arguments)
        ));
        return Ok(if summary.interrupted { Status::Interrupted } else { Status::SomeFailed });
    }
    tell(&format!(
        "{CALM}{:>12}{CALM:#} {} in {}\n\n",
        "Finished",
        style::runs(summary.total),
        style::duration(started.elapsed())
    ));
    if arguments.verbose {
        tell(&taken(&wanted, &store)?);
    }
    print(&render::terminal(&findings, true))?;
    print(&format!("\nReport: {}\n", folder.join("report.html").display()))?;
    Ok(if summary.failed + summary.missing > 0 { Status::SomeFailed } else { Status::Done })
}

/// What the runs of a plan took, a line each: memory and time.
fn taken(plan: &Plan, store: &Store) -> Result<String> {
    let (mut peak, mut shared, mut all, mut evaluating) = (0, 0, 0.0, 0.0);
    for run in plan.distinct() {
        let Some(record) = store.record(&run.id)? else { continue };
        if let Some(memory) = record.memory {
            (peak, shared) = (peak.max(memory.peak), shared.max(memory.shared));
        }
        if let Some(seconds) = record.evaluating {
            (all, evaluating) = (all + record.seconds, evaluating + seconds);
        }
    }
    let megabytes = |bytes: u64| format!("{} MB", bytes.div_ceil(1_000_000));
    Ok(format!(
        "{CALM}{:>12}{CALM:#} a worker held at most {}, of which all share {}\n\
         {CALM}{:>12}{CALM:#} evaluation took {:.1} % of {all:.0} s of training\n\n",
        "Memory",
        megabytes(peak),
        megabytes(shared),
        "Time",
        100.0 * evaluating / all.max(f64::MIN_POSITIVE)
    ))
}

/// What is asked for besides the study.
fn options(arguments: &Run, device: Device, costs: Costs) -> Options {
    // What workers will say of themselves.
    let here = Environment { threads: THREADS as i32, ..environment(device) };
    Options {
        retry_failed: arguments.retry_failed,
        fail_fast: arguments.fail_fast,
        adopt: (!arguments.no_adopt).then_some(here),
        costs,
    }
}

/// Of each worker, however many there are: the last bits of a sum may depend on it.
const THREADS: usize = 1;

/// Worker processes of this machine.
fn local(arguments: &Run, store: &Store) -> Result<Local> {
    let workers = super::workers(&arguments.machine);
    let command = WorkerCommand {
        program: std::env::current_exe()?,
        arguments: vec![
            "exec".into(),
            store.root().into(),
            "--device".into(),
            arguments.machine.device.clone().into(),
            "--threads".into(),
            THREADS.to_string().into(),
            "--parent".into(),
            std::process::id().to_string().into(),
        ],
        threads: THREADS,
    };
    Ok(Local::new(workers, command, store))
}

/// The device that is meant if none is named.
const CPU: &str = "cpu";

/// What to type to go on.
fn command_line(study: &Study, arguments: &Run) -> String {
    let mut line = study.invocation().command();
    for condition in &arguments.only.only {
        line.push_str(&format!(" --only {}", quoted(condition)));
    }
    if let Some(out) = &arguments.out.out {
        line.push_str(&format!(" --out {}", quoted(&out.display().to_string())));
    }
    for (asked, flag) in [(arguments.fail_fast, "--fail-fast"), (arguments.no_adopt, "--no-adopt")] {
        if asked {
            let _ = write!(line, " {flag}");
        }
    }
    if let Some(workers) = arguments.machine.workers {
        let _ = write!(line, " --workers {workers}");
    }
    if arguments.machine.device != CPU {
        let _ = write!(line, " --device {}", quoted(&arguments.machine.device));
    }
    line
}
