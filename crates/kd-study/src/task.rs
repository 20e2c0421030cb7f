//! A checked task: a data set, its teacher and its student.

use std::ops::Range;

use kd_core::objective::{Objective, Predicted};
use kd_data::augment::Augmentation;
use kd_data::{Categorical, Categories, Dataset, Encoding, Inputs, Sequences, Source, Table};
use kd_models::{Architecture, Input};
use toml::Spanned;

use crate::draw::{self, Draw};
use crate::file::{Problem, Replicates, TaskFile, WeightsFile};
use crate::prediction::{outputs, predicted};
use crate::samples::{draws, sample_sizes, unsampled};
use crate::solve;
use crate::spec::DataSpec;
use crate::teacher::{Setting, Teacher, predictor};
use crate::training::Training;
use crate::validation::Validation;
use crate::view::TeacherView;
use crate::weights::Weights;

/// A data set, a teacher and a student.
#[derive(Debug, Clone)]
pub struct Task {
    /// The key in the study file.
    pub name: String,
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
    /// Size of the test split.
    pub test_examples: u64,
    /// Licence of the data.
    pub licence: String,
    /// Whom to cite.
    pub citation: String,
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
    /// The draw of these, but for their number and its seed.
    pub draw: Draw,
    /// Budget and optimiser.
    pub training: Training,
}

impl About {
    fn of(dataset: &Dataset) -> Self {
        Self {
            title: dataset.about.title.clone(),
            modality: dataset.modality.to_string(),
            score: scored(dataset.train.targets.task()),
            classes: dataset.classes.len() as u64,
            test_examples: dataset.test.len() as u64,
            licence: dataset.about.licence.clone(),
            citation: dataset.about.citation.clone(),
        }
    }
}

impl Task {
    /// The task that a file describes; none if its data cannot be read. What is wrong goes to `problems`.
    pub(crate) fn check(
        name: &str,
        file: TaskFile,
        seeds: &[u64],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let dataset = dataset(&file.data, problems)?;
        let (teacher_place, teacher) = (file.teacher.span(), file.teacher.into_inner());
        let train = dataset.train.len() as u64;
        let validation = *file.validation.get_ref();
        let (pool, held_out) = draw::pool(&dataset, validation);
        problems.extend(unheld(&file.validation, &dataset, held_out.len()));
        let trained = teacher.train.iter().zip(&teacher.model);
        for (training, model) in trained.chain([(&file.student.train, &file.student.model)]) {
            let settings = training.get_ref().refusal();
            let refused = settings.or_else(|| {
                solve::refusal(training.get_ref(), model.get_ref(), &dataset, file.augmentation.is_some())
            });
            problems
                .extend(refused.map(|(why, advice)| Problem::new(training.span(), why, "here").help(advice)));
        }

        let [mut teacher_draw, student_draw] = draws(&teacher, &file.student, &dataset, problems);
        let remaining = teacher_draw.candidates(&dataset, &pool, &pool).len() as u64;
        let teacher_samples = teacher.samples.get_ref().of(remaining);
        teacher_draw.samples = teacher_samples.min(remaining);
        if teacher_samples > remaining || teacher_samples == 0 {
            let less = less(held_out.len(), pool.len() - remaining as usize);
            problems.push(
                Problem::new(
                    teacher.samples.span(),
                    format!(
                        "N = {teacher_samples} samples for the teacher, but task `{name}` has {remaining}"
                    ),
                    format!("expected 1 to {remaining}"),
                )
                .help(format!("{train} training examples{less}; \"all\" takes every one")),
            );
        }

        problems.extend(unembedded(&file.encoding, &dataset));
        let (encoding, vocabulary) = pinned(file.encoding, problems)?;
        let input = input_of(&dataset, vocabulary, encoding.categories);
        for model in teacher.model.iter().chain([&file.student.model]) {
            problems.extend(unread(model, input));
        }

        let (task, outputs) = (dataset.train.targets.task(), outputs(&dataset));
        for sampling in [&teacher.sampling, &file.student.sampling] {
            problems.extend(unsampled(sampling, &dataset));
        }
        problems.extend(unfit(file.augmentation.as_ref(), file.teacher_view.as_ref(), &dataset));
        problems.extend(too_large(&dataset, outputs, file.data.span()));
        let teacher_seeds = match teacher.replicates.get_ref() {
            Replicates::Once => &seeds[..seeds.len().min(1)],
            Replicates::PerSeed => seeds,
        };
        let there = student_draw.available(&teacher_draw, teacher_seeds, &dataset, &pool);
        // What the teacher's samples cannot be drawn by has been complained of.
        let there = there.unwrap_or(teacher_samples);
        let samples = sample_sizes(&file.student.samples, there, &student_draw, problems);
        let setting = Setting { dataset: &dataset, validation, encoding: &encoding, input, outputs };
        let predictor = predictor(&teacher, teacher_place, &setting, problems)?;
        let mut weights = |file: &Option<Spanned<WeightsFile>>, model: Option<&Architecture>| {
            let checked = Weights::check(file.as_ref()?, model?, input, outputs);
            checked.map_err(|problem| problems.push(problem)).ok()
        };
        let teacher_weights = weights(&teacher.weights, predictor.architecture());
        let student_weights = weights(&file.student.weights, Some(file.student.model.get_ref()));
        Some(Self {
            name: name.to_owned(),
            about: About::of(&dataset),
            input,
            outputs,
            predicted: predicted(task, outputs),
            augmentation: file.augmentation.map(Spanned::into_inner),
            teacher_view: file.teacher_view.map(Spanned::into_inner).unwrap_or_default(),
            data: DataSpec {
                source: Some(file.data.into_inner()),
                name: dataset.name,
                fingerprint: dataset.fingerprint,
                validation,
                encoding,
            },
            teacher: Teacher {
                predictor,
                weights: teacher_weights,
                samples: teacher_samples,
                draw: teacher_draw,
                replicates: teacher.replicates.into_inner(),
                members: teacher.members.into_inner().get(),
                training: teacher.train.map(Spanned::into_inner),
            },
            student: Student {
                model: file.student.model.into_inner(),
                weights: student_weights,
                samples,
                draw: student_draw,
                training: file.student.train.into_inner(),
            },
        })
    }

