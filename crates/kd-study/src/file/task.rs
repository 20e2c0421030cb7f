//! Tasks, as a study file says them.

use std::num::NonZeroU32;

use indexmap::IndexMap;
use kd_data::augment::Augmentation;
use kd_data::{Encoding, LabelNoise, Sampling, Source};
use kd_doubt::Kind;
use kd_models::Architecture;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::pretrained::{Bayes, OutputFiles, TorchScriptFile, WeightsFile};
use crate::spec::{Amount, Extra, Fraction, Origin, TeacherView, Training, Validation};

/// A data set, a teacher and a student.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFile {
    /// Where the examples come from.
    #[schemars(with = "Source")]
    pub data: Spanned<Source>,
    /// Which examples are for validation.
    #[serde(default = "validation_default")]
    #[schemars(with = "Validation")]
    pub validation: Spanned<Validation>,
    /// How texts become token ids, and the columns of a table what a model reads.
    #[serde(default = "encoding_default")]
    #[schemars(with = "Encoding")]
    pub encoding: Spanned<Encoding>,
    /// What happens to training examples before a model sees them, drawn anew at every step, if given. Teacher and student
    /// are both trained so, unless the teacher has an augmentation of its own.
    #[schemars(with = "Option<Augmentation>")]
    pub augmentation: Option<Spanned<Augmentation>>,
    /// What the teacher sees of an example that is augmented for its student.
    #[schemars(with = "Option<TeacherView>")]
    pub teacher_view: Option<Spanned<TeacherView>>,
    /// Doubts, by their kinds, that are right as they are: what would be refused is used and reported, all else is not
    /// told.
    #[serde(default)]
    #[schemars(with = "Vec<Kind>")]
    pub accept: Vec<Spanned<Kind>>,
    /// The model whose outputs supervise.
    #[schemars(with = "TeacherFile")]
    pub teacher: Spanned<TeacherFile>,
    /// The model that is supervised.
    pub student: StudentFile,
}

fn validation_default() -> Spanned<Validation> {
    Spanned::new(0..0, Validation::Share(const { Fraction::constant(0.1) }))
}

fn encoding_default() -> Spanned<Encoding> {
    Spanned::new(0..0, Encoding::default())
}

/// The model whose outputs supervise: one of `model`, which is trained here, `torch_script`, `outputs` and `bayes`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeacherFile {
    /// Architecture.
    #[schemars(with = "Option<Architecture>")]
    pub model: Option<Spanned<Architecture>>,
    /// What `model` starts from, instead of random weights. Without `train` it is the teacher as it is.
    #[schemars(with = "Option<WeightsFile>")]
    pub weights: Option<Spanned<WeightsFile>>,
    /// A module that was trained elsewhere.
    #[schemars(with = "Option<TorchScriptFile>")]
    pub torch_script: Option<Spanned<TorchScriptFile>>,
    /// What a teacher that is not here says of every example.
    #[schemars(with = "Option<OutputFiles>")]
    pub outputs: Option<Spanned<OutputFiles>>,
    /// The best predictor there is, of synthetic data: what their truth says of every example.
    #[schemars(with = "Option<Bayes>")]
    pub bayes: Option<Spanned<Bayes>>,
    /// N: how many of the training examples (validation excluded) it is trained on, or was. Students draw theirs from as
    /// many.
    #[serde(default = "all")]
    #[schemars(with = "Amount")]
    pub samples: Spanned<Amount>,
    /// How those are drawn.
    #[serde(default = "uniform")]
    #[schemars(with = "Sampling")]
    pub sampling: Spanned<Sampling>,
    /// Names of classes of which it gets no example; N counts what remains. Validation and test keep them.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub without: Vec<Spanned<String>>,
    /// Makes labels wrong that it is trained on, and validated on where that is within its samples. Those of its students
    /// are theirs; test, and validation on other examples, keep the right ones.
    #[schemars(with = "Option<LabelNoise>")]
    pub label_noise: Option<Spanned<LabelNoise>>,
    /// What happens to its training examples, if something else than to the student's.
    #[schemars(with = "Option<Augmentation>")]
    pub augmentation: Option<Spanned<Augmentation>>,
    /// One teacher for all seeds, or one for each.
    #[serde(default = "once")]
    #[schemars(with = "Replicates")]
    pub replicates: Spanned<Replicates>,
    /// How many teachers make an ensemble, alike but for their initialisation and batch order. Arms with
    /// `supervision.ensemble` listen to all of them, other arms to the first.
    #[serde(default = "one_member")]
    #[schemars(with = "NonZeroU32")]
    pub members: Spanned<NonZeroU32>,
    /// Budget and optimiser of a `model`. Teachers are trained on labels.
    #[schemars(with = "Option<Training>")]
    pub train: Option<Spanned<Training>>,
}

