//! Whether there are data, for training, validation and what a teacher says of them.

use std::ops::Range;
use std::rc::Rc;

use kd_data::augment::Augmentation;
use kd_data::{CatalogueError, Dataset, Inputs, Sequences, Source};
use toml::Spanned;

use crate::file::TeacherFile;
use crate::problem::Problem;
use crate::spec::{Amount, TeacherView, Validation};

/// The data sets that have been read.
#[derive(Default)]
pub(super) struct Datasets(Vec<(Source, Option<Rc<Dataset>>)>);

impl Datasets {
    /// The data set, if it can be read. It is read once.
    pub(super) fn get(
        &mut self,
        source: &Spanned<Source>,
        problems: &mut Vec<Problem>,
    ) -> Option<Rc<Dataset>> {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| known == source.get_ref()) {
            return known.clone();
        }
        let dataset = read(source).map(Rc::new).map_err(|problem| problems.push(problem)).ok();
        self.0.push((source.get_ref().clone(), dataset.clone()));
        dataset
    }
}

fn read(source: &Spanned<Source>) -> Result<Dataset, Problem> {
    let dataset = source.get_ref().load().and_then(Dataset::examined);
    dataset.map_err(|error| match error {
        kd_data::Error::Catalogue(CatalogueError::Unknown { name, known }) => {
            Problem::unknown(source.span(), "data set", &name, &known)
        }
        error => Problem::new(source.span(), error.to_string(), "cannot be read"),
    })
}

/// What happens to the training examples of the teacher, who has that of the task where it says nothing, and of the student.
pub(super) fn augmentations(
    teacher: &TeacherFile,
    of_task: Option<&Spanned<Augmentation>>,
    teacher_view: Option<&Spanned<TeacherView>>,
    dataset: &Dataset,
    problems: &mut Vec<Problem>,
) -> [Option<Augmentation>; 2] {
    problems.extend(unaugmented(of_task, teacher_view, dataset));
    problems.extend(unaugmented(teacher.augmentation.as_ref(), None, dataset));
    [teacher.augmentation.as_ref().or(of_task), of_task].map(|own| own.map(|own| *own.get_ref()))
}

/// That an augmentation fits the data, and that a teacher's view is only chosen where there are several.
fn unaugmented(
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

/// That there are examples for validation, and not all are held out.
pub(super) fn unheld(
    validation: &Spanned<Validation>,
    dataset: &Dataset,
    held_out: usize,
) -> Option<Problem> {
    let train = dataset.train.len();
    let (what, label) = match validation.get_ref() {
        Validation::Official if dataset.validation.is_none() => {
            (format!("`{}` has no official validation split", dataset.name), "there is none")
        }
        Validation::Share(_) if held_out == 0 || held_out >= train => (
            format!("of {train} training examples, {held_out} would be held out for validation"),
            "expected at least one, and not all",
        ),
        Validation::Official | Validation::Share(_) | Validation::Within(_) => return None,
    };
    Some(Problem::new(validation.span(), what, label).help("a tenth is usual: validation = 0.1"))
}

/// That so many `samples` of a run, asked for as `amount`, can be divided into those it is trained and those it is
/// validated on, if validation is within them.
pub(super) fn undivided(validation: Validation, amount: &Spanned<Amount>, samples: u64) -> Option<Problem> {
    let is_within = match validation {
        Validation::Within(_) => true,
        Validation::Share(_) | Validation::Official => false,
    };
    (is_within && samples == 1).then(|| {
        let what = "one sample cannot be divided, but validation takes a part of every run's own samples";
        Problem::new(amount.span(), what, "expected at least 2")
            .help("ask for more, or hold examples out for all runs: validation = 0.1")
    })
}

/// That a teacher's outputs on all examples fit into a machine; every student reads them.
pub(super) fn too_large(dataset: &Dataset, outputs: i64, span: Range<usize>) -> Option<Problem> {
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
            doubts: Vec::new(),
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
