//! A module's process, as the one that started it sees it.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use kd_core::memory;
use kd_models::{Output, TorchScriptError};
use tch::{Device, Tensor};

use super::wire::{Frame, Head, frames};
use crate::error::{Error, Result};
use crate::spec::{InputFile, Limits};
use crate::train::error::TrainError;

/// How much of what it writes to standard error is kept, in bytes.
const LAST_WORDS: usize = 4096;

/// A module's process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    path: PathBuf,
    limits: Limits,
    parameters: u64,
    /// To the thread that writes to it: a full pipe must not keep anybody from telling the time.
    orders: Sender<Frame>,
    replies: Receiver<Frame>,
    /// The end of what it writes to standard error, once that has ended.
    last_words: Option<JoinHandle<Vec<u8>>>,
}

impl Process {
    pub(super) fn start(
        program: &Path,
        arguments: &[OsString],
        file: &InputFile,
        bytes: Vec<u8>,
        limits: Limits,
        device: Device,
    ) -> Result<Self> {
        let threads = tch::get_num_threads();
        let mut child = Command::new(program)
            .args(arguments)
            .env("OMP_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                let problem = format!("cannot be run by {}: {error}", program.display());
                TrainError::Module { path: file.path.clone(), problem }
            })?;
        let (Some(mut input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            unreachable!("all were asked for");
        };
        let (orders, ordered) = channel::<Frame>();
        // Where it has died, replies end, and that is heard.
        std::thread::spawn(move || ordered.into_iter().try_for_each(|frame| frame.write(&mut input)));
        let (ears, replies) = channel();
        std::thread::spawn(move || {
            frames(output).map_while(std::result::Result::ok).try_for_each(|frame| ears.send(frame))
        });
        let last_words = Some(std::thread::spawn(move || end_of(errors)));
        let path = file.path.clone();
        let mut process = Self { child, path, limits, parameters: 0, orders, replies, last_words };
        let gpu = match device {
            Device::Cuda(index) => Some(index),
            _ => None,
        };
        let gigabytes = limits.gigabytes.get();
        let head = Head::Module { path: process.path.clone(), gpu, threads, gigabytes };
        match process.ask(Frame { head, bytes }, "while it is read")?.head {
            Head::Ready { parameters } => {
                process.parameters = parameters;
                Ok(process)
            }
            other => Err(process.refused(other)),
        }
    }

    pub(super) fn parameters(&self) -> u64 {
        self.parameters
    }

    pub(super) fn forward(&mut self, batch: &Tensor) -> Result<Output> {
        let order = Frame::with(batch, Head::Batch)?;
        let Frame { head, bytes } = self.ask(order, &format!("on a batch of shape {:?}", batch.size()))?;
        match head {
            Head::Said(shape) => Ok(Output { logits: shape.tensor(&bytes)?, features: Vec::new() }),
            other => Err(self.refused(other)),
        }
    }

    /// What it replies, if it does so in time.
    fn ask(&mut self, order: Frame, when: &str) -> Result<Frame> {
        // Should it have died, that is heard below.
        let _ = self.orders.send(order);
        match self.replies.recv_timeout(Duration::from_secs(self.limits.seconds.get().into())) {
            Ok(reply) => Ok(reply),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = self.limits.seconds;
                Err(self.failure(format!(
                    "has not answered within {seconds} seconds {when}; it may never end, or need more: \
                     torch_script = {{ ..., seconds = {} }}",
                    seconds.get().saturating_mul(5)
                )))
            }
            Err(RecvTimeoutError::Disconnected) => {
                let cause = self.cause_of_death();
                Err(self.failure(format!("crashed {when}: {cause}")))
            }
        }
    }

    /// The error that `head` tells of.
    fn refused(&self, head: Head) -> Error {
        let path = self.path.clone();
        match head {
            Head::Unreadable { problem } | Head::Failed { problem, .. } if memory::ran_out(&problem) => {
                let gigabytes = self.limits.gigabytes;
                self.failure(format!(
                    "needs more memory than the {gigabytes} GB that it may take (torch_script = {{ ..., gigabytes \
                     = {} }}), or than there is: {problem}",
                    gigabytes.get().saturating_mul(2)
                ))
            }
            Head::Unreadable { problem } => {
                kd_models::Error::from(TorchScriptError::Unreadable { path, problem }).into()
            }
            Head::Failed { batch, problem } => {
                kd_models::Error::from(TorchScriptError::Failed { path, batch, problem }).into()
            }
            Head::Module { .. } | Head::Ready { .. } | Head::Batch(_) | Head::Said(_) => {
                self.failure("answers what was not asked".to_owned())
            }
        }
    }

    fn failure(&self, problem: String) -> Error {
        TrainError::Module { path: self.path.clone(), problem }.into()
    }

    /// How it died, with its last words.
    fn cause_of_death(&mut self) -> String {
        let Some(status) = self.ended() else { return "it closed its output".to_owned() };
        let words = self.last_words.take().and_then(|words| words.join().ok()).unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        match words.lines().map(str::trim).rfind(|line| !line.is_empty()) {
            Some(last) => format!("{status}; its last words: {last}"),
            None => status.to_string(),
        }
    }

    /// How it ended; what has closed its output has a moment to do so.
    fn ended(&mut self) -> Option<std::process::ExitStatus> {
        let patience = Instant::now() + Duration::from_secs(5);
        while Instant::now() < patience {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have died already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of what is read.
fn end_of(mut errors: impl Read) -> Vec<u8> {
    let (mut kept, mut part) = (Vec::new(), [0; LAST_WORDS]);
    while let Ok(length @ 1..) = errors.read(&mut part) {
        kept.extend_from_slice(&part[..length]);
        let beyond = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..beyond);
    }
    kept
}