fn uniform() -> Spanned<Sampling> {
    Spanned::new(0..0, Sampling::Uniform)
}

fn once() -> Spanned<Replicates> {
    Spanned::new(0..0, Replicates::Once)
}

fn one_member() -> Spanned<NonZeroU32> {
    Spanned::new(0..0, NonZeroU32::MIN)
}

fn all() -> Spanned<Amount> {
    Spanned::new(0..0, Amount::All)
}

fn one_generation() -> Spanned<NonZeroU32> {
    Spanned::new(0..0, NonZeroU32::MIN)
}

/// How many teachers there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Replicates {
    /// One, shared by all seeds: intervals speak of this teacher.
    #[default]
    Once,
    /// One for each seed: intervals speak of teachers trained this way.
    PerSeed,
}

/// The model that is supervised.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StudentFile {
    /// Architecture.
    #[schemars(with = "Architecture")]
    pub model: Spanned<Architecture>,
    /// What it starts from, instead of random weights.
    #[schemars(with = "Option<WeightsFile>")]
    pub weights: Option<Spanned<WeightsFile>>,
    /// M: how many samples it gets, one cell each; counts, or fractions of those it may get.
    #[schemars(with = "Vec<Amount>")]
    pub samples: Spanned<Vec<Spanned<Amount>>>,
    /// U: how many samples more it learns from without their labels, of which its teacher speaks; counts, or fractions of
    /// those that the largest M leaves, so that U is the same at every M. 0 alone if left out. The loss is the mean over
    /// all samples of a batch; of one without a label, an objective asks what it asks of the teacher alone. Arms that hear
    /// no teacher have none, whatever is said here. An epoch goes through all samples.
    #[schemars(with = "Option<Vec<Extra>>")]
    pub unlabelled: Option<Spanned<Vec<Spanned<Extra>>>>,
    /// What those are drawn from.
    #[serde(default)]
    pub from: Origin,
    /// How those are drawn.
    #[serde(default = "uniform")]
    #[schemars(with = "Sampling")]
    pub sampling: Spanned<Sampling>,
    /// Names of classes of which it gets no example. Of what remains, `samples` counts as many as there are under every
    /// seed. Validation and test keep them.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub without: Vec<Spanned<String>>,
    /// What is added to the logits of classes, by their names, where the test split is scored once more after the last step:
    /// such as `{ "3" = 3.5 }` for a class of which students have seen no example (Hinton et al. 2015, "Distilling the
    /// Knowledge in a Neural Network", arXiv:1503.02531). Those are the columns `test_accuracy_shifted` and
    /// `test_shifted_classes`.
    #[serde(default)]
    #[schemars(with = "IndexMap<String, f64>")]
    pub class_bias: IndexMap<Spanned<String>, f64>,
    /// Makes labels wrong that it is trained on, the same for all arms of a seed; supervision that goes by labels sees
    /// these too, and so does validation within its samples. Sampling, other validation and test go by the right ones.
    #[schemars(with = "Option<LabelNoise>")]
    pub label_noise: Option<Spanned<LabelNoise>>,
    /// Budget and optimiser.
    #[schemars(with = "Training")]
    pub train: Spanned<Training>,
    /// How many students are trained one after another: each but the first hears the one before it of the same arm, M and
    /// seed instead of the teacher (Furlanello et al. 2018, "Born-again neural networks", arXiv:1805.04770). Arms with
    /// `supervision.ensemble` hear those before of all seeds.
    #[serde(default = "one_generation")]
    #[schemars(with = "NonZeroU32")]
    pub generations: Spanned<NonZeroU32>,
}
