//! Descent along gradients of batches.

use kd_core::random::Stream;
use kd_data::send;
use kd_models::{Autocast, Average, Mode, Rule};
use tch::{Device, Kind, Tensor, nn};

use super::history::{Ending, History, Milestone, Watch, ends_part};
use super::learning::{Learning, Samples};
use crate::error::Result;
use crate::spec::{AdamW, Precision, Rate, Sgd, Training};

/// The budget is watched in this many equal parts.
const PARTS: u64 = 20;

/// How weights follow gradients, and how far before a schedule has its say.
pub(super) struct Update {
    rule: Rule,
    learning_rate: f64,
}

impl From<&AdamW> for Update {
    fn from(own: &AdamW) -> Self {
        let AdamW { learning_rate, weight_decay, beta1, beta2 } = own;
        let (beta1, beta2, weight_decay) = (beta1.get(), beta2.get(), weight_decay.get());
        Self { rule: Rule::AdamW { beta1, beta2, weight_decay }, learning_rate: learning_rate.get() }
    }
}

impl From<&Sgd> for Update {
    fn from(own: &Sgd) -> Self {
        let Sgd { learning_rate, momentum, weight_decay, nesterov } = own;
        let (momentum, weight_decay, nesterov) = (momentum.get(), weight_decay.get(), *nesterov);
        Self { rule: Rule::Sgd { momentum, weight_decay, nesterov }, learning_rate: learning_rate.get() }
    }
}

/// Follows the gradients of one batch after another.
pub(super) fn descend(
    learning: Learning<'_>,
    mut samples: Samples<'_>,
    training: &Training,
    Update { rule, learning_rate }: Update,
    order: &mut Stream,
    mut watch: Watch<'_>,
) -> Result<Ending> {
    let Learning { model, criterion, learnt, .. } = learning;
    let count = samples.targets.size()[0] as u64;
    let steps = training.steps(count);
    let device = samples.targets.device();
    let weights =
        || [model.store(), &*learnt].into_iter().flat_map(nn::VarStore::trainable_variables).collect();
    let gradients = Gradients(weights());
    let mut optimizer = kd_models::Optimizer::new(rule, weights())?;
    let average = |decay: Rate| Average::new(decay.get(), model.store().trainable_variables());
    let mut average = training.average.map(average).transpose()?;
    let mut batches = Batches::new(count as usize, training.batch_of(count) as usize, order);
    let mut history = History::default();
    let mut loss_sum = Tensor::zeros([], (Kind::Double, device));
    let mut part_start = 0;
    for step in 0..steps {
        let rate = learning_rate * training.schedule.factor(step, steps);
        let batch = batches.next();
        let chosen = Tensor::f_from_slice(batch)?;
        let index = send(&chosen, device)?;
        let seen = samples.seen(step, batch, &chosen)?;
        let autocast = autocast(training.precision, device)?;
        let output = model.forward(&seen.inputs, Mode::Train)?;
        let progress = step as f64 / steps as f64;
        let mut loss = samples.held(&index, &seen)?.loss(criterion, &output, progress)?;
        if let Some(mixing) = seen.mixing() {
            let partners = mixing.partners(&index)?;
            let of_partners = samples.held(&partners, &seen)?.loss(criterion, &output, progress)?;
            loss = loss.f_mul_scalar(mixing.share)?.f_add(&of_partners.f_mul_scalar(1.0 - mixing.share)?)?;
        }
        drop(autocast);
        loss.f_backward()?;
        let done = step + 1;
        let part_ends = ends_part(done, steps, PARTS);
        let gradient_norm = part_ends.then(|| gradients.norm(device)).transpose()?;
        optimizer.step(rate)?;
        training.max_norm.map(|most| shorten(&mut weights(), most.get())).transpose()?;
        average.as_mut().map(Average::follow).transpose()?;
        // Summed on the device: reading every loss would make an accelerator wait for this program.
        let _ = loss_sum.f_add_(&loss.detach())?;

        let mut milestone = Milestone { step: done, loss: None, gradient_norm: None, validation_score: None };
        if let Some(gradient_norm) = gradient_norm {
            // Both at once, for the same reason.
            let read = Tensor::f_stack(&[&loss_sum, &gradient_norm], 0)?.f_to_device(Device::Cpu)?;
            let loss = read.f_double_value(&[0])? / (done - part_start) as f64;
            if !loss.is_finite() {
                return Ok(Ending::NotFinite { step: done });
            }
            milestone.loss = Some(loss);
            milestone.gradient_norm = Some(read.f_double_value(&[1])?);
            let _ = loss_sum.f_zero_()?;
            part_start = done;
        }
        let is_scored = ends_part(done, steps, training.evaluations());
        if is_scored {
            average.as_mut().map(Average::exchange).transpose()?;
            milestone.validation_score = Some((watch.score)(model, done)?);
            average.as_mut().map(Average::exchange).transpose()?;
        }
        if part_ends || is_scored {
            history.reach(milestone, &mut watch);
        }
    }
    average.as_mut().map(Average::exchange).transpose()?;
    Ok(Ending::Finished(history))
}

