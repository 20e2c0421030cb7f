//! Data sets that are part of the program, from their original bytes.

use std::path::Path;

use super::{Entry, File, Origin, Published};
use crate::error::{Error, Result};
use crate::format::original::Original;
use crate::source::{Columns, Csv, ImageShape, Splits, TestSplit};
use crate::{Modality, Task};

macro_rules! embedded {
    ($path:literal) => {
        File {
            embedded: Some(include_bytes!(concat!("../../embedded/", $path, ".gz"))),
            ..File::new($path, None, Published::Nowhere)
        }
    };
}

const CC_BY: &str = "CC BY 4.0";

pub(super) static ENTRIES: [Entry; 3] = [
    Entry {
        name: "optdigits",
        title: "Optical Recognition of Handwritten Digits (UCI)",
        modality: Modality::Vision,
        task: Task::Classification,
        train: 3823,
        validation: 0,
        test: 1797,
        classes: 10,
        licence: CC_BY,
        citation: "E. Alpaydin and C. Kaynak, 1998, doi:10.24432/C50P49",
        address: "https://doi.org/10.24432/C50P49",
        files: &[embedded!("optdigits/optdigits.tra"), embedded!("optdigits/optdigits.tes")],
        class_names: &[],
        origin: Origin::Embedded(optdigits),
    },
    Entry {
        name: "letter",
        title: "Letter Recognition (UCI)",
        modality: Modality::Tabular,
        task: Task::Classification,
        train: 16_000,
        validation: 0,
        test: 4000,
        classes: 26,
        licence: CC_BY,
        citation: "D. Slate, 1991, doi:10.24432/C5ZP40",
        address: "https://doi.org/10.24432/C5ZP40",
        files: &[embedded!("letter/letter-recognition.data")],
        class_names: &[],
        origin: Origin::Embedded(letter),
    },
    Entry {
        name: "banking77",
        title: "BANKING77 intents of a bank's customers (PolyAI)",
        modality: Modality::Text,
        task: Task::Classification,
        train: 10_003,
        validation: 0,
        test: 3080,
        classes: 77,
        licence: CC_BY,
        citation: "I. Casanueva, T. Temčinas, D. Gerz, M. Henderson and I. Vulić, 2020, arXiv:2003.04807",
        address: "https://arxiv.org/abs/2003.04807",
        files: &[
            embedded!("banking77/train.csv"),
            embedded!("banking77/test.csv"),
            embedded!("banking77/categories.json"),
        ],
        class_names: &[],
        origin: Origin::Embedded(banking77),
    },
];

/// 8x8 grey images whose pixels count the inked cells of 4x4 blocks, 0 to 16.
fn optdigits(files: &[Original]) -> Result<Splits> {
    let image = Some(ImageShape { channels: 1, height: 8, width: 8, peak: 16 });
    let columns = Columns { target: "65".to_owned(), image, ..Columns::default() };
    tables(&files[..2], None, &Csv { header: false, ..layout(columns) })
}

/// 16 measurements of a printed letter; the first 16,000 rows are for training, as customary.
fn letter(files: &[Original]) -> Result<Splits> {
    let columns = Columns { target: "1".to_owned(), ..Columns::default() };
    tables(files, None, &Csv { header: false, ..layout(columns) })
}

fn banking77(files: &[Original]) -> Result<Splits> {
    let categories: Vec<String> = serde_json::from_slice(&files[2].bytes)
        .map_err(|error| files[2].fault(format!("expected a JSON list of category names: {error}")))?;
    let text = vec!["text".to_owned()];
    let columns = Columns { target: "category".to_owned(), text, ..Columns::default() };
    tables(&files[..2], Some(categories), &layout(columns))
}

fn layout(columns: Columns) -> Csv {
    Csv::new(Path::new(""), TestSplit::Last(0.2), columns)
}

fn tables(files: &[Original], classes: Option<Vec<String>>, layout: &Csv) -> Result<Splits> {
    let grids = files.iter().map(|file| layout.grid(file)).collect::<Result<Vec<_>>>()?;
    Splits::of(layout.columns.read(&grids)?, None, classes, &layout.test)
}

impl File {
    /// The original bytes of a file that is part of the program.
    pub(super) fn original(&self) -> Result<Original> {
        let name = Path::new(self.path).file_name().unwrap_or_default().to_string_lossy();
        let Some(compressed) = self.embedded else {
            return Err(Error::File { file: self.path.to_owned(), problem: "is not embedded".to_owned() });
        };
        Original::from_bytes(name, compressed.to_vec())
    }
}
