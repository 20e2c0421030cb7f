//! One file per command.

mod atlas;
mod compare;
mod data;
mod doctor;
mod doubts;
mod exec;
mod explain;
mod export;
mod fetch;
mod figure;
mod models;
mod module;
mod new;
mod objectives;
mod plan;
mod prune;
mod report;
mod run;
mod runs;
mod servant;
mod status;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use kd_study::engine::EngineError;
use kd_study::{Result, Study, gpus, modules};
use serde::Serialize;
use tch::Device;

use crate::arguments::{Arguments, Command, Data, Export, Machine, Models};
use crate::exit::Status;

pub(crate) fn run(command: Command) -> Result<Status> {
    match command {
        Command::Run(arguments) => return run::run(&arguments),
        Command::Plan { study, sets, out, machine, no_probe, format } => {
            plan::run(&study, &sets.sets, out.out, &machine, no_probe, format)?;
        }
        Command::Status { dir, format } => return status::run(&dir, format),
        Command::Runs(arguments) => runs::run(&arguments)?,
        Command::Figure(arguments) => figure::run(&arguments)?,
        Command::Report(arguments) => report::run(&arguments)?,
        Command::Compare(arguments) => compare::run(&arguments)?,
        Command::Export(Export::Predictions { dir, only, out }) => {
            export::predictions(&dir, &only.only, &out)?;
        }
        Command::Prune(arguments) => prune::run(&arguments)?,
        Command::Explain { run, dir, subset: true, format } => explain::subset(&run, &dir, format)?,
        Command::Explain { run, dir, subset: false, format } => explain::run(&run, &dir, format)?,
        Command::Data(Data::List { format }) => data::list(format)?,
        Command::Data(Data::Show(arguments)) => data::show(&arguments)?,
        Command::Models(Models::List { format }) => models::list(format)?,
        Command::Models(Models::Show { model, input, classes, format }) => {
            models::show(&model, input, classes, format)?;
        }
        Command::Models(Models::Import { file, model, input, classes, out }) => {
            models::import(&file, &model, input, classes, &out)?;
        }
        Command::Models(Models::Export { run, dir, out }) => models::export(&run, &dir, &out)?,
        Command::Data(Data::Fetch { files, from }) => fetch::run(&files, from.as_deref())?,
        Command::Data(Data::Check { files, format }) => return data::check(&files, format),
        Command::Objectives { format } => objectives::run(format)?,
        Command::Doctor { format } => doctor::run(format)?,
        Command::New { path } => new::run(&path)?,
        Command::Schema => print_json(&kd_study::file::schema::schema())?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "kd", &mut script);
            print(&String::from_utf8_lossy(&script))?;
        }
        Command::Module(arguments) => module::run(&arguments)?,
        Command::Exec(arguments) => exec::run(&arguments)?,
    }
    Ok(Status::Done)
}

/// Says how modules are run: by this program, in a process each.
pub(crate) fn modules() -> Result<()> {
    let program = std::env::current_exe()?;
    let arguments = vec!["module".into(), "--parent".into(), std::process::id().to_string().into()];
    modules::run_by(modules::Way::Process { program, arguments });
    Ok(())
}

/// The device of that name, if this machine has it.
fn parse_device(name: &str) -> Result<Device> {
    let index = match name {
        "cpu" => return Ok(Device::Cpu),
        "cuda" => Some(0),
        _ => name.strip_prefix("cuda:").and_then(|index| index.parse().ok()),
    };
    match index {
        Some(index) if gpus().is_ok_and(|count| index < count) => Ok(Device::Cuda(index)),
        _ => Err(EngineError::Device(name.to_owned()).into()),
    }
}

/// Small models leave a GPU idle between their many short operations.
const ON_A_GPU: usize = 4;

/// How many runs are trained at once.
fn workers(machine: &Machine) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let most = if machine.device == "cpu" { cores } else { cores.min(ON_A_GPU) };
    machine.workers.map_or(most, usize::from)
}

/// The results folder of a study.
fn results_folder(study: &Study, chosen: Option<PathBuf>) -> PathBuf {
    chosen.unwrap_or_else(|| Path::new("results").join(&study.name))
}

fn print_json(value: &impl Serialize) -> Result<()> {
    print(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// Prints, and is content when the reader has gone (`kd data list | head -1`).
fn print(text: &str) -> Result<()> {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(std::io::Error::new(error.kind(), format!("could not write to standard output: {error}"))
                .into())
        }
        _ => Ok(()),
    }
}
