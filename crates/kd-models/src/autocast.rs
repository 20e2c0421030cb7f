use tch::Device;

use crate::{Result, native};

/// While it lives, products with weights on a device are computed in bfloat16 by this thread, as in
/// `torch.autocast(dtype=torch.bfloat16)`; weights, sums that need it and gradients of weights stay float32. It is for
/// forward passes: end it before going backward.
///
/// ```
/// use kd_models::Autocast;
/// use tch::{Device, Kind, Tensor};
///
/// # fn main() -> Result<(), kd_models::Error> {
/// let x = Tensor::ones([2, 2], (Kind::Float, Device::Cpu));
/// let autocast = Autocast::new(Device::Cpu)?;
/// assert_eq!(x.matmul(&x).kind(), Kind::BFloat16);
/// drop(autocast);
/// assert_eq!(x.matmul(&x).kind(), Kind::Float);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Autocast(Device);

impl Autocast {
    /// Begins it.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn new(device: Device) -> Result<Self> {
        native::autocast(true, device)?;
        Ok(Self(device))
    }
}

impl Drop for Autocast {
    fn drop(&mut self) {
        // What could be switched on can be switched off.
        let _ = native::autocast(false, self.0);
    }
}
