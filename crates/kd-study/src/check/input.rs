//! What models will read of the data, and whether they can.

use kd_data::{Categorical, Categories, Dataset, Encoding, Inputs, Sequences, Table};
use kd_models::{Architecture, BuildError, Input};
use toml::Spanned;

use crate::problem::Problem;

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

/// What a model will read. Texts are only tokenised once their training subset is known; their vocabulary is
/// bounded by `vocabulary`. So are the columns of a table whose categories or missing values are only known then.
pub(super) fn of(dataset: &Dataset, vocabulary: i64, categories: Categories) -> Input {
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
