//! What a teacher that was trained elsewhere says of some examples, and whether that can be meant: nobody here saw it learn.

mod assignment;
mod chance;
mod order;
mod reading;
mod sample;
mod steadiness;
mod values;

use kd_data::{Dataset, Examples, Inputs, Sequences, Targets};
use kd_doubt::{Doubt, Kind as Doubtful};
use tch::{Kind, Tensor};

pub(super) use self::reading::reading;
pub(super) use self::sample::Sample;
pub(super) use self::steadiness::steadiness;
use crate::error::Result;
use crate::file::TeacherFile;
use crate::spec::{Predictor, Pretrained};
use crate::train::prediction;

/// What a teacher said of examples whose targets are known.
pub(super) struct Tried<'a> {
    /// The teacher, as errors name it.
    pub(super) place: String,
    pub(super) dataset: &'a Dataset,
    /// `[n, K]` or `[n, L, K]`, float32.
    pub(super) said: Tensor,
    pub(super) examples: &'a Examples,
    /// The table of the study file that says how it is read, if one does.
    pub(super) setting: Option<&'static str>,
    /// Where each class of the data stands among its own, as that says; empty where it is the same place.
    pub(super) columns: &'a [i64],
}

impl Tried<'_> {
    /// What is doubtful of it. What is said by one is not said again by another, less precise one.
    pub(super) fn doubts(&self) -> Result<Vec<Doubt>> {
        let rows = prediction::rows(&self.said)?;
        if let Targets::Numbers(numbers) = &self.examples.targets {
            let said: Vec<f64> = Vec::try_from(rows.f_flatten(0, -1)?.f_to_kind(Kind::Double)?)?;
            let numbers: Vec<f64> = numbers.iter().map(|&number| number.into()).collect();
            return Ok(chance::of_numbers(self, &said, &numbers).into_iter().collect());
        }
        let predicted: Vec<i64> = Vec::try_from(rows.f_argmax(-1, false)?)?;
        let (labels, classes) = match (&self.examples.targets, &self.examples.inputs) {
            (Targets::NextToken, Inputs::Sequences(Sequences { blocks, vocabulary })) => {
                let next = blocks.f_narrow(1, 1, blocks.size2()?.1 - 1)?;
                (Vec::try_from(next.f_flatten(0, -1)?)?, *vocabulary)
            }
            _ => (self.examples.labels()?.to_vec(), self.dataset.classes.len() as i64),
        };
        let answers = Answers { labels: &labels, predicted: &predicted, classes: classes as usize };
        let mut found: Vec<Doubt> = values::probabilities(self, &rows)?.into_iter().collect();
        // Tokens are numbered as a vocabulary says, which is shared or is not.
        let is_of_classes = matches!(self.examples.targets, Targets::Classes(_));
        let misordered = if is_of_classes { order::misordered(self, &answers) } else { None };
        found.extend(misordered.or_else(|| chance::of_classes(self, &answers)));
        Ok(found)
    }
}

/// Labels, and what was said instead.
pub(super) struct Answers<'a> {
    labels: &'a [i64],
    predicted: &'a [i64],
    /// How many classes there are.
    classes: usize,
}

impl Answers<'_> {
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.labels
            .iter()
            .zip(self.predicted)
            .map(|(&label, &predicted)| (label as usize, predicted as usize))
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    /// How many are right once what is said is renamed.
    fn right(&self, renamed: impl Fn(usize) -> usize) -> usize {
        self.pairs().filter(|&(label, predicted)| label == renamed(predicted)).count()
    }
}

/// The classes of a teacher that is not trained here, in its own order.
pub(super) fn own_classes(predictor: &Predictor, dataset: &Dataset) -> Vec<String> {
    if dataset.train.targets.task() != kd_data::Task::Classification {
        return Vec::new();
    }
    let columns = match predictor {
        Predictor::Pretrained(
            Pretrained::TorchScript { reading, .. } | Pretrained::Outputs { reading, .. },
        ) => &reading.columns[..],
        Predictor::Pretrained(Pretrained::Bayes {}) | Predictor::Model(_) => &[],
    };
    let mut named: Vec<(Option<&i64>, &String)> =
        dataset.classes.iter().enumerate().map(|(class, name)| (columns.get(class), name)).collect();
    named.sort_by_key(|(column, _)| *column);
    named.into_iter().map(|(_, name)| name.clone()).collect()
}

/// That nobody says how many samples a teacher from elsewhere was trained on.
pub(super) fn of_unknown_samples(teacher: &TeacherFile, taken: u64) -> Option<Doubt> {
    // The truth was trained on nothing.
    let is_from_elsewhere = teacher.train.is_none() && teacher.bayes.is_none();
    // What is left out has no place.
    let is_left_out = teacher.samples.span().is_empty();
    (is_from_elsewhere && is_left_out).then(|| {
        let what = format!(
            "how many samples the teacher was trained on is not said: N is taken to be {taken}, all there are, and κ = M/N \
             rests on that"
        );
        Doubt::weak(Doubtful::UnknownSamples, "", what)
            .advise("write `samples` of its teacher: \"all\" if it was trained on all of them")
    })
}

/// A share in percent.
fn percent(right: usize, of: usize) -> String {
    format!("{:.1} %", 100.0 * right as f64 / of.max(1) as f64)
}

#[cfg(test)]
mod tests;
