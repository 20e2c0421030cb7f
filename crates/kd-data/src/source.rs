//! Where examples come from, as a study file says it. Doc comments on these types are the reference.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::format::arff::Arff;
pub use crate::format::array::numbers;
pub use crate::format::array_pair::ArrayPair;
pub use crate::format::arrays::Arrays;
pub use crate::format::cifar::{Cifar, CifarLabels};
pub use crate::format::columns::{Columns, ImageShape, NumberFormat, Predict};
pub use crate::format::csv::{Csv, Quoting};
pub use crate::format::damaged::Damaged;
pub use crate::format::folder::{ImageFolder, TextFolder};
pub use crate::format::idx::{Idx, IdxPair};
pub use crate::format::image_list::ImageList;
pub use crate::format::json_lines::JsonLines;
pub use crate::format::json_splits::JsonSplits;
pub use crate::format::parquet::{ImageColumn, Parquet};
pub use crate::format::plain_text::{PlainText, Tokens};
pub use crate::format::spreadsheet::Spreadsheet;
pub use crate::format::text_files::{ClassFiles, TextFiles};
pub use crate::format::text_lines::TextLines;
pub use crate::format::text_pair::{PairFiles, TextPair};
pub use crate::original::Charset;
pub use crate::splits::{TestOf, TestSplit};
pub use crate::synthetic::{GaussianBlobs, LinearRegression, MarkovText, MultiView, TeacherStudent};

use crate::error::{Error, Result};
use crate::file_kind::FileKind;
use crate::format::grid::Grid;
use crate::format::json_lines;
use crate::original::Original;
use crate::splits::{Raw, Splits};
use crate::told::{refuse_binary, told};

/// Where examples come from. Paths are relative to the folder of the study file; any file may be compressed
/// with gzip, bzip2, xz or Zstandard, or be the only one in a zip archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A data set that `kd data list` shows.
    Catalogue(CatalogueSource),
    /// Separated values: CSV, TSV and their relatives.
    Csv(Csv),
    /// A table in a workbook: `.xlsx` or `.ods`.
    Spreadsheet(Spreadsheet),
    /// A table in Weka's format.
    Arff(Arff),
    /// A table of JSON objects, one in every line.
    JsonLines(JsonLines),
    /// Tables, texts or images in Parquet files, as Hugging Face has them.
    Parquet(Parquet),
    /// Texts in one JSON file with a list for each split.
    JsonSplits(JsonSplits),
    /// Texts in lines of `class text`.
    TextLines(TextLines),
    /// Texts in a file for each class, a line each.
    TextFiles(TextFiles),
    /// Texts in one file and their classes in another, line by line.
    TextPair(TextPair),
    /// Texts in a folder for each class.
    TextFolder(TextFolder),
    /// A text, for language modelling.
    PlainText(PlainText),
    /// Images in a folder for each class.
    ImageFolder(ImageFolder),
    /// Images that a list names.
    ImageList(ImageList),
    /// Images and labels as MNIST has them.
    Idx(Idx),
    /// Images and labels as CIFAR has them.
    Cifar(Cifar),
    /// Arrays of numpy or in safetensors.
    Arrays(Arrays),
    /// A linear function of Gaussian inputs, with noise.
    LinearRegression(LinearRegression),
    /// A Gaussian for each class.
    GaussianBlobs(GaussianBlobs),
    /// Classes with several features of which one alone tells them.
    MultiView(MultiView),
    /// Classes that a random network gives to Gaussian inputs.
    TeacherStudent(TeacherStudent),
    /// A text from a Markov chain.
    MarkovText(MarkovText),
}

/// A data set of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogueSource {
    /// Its name in `kd data list`.
    pub name: String,
    /// The folder that holds the folders of original files. Left out: the environment variable `KD_DATA` names it,
    /// or it is `data` in the working folder. Embedded data sets need none.
    #[serde(default)]
    pub folder: Option<PathBuf>,
}

impl Source {
    /// Whether its examples are made up by a rule.
    #[must_use]
    pub fn is_synthetic(&self) -> bool {
        matches!(
            self,
            Self::LinearRegression(_)
                | Self::GaussianBlobs(_)
                | Self::MultiView(_)
                | Self::TeacherStudent(_)
                | Self::MarkovText(_)
        )
    }

    /// The examples alone. A file that is not what is read here is named for what it is.
    pub(crate) fn splits(&self) -> Result<Splits> {
        let paths: Vec<PathBuf> = self.clone().paths_mut().into_iter().map(std::mem::take).collect();
        if self.reads_text() {
            refuse_binary(&paths)?;
        }
        self.read().map_err(|error| told(error, &paths, |kind| self.takes(kind)))
    }

    /// Whether all its files are text.
    fn reads_text(&self) -> bool {
        matches!(
            self,
            Self::Csv(_)
                | Self::Arff(_)
                | Self::JsonLines(_)
                | Self::JsonSplits(_)
                | Self::TextLines(_)
                | Self::TextFiles(_)
                | Self::TextPair(_)
                | Self::TextFolder(_)
                | Self::PlainText(_)
        )
    }

