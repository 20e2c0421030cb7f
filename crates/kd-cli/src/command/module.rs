//! The process around a TorchScript module.

use std::sync::mpsc::channel;

use kd_study::{Result, modules};

use super::servant::{end, serves, words};
use crate::servants::Module;
use crate::signals;

/// Runs the module that the process gives which started this one, for as long as that lives.
pub(super) fn run(Module { parent }: &Module) -> Result<()> {
    // Ctrl-C reaches the whole process group; the parent decides what becomes of modules.
    signals::heard()?;
    if !serves(*parent)? {
        return Ok(());
    }
    let words = words()?;
    let (giver, frames) = channel();
    std::thread::spawn(move || {
        modules::frames(std::io::stdin().lock()).try_for_each(|frame| giver.send(frame)).ok();
        // Nobody is left who would hear it.
        end();
    });
    modules::serve(frames, words)
}
