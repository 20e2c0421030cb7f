//! Worker processes. A worker reads run specifications from standard input, one JSON object a line, trains and
//! publishes each, and answers with the run's id on standard output.
//!
//! Processes rather than threads: libtorch's generator and thread count are global to a process, and a crash stays
//! in it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;

use tch::Device;

use super::error::EngineError;
use crate::error::Result;
use crate::run::Runner;
use crate::spec::{RunId, RunSpec};
use crate::store::Store;

/// How to start workers.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// The program, usually this one.
    pub program: std::path::PathBuf,
    /// Arguments that make it call [`serve`].
    pub arguments: Vec<std::ffi::OsString>,
    /// Threads inside one libtorch operation.
    pub threads: usize,
}

/// The body of a worker process: trains what it is told to until its standard input ends.
///
/// # Errors
/// If the results folder cannot be written or an input line is not a specification.
pub fn serve(
    root: &Path,
    device: Device,
    threads: i32,
    input: impl BufRead,
    mut output: impl Write,
) -> Result<()> {
    kd_models::keep_freed_memory();
    if device.is_cuda() {
        kd_models::compute_reproducibly()?;
    }
    tch::set_num_threads(threads);
    let mut runner = Runner::new(Store::create(root)?, device);
    for line in input.lines() {
        let spec: RunSpec = serde_json::from_str(&line?)?;
        let record = runner.run(&spec)?;
        writeln!(output, "{}", record.id)?;
        output.flush()?;
    }
    Ok(())
}

/// What a worker reports to its parent.
pub(crate) struct Report {
    /// Which worker.
    pub(crate) worker: usize,
    pub(crate) said: Said,
}

pub(crate) enum Said {
    /// This run has been published.
    Published(RunId),
    /// Its output ended: it is dead.
    Gone,
}

/// A running worker process; killed when dropped.
pub(crate) struct Worker {
    child: Child,
    orders: ChildStdin,
}

impl Worker {
    pub(crate) fn start(
        command: &WorkerCommand,
        index: usize,
        store: &Store,
        reports: Sender<Report>,
    ) -> Result<Self> {
        let log = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(store.logs().join(format!("worker-{index}.log")))?;
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .env("OMP_NUM_THREADS", command.threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.into_parts().0)
            .spawn()
            .map_err(EngineError::Worker)?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both were asked for");
        };
        std::thread::spawn(move || {
            for line in BufReader::new(answers).lines() {
                let Ok(line) = line else { break };
                // Libraries may write to standard output too (MKL does when asked to be verbose).
                let Ok(id) = line.parse() else { continue };
                if reports.send(Report { worker: index, said: Said::Published(id) }).is_err() {
                    break;
                }
            }
            // Nobody listens any more when the study has ended.
            let _ = reports.send(Report { worker: index, said: Said::Gone });
        });
        Ok(Self { child, orders })
    }

    /// Gives it a run. An error means that it is dead, which its report will say too.
    pub(crate) fn order(&mut self, spec: &RunSpec) -> Result<()> {
        let mut line = serde_json::to_vec(spec)?;
        line.push(b'\n');
        self.orders.write_all(&line)?;
        Ok(self.orders.flush()?)
    }

    /// How it died, in words.
    pub(crate) fn cause_of_death(&mut self) -> String {
        match self.child.wait() {
            Ok(status) => format!("the worker process died ({status}); its log is in the folder `logs`"),
            Err(error) => format!("the worker process is lost: {error}"),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have died already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
