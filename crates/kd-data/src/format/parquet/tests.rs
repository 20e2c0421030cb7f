//! Files of Parquet that others start from, and what memory a file may ask for.

use std::sync::Arc;

use parquet::basic::{Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int32Type};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::{ImageColumn, Parquet, Rows};
use crate::error::Result;
use crate::format::array;
use crate::format::columns::Columns;
use crate::original::Original;
use crate::splits::{Raw, TestSplit};

const PEOPLE: &[u8] = include_bytes!("../../../tests/fixtures/people.parquet");
pub(in crate::format) const IMAGES: &[u8] = include_bytes!("../../../tests/fixtures/images.parquet");
pub(in crate::format) const LOGITS: &[u8] = include_bytes!("../../../tests/fixtures/logits.parquet");
pub(in crate::format) const COLUMNS: &[u8] = include_bytes!("../../../tests/fixtures/columns.parquet");

/// Labels and words, of which one is missing, in layouts that pyarrow does not write by itself.
fn file(properties: WriterPropertiesBuilder, words: [&str; 3]) -> Vec<u8> {
    let schema = "message schema { required int32 label; optional binary word (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties.build().into()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[1, 0, 1, 1], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let words = words.map(ByteArray::from);
    column.typed::<ByteArrayType>().write_batch(&words, Some(&[1, 0, 1, 1]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

/// An example's logits, all 0.
pub(in crate::format) fn list(count: usize) -> Vec<u8> {
    let schema = "message schema { required int32 id; required group logits (LIST) { repeated group list { required float \
                  element; } } }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[0], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let (numbers, defined) = (vec![0.0; count], vec![1; count]);
    let repeated: Vec<i16> = (0..count).map(|place| i16::from(place > 0)).collect();
    column.typed::<FloatType>().write_batch(&numbers, Some(&defined), Some(&repeated)).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

/// Tables of every codec, version and encoding that is read.
pub(in crate::format) fn files_in_all_layouts() -> Vec<Vec<u8>> {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let mut files = vec![PEOPLE.to_vec()];
    for codec in codecs {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for dictionary in [false, true] {
                let properties = WriterProperties::builder()
                    .set_compression(codec)
                    .set_writer_version(version)
                    .set_dictionary_enabled(dictionary)
                    .set_column_encoding("label".into(), Encoding::DELTA_BINARY_PACKED)
                    .set_column_encoding("word".into(), Encoding::PLAIN);
                files.push(file(properties, ["good", "bad", "good"]));
            }
        }
    }
    files
}

/// A table, whatever its bytes.
pub(in crate::format) fn read(bytes: Vec<u8>) -> Result<Raw> {
    let layout = layout(None);
    let mut rows = Rows::of(&layout);
    rows.append(Original::from_bytes("damaged", bytes)?)?;
    Ok(layout.columns.read(&[rows.finish()?.0])?.remove(0))
}

/// A table with the classes `label`, or images in a column.
pub(in crate::format) fn layout(image: Option<&str>) -> Parquet {
    let columns = Columns { target: "label".to_owned(), ..Columns::default() };
    let image =
        image.map(|column| ImageColumn { column: column.to_owned(), size: None, crop: false, grey: false });
    Parquet { path: "damaged".into(), validation: None, test: TestSplit::Last(0.5), columns, image }
}

#[test]
fn what_would_take_too_much_memory_is_refused_before() {
    let plain = || WriterProperties::builder().set_dictionary_enabled(false);
    let zeros = "0".repeat(8 << 20);
    let bomb = plain().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let differences = plain().set_column_encoding("word".into(), Encoding::DELTA_BYTE_ARRAY);
    for (properties, word, problem) in [
        (bomb, zeros.as_str(), "it grows to more than 200 times the file's size"),
        (differences, "good", "texts encoded as DELTA_BYTE_ARRAY or DELTA_LENGTH_BYTE_ARRAY are not read"),
    ] {
        let message = read(file(properties, [word; 3])).unwrap_err().to_string();
        let place = "damaged: `word` in row group 0 cannot be read as Parquet: ";
        assert!(message.starts_with(place) && message.contains(problem), "{message}");
    }
    let logits = |count| array::numbers("damaged", list(count), "train");
    assert_eq!(logits(1000).unwrap().size(), [1, 1000]);
    let message = logits(1 << 20).unwrap_err().to_string();
    assert!(message.contains("it grows to more than 200 times the file's size"), "{message}");
}
