//! A worker process, as its parent sees it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;

use crate::engine::error::EngineError;
use crate::engine::word::Word;
use crate::error::Result;
use crate::spec::Order;

/// How to start workers.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// The program, usually this one.
    pub program: PathBuf,
    /// Arguments that make it [`serve`](crate::engine::worker::serve) with orders from its standard input and words to
    /// its standard output.
    pub arguments: Vec<std::ffi::OsString>,
    /// Threads inside one libtorch operation.
    pub threads: usize,
}

/// What reached the parent.
pub(super) struct Heard {
    /// From which worker.
    pub(super) worker: usize,
    /// None when its output has ended: it is dead.
    pub(super) word: Option<Word>,
}

/// A running worker process; killed when dropped.
pub(super) struct Worker {
    child: Child,
    orders: ChildStdin,
}

impl Worker {
    /// Starts one that is heard as `index` and keeps its log in the folder `logs`.
    pub(super) fn start(
        command: &WorkerCommand,
        index: usize,
        logs: &Path,
        ears: Sender<Heard>,
    ) -> Result<Self> {
        let log = logs.join(format!("worker-{index}.log"));
        let log = fs_err::OpenOptions::new().create(true).append(true).open(log)?;
        let mut child = Command::new(&command.program)
            .args(&command.arguments)
            .env("OMP_NUM_THREADS", command.threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log.into_parts().0)
            .spawn()
            .map_err(|source| EngineError::Worker { program: command.program.clone(), source })?;
        let (Some(orders), Some(words)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both were asked for");
        };
        std::thread::spawn(move || {
            for line in BufReader::new(words).split(b'\n') {
                let Ok(line) = line else { break };
                let Some(word) = Word::on(&String::from_utf8_lossy(&line)) else { continue };
                if ears.send(Heard { worker: index, word: Some(word) }).is_err() {
                    break;
                }
            }
            // Nobody listens any more when the study has ended.
            let _ = ears.send(Heard { worker: index, word: None });
        });
        Ok(Self { child, orders })
    }

    /// Gives it a run. Should it have died, that will be heard.
    pub(super) fn order(&mut self, order: &Order) -> Result<()> {
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        let _ = self.orders.write_all(&line).and_then(|()| self.orders.flush());
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// How it died, in words.
    pub(super) fn cause_of_death(&mut self) -> String {
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
