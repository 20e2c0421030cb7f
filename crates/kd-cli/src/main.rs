//! The `kd` command. It reads arguments, calls the engine and shows what it says.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod command;
mod exit;
mod failure;
mod progress;
mod style;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let arguments = arguments::Arguments::parse();
    match command::run(arguments.command) {
        Ok(status) => status.into(),
        Err(error) => {
            failure::show(&error);
            exit::Status::BadInput.into()
        }
    }
}
