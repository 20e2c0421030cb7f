//! What every supervision answers for itself.

use super::EnsembleSpace;
use crate::error::Result;
use crate::random::Stream;

/// What is looked at to change an example's logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nothing: they stay as they are.
    Nothing,
    /// Those of every member of an ensemble, of which these are the mean.
    Members(EnsembleSpace),
    /// Nothing but the example.
    Example,
    /// Nothing but the example and the moment: they are drawn anew at every visit.
    Visit,
    /// The whole table: they depend on other examples, or are drawn once for all visits.
    Table,
}

/// Which control a supervision makes: hearing through it tells whether a theory of what helps is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// The teacher's confidence is all that is left, as smoothed labels have it.
    EntropyMatched,
    /// All that is lost is which wrong class got what.
    Permuted,
    /// The most probable classes are all that is left.
    TopK,
    /// What is known of classes is all that is left.
    ClassMean,
    /// The top class is all that is left.
    Hard,
    /// The entropy is all that is left, at random classes.
    Random,
}

/// A table of logits that is changed in place.
pub(super) struct Table<'a> {
    /// Row by row.
    pub(super) values: &'a mut [f64],
    /// One for each row, below `classes`.
    pub(super) labels: &'a [usize],
    /// K.
    pub(super) classes: usize,
    /// T, at which the loss sees them.
    pub(super) temperature: f64,
}

impl Table<'_> {
    /// Each example's logits and its label.
    pub(super) fn rows(&mut self) -> impl Iterator<Item = (&mut [f64], usize)> {
        self.values.chunks_exact_mut(self.classes).zip(self.labels.iter().copied())
    }
}

/// What is done to a teacher's logits. Nothing has a default, so that a new supervision answers every question.
pub(super) trait Intervention {
    /// What it is called.
    fn name(&self) -> &'static str;
    /// What is looked at to change an example's logits.
    fn reach(&self) -> Reach;
    /// Whether the change depends on the temperature at which the logits are seen.
    fn depends_on_temperature(&self) -> bool;
    /// Whether the change goes by labels.
    fn needs_labels(&self) -> bool;
    /// Which control it makes, if it is one.
    fn control(&self) -> Option<Control>;
    /// That every choice of classes can be met when there are `classes` of them.
    fn check(&self, classes: i64) -> Result<()>;
    /// Changes the logits; not called where they stay as they are.
    fn change(&self, table: &mut Table<'_>, stream: &mut Stream);
}
