//! Files of Parquet that others start from, and what memory a file may ask for.

use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use tch::Tensor;

use super::{ImageColumn, Parquet, Rows};
use crate::Inputs;
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
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ];
    let mut files = vec![PEOPLE.to_vec(), columns_of_other_types()];
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
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
            files.push(file(differences(version, encoding), ["good", "goods", "better"]));
        }
    }
    files
}

/// Texts of which lengths are stored as differences.
fn differences(version: WriterVersion, encoding: Encoding) -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_writer_version(version)
        .set_dictionary_enabled(false)
        .set_column_encoding("word".into(), encoding)
}

/// Halves, decimals in each of their forms, a day and a time.
fn columns_of_other_types() -> Vec<u8> {
    let schema = "message schema { required int32 label; required fixed_len_byte_array(2) half (FLOAT16); \
                  optional int32 price (DECIMAL(9,2)); required int64 large (DECIMAL(18,1)); \
                  required fixed_len_byte_array(9) huge (DECIMAL(20,3)); required binary own (DECIMAL(5,0)); \
                  required int32 day (DATE); required int64 time (TIMESTAMP(MICROS,true)); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let huge = |last| FixedLenByteArray::from(vec![0, 0, 0, 0, 0, 0, 0, 1, last]);
    let half = |bytes: [u8; 2]| FixedLenByteArray::from(bytes.to_vec());
    column::<Int32Type>(&mut group, &[1, 0], None);
    column::<FixedLenByteArrayType>(&mut group, &[half([0, 0xc1]), half([0, 0x7e])], None);
    column::<Int32Type>(&mut group, &[-1234], Some(&[1, 0]));
    column::<Int64Type>(&mut group, &[15, -5], None);
    column::<FixedLenByteArrayType>(&mut group, &[huge(0), huge(1)], None);
    column::<ByteArrayType>(&mut group, &[ByteArray::from(vec![0xff]), ByteArray::from(vec![1, 0])], None);
    column::<Int32Type>(&mut group, &[19_000, -1], None);
    column::<Int64Type>(&mut group, &[1_000_000, 0], None);
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<&mut Vec<u8>>,
    values: &[T::T],
    there: Option<&[i16]>,
) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, there, None).unwrap();
    column.close().unwrap();
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
fn halves_decimals_and_times_are_numbers() {
    let Inputs::Table(table) = read(columns_of_other_types()).unwrap().inputs else {
        panic!("a table expected")
    };
    assert_eq!(table.numeric, ["half", "price", "large", "huge", "own", "day", "time"]);
    let expected =
        [[-2.5, -12.34, 1.5, 0.256, -1.0, 19_000.0, 1e6], [-9.0, -9.0, -0.5, 0.257, 256.0, -1.0, 0.0]];
    assert_eq!(
        table.numbers.nan_to_num(-9.0, None, None),
        Tensor::from_slice2(&expected.map(|row| row.map(|x: f32| x)))
    );
}

#[test]
fn every_codec_and_encoding_gives_the_same_words() {
    for bytes in files_in_all_layouts().into_iter().skip(2) {
        let Inputs::Table(table) = read(bytes).unwrap().inputs else { panic!("a table expected") };
        let codes = &table.categorical[0].codes;
        assert!(codes[1].is_none() && codes.iter().flatten().count() == 3, "{codes:?}");
    }
}

#[test]
fn what_would_take_too_much_memory_is_refused_before() {
    let plain = || WriterProperties::builder().set_dictionary_enabled(false);
    let zeros = "0".repeat(8 << 20);
    let brotli = Compression::BROTLI(BrotliLevel::default());
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let too_large = "it grows to more than 200 times the file's size";
    let refused = |bytes, problem| {
        let message = read(bytes).unwrap_err().to_string();
        let place = "damaged: `word` in row group 0 cannot be read as Parquet: ";
        assert!(message.starts_with(place) && message.contains(problem), "{message}");
    };
    for codec in [zstd, brotli, Compression::LZ4, Compression::LZ4_RAW] {
        refused(file(plain().set_compression(codec), [&zeros; 3]), too_large);
    }
    // A million characters once, which three words share.
    let shared = || differences(WriterVersion::PARQUET_1_0, Encoding::DELTA_BYTE_ARRAY);
    refused(file(shared().set_compression(zstd), [&zeros[..1_000_000]; 3]), too_large);
    // 127 lengths where there are three.
    for encoding in [Encoding::DELTA_BYTE_ARRAY, Encoding::DELTA_LENGTH_BYTE_ARRAY] {
        let mut bytes = file(differences(WriterVersion::PARQUET_2_0, encoding), ["good", "bad", "better"]);
        let lengths = bytes.windows(4).position(|window| window == [0x80, 1, 4, 3]).unwrap();
        bytes[lengths + 3] = 0x7f;
        refused(bytes, "a page of it is damaged");
    }
    let logits = |count| array::numbers("damaged", list(count), "train");
    assert_eq!(logits(1000).unwrap().size(), [1, 1000]);
    let message = logits(1 << 20).unwrap_err().to_string();
    assert!(message.contains(too_large), "{message}");
}
