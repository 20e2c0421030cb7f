//! What training moves, and what it learns from.

use kd_core::criterion::{Batch, BatchFeatures, Criterion};
use kd_core::objective::Objective;
use kd_core::signal::Heard;
use kd_data::Encoded;
use kd_models::{Model, Output};
use tch::{Tensor, nn};

use super::evaluate::Features;
use super::prediction::{row_features, row_index, row_targets, rows};
use super::signal::Signal;
use super::view::{Seen, Views};
use crate::error::Result;

/// What training moves, and what it asks for.
pub(crate) struct Learning<'a> {
    pub(crate) model: &'a mut Model,
    pub(crate) objective: &'a Objective,
    pub(crate) criterion: &'a mut Criterion,
    /// What the criterion learns.
    pub(crate) learnt: &'a mut nn::VarStore,
}

/// What a run trains on: its own samples, in subset order, and behind them those without labels.
pub(crate) struct Samples<'a> {
    pub(crate) inputs: &'a Encoded,
    /// Classes `[M]` or tokens `[M, L]`, int64, or numbers `[M, 1]`.
    pub(crate) targets: &'a Tensor,
    /// How many of the samples have a label, the first ones; all if no number is given.
    pub(crate) labelled: Option<i64>,
    /// What is heard of the teacher.
    pub(crate) teacher: Signal,
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
        let heard = self.teacher.hear(index, &labels, &said)?;
        let features = match seen.teachers.first() {
            Some(teacher) => {
                let same = |(name, feature): &(String, Tensor)| (name.clone(), feature.shallow_clone());
                teacher.features.iter().map(same).collect()
            }
            None => select(&self.teacher_features, index)?,
        };
        let labelled = |count: i64| index.f_lt(count)?.f_nonzero()?.f_flatten(0, -1);
        let labelled = self.labelled.map(labelled).transpose()?;
        Ok(Held { labels, labelled, heard, features, index: index.shallow_clone() })
    }
}

/// What a model's outputs on a batch are held against.
pub(crate) struct Held {
    pub(crate) labels: Tensor,
    /// The rows that have a label, if not all have.
    pub(crate) labelled: Option<Tensor>,
    /// What is heard of the teacher.
    pub(crate) heard: Heard,
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
            labelled: self.labelled.as_ref(),
            teacher: Some(&self.heard),
            features: Some(features),
            progress,
            ..Batch::new(&rows(&output.logits)?, &self.labels)
        })?)
    }
}

/// The rows at `index` of every feature.
fn select(features: &Features, index: &Tensor) -> Result<Features> {
    let row = |(name, feature): &(String, Tensor)| Ok((name.clone(), feature.f_index_select(0, index)?));
    features.iter().map(row).collect()
}
