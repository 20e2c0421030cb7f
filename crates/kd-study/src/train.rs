//! The training loop.

use kd_core::objective::{Batch, BatchFeatures, Criterion, Objective, Teacher};
use kd_core::random::Stream;
use kd_data::{Encoded, send};
use kd_models::{Average, Mode, Model, Output};
use tch::{Kind, Tensor, nn};

use crate::error::Result;
use crate::evaluate::Features;
use crate::file::Rate;
use crate::prediction::{row_features, row_index, row_targets, rows};
use crate::record::Convergence;
use crate::signal::Signal;
use crate::solve;
use crate::training::{Optimizer, Training};
use crate::view::{Seen, Views};

/// What training moves, and what it asks for.
pub(crate) struct Learning<'a> {
    pub(crate) model: &'a mut Model,
    pub(crate) objective: &'a Objective,
    pub(crate) criterion: &'a mut Criterion,
    /// What the criterion learns.
    pub(crate) learnt: &'a mut nn::VarStore,
}

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
    pub(crate) fn seen(&self, step: u64, batch: &[i64], index: &Tensor) -> Result<Seen> {
        match &self.views {
            Some(views) => views.at(step, batch),
            None => Ok(Seen { inputs: self.inputs.batch(index)?, teachers: Vec::new(), view: None }),
        }
    }

    /// What a view of the samples at `index` is held against.
    pub(crate) fn held(&mut self, index: &Tensor, seen: &Seen) -> Result<Held> {
        let labels = row_targets(&self.targets.f_index_select(0, index)?)?;
        let said: Vec<Tensor> = seen.teachers.iter().map(|teacher| teacher.logits.shallow_clone()).collect();
        let mut hear = |signal: &mut Option<Signal<'_>>| {
            signal.as_mut().map(|signal| signal.batch(index, &labels, &said)).transpose()
        };
        let heard = self.teacher.iter_mut().map(&mut hear).collect::<Result<Vec<_>>>()?;
        let features = match seen.teachers.first() {
            Some(teacher) => {
                let same = |(name, feature): &(String, Tensor)| (name.clone(), feature.shallow_clone());
                teacher.features.iter().map(same).collect()
            }
            None => select(&self.teacher_features, index)?,
        };
        Ok(Held { labels, heard, features, index: index.shallow_clone() })
    }
}

/// What a model's outputs on a batch are held against.
pub(crate) struct Held {
    pub(crate) labels: Tensor,
    /// What each term of the objective hears of the teacher.
    pub(crate) heard: Vec<Option<Tensor>>,
    /// The teacher's features that are compared.
    pub(crate) features: Features,
    /// Which samples these are.
    pub(crate) index: Tensor,
}

impl Held {
    pub(crate) fn loss(&self, criterion: &mut Criterion, output: &Output, progress: f64) -> Result<Tensor> {
        let features = BatchFeatures {
            student: &row_features(&output.features, &output.logits)?,
            teacher: &row_features(&self.features, &output.logits)?,
            index: &row_index(&self.index, &output.logits)?,
        };
        Ok(criterion.loss(&Batch {
            teacher: Teacher::ForEachTerm(&self.heard),
            features: Some(features),
            progress,
            ..Batch::new(&rows(&output.logits)?, &self.labels)
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

/// What was seen on the way.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) milestones: Vec<Milestone>,
    /// Whether the gradient vanishes at the end, of an optimiser that looks.
    pub(crate) arrived: Option<bool>,
}

impl History {
    /// Whether the loss came to rest, if there is one: as the optimiser says, or by how it fell.
    pub(crate) fn convergence(&self) -> Option<Convergence> {
        let losses: Vec<f64> = self.milestones.iter().filter_map(|milestone| milestone.loss).collect();
        let final_loss = *losses.last()?;
        Some(match self.arrived {
            None => Convergence::of(&losses),
            Some(true) => Convergence { final_loss, slope: 0.0, converged: true },
            Some(false) => Convergence { converged: false, ..Convergence::of(&losses) },
        })
    }
}

/// How training ended.
pub(crate) enum Ending {
    Finished(History),
    /// The loss stopped being a number somewhere up to this step.
    NotFinite {
        step: u64,
    },
}

/// The budget is watched in this many equal parts.
const PARTS: u64 = 20;

/// Minimises the criterion, moving the model and what the criterion learns, and calls `score` for the validation score
/// `training.evaluations` times.
pub(crate) fn train(
    learning: Learning<'_>,
    mut samples: Samples<'_>,
    training: &Training,
    order: &mut Stream,
    mut score: impl FnMut(&Model, u64) -> Result<f64>,
) -> Result<Ending> {
    let (rule, learning_rate) = match &training.optimizer {
        Optimizer::Adamw(adamw) => (adamw.rule(), adamw.learning_rate.get()),
        Optimizer::Sgd(sgd) => (sgd.rule(), sgd.learning_rate.get()),
        Optimizer::Lbfgs(lbfgs) => return solve::by_lbfgs(learning, samples, training, lbfgs, score),
        Optimizer::LeastSquares(own) => return solve::least_squares(learning, samples, own, score),
    };
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
        let autocast = training.precision.hold(device)?;
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

/// The rows at `index` of every feature.
fn select(features: &Features, index: &Tensor) -> Result<Features> {
    let row = |(name, feature): &(String, Tensor)| Ok((name.clone(), feature.f_index_select(0, index)?));
    features.iter().map(row).collect()
}

/// Whether `done` of `steps` completes one of `parts` equal parts.
pub(crate) fn ends_part(done: u64, steps: u64, parts: u64) -> bool {
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
