//! The process around a worker: where its orders come from, and how it ends.

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::channel;

use kd_study::Result;
use kd_study::engine::worker;
use kd_study::spec::Order;
use rustix::process::{Signal, getpid, getppid, kill_process};

use super::parse_device;
use crate::signals;

/// Serves the process `parent` for as long as that lives.
pub(super) fn run(dir: &Path, device: &str, threads: usize, parent: i32) -> Result<()> {
    // Ctrl-C reaches the whole process group; the parent decides what becomes of workers.
    signals::heard()?;
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(std::io::Error::from)?;
    // It may have died before it could be asked for that, and someone else has adopted this process.
    if getppid().is_none_or(|adopter| adopter.as_raw_nonzero().get() != parent) {
        return Ok(());
    }
    let words = words()?;
    worker::serve(dir, parse_device(device)?, threads as i32, orders(), words)
}

/// Where words go: standard output, of which nothing else is left. Libraries write to it too (MKL does when asked to be
/// verbose); that goes where errors go.
fn words() -> Result<impl Write> {
    let stdout = rustix::io::fcntl_dupfd_cloexec(std::io::stdout(), 3).map_err(std::io::Error::from)?;
    rustix::stdio::dup2_stdout(std::io::stderr()).map_err(std::io::Error::from)?;
    Ok(std::fs::File::from(stdout))
}

/// Orders, one in JSON a line of standard input. Where that ends, nobody is left to train for, and the
/// process ends in the middle of whatever it does.
fn orders() -> impl Iterator<Item = Result<Order>> {
    let (giver, orders) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            let order = line.map_err(Into::into).and_then(|line| Ok(serde_json::from_str(&line)?));
            if giver.send(order).is_err() {
                return;
            }
        }
        // An orderly exit would wait for, or pull the ground from under, what libtorch is computing.
        let _ = kill_process(getpid(), Signal::KILL);
    });
    orders.into_iter()
}
