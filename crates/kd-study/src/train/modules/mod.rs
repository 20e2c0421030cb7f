//! TorchScript modules. They are programs, of whoever wrote them: each runs in a process of its own, whose time and memory
//! end somewhere, so that one that never ends, takes all memory or crashes is an error and nothing worse. That keeps accidents
//! in, not malice: run those of people you trust.
//!
//! A program that uses this crate says once how it runs them, [`run_by`]; until it does, they are refused.
//!
//! | file | what |
//! |---|---|
//! | `process.rs` | such a process, as who started it sees it |
//! | `serve.rs` | what it does |
//! | `wire.rs` | what the two say to each other |

mod process;
mod serve;
mod wire;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use kd_models::{Output, TorchScript};
use tch::{Device, Tensor};

use self::process::Process;
pub use self::serve::serve;
pub use self::wire::{Frame, frames};
use super::error::TrainError;
use crate::error::Result;
use crate::spec::{InputFile, Limits};

/// How this program runs modules.
#[derive(Debug, Clone)]
pub enum Way {
    /// Each in a process of its own, within its limits.
    Process {
        /// The program, usually this one.
        program: PathBuf,
        /// Arguments that make it [`serve`] the [`frames`] of its standard input, and write nothing else to its standard
        /// output.
        arguments: Vec<OsString>,
    },
    /// In this process and without limits: one that crashes or never ends takes this program with it.
    Here,
}

static WAY: OnceLock<Way> = OnceLock::new();

/// Says how this program runs modules, for as long as it lives. What was said first holds.
pub fn run_by(way: Way) {
    // Who is second is told so by the way that holds.
    let _ = WAY.set(way);
}

/// A module that can be asked.
pub(crate) enum Module {
    Process(Process),
    Here(TorchScript),
}

impl Module {
    /// The module in `bytes`, which were read from `file`, on `device`.
    pub(crate) fn start(file: &InputFile, bytes: Vec<u8>, limits: Limits, device: Device) -> Result<Self> {
        match WAY.get() {
            Some(Way::Process { program, arguments }) => {
                Process::start(program, arguments, file, bytes, limits, device).map(Self::Process)
            }
            Some(Way::Here) => Ok(Self::Here(TorchScript::read(&file.path, &bytes, device)?)),
            None => Err(TrainError::Module {
                path: file.path.clone(),
                problem: "is a program, and this one has not said how it runs them: \
                          kd_study::modules::run_by"
                    .to_owned(),
            }
            .into()),
        }
    }

    /// Logits of a batch, without features.
    pub(crate) fn forward(&mut self, batch: &Tensor) -> Result<Output> {
        match self {
            Self::Process(process) => process.forward(batch),
            Self::Here(module) => Ok(module.forward(batch)?),
        }
    }

    /// Number of trainable numbers.
    pub(crate) fn parameters(&self) -> Result<u64> {
        match self {
            Self::Process(process) => Ok(process.parameters()),
            Self::Here(module) => Ok(module.parameters()?),
        }
    }

    /// Where it takes its batches.
    pub(crate) fn device(&self) -> Device {
        match self {
            Self::Process(_) => Device::Cpu,
            Self::Here(module) => module.device(),
        }
    }
}
