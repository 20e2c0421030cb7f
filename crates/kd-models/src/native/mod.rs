//! What the files in C++ beside this one offer.
#![allow(unsafe_code)] // the functions are not Rust's

use std::ffi::{CStr, c_char};

use tch::{Device, TchError, Tensor};
use torch_sys::C_tensor;

unsafe extern "C" {
    fn kd_fused_adamw(
        weights: *const *mut C_tensor,
        averages: *const *mut C_tensor,
        squares: *const *mut C_tensor,
        count: usize,
        steps: *const C_tensor,
        rate: f64,
        beta1: f64,
        beta2: f64,
        weight_decay: f64,
        epsilon: f64,
    ) -> *const c_char;
    fn kd_fused_sgd(
        weights: *const *mut C_tensor,
        velocities: *const *mut C_tensor,
        count: usize,
        rate: f64,
        momentum: f64,
        weight_decay: f64,
        nesterov: bool,
    ) -> *const c_char;
    fn kd_forget_gradients(weights: *const *mut C_tensor, count: usize) -> *const c_char;
    fn kd_autocast(on: bool, cuda: bool) -> *const c_char;
    fn kd_load_cuda() -> *const c_char;
    fn kd_start_cuda() -> *const c_char;
    fn kd_compute_reproducibly() -> *const c_char;
    fn kd_keep_freed_memory();
    fn kd_normalise_and_rectify(
        x: *const C_tensor,
        added: *const C_tensor,
        weight: *const C_tensor,
        bias: *const C_tensor,
        running_mean: *const C_tensor,
        running_var: *const C_tensor,
        momentum: f64,
        epsilon: f64,
        trains: bool,
        out: *mut *mut C_tensor,
    ) -> *const c_char;
    fn kd_max_pool(
        x: *const C_tensor,
        size: i64,
        stride: i64,
        padding: i64,
        out: *mut *mut C_tensor,
    ) -> *const c_char;
}

/// Numbers that `normalise.cpp` takes together.
pub(crate) const LANES: i64 = 16;

/// Tensors that stay where they are, as C sees them.
#[derive(Debug)]
pub(crate) struct Handles {
    tensors: Vec<Tensor>,
    pointers: Vec<*mut C_tensor>,
}

impl Handles {
    pub(crate) fn new(tensors: Vec<Tensor>) -> Self {
        let pointers = tensors.iter().map(|tensor| tensor.as_ptr().cast_mut()).collect();
        Self { tensors, pointers }
    }

    /// As many zeros of the same shapes.
    pub(crate) fn zeros(&self) -> Result<Self, TchError> {
        Ok(Self::new(self.tensors.iter().map(Tensor::f_zeros_like).collect::<Result<_, _>>()?))
    }

    pub(crate) fn first(&self) -> Option<&Tensor> {
        self.tensors.first()
    }
}

/// A step of `AdamW`, the `steps`-th, for every weight that has a gradient.
pub(crate) fn adamw(
    weights: &Handles,
    [averages, squares]: [&Handles; 2],
    steps: &Tensor,
    rate: f64,
    [beta1, beta2]: [f64; 2],
    weight_decay: f64,
    epsilon: f64,
) -> Result<(), TchError> {
    // SAFETY: all handles are of live tensors, as many of each as weights; nothing is kept.
    answer(unsafe {
        kd_fused_adamw(
            weights.pointers.as_ptr(),
            averages.pointers.as_ptr(),
            squares.pointers.as_ptr(),
            weights.pointers.len(),
            steps.as_ptr(),
            rate,
            beta1,
            beta2,
            weight_decay,
            epsilon,
        )
    })
}