    /// Whether files of this kind are read here.
    fn takes(&self, kind: &FileKind) -> bool {
        match self {
            Self::Csv(_)
            | Self::TextLines(_)
            | Self::TextFiles(_)
            | Self::TextPair(_)
            | Self::TextFolder(_)
            | Self::PlainText(_)
            | Self::Idx(_) => false,
            Self::Spreadsheet(_) => *kind == FileKind::Spreadsheet,
            Self::Arff(_) => *kind == FileKind::Arff,
            Self::JsonLines(_) | Self::JsonSplits(_) => *kind == FileKind::Json,
            Self::Parquet(_) => *kind == FileKind::Parquet,
            Self::ImageFolder(_) | Self::ImageList(_) => matches!(kind, FileKind::Picture(_)),
            Self::Cifar(_) => *kind == FileKind::Pickle,
            Self::Arrays(_) => matches!(kind, FileKind::Npy | FileKind::Npz | FileKind::Safetensors),
            Self::Catalogue(_)
            | Self::LinearRegression(_)
            | Self::GaussianBlobs(_)
            | Self::MultiView(_)
            | Self::TeacherStudent(_)
            | Self::MarkovText(_) => true,
        }
    }

    fn read(&self) -> Result<Splits> {
        match self {
            Self::Catalogue(CatalogueSource { name, .. }) => Err(Error::Source(format!(
                "`{name}` is a data set of the catalogue, which tells how it is read"
            ))),
            Self::Csv(csv) => tabulate(&csv.columns, &csv.path, &csv.test, |path| csv.open(path)),
            Self::Spreadsheet(book) => {
                tabulate(&book.columns, &book.path, &book.test, |path| book.grid(&Original::open(path)?))
            }
            Self::Arff(arff) => {
                tabulate(&arff.columns, &arff.path, &arff.test, |path| arff.grid(&Original::open(path)?))
            }
            Self::JsonLines(lines) => tabulate(&lines.columns, &lines.path, &lines.test, |path| {
                json_lines::grid(&Original::open(path)?, &lines.columns)
            }),
            Self::Parquet(parquet) => parquet.read(),
            Self::JsonSplits(json) => json.read(&Original::open(&json.path)?),
            Self::TextLines(lines) => {
                let validation = lines.validation.as_deref();
                each(&lines.path, validation, &lines.test, |path| lines.read(&Original::open(path)?))
            }
            Self::TextFiles(files) => files.read(),
            Self::TextPair(pair) => pair.read(),
            Self::TextFolder(folder) => each(&folder.path, None, &folder.test, |path| folder.read(path)),
            Self::ImageFolder(folder) => each(&folder.path, None, &folder.test, |path| folder.read(path)),
            Self::ImageList(list) => each(&list.path, None, &list.test, |path| list.read(path)),
            Self::PlainText(text) => text.read(),
            Self::Idx(idx) => idx.read(),
            Self::Cifar(cifar) => cifar.read(),
            Self::Arrays(arrays) => arrays.read(),
            Self::LinearRegression(task) => task.draw(),
            Self::GaussianBlobs(task) => task.draw(),
            Self::MultiView(task) => task.draw(),
            Self::TeacherStudent(task) => task.draw(),
            Self::MarkovText(task) => task.draw(),
        }
    }

    /// The same of what is known as it was published: its images are taken as they are.
    pub(crate) fn published(mut self) -> Self {
        match &mut self {
            Self::ImageFolder(ImageFolder { damaged, .. }) | Self::ImageList(ImageList { damaged, .. }) => {
                *damaged = Damaged::Keep;
            }
            Self::Catalogue(_)
            | Self::Csv(_)
            | Self::Spreadsheet(_)
            | Self::Arff(_)
            | Self::JsonLines(_)
            | Self::Parquet(_)
            | Self::JsonSplits(_)
            | Self::TextLines(_)
            | Self::TextFiles(_)
            | Self::TextPair(_)
            | Self::TextFolder(_)
            | Self::PlainText(_)
            | Self::Idx(_)
            | Self::Cifar(_)
            | Self::Arrays(_)
            | Self::LinearRegression(_)
            | Self::GaussianBlobs(_)
            | Self::MultiView(_)
            | Self::TeacherStudent(_)
            | Self::MarkovText(_) => {}
        }
        self
    }

