//! `cargo xtask`: everything between a fresh clone and a report, in one command each.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command-line program

mod cargo;
mod circles;
mod crate_map;
mod failure;
mod folders;
mod lengths;
mod libtorch;
mod pages;
mod prerequisite;
mod sources;
mod suite;
mod wheel;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Set up, try, test and check this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[allow(clippy::doc_markdown)] // these are help texts
enum Command {
    /// Bring libtorch into the per-user cache and link it into this checkout
    ///
    /// Does nothing when that is done already. A LIBTORCH or LIBTORCH_USE_PYTORCH of your own is
    /// left alone and used. The cache is $KD_CACHE, else $XDG_CACHE_HOME/kd, else ~/.cache/kd.
    Setup {
        /// Also bring the CUDA libraries (about 2.4 GB to download)
        #[arg(long)]
        cuda: bool,
    },
    /// Set up, build in release and run studies/quickstart.toml
    Quickstart,
    /// Set up and run every test, doctests included
    Test,
    /// Set up and check formatting, lints, documentation, the benchmarks, the examples and the architecture
    Check,
    /// Set up, build in release, run the suite of studies and write its atlas, studies/README.md
    ///
    /// Runs every study of studies/{amplified,theories,factors,history} of which the data are here (KD_DATA names their
    /// folder), trains what is missing, and keeps what was found beside each study.
    Suite {
        /// Only studies whose path holds this, such as amplified/ or vision
        #[arg(long, default_value = "")]
        only: String,
    },
    /// Set up and run the benchmarks; what follows `--` goes to criterion
    Bench {
        /// Arguments for criterion, such as part of a benchmark's name
        #[arg(last = true)]
        criterion: Vec<String>,
    },
}

fn main() -> ExitCode {
    match perform(&Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}

fn perform(command: &Command) -> Result<(), Failure> {
    let root = checkout();
    match command {
        Command::Setup { cuda } => libtorch::set_up(&root, *cuda),
        Command::Quickstart => {
            libtorch::set_up(&root, false)?;
            let kd = ["run", "--release", "--locked", "--package", "kd-cli", "--"];
            cargo::run(&root, &[&kd[..], &["run", "studies/quickstart.toml"]].concat())
        }
        Command::Test => {
            libtorch::set_up(&root, false)?;
            cargo::run(&root, &["test", "--locked", "--workspace", "--no-fail-fast"])
        }
        Command::Check => {
            libtorch::set_up(&root, false)?;
            check(&root)
        }
        Command::Suite { only } => suite::run(&root, only),
        Command::Bench { criterion } => {
            libtorch::set_up(&root, false)?;
            // What times whole commands runs this program.
            cargo::run(&root, &["build", "--release", "--locked", "--package", "kd-cli"])?;
            let mut arguments = vec!["bench", "--locked", "--package", "kd-benches", "--"];
            arguments.extend(criterion.iter().map(String::as_str));
            cargo::run(&root, &arguments)
        }
    }
}

fn check(root: &std::path::Path) -> Result<(), Failure> {
    let metadata = cargo::metadata(root)?;
    crate_map::check(root, &metadata)?;
    let crates = sources::read_all(&metadata)?;
    circles::check(&crates)?;
    folders::check(&crates)?;
    lengths::check(&crates)?;
    pages::check(root)?;
    cargo::run(root, &["fmt", "--all", "--check"])?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo::run(root, &clippy)?;
    let doc = ["doc", "--locked", "--workspace", "--no-deps"];
    cargo::run_with(root, &doc, &[("RUSTDOCFLAGS", "-D warnings")])?;
    // Each benchmark once, unoptimised: that it runs, not how fast.
    cargo::run(root, &["test", "--locked", "--package", "kd-benches", "--benches"])?;
    for (package, example) in cargo::examples(&metadata) {
        let run = ["run", "--locked", "--package", &package, "--example", &example];
        cargo::run(root, &run)?;
    }
    Ok(())
}

/// The root of the checkout this program was built from: the parent of `xtask/`.
fn checkout() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map_or_else(|| manifest.clone(), PathBuf::from)
}
