//! A file of Parquet, read a column of a row group at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::{Type, TypePtr};
use serde_json::Value;

use super::announced::{self, Page};
use crate::error::Result;
use crate::format::grid::Declared;
use crate::original::{LARGEST_GROWTH, Original, largest};

/// Bytes that a value takes in a dictionary or a list.
const VALUE: u64 = 32;

const DIFFERENCES: &str = "texts encoded as DELTA_BYTE_ARRAY or DELTA_LENGTH_BYTE_ARRAY are not read; write them plain, \
                           or as a dictionary";

/// A file that is being read.
pub(super) struct Shard {
    /// Its name alone.
    pub(super) file: Original,
    bytes: Bytes,
    reader: SerializedFileReader<Bytes>,
    /// Row of the file with which the next row group begins, counted from 1.
    pub(super) first_row: u64,
    /// Bytes that cells may still take.
    left: u64,
}

impl Shard {
    pub(super) fn open(Original { name, bytes }: Original) -> Result<Self> {
        let file = Original { name, bytes: Vec::new() };
        let left = largest(bytes.len());
        let bytes = Bytes::from(bytes);
        if metadata(&bytes).is_some_and(|metadata| announced::is_plausible(metadata) != Some(true)) {
            return Err(file.fault("its metadata cannot be read as Parquet: the schema contradicts itself"));
        }
        let reader = guard(&file, "its metadata", || SerializedFileReader::new(bytes.clone()))?;
        Ok(Self { file, bytes, reader, first_row: 1, left })
    }

    pub(super) fn row_groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    pub(super) fn columns(&self) -> &[TypePtr] {
        self.reader.metadata().file_metadata().schema().get_fields()
    }

    /// What the file's metadata hold under a key, as JSON; nothing if there is none.
    pub(super) fn stated(&self, key: &str) -> Option<&str> {
        let metadata = self.reader.metadata().file_metadata().key_value_metadata()?;
        metadata.iter().find(|pair| pair.key == key)?.value.as_deref()
    }

    /// The classes of a column, where Hugging Face's metadata name them.
    pub(super) fn declared(&self, column: &str) -> Result<Declared> {
        let metadata = self.reader.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let Some(stated) =
            metadata.filter(|pair| pair.key == "huggingface").find_map(|pair| pair.value.as_ref())
        else {
            return Ok(Declared::Nothing);
        };
        let stated: Value = serde_json::from_str(stated)
            .map_err(|error| self.file.fault(format!("its metadata `huggingface` are no JSON: {error}")))?;
        let names = stated["info"]["features"][column]["names"].as_array();
        let names = names.map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
        match names {
            None => Ok(Declared::Nothing),
            Some(Some(names)) => Ok(Declared::Categories(names)),
            Some(None) => Err(self.file.fault(format!("a class of `{column}` has a name that is no string"))),
        }
    }

