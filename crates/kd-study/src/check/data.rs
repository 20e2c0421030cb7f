//! Whether there are data, and what models will read of them.

use std::ops::Range;

use kd_data::augment::Augmentation;
use kd_data::{CatalogueError, Categorical, Categories, Dataset, Encoding, Inputs, Sequences, Source, Table};
use kd_models::{Architecture, BuildError, Input};
use toml::Spanned;

use crate::problem::Problem;
use crate::spec::{TeacherView, Validation};

/// The data set, if it can be read.
pub(super) fn dataset(source: &Spanned<Source>, problems: &mut Vec<Problem>) -> Option<Dataset> {
    match source.get_ref().load() {
        Ok(dataset) => return Some(dataset),
        Err(kd_data::Error::Catalogue(CatalogueError::Unknown { name, known })) => {
            problems.push(Problem::unknown(source.span(), "data set", &name, &known));
        }
        Err(error) => problems.push(Problem::new(source.span(), error.to_string(), "cannot be read")),
    }
    None
}

/// That an augmentation fits the data, and that a teacher's view is only chosen where there are several.
pub(super) fn unaugmented(
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
pub(super) fn unembedded(encoding: &Spanned<Encoding>, dataset: &Dataset) -> Option<Problem> {
    let has_categories =
        matches!(&dataset.train.inputs, Inputs::Table(Table { categorical, .. }) if !categorical.is_empty());
    (encoding.get_ref().categories == Categories::Embedded && !has_categories).then(|| {
        let what = format!("`{}` has no categories to embed", dataset.name);
        Problem::new(encoding.span(), what, "chooses nothing")
            .help("leave `categories` out, or tell which columns of a table are `categorical`")
    })
}

/// That a model reads what the task gives.
pub(super) fn unread(model: &Spanned<Architecture>, input: Input) -> Option<Problem> {
    let error = model.get_ref().check(input).err()?;
    let advice = match error {
        kd_models::Error::Building(BuildError::Setting { setting: "embedding", .. }) => {
            "`embedding` of a model and encoding.categories = \"embedded\" of its task go together"
        }
        _ => "`kd data show` tells what a data set holds, `kd models list` what each model reads",
    };
    Some(Problem::new(model.span(), error.to_string(), "does not fit the data").help(advice))
}

/// What a model will read. Texts are only tokenised once their training subset is known; their vocabulary is
/// bounded by `vocabulary`. So are the columns of a table whose categories or missing values are only known then.
pub(super) fn input_of(dataset: &Dataset, vocabulary: i64, categories: Categories) -> Input {
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
        _ => return None,
    };
    Some(Problem::new(validation.span(), what, label).help("a tenth is usual: validation = 0.1"))
}

/// The encoding with the hashes of its files, and the largest number of token ids.
pub(super) fn pinned(encoding: Spanned<Encoding>, problems: &mut Vec<Problem>) -> Option<(Encoding, i64)> {
    let (span, mut encoding) = (encoding.span(), encoding.into_inner());
    match encoding.pin() {
        Ok(vocabulary) => Some((encoding, vocabulary)),
        Err(error) => {
            problems.push(Problem::new(span, error.to_string(), "here"));
            None
        }
    }
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