/// The weights whose gradients are looked at.
struct Gradients(Vec<Tensor>);

impl Gradients {
    /// The Euclidean norm of all of them together, float64, left on the device.
    fn norm(&self, device: Device) -> Result<Tensor> {
        let norm = |values: &Tensor| values.f_norm_scalaropt_dtype(2.0, Kind::Double);
        let mut norms = vec![Tensor::f_zeros([], (Kind::Double, device))?];
        for weight in &self.0 {
            let gradient = weight.f_grad()?;
            // What the loss does not depend on has none.
            if gradient.defined() {
                norms.push(norm(&gradient)?);
            }
        }
        Ok(norm(&Tensor::f_stack(&norms, 0)?)?)
    }
}

/// Shortens the weights into each unit to a norm of `most`, if they are longer; biases and scales are none.
fn shorten(weights: &mut [Tensor], most: f64) -> Result<()> {
    let _no_grad = tch::no_grad_guard();
    for weight in weights.iter_mut().filter(|weight| weight.dim() > 1) {
        let _ = weight.f_renorm_(2.0, 0, most)?;
    }
    Ok(())
}

/// Holds while what it returns lives.
fn autocast(precision: Precision, device: Device) -> Result<Option<Autocast>> {
    match precision {
        Precision::Float32 => Ok(None),
        Precision::Bfloat16 => Ok(Some(Autocast::new(device)?)),
    }
}

/// An endless walk over `0..count` in batches of one size: a fresh shuffle whenever all have been seen, batches
/// running on across that seam.
struct Batches<'a> {
    upcoming: Vec<i64>,
    batch: Vec<i64>,
    count: usize,
    size: usize,
    order: &'a mut Stream,
}

impl<'a> Batches<'a> {
    fn new(count: usize, size: usize, order: &'a mut Stream) -> Self {
        Self { upcoming: Vec::new(), batch: Vec::with_capacity(size), count, size, order }
    }

    fn next(&mut self) -> &[i64] {
        self.batch.clear();
        while self.batch.len() < self.size {
            if self.upcoming.is_empty() {
                self.upcoming = self.order.permutation(self.count);
            }
            let taken = self.upcoming.len().min(self.size - self.batch.len());
            self.batch.extend(self.upcoming.drain(self.upcoming.len() - taken..));
        }
        &self.batch
    }
}

#[cfg(test)]
mod tests {
    use kd_core::random::Concern;

    use super::*;

    #[test]
    fn gradients_have_one_norm_and_weights_without_one_do_not_count() {
        let weight = |values: &[f32]| Tensor::from_slice(values).set_requires_grad(true);
        let weights = [weight(&[3.0, 0.0]), weight(&[2.0]), weight(&[7.0])];
        (weights[0].square().sum(Kind::Float) + &weights[1] * 8.0).sum(Kind::Float).backward();
        let norm = Gradients(weights.into()).norm(Device::Cpu).unwrap();
        assert_eq!(norm, Tensor::from(10.0));
    }

    #[test]
    fn every_example_is_seen_equally_often() {
        let mut order = Stream::new(&[3], Concern::BatchOrder);
        let mut batches = Batches::new(10, 4, &mut order);
        let mut seen = [0; 10];
        for _ in 0..5 {
            let batch = batches.next();
            assert_eq!(batch.len(), 4);
            for &index in batch {
                seen[index as usize] += 1;
            }
        }
        assert_eq!(seen, [2; 10]);
    }
}
