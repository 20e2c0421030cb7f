//! Losses that mix cross-entropy with labels with a part that learns from the teacher's distribution.

use std::fmt::Debug;

use tch::Tensor;

use super::settings::{About, Given, Listening, Settings, Target};
use super::{cross_entropy, sum};
use crate::error::Result;
use crate::parameter::Weight;
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// The settings of such a loss.
pub(crate) trait FromTeacher: Debug {
    /// How it listens to its teacher.
    fn listening(&self) -> Listening<'_>;
    /// What can be set of its supervision.
    fn supervision_mut(&mut self) -> &mut Supervision;
    /// As in [`Settings`].
    fn check(&self, classes: i64) -> Result<()>;
    /// As in [`Settings`].
    fn is_fixed(&self) -> bool;
    /// Whether the part that learns from the teacher takes labels too.
    fn needs_labels(&self) -> bool;
    /// The part that learns from the teacher.
    fn on_teacher(&self, given: &mut Given<'_>, teacher: &Tensor) -> Result<Tensor>;
}

impl<T: FromTeacher> Settings for T {
    fn about(&self) -> About {
        About::Classes
    }

    fn target(&self) -> Target {
        Target::Teacher
    }

    fn listening(&self) -> Option<Listening<'_>> {
        Some(FromTeacher::listening(self))
    }

    fn supervision_mut(&mut self) -> Option<&mut Supervision> {
        Some(FromTeacher::supervision_mut(self))
    }

    fn check(&self, classes: i64) -> Result<()> {
        FromTeacher::check(self, classes)
    }

    fn is_fixed(&self) -> bool {
        FromTeacher::is_fixed(self)
    }

    fn needs_labels(&self) -> bool {
        FromTeacher::listening(self).hears() && FromTeacher::needs_labels(self)
    }

    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor> {
        mix(given, FromTeacher::listening(self).label_weight, |given| {
            let teacher = given.teacher()?;
            self.on_teacher(given, teacher)
        })
    }
}

/// `w` times cross-entropy with the labels plus `1 - w` times another loss, which rows without a label have alone.
pub(super) fn mix<'a>(
    given: &mut Given<'a>,
    label_weight: Scheduled<Weight>,
    other: impl FnOnce(&mut Given<'a>) -> Result<Tensor>,
) -> Result<Tensor> {
    match label_weight.at(given.progress) {
        0.0 => other(given),
        1.0 => given.on_labels(cross_entropy),
        w => sum(&given.on_labels(cross_entropy)?, w, &other(given)?, 1.0 - w),
    }
}
