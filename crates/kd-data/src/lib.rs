//! Data sets in their original formats, subsampling, and the encoding that models read.
//!
//! * [`Source`]: where examples come from, in any of the formats that are read, and how they are.
//! * [`catalogue`]: data sets by name, with licence and citation.
//! * [`fetch`]: brings the files of those that are not part of the program.
//! * [`subset`]: which examples a run gets: hash-ranked, so subsets are nested and independent of file order.
//! * [`augment`]: views of examples, drawn anew at every step, before they are encoded.
//! * [`Encoder`]: what is fitted on the training subset (means, vocabularies), and the tensors it makes, which look as a
//!   [`kd_core::Input`] says.
//!
//! ```
//! use kd_data::{Encoder, Encoding, Sampling, catalogue, subset};
//! use tch::Tensor;
//!
//! # fn main() -> Result<(), kd_data::Error> {
//! let digits = catalogue::load("optdigits")?;
//! let (pool, validation) = subset::holdout(0, &digits.name, &digits.train, 0.1);
//! assert_eq!((pool.len(), validation.len()), (3441, 382));
//!
//! // Also the first forty of every larger subset.
//! let forty = subset::rank(11, &digits.name, &pool, &digits.train, &Sampling::Stratified, 40)?;
//! let encoder = Encoder::fit(&digits.train, &forty, &Encoding::default())?;
//! let encoded = encoder.encode(&digits.train.select(&forty)?.inputs)?;
//! assert_eq!(encoded.batch(&Tensor::from_slice(&[0_i64, 39]))?.size(), [2, 1, 8, 8]);
//! # Ok(())
//! # }
//! ```
//!
//! Your own data are a [`Source`]:
//!
//! ```no_run
//! use kd_data::source::{Columns, Csv, Quoting, Source, TestSplit};
//!
//! # fn main() -> Result<(), kd_data::Error> {
//! let columns = Columns { target: "label".into(), text: vec!["sentence".into()], ..Columns::default() };
//! let layout = Csv::new("train.tsv", TestSplit::Path("dev.tsv".into()), columns);
//! let reviews = Source::Csv(Csv { separator: '\t', quoting: Quoting::None, ..layout }).load()?;
//! # Ok(())
//! # }
//! ```

pub mod augment;
mod bounded;
mod bytes;
pub mod catalogue;
mod dataset;
mod doubt;
mod encode;
mod error;
pub mod fetch;
mod few;
mod file_kind;
mod format;
mod guess;
mod input_file;
mod label_noise;
mod load;
mod original;
mod packing;
mod picture;
mod ranking;
mod sampling;
pub mod sight;
pub mod source;
mod splits;
pub mod subset;
mod synthetic;
mod table;
mod task;
mod text;
mod told;
mod utf16;

pub use dataset::{About, Dataset, Examples, Images, Inputs, Sequences, Targets, send};
pub use encode::{Categories, Encoded, Encoder, Encoding, Numbers};
pub use error::{CatalogueError, Changed, EncodingError, Error, FetchError, FileError, Place, Result};
pub use few::{Few, Share};
pub use file_kind::FileKind;
pub use input_file::InputFile;
pub use label_noise::{LabelNoise, NoiseRange, NoiseRate, Transition};
pub use sampling::{ByScore, CoreSet, LongTailed, Order, Sampling};
pub use sight::Sight;
pub use source::Source;
pub use table::{Categorical, Table};
pub use task::{Modality, Task};
pub use text::{Bpe, TokenFile, Tokenisation};
