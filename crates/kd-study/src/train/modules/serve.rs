//! The body of a module's process: it reads a module, and says what that says of each batch.

use std::io::{self, Write};

use kd_models::TorchScript;
use rustix::process::{Resource, Rlimit, setrlimit};
use tch::{Device, Tensor};

use super::wire::{Frame, Head};
use crate::error::{Error, Result};

/// Runs the module that the first of `frames` holds on the batches in those behind it, until they end, and says to
/// `output` what it says.
///
/// # Errors
/// If nobody listens, or frames are not as [`frames`](super::frames) reads them. A module that cannot be read, or fails, is
/// said.
pub fn serve(frames: impl IntoIterator<Item = io::Result<Frame>>, mut output: impl Write) -> Result<()> {
    let mut frames = frames.into_iter();
    let Some(first) = frames.next().transpose()? else { return Ok(()) };
    let Head::Module { path, gpu, threads, gigabytes } = first.head else { return Err(out_of_turn()) };
    kd_models::keep_freed_memory();
    tch::set_num_threads(threads);
    if gpu.is_none() {
        confine(gigabytes)?;
    } else {
        // That finds it.
        kd_models::gpus().map_err(io::Error::other)?;
        kd_models::compute_reproducibly()?;
    }
    let device = gpu.map_or(Device::Cpu, Device::Cuda);
    let read =
        TorchScript::read(&path, &first.bytes, device).and_then(|module| Ok((module.parameters()?, module)));
    let module = match read {
        Ok((parameters, module)) => {
            Frame::of(Head::Ready { parameters }).write(&mut output)?;
            module
        }
        Err(error) => return Ok(Frame::refusal(error, &[]).write(&mut output)?),
    };
    drop(first.bytes);
    let _no_grad = tch::no_grad_guard();
    for frame in frames {
        let Frame { head, bytes } = frame?;
        let Head::Batch(shape) = head else { return Err(out_of_turn()) };
        let batch = shape.tensor(&bytes)?.f_to_device(device)?;
        let said = match module.forward(&batch) {
            Ok(said) if said.logits.numel() > MOST => too_large(&batch, &said.logits),
            Ok(said) => Frame::with(&said.logits, Head::Said)?,
            Err(error) => Frame::refusal(error, &batch.size()),
        };
        said.write(&mut output)?;
    }
    Ok(())
}

/// No teacher says more numbers of a batch, a gigabyte of them: of language models, batches are small.
const MOST: usize = 1 << 28;

fn too_large(batch: &Tensor, said: &Tensor) -> Frame {
    let problem = format!("it returns {:?}, more numbers than any batch has logits", said.size());
    Frame::of(Head::Failed { batch: batch.size(), problem })
}

fn out_of_turn() -> Error {
    io::Error::new(io::ErrorKind::InvalidData, "a module first, and then batches for it").into()
}

/// Lets this process take no more memory than that, be the first that goes where the machine has none left, and leave
/// no image of its memory when it crashes.
fn confine(gigabytes: u32) -> Result<()> {
    let at_most = |most| Rlimit { current: Some(most), maximum: Some(most) };
    // What is allocated, not the address space, of which libtorch reserves far more than it uses.
    setrlimit(Resource::Data, at_most(u64::from(gigabytes) << 30)).map_err(io::Error::from)?;
    setrlimit(Resource::Core, at_most(0)).map_err(io::Error::from)?;
    // Elsewhere than on Linux there is no such file.
    let _ = fs_err::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}
