use tch::{Device, Kind, Tensor};

use crate::native::{LANES, normalise_and_rectify};
use crate::pass::Pass;
use crate::{PassError, Result};

/// The decay of running statistics.
const MOMENTUM: f64 = 0.1;

/// What is added to variances.
const EPSILON: f64 = 1e-5;

/// Batch normalisation (Ioffe & Szegedy 2015, arXiv 1502.03167) over `[B, C]` or `[B, C, H, W]`, with PyTorch's
/// momentum 0.1 and epsilon 1e-5. Training uses the batch's statistics and moves the running ones; evaluation uses
/// those.
#[derive(Debug)]
pub(crate) struct BatchNorm {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
    pub(super) running_mean: Tensor,
    pub(super) running_var: Tensor,
    /// How often the running statistics were moved; kept because PyTorch's state dicts hold it.
    pub(super) batches: Tensor,
}

impl BatchNorm {
    pub(super) fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        if pass.trains() {
            self.count(x)?;
        }
        Ok(x.f_batch_norm(
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.running_mean),
            Some(&self.running_var),
            pass.trains(),
            MOMENTUM,
            EPSILON,
            true,
        )?)
    }

    /// What this and a `ReLU` behind it make of `x`, plus what is added in between; in fewer passes over memory where channels
    /// lie side by side on a CPU.
    pub(super) fn rectified(&self, x: &Tensor, added: Option<&Tensor>, pass: &Pass) -> Result<Tensor> {
        let lies_so = |x: &Tensor| {
            x.device() == Device::Cpu && x.kind() == Kind::Float && x.dim() == 4 && x.stride()[1] == 1
        };
        if self.weight.size()[0] % LANES == 0 && lies_so(x) && added.is_none_or(lies_so) {
            if pass.trains() {
                self.count(x)?;
            }
            let own = [&self.weight, &self.bias, &self.running_mean, &self.running_var];
            return Ok(normalise_and_rectify(x, added, own, MOMENTUM, EPSILON, pass.trains())?);
        }
        let normalised = self.forward(x, pass)?;
        Ok(match added {
            Some(added) => normalised.f_add(added)?,
            None => normalised,
        }
        .f_relu_()?)
    }

    /// Counts a batch, of which a channel must have several values.
    fn count(&self, x: &Tensor) -> Result<()> {
        if x.numel() as i64 <= self.weight.size()[0] {
            return Err(PassError::SingleValue.into());
        }
        let _ = self.batches.shallow_clone().f_add_scalar_(1)?;
        Ok(())
    }
}

/// Layer normalisation over the last dimension (Ba et al. 2016, arXiv 1607.06450).
#[derive(Debug)]
pub(crate) struct LayerNorm {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
    pub(super) epsilon: f64,
}

impl LayerNorm {
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.f_layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), self.epsilon, true)?)
    }
}

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};

    use super::*;
    use crate::Mode;

    const PASS: fn() -> Pass = || Pass::plain(Mode::Train, None);

    fn norm(channels: i64) -> BatchNorm {
        let own = |value: f64| Tensor::full([channels], value, (Kind::Float, Device::Cpu));
        let ramp = Tensor::linspace(0.5, 2.0, channels, (Kind::Float, Device::Cpu));
        BatchNorm {
            weight: ramp.set_requires_grad(true),
            bias: own(-0.3).set_requires_grad(true),
            running_mean: own(0.0),
            running_var: own(1.0),
            batches: Tensor::from(0_i64),
        }
    }

    /// With channels side by side.
    fn images(stream: &mut Stream, [n, c, h, w]: [i64; 4], centre: f32) -> Tensor {
        let numbers: Vec<f32> =
            (0..n * c * h * w).map(|_| centre + stream.below(1000) as f32 / 250.0).collect();
        Tensor::from_slice(&numbers).view([n, h, w, c]).permute([0, 3, 1, 2]).set_requires_grad(true)
    }

    #[test]
    fn what_is_done_at_once_is_what_is_done_one_after_the_other() {
        let mut stream = Stream::new(&[5], Concern::Initialisation);
        for size in [[4, 16, 5, 3], [3, 32, 19, 19], [7, 48, 1, 1]] {
            for (adds, centre) in [(false, -2.0), (true, 3.0)] {
                let x = images(&mut stream, size, centre);
                let added = adds.then(|| images(&mut stream, size, -2.0));
                let outer = images(&mut stream, size, -2.0).detach();
                let through = |rectify: &dyn Fn(&BatchNorm) -> Tensor| {
                    let norm = norm(size[1]);
                    let y = rectify(&norm);
                    let inputs = [Some(&x), added.as_ref(), Some(&norm.weight), Some(&norm.bias)];
                    let inputs: Vec<&Tensor> = inputs.into_iter().flatten().collect();
                    let loss = (&y * &outer).sum(Kind::Float);
                    let mut all = Tensor::run_backward(&[loss], &inputs, false, false);
                    all.extend([y.detach(), norm.running_mean, norm.running_var, norm.batches]);
                    all
                };
                let at_once = through(&|norm| norm.rectified(&x, added.as_ref(), &PASS()).unwrap());
                let apart = through(&|norm| {
                    let normalised = norm.forward(&x, &PASS()).unwrap();
                    added.as_ref().map_or(normalised.shallow_clone(), |added| &normalised + added).relu()
                });
                for (place, (found, expected)) in at_once.iter().zip(&apart).enumerate() {
                    let scale = expected.abs().max().double_value(&[]).max(1.0);
                    let off = (found - expected).abs().max().double_value(&[]) / scale;
                    assert!(off < 1e-5, "{size:?} {adds} {place}: {off}");
                }
            }
        }
    }

    #[test]
    fn squares_of_large_numbers_do_not_cancel() {
        let mut stream = Stream::new(&[6], Concern::Initialisation);
        let x = images(&mut stream, [8, 16, 12, 12], 3000.0);
        let norm = norm(16);
        let y = norm.rectified(&x, None, &PASS()).unwrap();
        let exact = x.detach().to_kind(Kind::Double);
        let over = [0, 2, 3].as_slice();
        let (mean, variance) = (exact.mean_dim(over, true, Kind::Double), exact.var_dim(over, false, true));
        let weight = norm.weight.detach().view([1, 16, 1, 1]);
        let expected = ((&exact - mean) / (&variance + EPSILON).sqrt() * weight - 0.3).relu();
        assert!((y - expected).abs().max().double_value(&[]) < 1e-3);
        let rows = 8.0 * 144.0;
        let moved = (variance.flatten(0, -1) * (rows / (rows - 1.0)) * 0.1 + 0.9) / &norm.running_var - 1.0;
        assert!(moved.abs().max().double_value(&[]) < 1e-5);
    }
}