    /// What a student's teacher sees while it learns under `objective`: nothing of a choice that does not matter.
    pub(crate) fn teacher_view_of(&self, objective: &Objective) -> TeacherView {
        if objective.needs_teacher() { self.teacher_view } else { TeacherView::Same }
    }
}

/// That an augmentation fits the data, and that a teacher's view is only chosen where there are several.
fn unfit(
    augmentation: Option<&Spanned<Augmentation>>,
    teacher_view: Option<&Spanned<TeacherView>>,
    dataset: &Dataset,
) -> Option<Problem> {
    match (augmentation, teacher_view) {
        (Some(augmentation), _) => {
            let error = augmentation.get_ref().check(&dataset.train.inputs).err()?;
            Some(Problem::new(augmentation.span(), error.to_string(), "does not fit the data"))
        }
        (None, Some(teacher_view)) => Some(
            Problem::new(
                teacher_view.span(),
                "without augmentation there is one view for all",
                "chooses nothing",
            )
            .help("remove it, or add an augmentation such as `augmentation.crop.padding = 4`"),
        ),
        (None, None) => None,
    }
}

/// That there are categories, if they are to be embedded.
fn unembedded(encoding: &Spanned<Encoding>, dataset: &Dataset) -> Option<Problem> {
    let has_categories =
        matches!(&dataset.train.inputs, Inputs::Table(Table { categorical, .. }) if !categorical.is_empty());
    (encoding.get_ref().categories == Categories::Embedded && !has_categories).then(|| {
        let what = format!("`{}` has no categories to embed", dataset.name);
        Problem::new(encoding.span(), what, "chooses nothing")
            .help("leave `categories` out, or tell which columns of a table are `categorical`")
    })
}

/// That a model reads what the task gives.
fn unread(model: &Spanned<Architecture>, input: Input) -> Option<Problem> {
    let error = model.get_ref().check(input).err()?;
    let advice = match error {
        kd_models::Error::Setting { setting: "embedding", .. } => {
            "`embedding` of a model and encoding.categories = \"embedded\" of its task go together"
        }
        _ => "`kd data show` tells what a data set holds, `kd models list` what each model reads",
    };
    Some(Problem::new(model.span(), error.to_string(), "does not fit the data").help(advice))
}

/// What a model will read. Texts are only tokenised once their training subset is known; their vocabulary is
/// bounded by `vocabulary`. So are the columns of a table whose categories or missing values are only known then.
fn input_of(dataset: &Dataset, vocabulary: i64, categories: Categories) -> Input {
    match &dataset.train.inputs {
        Inputs::Images(images) => {
            let size = images.pixels.size();
            Input::Image { channels: size[1], height: size[2], width: size[3] }
        }
        Inputs::Table(table) if categories == Categories::Embedded => table_of(table),
        Inputs::Table(table) => Input::Features { width: table.columns() as i64 },
        Inputs::Texts(_) => Input::Tokens { vocabulary },
        Inputs::Sequences(Sequences { blocks, vocabulary }) => {
            Input::Sequence { vocabulary: *vocabulary, length: blocks.size()[1] - 1 }
        }
    }
}

