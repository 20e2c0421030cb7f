//! L-BFGS on all samples at once.

use kd_models::Mode;
use tch::{Kind, Tensor};

use super::history::{Ending, History, Milestone, Watch, ends_part};
use super::learning::{Learning, Samples};
use super::whole::Whole;
use crate::error::Result;
use crate::spec::{Lbfgs, Training};

/// Minimises the criterion, and a penalty on the model's weights, until no derivative is above the tolerance, the
/// budget is spent or no step leads further down. Every step is a milestone, with the loss behind it.
pub(super) fn minimise(
    learning: Learning<'_>,
    mut samples: Samples<'_>,
    training: &Training,
    settings: &Lbfgs,
    mut watch: Watch<'_>,
) -> Result<Ending> {
    let steps = training.steps(samples.targets.size()[0] as u64);
    let evaluations = training.evaluations();
    let whole = Whole::of(&mut samples)?;
    let mut function = Function::new(learning, whole, settings.ridge.get());
    let start = function.start()?;
    let mut search = kd_models::Lbfgs::new(start, settings.memory.get() as usize, &mut |point: &Tensor| {
        function.at(point)
    })?;
    let mut history = History::default();
    let (mut step, mut moved) = (0, true);
    loop {
        if !search.value().is_finite() {
            return Ok(Ending::NotFinite { step });
        }
        let arrived = search.largest_derivative()? <= settings.tolerance.get();
        let ended = arrived || !moved || step == steps;
        let scored = ended || (step > 0 && ends_part(step, steps, evaluations));
        if step > 0 || ended {
            let mut milestone = Milestone {
                step,
                loss: Some(search.value()),
                gradient_norm: Some(search.gradient().f_norm()?.f_double_value(&[])?),
                validation_score: None,
            };
            if scored {
                function.rounded(search.point())?;
                milestone.validation_score = Some((watch.score)(function.learning.model, step)?);
            }
            history.reach(milestone, &mut watch);
        }
        if ended {
            history.arrived = Some(arrived);
            return Ok(Ending::Finished(history));
        }
        moved = search.step(&mut |point: &Tensor| function.at(point))?;
        step += u64::from(moved);
    }
}

/// The loss on all samples, as a function of all weights in one vector.
struct Function<'a> {
    learning: Learning<'a>,
    whole: Whole,
    ridge: f64,
    /// Those that move, of the model and of the criterion.
    weights: Vec<Tensor>,
    /// Those of them that are penalised: the model's but for biases and scales.
    penalised: Vec<Tensor>,
}

impl<'a> Function<'a> {
    fn new(learning: Learning<'a>, whole: Whole, ridge: f64) -> Self {
        let mut weights = learning.model.trainable();
        let penalised = weights.iter().filter(|weight| weight.dim() > 1).map(Tensor::shallow_clone).collect();
        weights.extend(learning.learnt.trainable_variables());
        Self { learning, whole, ridge, weights, penalised }
    }

    /// Where the weights are.
    fn start(&self) -> Result<Tensor> {
        let flat = |weight: &Tensor| Ok(weight.f_detach()?.f_to_kind(Kind::Double)?.f_reshape([-1])?);
        Ok(Tensor::f_cat(&self.weights.iter().map(flat).collect::<Result<Vec<_>>>()?, 0)?)
    }

    /// The loss at a point, and its gradient.
    fn at(&mut self, point: &Tensor) -> Result<(f64, Tensor)> {
        self.learning.model.set_kind(Kind::Double)?;
        self.learning.learnt.double();
        self.write(point)?;
        let output = self.learning.model.forward(&self.whole.inputs, Mode::Train)?;
        let mut loss = self.whole.held.loss(self.learning.criterion, &output, 0.0)?;
        for weight in self.penalised.iter().filter(|_| self.ridge > 0.0) {
            loss = loss.f_add(&weight.f_square()?.f_sum(Kind::Double)?.f_mul_scalar(self.ridge)?)?;
        }
        let gradients = Tensor::f_run_backward(&[&loss], &self.weights, false, false)?;
        let flat = |(gradient, weight): (&Tensor, &Tensor)| {
            // What the loss does not depend on has none.
            let gradient =
                if gradient.defined() { gradient.shallow_clone() } else { weight.f_zeros_like()? };
            Ok(gradient.f_reshape([-1])?)
        };
        let gradient = gradients.iter().zip(&self.weights).map(flat).collect::<Result<Vec<_>>>()?;
        Ok((loss.f_double_value(&[])?, Tensor::f_cat(&gradient, 0)?))
    }

    /// Leaves the weights at a point, in float32.
    fn rounded(&mut self, point: &Tensor) -> Result<()> {
        self.learning.model.set_kind(Kind::Float)?;
        self.learning.learnt.float();
        self.write(point)
    }

    fn write(&mut self, point: &Tensor) -> Result<()> {
        let _no_grad = tch::no_grad_guard();
        let mut place = 0;
        for weight in &mut self.weights {
            let count = weight.numel() as i64;
            weight.f_copy_(&point.f_narrow(0, place, count)?.f_reshape(weight.size())?)?;
            place += count;
        }
        Ok(())
    }
}
