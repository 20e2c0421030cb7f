use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use kd_analysis::render;
use kd_study::engine::worker::WorkerCommand;
use kd_study::engine::{Options, execute};
use kd_study::{Plan, Result, Store, Study, results};

use super::{parse_device, print, results_folder};
use crate::arguments::Run;
use crate::exit::Status;
use crate::progress::Progress;
use crate::style::{self, CALM};

pub(super) fn run(arguments: &Run) -> Result<Status> {
    // Reading a study computes, after which no GPU would be found.
    parse_device(&arguments.device)?;
    let mut study = Study::read(&arguments.study)?;
    if arguments.smoke {
        study = study.smoke();
    }
    let plan = Plan::new(&study)?;
    let folder = results_folder(&study, arguments.out.out.clone());
    let store = Store::create(&folder)?;
    let _lock = store.lock()?;
    store.save(&study, &plan)?;

    let stop = Arc::new(AtomicBool::new(false));
    let signal = Arc::clone(&stop);
    ctrlc::set_handler(move || signal.store(true, Ordering::Relaxed)).map_err(std::io::Error::other)?;

    let started = Instant::now();
    let progress = Progress::new(arguments.out.out.as_deref());
    let options = options(arguments, &folder)?;
    let summary = execute(&plan, &store, &options, &stop, &mut |event| progress.show(&event))?;
    progress.finish();

    let findings = results::conclude(&plan, &store)?;
    if summary.interrupted {
        let done = summary.total - summary.missing;
        anstream::eprintln!(
            "{CALM}{:>12}{CALM:#} {done} of {} are done and kept. Resume with: {}",
            "Stopped",
            style::runs(summary.total),
            command_line(arguments)
        );
        return Ok(Status::Interrupted);
    }
    anstream::eprintln!(
        "{CALM}{:>12}{CALM:#} {} in {}\n",
        "Finished",
        style::runs(summary.total),
        style::duration(started.elapsed())
    );
    print(&render::terminal(&findings, true))?;
    print(&format!("\nReport: {}\n", folder.join("report.html").display()))?;
    Ok(if summary.failed + summary.missing > 0 { Status::SomeFailed } else { Status::Done })
}

/// Small models leave a GPU idle between their many short operations.
const ON_A_GPU: usize = 4;

fn options(arguments: &Run, folder: &Path) -> Result<Options> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let most = if arguments.device == "cpu" { cores } else { cores.min(ON_A_GPU) };
    let workers = arguments.workers.map_or(most, usize::from);
    // One thread each, however many workers there are: the last bits of a sum may depend on it.
    let threads = 1;
    Ok(Options {
        workers,
        retry_failed: arguments.retry_failed,
        command: WorkerCommand {
            program: std::env::current_exe()?,
            arguments: vec![
                "exec".into(),
                folder.into(),
                "--device".into(),
                arguments.device.clone().into(),
                "--threads".into(),
                threads.to_string().into(),
            ],
            threads,
        },
    })
}

/// What to type to go on.
fn command_line(arguments: &Run) -> String {
    let mut line = format!("kd run {}", arguments.study.display());
    if let Some(out) = &arguments.out.out {
        line.push_str(&format!(" --out {}", out.display()));
    }
    if arguments.smoke {
        line.push_str(" --smoke");
    }
    line
}
