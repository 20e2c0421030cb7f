//! Descent along gradients of batches.

use kd_core::random::Stream;
use kd_data::send;
use kd_models::{Autocast, Average, Mode, Model, Rule};
use tch::{Device, Kind, Tensor, nn};

use super::history::{Ending, History, Milestone, ends_part};
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
    mut score: impl FnMut(&Model, u64) -> Result<f64>,
) -> Result<Ending> {
    let Learning { model, criterion, learnt, .. } = learning;
    let count = samples.targets.size()[0] as u64;
    let steps = training.steps(count);
    let device = samples.targets.device();
    let weights = [model.store(), &*learnt].into_iter().flat_map(nn::VarStore::trainable_variables).collect();
    let mut optimizer = kd_models::Optimizer::new(rule, weights)?;
    let average = |decay: Rate| Average::new(decay.get(), model.store().trainable_variables());
    let mut average = training.average.map(average).transpose()?;
    let mut batches = Batches::new(count as usize, training.batch_of(count) as usize, order);
    let mut milestones = Vec::new();
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
        optimizer.step(rate)?;
        average.as_mut().map(Average::follow).transpose()?;
        // Summed on the device: reading every loss would make an accelerator wait for this program.
        let _ = loss_sum.f_add_(&loss.detach())?;

        let done = step + 1;
        let mut milestone = Milestone { step: done, loss: None, validation_score: None };
        if ends_part(done, steps, PARTS) {
            let loss = loss_sum.f_double_value(&[])? / (done - part_start) as f64;
            if !loss.is_finite() {
                return Ok(Ending::NotFinite { step: done });
            }
            milestone.loss = Some(loss);
            let _ = loss_sum.f_zero_()?;
            part_start = done;
        }
        if ends_part(done, steps, u64::from(training.evaluations.get())) {
            average.as_mut().map(Average::exchange).transpose()?;
            milestone.validation_score = Some(score(model, done)?);
            average.as_mut().map(Average::exchange).transpose()?;
        }
        if milestone.loss.is_some() || milestone.validation_score.is_some() {
            milestones.push(milestone);
        }
    }
    average.as_mut().map(Average::exchange).transpose()?;
    Ok(Ending::Finished(History { milestones, arrived: None }))
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
