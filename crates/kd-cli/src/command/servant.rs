//! Processes that this program starts to serve it: they end with it, and speak to it alone.

use std::io::Write;

use kd_study::Result;
use rustix::process::{Signal, getpid, getppid, kill_process};

/// Has this process die with the process `parent`, as far as this system can; false if that has died already.
pub(super) fn serves(parent: i32) -> Result<bool> {
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(std::io::Error::from)?;
    // It may have died before it could be asked for that, and someone else has adopted this process.
    Ok(getppid().is_some_and(|adopter| adopter.as_raw_nonzero().get() == parent))
}

/// Where words go: standard output, of which nothing else is left. Libraries write to it too (MKL does when asked to be
/// verbose); that goes where errors go.
pub(super) fn words() -> Result<impl Write> {
    let stdout = rustix::io::fcntl_dupfd_cloexec(std::io::stdout(), 3).map_err(std::io::Error::from)?;
    rustix::stdio::dup2_stdout(std::io::stderr()).map_err(std::io::Error::from)?;
    Ok(std::fs::File::from(stdout))
}

/// Ends this process in the middle of whatever it does. An orderly exit would wait for, or pull the ground from under, what
/// libtorch is computing.
pub(super) fn end() {
    let _ = kill_process(getpid(), Signal::KILL);
}
