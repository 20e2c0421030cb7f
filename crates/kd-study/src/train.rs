//! The training loop.

use kd_core::objective::{Batch, BatchFeatures, Criterion, Teacher};
use kd_core::random::Stream;
use kd_data::Encoded;
use kd_models::{Average, Mode, Model, Output};
use tch::{Kind, Tensor, nn};

use crate::error::Result;
use crate::evaluate::Features;
use crate::file::Rate;
use crate::prediction::{row_features, row_index, row_targets, rows};
use crate::signal::Signal;
use crate::training::Training;
use crate::view::{Seen, Views};

/// What a run trains on: its own samples, in subset order.
pub(crate) struct Samples<'a> {
    pub(crate) inputs: &'a Encoded,
    /// Classes `[M]` or tokens `[M, L]`, int64, or numbers `[M, 1]`.
    pub(crate) targets: &'a Tensor,
    /// For each term of the objective; none where it hears no teacher.
    pub(crate) teacher: Vec<Option<Signal<'a>>>,
    /// The teacher's features that are compared, `[M, ...]` each.
    pub(crate) teacher_features: Features,
    /// What is seen of them at each step; none where that is the samples as they are.
    pub(crate) views: Option<Views<'a>>,
}

impl Samples<'_> {
    /// The samples at `batch`, which is `index` as a tensor, as they are seen at `step`.
    fn seen(&self, step: u64, batch: &[i64], index: &Tensor) -> Result<Seen> {
        match &self.views {
            Some(views) => views.at(step, batch),
            None => Ok(Seen { inputs: self.inputs.batch(index)?, teachers: Vec::new(), view: None }),
        }
    }

    /// The loss of what the model says of a view, held against the targets of the samples at `index`.
    fn loss(
        &mut self,
        criterion: &mut Criterion,
        index: &Tensor,
        seen: &Seen,
        output: &Output,
        progress: f64,
    ) -> Result<Tensor> {
        let labels = row_targets(&self.targets.f_index_select(0, index)?)?;
        let said: Vec<Tensor> = seen.teachers.iter().map(|teacher| teacher.logits.shallow_clone()).collect();
        let mut hear = |signal: &mut Option<Signal<'_>>| {
            signal.as_mut().map(|signal| signal.batch(index, &labels, &said)).transpose()
        };
        let heard = self.teacher.iter_mut().map(&mut hear).collect::<Result<Vec<_>>>()?;
        let selected = select(&self.teacher_features, index)?;
        let teacher_features = seen.teachers.first().map_or(&selected, |teacher| &teacher.features);
        let features = BatchFeatures {
            student: &row_features(&output.features, &output.logits)?,
            teacher: &row_features(teacher_features, &output.logits)?,
            index: &row_index(index, &output.logits)?,
        };
        Ok(criterion.loss(&Batch {
            teacher: Teacher::ForEachTerm(&heard),
            features: Some(features),
            progress,
            ..Batch::new(&rows(&output.logits)?, &labels)
        })?)
    }
}

/// What was seen after a step: the mean loss where a part of the budget ends, the score on the validation split
/// where it was scored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Milestone {
    pub(crate) step: u64,
    pub(crate) loss: Option<f64>,
    pub(crate) validation_score: Option<f64>,
}

/// How training ended.
pub(crate) enum Ending {
    Finished(Vec<Milestone>),
    /// The loss stopped being a number somewhere up to this step.
    NotFinite {
        step: u64,
    },
}

/// The budget is watched in this many equal parts.
const PARTS: u64 = 20;

/// Minimises `criterion`, moving the model and what the criterion has `learnt`, and calls `score` for the validation score `training.evaluations` times.
pub(crate) fn train(
    model: &Model,
    criterion: &mut Criterion,
    learnt: &nn::VarStore,
    mut samples: Samples<'_>,
    training: &Training,
    order: &mut Stream,
    mut score: impl FnMut(u64) -> Result<f64>,
) -> Result<Ending> {
    let count = samples.targets.size()[0] as u64;
    let steps = training.steps(count);
    let device = samples.targets.device();
    let weights = [model.store(), learnt].into_iter().flat_map(nn::VarStore::trainable_variables).collect();
    let mut optimizer = kd_models::Optimizer::new(training.optimizer.rule(), weights)?;
    let average = |decay: Rate| Average::new(decay.get(), model.store().trainable_variables());
    let mut average = training.average.map(average).transpose()?;
    let mut batches = Batches::new(count as usize, training.batch_of(count) as usize, order);
    let mut milestones = Vec::new();
    let mut loss_sum = Tensor::zeros([], (Kind::Double, device));
    let mut part_start = 0;
    for step in 0..steps {
        let rate = training.optimizer.learning_rate() * training.schedule.factor(step, steps);
        let batch = batches.next();
        let index = Tensor::f_from_slice(batch)?.f_to_device(device)?;
        let seen = samples.seen(step, batch, &index)?;
        let autocast = training.precision.hold(device)?;
        let output = model.forward(&seen.inputs, Mode::Train)?;
        let progress = step as f64 / steps as f64;
        let mut loss = samples.loss(criterion, &index, &seen, &output, progress)?;
        if let Some(mixing) = seen.mixing() {
            let partners = mixing.partners(&index)?;
            let of_partners = samples.loss(criterion, &partners, &seen, &output, progress)?;
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
            milestone.validation_score = Some(score(done)?);
            average.as_mut().map(Average::exchange).transpose()?;
        }
        if milestone.loss.is_some() || milestone.validation_score.is_some() {
            milestones.push(milestone);
        }
    }
    average.as_mut().map(Average::exchange).transpose()?;
    Ok(Ending::Finished(milestones))
}

/// The rows at `index` of every feature.
fn select(features: &Features, index: &Tensor) -> Result<Features> {
    let row = |(name, feature): &(String, Tensor)| Ok((name.clone(), feature.f_index_select(0, index)?));
    features.iter().map(row).collect()
}

/// Whether `done` of `steps` completes one of `parts` equal parts.
fn ends_part(done: u64, steps: u64, parts: u64) -> bool {
    done * parts / steps > (done - 1) * parts / steps
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

    #[test]
    fn parts_end_evenly_and_with_the_budget() {
        let ends: Vec<u64> = (1..=10).filter(|&done| ends_part(done, 10, 4)).collect();
        assert_eq!(ends, [3, 5, 8, 10]);
        let ends: Vec<u64> = (1..=3).filter(|&done| ends_part(done, 3, 20)).collect();
        assert_eq!(ends, [1, 2, 3]);
    }
}