    /// Every file and folder that it names.
    pub fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Csv(Csv { path, test, .. })
            | Self::Spreadsheet(Spreadsheet { path, test, .. })
            | Self::Arff(Arff { path, test, .. })
            | Self::JsonLines(JsonLines { path, test, .. })
            | Self::TextFolder(TextFolder { path, test, .. })
            | Self::ImageFolder(ImageFolder { path, test, .. }) => {
                std::iter::once(path).chain(test.path_mut()).collect()
            }
            Self::Parquet(Parquet { path, validation, test, .. })
            | Self::TextLines(TextLines { path, validation, test, .. })
            | Self::PlainText(PlainText { path, validation, test, .. }) => {
                std::iter::once(path).chain(validation).chain(test.path_mut()).collect()
            }
            Self::ImageList(ImageList { path, test, images, .. }) => {
                [path, images].into_iter().chain(test.path_mut()).collect()
            }
            Self::JsonSplits(JsonSplits { path, .. }) => vec![path],
            Self::TextFiles(TextFiles { classes, test, validation, .. }) => {
                let parts = validation.iter_mut().chain(test.own_mut());
                classes.values_mut().chain(parts.flat_map(|part| part.classes.values_mut())).collect()
            }
            Self::TextPair(TextPair { texts, labels, test, validation, .. }) => {
                let parts = validation.iter_mut().chain(test.own_mut());
                let parts = parts.flat_map(|part| [&mut part.texts, &mut part.labels]);
                [texts, labels].into_iter().chain(parts).collect()
            }
            Self::Idx(Idx { train, test, .. }) => {
                let pairs = std::iter::once(train).chain(test.own_mut());
                pairs.flat_map(|pair| [&mut pair.images, &mut pair.labels]).collect()
            }
            Self::Cifar(Cifar { train, test, .. }) => {
                train.iter_mut().chain(test.own_mut().into_iter().flatten()).collect()
            }
            Self::Arrays(Arrays { path, train, test, .. }) => {
                let test = test.own_mut().into_iter().flat_map(|pair| &mut pair.files);
                std::iter::once(path).chain(&mut train.files).chain(test).collect()
            }
            Self::Catalogue(CatalogueSource { folder, .. }) => folder.iter_mut().collect(),
            Self::LinearRegression(_)
            | Self::GaussianBlobs(_)
            | Self::MultiView(_)
            | Self::TeacherStudent(_)
            | Self::MarkovText(_) => Vec::new(),
        }
    }

    /// What the columns are for, of what has columns.
    #[must_use]
    pub fn columns(&self) -> Option<&Columns> {
        match self {
            Self::Csv(Csv { columns, .. })
            | Self::Spreadsheet(Spreadsheet { columns, .. })
            | Self::Arff(Arff { columns, .. })
            | Self::JsonLines(JsonLines { columns, .. })
            | Self::Parquet(Parquet { columns, .. }) => Some(columns),
            Self::Catalogue(_)
            | Self::JsonSplits(_)
            | Self::TextLines(_)
            | Self::TextFiles(_)
            | Self::TextPair(_)
            | Self::TextFolder(_)
            | Self::PlainText(_)
            | Self::ImageFolder(_)
            | Self::ImageList(_)
            | Self::Idx(_)
            | Self::Cifar(_)
            | Self::Arrays(_)
            | Self::LinearRegression(_)
            | Self::GaussianBlobs(_)
            | Self::MultiView(_)
            | Self::TeacherStudent(_)
            | Self::MarkovText(_) => None,
        }
    }

    /// What the examples are called: the training file's or folder's name.
    pub(crate) fn name(&self) -> String {
        let path = match self {
            Self::Catalogue(source) => return source.name.clone(),
            Self::LinearRegression(_) => return "linear regression".to_owned(),
            Self::GaussianBlobs(_) => return "Gaussian blobs".to_owned(),
            Self::MultiView(_) => return "multi-view".to_owned(),
            Self::TeacherStudent(_) => return "teacher-student".to_owned(),
            Self::MarkovText(_) => return "Markov text".to_owned(),
            Self::Csv(Csv { path, .. })
            | Self::Spreadsheet(Spreadsheet { path, .. })
            | Self::Arff(Arff { path, .. })
            | Self::JsonLines(JsonLines { path, .. })
            | Self::Parquet(Parquet { path, .. })
            | Self::JsonSplits(JsonSplits { path, .. })
            | Self::TextLines(TextLines { path, .. })
            | Self::TextFolder(TextFolder { path, .. })
            | Self::ImageFolder(ImageFolder { path, .. })
            | Self::ImageList(ImageList { path, .. })
            | Self::PlainText(PlainText { path, .. })
            | Self::Arrays(Arrays { path, .. }) => Some(path),
            Self::Idx(idx) => Some(&idx.train.images),
            Self::Cifar(cifar) => cifar.train.first(),
            Self::TextFiles(files) => files.classes.values().next(),
            Self::TextPair(pair) => Some(&pair.texts),
        };
        path.and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Reads tables of one layout.
pub(crate) fn tabulate(
    columns: &Columns,
    path: &Path,
    test: &TestSplit,
    grid: impl Fn(&Path) -> Result<Grid> + Sync,
) -> Result<Splits> {
    let grids: Vec<Result<Grid>> = test.paths(path).par_iter().map(|path| grid(path)).collect();
    let grids: Vec<Grid> = grids.into_iter().collect::<Result<_>>()?;
    let listed = columns.listed(&grids[0])?;
    Splits::of(columns.read(&grids)?, None, listed, test)
}

/// Reads the training file and, if there are such, those for validation and testing.
fn each(
    path: &Path,
    validation: Option<&Path>,
    test: &TestSplit,
    read: impl Fn(&Path) -> Result<Raw>,
) -> Result<Splits> {
    let raws = test.paths(path).into_iter().map(&read).collect::<Result<_>>()?;
    Splits::of(raws, validation.map(&read).transpose()?, None, test)
}
