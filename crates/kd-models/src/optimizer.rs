use tch::{Device, Kind, Tensor};

use crate::Result;
use crate::native::{self, Handles};

/// An update rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv 1711.05101), epsilon 1e-8.
    AdamW {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Share of a weight, times the learning rate, that every step takes away.
        weight_decay: f64,
    },
    /// Stochastic gradient descent in PyTorch's convention: `v ← momentum · v + g`, `w ← w - rate · v`.
    Sgd {
        /// What is kept of the velocity.
        momentum: f64,
        /// L2 penalty added to the gradient.
        weight_decay: f64,
        /// Steps by `g + momentum · v` instead.
        nesterov: bool,
    },
}

/// Moves weights along their gradients, by libtorch's fused kernels: one pass over memory for each weight, where the
/// rules written in tensor operations take about ten.
///
/// ```
/// use kd_models::{Optimizer, Rule};
/// use tch::{Device, Kind, Tensor};
///
/// # fn main() -> Result<(), kd_models::Error> {
/// let weight = Tensor::ones([3], (Kind::Float, Device::Cpu)).set_requires_grad(true);
/// let rule = Rule::Sgd { momentum: 0.9, weight_decay: 0.0, nesterov: false };
/// let mut optimizer = Optimizer::new(rule, vec![weight.shallow_clone()])?;
/// weight.square().sum(Kind::Float).backward();
/// optimizer.step(0.1)?;
/// assert_eq!(weight, Tensor::from_slice(&[0.8_f32; 3]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Optimizer {
    weights: Handles,
    state: State,
}

#[derive(Debug)]
enum State {
    AdamW { betas: [f64; 2], weight_decay: f64, averages: Handles, squares: Handles, steps: Tensor },
    Sgd { momentum: f64, weight_decay: f64, nesterov: bool, velocities: Option<Handles> },
}

impl Optimizer {
    /// An optimiser that has not moved `weights` yet, which are on one device.
    ///
    /// # Errors
    /// If libtorch refuses (out of memory).
    pub fn new(rule: Rule, weights: Vec<Tensor>) -> Result<Self> {
        let weights = Handles::new(weights);
        let device = weights.first().map_or(Device::Cpu, Tensor::device);
        let state = match rule {
            Rule::AdamW { beta1, beta2, weight_decay } => State::AdamW {
                betas: [beta1, beta2],
                weight_decay,
                averages: weights.zeros()?,
                squares: weights.zeros()?,
                steps: Tensor::f_zeros([], (Kind::Float, device))?,
            },
            Rule::Sgd { momentum, weight_decay, nesterov } => {
                let velocities = (momentum > 0.0).then(|| weights.zeros()).transpose()?;
                State::Sgd { momentum, weight_decay, nesterov, velocities }
            }
        };
        Ok(Self { weights, state })
    }

    /// Moves every weight that has a gradient, and forgets the gradients.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn step(&mut self, learning_rate: f64) -> Result<()> {
        let weights = &self.weights;
        match &mut self.state {
            State::AdamW { betas, weight_decay, averages, squares, steps } => {
                let _ = steps.f_add_scalar_(1.0)?;
                let state = [&*averages, &*squares];
                native::adamw(weights, state, steps, learning_rate, *betas, *weight_decay, EPSILON)?;
            }
            State::Sgd { momentum, weight_decay, nesterov, velocities } => {
                let velocities = velocities.as_ref();
                native::sgd(weights, velocities, learning_rate, *momentum, *weight_decay, *nesterov)?;
            }
        }
        Ok(native::forget_gradients(weights)?)
    }
}

/// PyTorch's.
const EPSILON: f64 = 1e-8;

#[cfg(test)]
mod tests {
    use super::*;

    /// Two weights that a loss moves and one that it does not know.
    fn weights() -> Vec<Tensor> {
        let ramp = |count| Tensor::arange(count, (Kind::Double, Device::Cpu)) / 7.0 - 0.4;
        [ramp(6), ramp(40), ramp(3)].map(|weight| weight.set_requires_grad(true)).into()
    }

    fn loss(weights: &[Tensor]) -> Tensor {
        (&weights[0].sin().sum(Kind::Double) + weights[1].square().sum(Kind::Double)) * 3.0
    }

    /// What `update(weight, gradient, state, step)` makes of the weights in five steps, against what the rule does.
    fn follows(rule: Rule, rate: f64, update: impl Fn(&Tensor, &Tensor, &mut [Tensor; 2], i32) -> Tensor) {
        let moved = weights();
        let mut optimizer = Optimizer::new(rule, moved.iter().map(Tensor::shallow_clone).collect()).unwrap();
        let mut expected = weights();
        let mut states: Vec<[Tensor; 2]> =
            expected.iter().map(|weight| [weight.zeros_like(), weight.zeros_like()]).collect();
        for step in 1..=5 {
            loss(&moved).backward();
            optimizer.step(rate).unwrap();
            assert!(moved.iter().all(|weight| !weight.grad().defined()));
            let gradients = Tensor::run_backward(&[loss(&expected)], &expected[..2], false, false);
            for ((weight, gradient), state) in expected.iter_mut().zip(&gradients).zip(&mut states) {
                *weight = update(&weight.detach(), gradient, state, step).set_requires_grad(true);
            }
        }
        for (moved, expected) in moved.iter().zip(&expected) {
            assert!(moved.allclose(expected, 1e-12, 1e-12, false), "{rule:?}");
        }
        assert_eq!(moved[2], weights()[2], "{rule:?}");
    }

    #[test]
    fn adamw_follows_its_formula() {
        let (beta1, beta2, weight_decay) = (0.8, 0.95, 0.1);
        follows(
            Rule::AdamW { beta1, beta2, weight_decay },
            0.01,
            |weight, gradient, [mean, square], step| {
                *mean = &*mean * beta1 + gradient * (1.0 - beta1);
                *square = &*square * beta2 + gradient.square() * (1.0 - beta2);
                let scale = (&*square / (1.0 - beta2.powi(step))).sqrt() + EPSILON;
                weight * (1.0 - 0.01 * weight_decay) - &*mean / (1.0 - beta1.powi(step)) / scale * 0.01
            },
        );
    }

    #[test]
    fn gradient_descent_follows_its_formula() {
        let penalty = 0.1;
        for (momentum, nesterov) in [(0.0, false), (0.9, false), (0.9, true)] {
            let rule = Rule::Sgd { momentum, weight_decay: penalty, nesterov };
            follows(rule, 0.02, |weight, gradient, [velocity, _], _| {
                let gradient = gradient + weight * penalty;
                *velocity = &*velocity * momentum + &gradient;
                let along =
                    if nesterov { gradient + &*velocity * momentum } else { velocity.shallow_clone() };
                weight - along * 0.02
            });
        }
    }
}
