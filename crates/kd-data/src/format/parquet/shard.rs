//! A file of Parquet, read a column of a row group at a time.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::Page as PageOfData;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::{ColumnDescriptor, Type, TypePtr};
use serde_json::Value;

use super::announced::{self, Page};
use super::differences::text_bytes;
use super::value::size;
use crate::error::Result;
use crate::format::grid::Declared;
use crate::original::{LARGEST_GROWTH, Original, largest};

/// Bytes that a value takes in a dictionary or a list.
const VALUE: u64 = 32;

/// What is said of pages that contradict themselves.
const DAMAGED: &str = "a page of it is damaged";

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
        let metadata = self.reader.metadata().row_group(group);
        for (place, chunk) in metadata.columns().iter().enumerate() {
            if chunk.column_path().parts().first().is_none_or(|first| first != column.name()) {
                continue;
            }
            let (Ok(start), Ok(length)) = (
                usize::try_from(chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset())),
                usize::try_from(chunk.compressed_size()),
            ) else {
                return Err("a negative place".to_owned());
            };
            let stored = start.checked_add(length).and_then(|end| self.bytes.get(start..end));
            let pages = stored.and_then(announced::pages).ok_or(DAMAGED)?;
            // A page at a time is unpacked, but all pages may be one list's.
            let is_list = chunk.column_descr().max_rep_level() > 0;
            let values = |page: &Page| if page.is_dictionary || is_list { page.values } else { 0 };
            let all: u64 = pages.iter().map(values).sum();
            if pages.iter().map(|page| page.bytes).chain([all * VALUE]).any(|bytes| bytes > self.left) {
                return Err(too_large());
            }
            if matches!(chunk.compression(), Compression::BROTLI(_)) {
                let are_bounded =
                    pages.iter().all(|page| stored.is_some_and(|chunk| keeps_its_word(page, chunk)));
                are_bounded.then_some(()).ok_or_else(too_large)?;
            }
            if pages.iter().any(|page| page.differences) {
                self.check_texts(group, place, chunk.column_descr())?;
            }
        }
        Ok(())
    }

    /// That the texts of a chunk whose lengths are differences take no more than cells may still take.
    fn check_texts(
        &self,
        group: usize,
        place: usize,
        column: &ColumnDescriptor,
    ) -> std::result::Result<(), String> {
        let mut all = 0;
        let mut read = || -> parquet::errors::Result<std::result::Result<(), String>> {
            let mut pages = self.reader.get_row_group(group)?.get_column_page_reader(place)?;
            while let Some(page) = pages.get_next_page()? {
                let share_beginnings = match page.encoding() {
                    Encoding::DELTA_BYTE_ARRAY => true,
                    Encoding::DELTA_LENGTH_BYTE_ARRAY => false,
                    _ => continue,
                };
                let count = u64::from(page.num_values());
                let bytes = values(&page, column)
                    .and_then(|values| text_bytes(values, share_beginnings, count.min(self.left / VALUE)));
                let Some(bytes) = bytes else { return Ok(Err(DAMAGED.to_owned())) };
                all += bytes;
                if all > self.left {
                    return Ok(Err(too_large()));
                }
            }
            Ok(Ok(()))
        };
        match catch_unwind(AssertUnwindSafe(&mut read)) {
            Ok(Ok(checked)) => checked,
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(DAMAGED.to_owned()),
        }
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
                    *left =
                        left.checked_sub(size(&field)).ok_or_else(|| ParquetError::General(too_large()))?;
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

/// What is said of more than a file may grow to.
fn too_large() -> String {
    format!("it grows to more than {LARGEST_GROWTH} times the file's size")
}

/// Whether a page that brotli may have compressed, in its chunk, holds no more than it says. The parquet crate would
/// write out all that it makes of it, which may be a million times its size.
fn keeps_its_word(page: &Page, chunk: &[u8]) -> bool {
    let start = page.start.saturating_add(usize::try_from(page.levels).unwrap_or(usize::MAX));
    let end = page.start.saturating_add(usize::try_from(page.stored).unwrap_or(usize::MAX));
    match chunk.get(start..end) {
        Some(compressed) if !page.is_plain => {
            let most = page.bytes.saturating_add(1);
            let mut grown = brotli::Decompressor::new(compressed, 1 << 12).take(most);
            // What cannot be decompressed is for the crate to tell.
            io::copy(&mut grown, &mut io::sink()).is_err() || grown.limit() > 0
        }
        _ => true,
    }
}

/// The values of a page of data, behind its levels.
fn values<'a>(page: &'a PageOfData, column: &ColumnDescriptor) -> Option<&'a [u8]> {
    match page {
        PageOfData::DataPage { buf, def_level_encoding, rep_level_encoding, .. } => {
            let mut rest = &buf[..];
            for (deepest, encoding) in
                [(column.max_rep_level(), rep_level_encoding), (column.max_def_level(), def_level_encoding)]
            {
                if deepest > 0 {
                    let (length, behind) = rest.split_first_chunk()?;
                    let is_known = *encoding == Encoding::RLE;
                    rest = is_known.then(|| behind.get(u32::from_le_bytes(*length) as usize..)).flatten()?;
                }
            }
            Some(rest)
        }
        PageOfData::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            buf.get(def_levels_byte_len.checked_add(*rep_levels_byte_len)? as usize..)
        }
        PageOfData::DictionaryPage { .. } => None,
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
        Err(_) => DAMAGED.to_owned(),
    };
    Err(file.fault(format!("{place} cannot be read as Parquet: {problem}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_brotli_makes_of_a_page_is_no_more_than_it_says() {
        let mut compressed = vec![9, 9, 9];
        let (zeros, settings) = (vec![0; 1 << 20], brotli::enc::BrotliEncoderParams::default());
        brotli::BrotliCompress(&mut &zeros[..], &mut compressed, &settings).unwrap();
        let page = |bytes| Page {
            start: 1,
            stored: compressed.len() as u64 - 1,
            bytes,
            levels: 2,
            ..Page::default()
        };
        assert!(keeps_its_word(&page(1 << 20), &compressed));
        assert!(!keeps_its_word(&page((1 << 20) - 1), &compressed));
        assert!(keeps_its_word(&Page { is_plain: true, ..page(1) }, &compressed));
    }
}
