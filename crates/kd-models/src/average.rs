use tch::Tensor;

use crate::Result;

/// An exponential moving average of weights (Polyak & Juditsky 1992 in the form of Tarvainen & Valpola 2017,
/// arXiv 1703.01780): after step t, counted from 1, `a ← d a + (1 - d) w` with `d = min(decay, (1 + t) / (10 + t))`, so
/// that where the weights started is soon forgotten.
///
/// ```
/// use kd_models::Average;
/// use tch::Tensor;
///
/// # fn main() -> Result<(), kd_models::Error> {
/// let mut weight = Tensor::from_slice(&[0.0_f32]);
/// let mut average = Average::new(0.5, vec![weight.shallow_clone()])?;
/// weight += 11.0;
/// average.follow()?; // d = 2 / 11
/// average.exchange()?;
/// assert_eq!(weight, Tensor::from_slice(&[9.0_f32]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Average {
    decay: f64,
    steps: u64,
    weights: Vec<Tensor>,
    averages: Vec<Tensor>,
}

impl Average {
    /// One that starts where `weights` are.
    ///
    /// # Errors
    /// If libtorch refuses (out of memory).
    pub fn new(decay: f64, weights: Vec<Tensor>) -> Result<Self> {
        let averages = weights.iter().map(|weight| Ok(weight.f_detach_copy()?)).collect::<Result<_>>()?;
        Ok(Self { decay, steps: 0, weights, averages })
    }

    /// Takes the weights after a step into account.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn follow(&mut self) -> Result<()> {
        self.steps += 1;
        let steps = self.steps as f64;
        let decay = self.decay.min((1.0 + steps) / (10.0 + steps));
        for (average, weight) in self.averages.iter_mut().zip(&self.weights) {
            let _ = average.f_lerp_(&weight.f_detach()?, 1.0 - decay)?;
        }
        Ok(())
    }

    /// Puts the average where the weights are, and the weights aside; the next call puts them back.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn exchange(&mut self) -> Result<()> {
        for (average, weight) in self.averages.iter_mut().zip(&mut self.weights) {
            let aside = weight.f_detach()?;
            weight.f_set_data(average)?;
            *average = aside;
        }
        Ok(())
    }
}
