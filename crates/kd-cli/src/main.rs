//! The `kd` command. It reads arguments, calls the engine and shows what it says.

mod arguments;
mod command;
mod exit;
mod failure;
mod input;
mod misspelt;
mod progress;
mod running;
mod servants;
mod signals;
mod style;
mod terminal;

fn main() -> std::process::ExitCode {
    let arguments = misspelt::read();
    match command::modules().and_then(|()| command::run(arguments.command)) {
        Ok(status) => status.into(),
        Err(error) => {
            failure::show(&error);
            exit::Status::BadInput.into()
        }
    }
}