/// The same of a table whose categories are embedded, as if all of them occurred.
fn table_of(table: &Table) -> Input {
    let levels = |column: &Categorical| {
        let missing = column.codes.iter().any(Option::is_none);
        column.categories.len() as i64 + 1 + i64::from(missing)
    };
    Input::Table {
        numeric: table.numeric.len() as i64,
        categories: table.categorical.len() as i64,
        levels: table.categorical.iter().map(levels).sum(),
    }
}

/// What keeps training examples from a teacher, in words.
fn less(held_out: usize, without: usize) -> String {
    let reasons = [(held_out, "held out for validation"), (without, "of classes that are left out")];
    let there = reasons.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = there.map(|(count, why)| format!("{count} {why}")).collect();
    if words.is_empty() { String::new() } else { format!(" less {}", words.join(" and ")) }
}

/// That there are examples for validation, and not all are held out.
fn unheld(validation: &Spanned<Validation>, dataset: &Dataset, held_out: usize) -> Option<Problem> {
    let train = dataset.train.len();
    let (what, label) = match validation.get_ref() {
        Validation::Official if dataset.validation.is_none() => {
            (format!("`{}` has no official validation split", dataset.name), "there is none")
        }
        Validation::Share(_) if held_out == 0 || held_out >= train => (
            format!("of {train} training examples, {held_out} would be held out for validation"),
            "expected at least one, and not all",
        ),
        _ => return None,
    };
    Some(Problem::new(validation.span(), what, label).help("a tenth is usual: validation = 0.1"))
}

/// The encoding with the hashes of its files, and the largest number of token ids.
fn pinned(encoding: Spanned<Encoding>, problems: &mut Vec<Problem>) -> Option<(Encoding, i64)> {
    let (span, mut encoding) = (encoding.span(), encoding.into_inner());
    match encoding.pin() {
        Ok(vocabulary) => Some((encoding, vocabulary)),
        Err(error) => {
            problems.push(Problem::new(span, error.to_string(), "here"));
            None
        }
    }
}

/// The data set, if it can be read.
fn dataset(source: &Spanned<Source>, problems: &mut Vec<Problem>) -> Option<Dataset> {
    match source.get_ref().load() {
        Ok(dataset) => return Some(dataset),
        Err(kd_data::Error::UnknownDataset { name, known }) => {
            problems.push(Problem::unknown(source.span(), "data set", &name, &known));
        }
        Err(error) => problems.push(Problem::new(source.span(), error.to_string(), "cannot be read")),
    }
    None
}

/// That a teacher's outputs on all examples fit into a machine; every student reads them.
fn too_large(dataset: &Dataset, outputs: i64, span: Range<usize>) -> Option<Problem> {
    const MOST: u64 = 4 << 30;
    let places = match &dataset.train.inputs {
        Inputs::Sequences(Sequences { blocks, .. }) => (blocks.size()[1] - 1) as u64,
        _ => 1,
    };
    let examples = (dataset.train.len() + dataset.test.len()) as u64;
    let bytes = 4 * examples * places * outputs as u64;
    (bytes > MOST).then(|| {
        let what = format!(
            "a teacher says {outputs} numbers of each of {} places, {} GB in all",
            examples * places,
            bytes >> 30
        );
        Problem::new(span, what, "too much to keep for students")
            .help("take fewer or shorter examples, or a smaller vocabulary: at most 4 GB are kept")
    })
}

/// What reports call the score.
fn scored(task: kd_data::Task) -> &'static str {
    match task {
        kd_data::Task::Classification => "accuracy",
        kd_data::Task::LanguageModelling => "accuracy of the next token",
        kd_data::Task::Regression => "explained variance (R²)",
    }
}

#[cfg(test)]
mod tests {
    use kd_data::{About, Examples, Modality, Targets};
    use tch::{Device, Kind, Tensor};

    use super::*;

    /// Blocks of zeros, which take no memory.
    fn blocks(count: i64) -> Examples {
        let blocks = Tensor::zeros([1], (Kind::Int64, Device::Cpu)).expand([count, 129], false);
        let inputs = Inputs::Sequences(Sequences { blocks, vocabulary: 1000 });
        Examples { inputs, targets: Targets::NextToken }
    }

    #[test]
    fn outputs_that_no_machine_would_keep_are_refused() {
        let of = |count| Dataset {
            name: "text".to_owned(),
            modality: Modality::Text,
            classes: Vec::new(),
            train: blocks(count),
            validation: None,
            test: blocks(10),
            fingerprint: String::new(),
            about: About::default(),
        };
        // 4 GB are 8,388 blocks of 128 places with 1,000 numbers of 4 bytes each.
        assert!(too_large(&of(8_378), 1000, 0..0).is_none());
        let problem = too_large(&of(8_379), 1000, 0..0).expect("refused");
        assert!(
            problem.message.contains("1000 numbers of each of 1073792 places, 4 GB"),
            "{}",
            problem.message
        );
    }
}