    /// That the pages of a column in a row group announce no more than cells may still take.
    fn check(&self, group: usize, column: &Type) -> std::result::Result<(), String> {
        let group = self.reader.metadata().row_group(group);
        let own = |path: &[String]| path.first().is_some_and(|first| first == column.name());
        for chunk in group.columns().iter().filter(|chunk| own(chunk.column_path().parts())) {
            let (Ok(start), Ok(length)) = (
                usize::try_from(chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset())),
                usize::try_from(chunk.compressed_size()),
            ) else {
                return Err("a negative place".to_owned());
            };
            let pages =
                start.checked_add(length).and_then(|end| announced::pages(self.bytes.get(start..end)?));
            let pages = pages.ok_or("the header of a page is damaged")?;
            if pages.iter().any(|page| page.differences) {
                return Err(DIFFERENCES.to_owned());
            }
            // A page at a time is unpacked, but all pages may be one list's.
            let is_list = chunk.column_descr().max_rep_level() > 0;
            let values = |page: &Page| if page.is_dictionary || is_list { page.values } else { 0 };
            let all: u64 = pages.iter().map(values).sum();
            if pages.iter().map(|page| page.bytes).chain([all * VALUE]).any(|bytes| bytes > self.left) {
                return Err(format!("it grows to more than {LARGEST_GROWTH} times the file's size"));
            }
        }
        Ok(())
    }

    /// The values of a column in a row group.
    pub(super) fn fields(&mut self, group: usize, column: usize) -> Result<Vec<Field>> {
        let column = Arc::clone(&self.columns()[column]);
        let place = format!("`{}` in row group {group}", column.name());
        self.check(group, &column)
            .map_err(|problem| self.file.fault(format!("{place} cannot be read as Parquet: {problem}")))?;
        let Self { file, reader, left, .. } = self;
        let schema = reader.metadata().file_metadata().schema();
        let fields = guard(file, &place, || {
            let projection =
                Type::group_type_builder(schema.name()).with_fields(vec![Arc::clone(&column)]).build()?;
            let mut fields = Vec::new();
            for row in reader.get_row_group(group)?.get_row_iter(Some(projection))? {
                for (_, field) in row?.into_columns() {
                    *left = left.checked_sub(size(&field)).ok_or_else(|| {
                        ParquetError::General(format!(
                            "it grows to more than {LARGEST_GROWTH} times the file's size"
                        ))
                    })?;
                    fields.push(field);
                }
            }
            Ok(fields)
        })?;
        let promised = reader.metadata().row_group(group).num_rows();
        if fields.len() as i64 != promised {
            return Err(file.fault(format!("{} values of {place}, expected {promised}", fields.len())));
        }
        Ok(fields)
    }
}

/// The metadata at a file's end.
fn metadata(bytes: &[u8]) -> Option<&[u8]> {
    let (rest, [a, b, c, d, b'P', b'A', b'R', b'1']) = bytes.split_last_chunk()? else { return None };
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    rest.get(rest.len().checked_sub(length)?..)
}

/// What `read` gives. The parquet crate answers most damage with an error and some with a panic.
fn guard<T>(file: &Original, place: &str, read: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T> {
    let problem = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the file is damaged".to_owned(),
    };
    Err(file.fault(format!("{place} cannot be read as Parquet: {problem}")))
}

/// Bytes that a value takes, as text or as it is, and its place.
fn size(field: &Field) -> u64 {
    let own = match field {
        Field::Str(text) => text.len() as u64,
        Field::ListInternal(list) => VALUE * list.elements().len() as u64,
        _ => encoded(field).map_or(16, |bytes| bytes.len() as u64),
    };
    own + 9
}

/// The bytes of an image's file.
pub(super) fn encoded(field: &Field) -> Option<&[u8]> {
    match field {
        Field::Bytes(bytes) => Some(bytes.data()),
        Field::Group(fields) => match fields.get_column_iter().find(|(name, _)| *name == "bytes") {
            Some((_, Field::Bytes(bytes))) => Some(bytes.data()),
            _ => None,
        },
        _ => None,
    }
}

/// A value as text; nothing where it is missing.
pub(super) fn cell(field: &Field, declared: &Declared) -> std::result::Result<Option<String>, String> {
    let text = match field {
        Field::Null => return Ok(None),
        Field::Float(number) if number.is_nan() => return Ok(None),
        Field::Double(number) if number.is_nan() => return Ok(None),
        Field::Str(text) => text.clone(),
        Field::Float(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        Field::Bool(truth) => truth.to_string(),
        Field::Byte(_)
        | Field::Short(_)
        | Field::Int(_)
        | Field::Long(_)
        | Field::UByte(_)
        | Field::UShort(_)
        | Field::UInt(_)
        | Field::ULong(_) => field.to_string(),
        _ => {
            return Err(
                "holds neither numbers nor text; `ignore` leaves it out, `image` reads images".to_owned()
            );
        }
    };
    match declared {
        Declared::Categories(_) if text == "-1" => Ok(None),
        Declared::Categories(names) => {
            let name = text.parse().ok().and_then(|place: usize| names.get(place));
            name.map(|name| Some(name.clone()))
                .ok_or_else(|| format!("is {text}, expected a class from 0 to {}, or -1", names.len() - 1))
        }
        Declared::Nothing => Ok(Some(text)),
    }
}