/// A step of stochastic gradient descent for every weight that has a gradient.
pub(crate) fn sgd(
    weights: &Handles,
    velocities: Option<&Handles>,
    rate: f64,
    momentum: f64,
    weight_decay: f64,
    nesterov: bool,
) -> Result<(), TchError> {
    let velocities = velocities.map_or(std::ptr::null(), |velocities| velocities.pointers.as_ptr());
    // SAFETY: as for `adamw`; no velocities are a null pointer there.
    answer(unsafe {
        let (first, count) = (weights.pointers.as_ptr(), weights.pointers.len());
        kd_fused_sgd(first, velocities, count, rate, momentum, weight_decay, nesterov)
    })
}

/// Leaves no weight with a gradient.
pub(crate) fn forget_gradients(weights: &Handles) -> Result<(), TchError> {
    // SAFETY: all handles are of live tensors.
    answer(unsafe { kd_forget_gradients(weights.pointers.as_ptr(), weights.pointers.len()) })
}

/// Switches autocasting to bfloat16 on or off for this thread.
pub(crate) fn autocast(on: bool, device: Device) -> Result<(), TchError> {
    // SAFETY: it changes settings of this thread, which may be done at any time.
    answer(unsafe { kd_autocast(on, device.is_cuda()) })
}

/// See [`crate::gpus`].
pub(crate) fn load_cuda() -> Result<(), TchError> {
    // SAFETY: it runs what libtorch does when a program that is linked with it starts.
    answer(unsafe { kd_load_cuda() })
}

/// What the first operation on a GPU does before all else.
pub(crate) fn start_cuda() -> Result<(), TchError> {
    // SAFETY: it may be done at any time.
    answer(unsafe { kd_start_cuda() })
}

/// See [`crate::compute_reproducibly`].
pub(crate) fn compute_reproducibly() -> Result<(), TchError> {
    // SAFETY: it changes settings of libtorch, and the environment while only one thread computes.
    answer(unsafe { kd_compute_reproducibly() })
}

/// See [`crate::keep_freed_memory`].
pub(crate) fn keep_freed_memory() {
    // SAFETY: it changes settings of the allocator, which may be done at any time.
    unsafe { kd_keep_freed_memory() }
}

/// Batch normalisation of `[N, C, H, W]`, plus what is added, if anything is, rectified. Weight, bias, running mean and running
/// variance are of `[C]`.
///
/// All are float32 on the CPU, channels lie side by side, and they are a multiple of [`LANES`].
pub(crate) fn normalise_and_rectify(
    x: &Tensor,
    added: Option<&Tensor>,
    [weight, bias, running_mean, running_var]: [&Tensor; 4],
    momentum: f64,
    epsilon: f64,
    trains: bool,
) -> Result<Tensor, TchError> {
    let mut out = std::ptr::null_mut();
    // SAFETY: all handles are of live tensors, or null where that is a choice; what is written to `out` is a new one.
    answer(unsafe {
        kd_normalise_and_rectify(
            x.as_ptr(),
            added.map_or(std::ptr::null(), Tensor::as_ptr),
            weight.as_ptr(),
            bias.as_ptr(),
            running_mean.as_ptr(),
            running_var.as_ptr(),
            momentum,
            epsilon,
            trains,
            &raw mut out,
        )
    })?;
    // SAFETY: it was just made, for nobody else.
    Ok(unsafe { Tensor::from_ptr(out) })
}

/// The largest of each square of `[N, C, H, W]`, or what is no number in it.
pub(crate) fn max_pool(x: &Tensor, size: i64, stride: i64, padding: i64) -> Result<Tensor, TchError> {
    let mut out = std::ptr::null_mut();
    // SAFETY: the handle is of a live tensor; what is written to `out` is a new one.
    answer(unsafe { kd_max_pool(x.as_ptr(), size, stride, padding, &raw mut out) })?;
    // SAFETY: it was just made, for nobody else.
    Ok(unsafe { Tensor::from_ptr(out) })
}

fn answer(said: *const c_char) -> Result<(), TchError> {
    if said.is_null() {
        return Ok(());
    }
    // SAFETY: what is not null is a text that lives until the next call of this thread.
    Err(TchError::Torch(unsafe { CStr::from_ptr(said) }.to_string_lossy().into_owned()))
}
