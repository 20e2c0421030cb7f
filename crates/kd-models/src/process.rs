//! What a process is told once, before it computes.

use tch::TchError;

use crate::{Result, native};

/// Has this process keep freed memory for its next allocations, where it is glibc that allocates; it would give large
/// blocks back to the system at every step, which costs small models up to a third of their time.
pub fn keep_freed_memory() {
    native::keep_freed_memory();
}

/// How many GPUs there are. The first call loads libtorch's part for them, hundreds of megabytes, if it lies beside the
/// rest: programs need not be linked with it, and those that use no GPU never wait for it. Call it before anything else
/// of libtorch.
///
/// # Errors
/// If there is none: why, in libtorch's words.
pub fn gpus() -> std::result::Result<usize, String> {
    let said = |error| match error {
        TchError::Torch(said) => said,
        other => other.to_string(),
    };
    native::load_cuda().map_err(said)?;
    let count = usize::try_from(tch::Cuda::device_count()).unwrap_or_default();
    if count == 0 {
        native::start_cuda().map_err(said)?;
    }
    Ok(count)
}

/// Has this process compute on GPUs as it does on processors: the same bits each time, and products of float32 in
/// float32, where libtorch would leave the order of sums to chance and convolutions to 10 bits of TF32. An operation
/// that has no reproducible form there is an error from then on. Call it before anything is on a GPU; on processors it
/// changes nothing.
///
/// # Errors
/// If libtorch refuses.
pub fn compute_reproducibly() -> Result<()> {
    Ok(native::compute_reproducibly()?)
}
