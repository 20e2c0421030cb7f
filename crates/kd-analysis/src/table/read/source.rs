//! The columns of a file, whatever its format, which its bytes tell.

use std::io::Cursor;

use polars::prelude::{ArrowDataType, ArrowSchema, DataFrame};
use polars_io::SerReader;
use polars_io::ipc::IpcReader;
use polars_io::parquet::read::ParquetReader;

use super::error::Problem;
use super::text::Sheet;

/// A file, of which columns can be asked for by name.
pub(super) struct Source<'a> {
    held: Held<'a>,
    names: Vec<String>,
    /// Columns of types that are not read.
    closed: Vec<(String, String)>,
}

enum Held<'a> {
    Parquet(&'a [u8]),
    Arrow(&'a [u8]),
    Text(Sheet<'a>),
}

impl<'a> Source<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Problem> {
        if bytes.starts_with(b"PAR1") {
            let schema = ParquetReader::new(Cursor::new(bytes)).schema().map_err(unreadable(PARQUET))?;
            return Ok(Self::stored(Held::Parquet(bytes), &schema));
        }
        if bytes.starts_with(b"ARROW1") {
            let schema = IpcReader::new(Cursor::new(bytes)).schema().map_err(unreadable(ARROW))?;
            return Ok(Self::stored(Held::Arrow(bytes), &schema));
        }
        if let Some((_, found, advice)) = OTHERS.iter().find(|(start, ..)| bytes.starts_with(start)) {
            return Err(Problem::NoTable { found, advice });
        }
        let sheet = Sheet::of(bytes)?;
        Ok(Self { names: sheet.names.clone(), closed: Vec::new(), held: Held::Text(sheet) })
    }

    fn stored(held: Held<'a>, schema: &ArrowSchema) -> Self {
        let names = schema.iter_names().map(ToString::to_string).collect();
        let closed = schema.iter_values().filter(|field| !is_read(&field.dtype));
        let closed = closed.map(|field| (field.name.to_string(), format!("{:?}", field.dtype)));
        Self { held, names, closed: closed.collect() }
    }

    /// The names of all columns.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The type of a column that is not read.
    pub(super) fn closed(&self, name: &str) -> Option<&str> {
        self.closed.iter().find(|(closed, _)| closed == name).map(|(_, found)| found.as_str())
    }

    /// Whether numbers may have a comma for a point.
    pub(super) fn has_decimal_commas(&self) -> bool {
        match &self.held {
            Held::Text(sheet) => sheet.separator != b',',
            Held::Parquet(_) | Held::Arrow(_) => false,
        }
    }

    /// These columns, which it has, as they are stored; of a text, as text.
    pub(super) fn columns(&self, names: &[String]) -> Result<DataFrame, Problem> {
        match &self.held {
            Held::Parquet(bytes) => ParquetReader::new(Cursor::new(*bytes))
                .with_columns(Some(names.to_vec()))
                .finish()
                .map_err(unreadable(PARQUET)),
            Held::Arrow(bytes) => IpcReader::new(Cursor::new(*bytes))
                .with_columns(Some(names.to_vec()))
                .finish()
                .map_err(unreadable(ARROW)),
            Held::Text(sheet) => sheet.columns(names),
        }
    }
}

const PARQUET: &str = "Parquet";
const ARROW: &str = "Arrow (IPC file)";

/// What files that are no tables begin with, what they are, and what to do.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a ZIP archive or a workbook", "save the table as CSV or Parquet"),
    (b"\xd0\xcf\x11\xe0", "an old workbook", "save the table as CSV or Parquet"),
    (b"\x1f\x8b", "packed with gzip", "unpack it first: gunzip FILE"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it first: unzstd FILE"),
    (b"BZh", "packed with bzip2", "unpack it first: bunzip2 FILE"),
    (b"\xfd7zXZ", "packed with xz", "unpack it first: unxz FILE"),
    (b"\xff\xff\xff\xff", "an Arrow stream", "write an Arrow file (Feather), Parquet or CSV"),
    (b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it as UTF-8"),
    (b"\x93NUMPY", "a NumPy array", "write a CSV with a header, such as arm,M,seed,acc"),
    (b"\x80", "a pickle", "write it with DataFrame.to_csv or to_parquet"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (b"\x89HDF", "HDF5", "export the table as CSV or Parquet"),
    (
        b"<",
        "a page of the web",
        "look whether it was downloaded in full; a table begins with the names of its columns",
    ),
    (b"{", "JSON", "write it as CSV or Parquet; of kd, name the results folder, or results.parquet in it"),
    (b"[", "JSON or TOML", "write a table as CSV or Parquet; a study file is for `kd run`"),
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself: git lfs pull"),
];

fn unreadable(format: &'static str) -> impl Fn(polars::error::PolarsError) -> Problem {
    move |error| Problem::Unreadable { format, why: error.to_string() }
}

/// Whether values of this type can be taken. Small integers would need polars to be built for them.
fn is_read(stored: &ArrowDataType) -> bool {
    match stored {
        ArrowDataType::Null
        | ArrowDataType::Boolean
        | ArrowDataType::Int32
        | ArrowDataType::Int64
        | ArrowDataType::UInt32
        | ArrowDataType::UInt64
        | ArrowDataType::Float32
        | ArrowDataType::Float64
        | ArrowDataType::Utf8
        | ArrowDataType::LargeUtf8
        | ArrowDataType::Utf8View => true,
        ArrowDataType::Dictionary(_, values, _) => {
            matches!(**values, ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 | ArrowDataType::Utf8View)
        }
        // Not an enum of ours: dates, lists and what is to come.
        _ => false,
    }
}
