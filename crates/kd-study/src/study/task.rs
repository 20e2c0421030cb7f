//! A checked task: a data set, its teacher and its student.

use std::collections::BTreeMap;

use kd_analysis::Datum;
use kd_core::objective::{Objective, Predicted};
use kd_data::Dataset;
use kd_data::augment::Augmentation;
use kd_models::{Architecture, Input};

use super::small::Small;
use super::teacher::Teacher;
use crate::spec::{DataSpec, Draw, TeacherView, Training, Weights};

/// A data set, a teacher and a student.
#[derive(Debug, Clone)]
pub struct Task {
    /// The key in the study file.
    pub name: String,
    /// Its levels of the factors that it varies, be they swept or tuned.
    pub levels: BTreeMap<String, Datum>,
    /// The examples.
    pub data: DataSpec,
    /// What reports say of the data set.
    pub about: About,
    /// What the models read.
    pub input: Input,
    /// How many outputs they have for each example or token.
    pub outputs: i64,
    /// What objectives are about.
    pub predicted: Predicted,
    /// What happens to examples before they are learnt from.
    pub augmentation: Option<Augmentation>,
    /// What the teacher sees of them while a student learns.
    pub teacher_view: TeacherView,
    /// The teacher.
    pub teacher: Teacher,
    /// The student.
    pub student: Student,
    /// What is left of it in the small version of its study.
    pub(crate) small: Small,
}

/// What reports say of a data set.
#[derive(Debug, Clone)]
pub struct About {
    /// Full name.
    pub title: String,
    /// Vision, tabular or text.
    pub modality: String,
    /// What is scored.
    pub score: &'static str,
    /// Number of classes; 0 where numbers are predicted.
    pub classes: u64,
    /// Size of the training split, before any of it is held out.
    pub train_examples: u64,
    /// How many examples are for validation.
    pub validation_examples: u64,
    /// The class with the fewest of these, and how many; none where there are no classes, or they are a run's own.
    pub fewest_validated: Option<(String, u64)>,
    /// Size of the test split.
    pub test_examples: u64,
    /// Licence of the data.
    pub licence: String,
    /// Whom to cite.
    pub citation: String,
    /// What models read of it, and what they are to say, a line each.
    pub in_short: [String; 2],
}

/// A task's student.
#[derive(Debug, Clone)]
pub struct Student {
    /// Architecture.
    pub model: Architecture,
    /// What it starts from, if not random weights.
    pub weights: Option<Weights>,
    /// Every M, ascending.
    pub samples: Vec<u64>,
    /// Every U, ascending; 0 alone where all samples have labels.
    pub unlabelled: Vec<u64>,
    /// The draw of these, but for their number and its seed.
    pub draw: Draw,
    /// What is added to the logit of each class where its test is scored once more; empty where it is not.
    pub class_bias: Vec<f64>,
    /// Budget and optimiser.
    pub training: Training,
    /// How many are trained one after another, each hearing the one before; at least 1.
    pub generations: u32,
}

impl Student {
    /// The numbers of samples without labels of its runs under `objective`, for [`RunSpec::unlabelled`]; 0 alone where it
    /// hears no teacher, so that such runs do not depend on U.
    ///
    /// [`RunSpec::unlabelled`]: crate::spec::RunSpec::unlabelled
    #[must_use]
    pub fn unlabelled_under(&self, objective: &Objective) -> &[u64] {
        if objective.needs_teacher() { &self.unlabelled } else { &[0] }
    }
}

impl About {
    /// What `dataset` says of itself, of which so many examples are for validation.
    pub(crate) fn of(dataset: &Dataset, validation_examples: usize, held_out: &[usize]) -> Self {
        Self {
            title: dataset.about.title.clone(),
            modality: dataset.modality.to_string(),
            score: score_of(dataset.train.targets.task()),
            classes: dataset.classes.len() as u64,
            train_examples: dataset.train.len() as u64,
            validation_examples: validation_examples as u64,
            fewest_validated: None,
            test_examples: dataset.test.len() as u64,
            licence: dataset.about.licence.clone(),
            citation: dataset.about.citation.clone(),
            in_short: dataset.in_short(held_out),
        }
    }
}

fn score_of(task: kd_data::Task) -> &'static str {
    match task {
        kd_data::Task::Classification => "accuracy",
        kd_data::Task::LanguageModelling => "accuracy of the next token",
        kd_data::Task::Regression => "explained variance (R²)",
    }
}

impl Task {
    /// What a student's teacher sees while it learns under `objective`: nothing of a choice that does not matter.
    pub(crate) fn teacher_view_of(&self, objective: &Objective) -> TeacherView {
        if objective.needs_teacher() { self.teacher_view } else { TeacherView::Same }
    }
}
