//! IDX, the format of MNIST: a big-endian header and numbers, most often bytes.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::element::Element;
use crate::error::{Error, Result};
use crate::original::Original;
use crate::splits::{Answers, Raw, Splits, TestOf};
use crate::{Images, Inputs};

/// Images and labels in IDX files, plain or compressed with gzip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Idx {
    /// Training images and labels.
    pub train: IdxPair,
    /// Test images and labels, or which of the training images are for testing.
    pub test: TestOf<IdxPair>,
    /// Whether images lie on their side, column after column, as EMNIST's do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transposed: bool,
}

/// A file of images, and one of their labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdxPair {
    /// Unsigned bytes, or other numbers that are whole and from 0 to 255, `[n, height, width]`.
    pub images: PathBuf,
    /// Unsigned bytes or other whole numbers, `[n]`.
    pub labels: PathBuf,
}

impl Idx {
    pub(crate) fn read(&self) -> Result<Splits> {
        let read = |pair: &IdxPair| -> Result<Raw> {
            let mut raw = examples(&Original::open(&pair.images)?, &Original::open(&pair.labels)?)?;
            if let (true, Inputs::Images(images)) = (self.transposed, &mut raw.inputs) {
                images.pixels = images.pixels.f_transpose(2, 3)?.f_contiguous()?;
            }
            Ok(raw)
        };
        let (train, test) = rayon::join(|| read(&self.train), || self.test.own().map(read).transpose());
        self.test.splits(train?, None, test?, None)
    }
}

pub(crate) fn examples(images: &Original, labels: &Original) -> Result<Raw> {
    let pixels = Array::of(images, 3)?;
    let [count, height, width] = [0, 1, 2].map(|axis| pixels.shape[axis] as i64);
    let classes = Array::of(labels, 1)?;
    if classes.shape[0] != pixels.shape[0] {
        return Err(
            labels.byte(4, format!("{} labels for {count} images of {}", classes.shape[0], images.name))
        );
    }
    let pixels = Tensor::f_from_slice(&pixels.bytes()?)?.f_view([count, 1, height, width])?;
    Ok(Raw {
        file: labels.name.clone(),
        first_row: 1,
        inputs: Inputs::Images(Images { pixels, peak: u8::MAX }),
        answers: Answers::Names(classes.whole().map(|label| Ok(label?.to_string())).collect::<Result<_>>()?),
        doubts: Vec::new(),
    })
}

/// What a file holds.
struct Array<'a> {
    original: &'a Original,
    shape: Vec<usize>,
    /// Byte of the file with which the values begin.
    start: usize,
    values: &'a [u8],
    element: Element,
}

impl<'a> Array<'a> {
    /// Sizes and values of a file with so many dimensions.
    fn of(original: &'a Original, rank: usize) -> Result<Self> {
        let bytes = original.bytes.as_slice();
        let (element, found) = match *bytes {
            [0, 0, code, dimensions, ..] => (element(code), usize::from(dimensions)),
            _ => (None, 0),
        };
        let Some(element) = element.filter(|_| found == rank) else {
            let found = &bytes[..bytes.len().min(4)];
            let problem = format!(
                "begins with {found:?}; IDX of unsigned bytes in {rank} dimensions with [0, 0, 8, {rank}], and of other \
                 numbers with 9, 11, 12, 13 or 14 in place of 8"
            );
            return Err(original.byte(0, problem));
        };
        let start = 4 + 4 * rank;
        let Some((header, values)) = bytes.split_at_checked(start) else {
            let problem = format!("ends within the header of {start} bytes");
            return Err(original.byte(bytes.len() as u64, problem));
        };
        let shape: Vec<usize> = header[4..]
            .chunks_exact(4)
            .map(|size| size.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
            .collect();
        let promised = shape.iter().try_fold(element.size(), |product, &size| product.checked_mul(size));
        if promised != Some(values.len()) {
            let problem = format!(
                "the header promises {shape:?} values of type {}, but {} bytes follow",
                element.name(),
                values.len()
            );
            return Err(original.byte(start as u64, problem));
        }
        Ok(Self { original, shape, start, values, element })
    }

    /// The values as bytes, if that is what they are.
    fn bytes(&self) -> Result<Cow<'a, [u8]>> {
        if self.element == Element::U8 {
            return Ok(self.values.into());
        }
        let byte = |(place, value): (usize, Result<i64>)| {
            let value = value?;
            u8::try_from(value)
                .map_err(|_| self.fault(place, &format!("{value} is no pixel: expected 0 to 255")))
        };
        self.whole().enumerate().map(byte).collect()
    }

    /// The values, which must be whole.
    fn whole(&self) -> impl Iterator<Item = Result<i64>> {
        let number = move |(place, bytes): (usize, &[u8])| {
            let number = number(self.element, bytes);
            let is_whole = number.fract() == 0.0 && number.abs() < 2_f64.powi(53);
            is_whole.then_some(number as i64).ok_or_else(|| {
                self.fault(place, &format!("{number} is no whole number, as pixels and labels here must be"))
            })
        };
        self.values.chunks_exact(self.element.size()).enumerate().map(number)
    }

    fn fault(&self, place: usize, problem: &str) -> Error {
        self.original.byte((self.start + place * self.element.size()) as u64, problem)
    }
}

/// What a file says that its numbers are.
fn element(code: u8) -> Option<Element> {
    Some(match code {
        0x08 => Element::U8,
        0x09 => Element::I8,
        0x0b => Element::I16,
        0x0c => Element::I32,
        0x0d => Element::F32,
        0x0e => Element::F64,
        _ => return None,
    })
}

/// A number of one of these types, big-endian.
fn number(element: Element, bytes: &[u8]) -> f64 {
    match element {
        Element::F64 => bytes.first_chunk().map_or(f64::NAN, |&bytes| f64::from_be_bytes(bytes)),
        Element::F32 => bytes.first_chunk().map_or(f64::NAN, |&bytes| f32::from_be_bytes(bytes).into()),
        Element::I32 => bytes.first_chunk().map_or(f64::NAN, |&bytes| i32::from_be_bytes(bytes).into()),
        Element::I16 => bytes.first_chunk().map_or(f64::NAN, |&bytes| i16::from_be_bytes(bytes).into()),
        Element::I8 => bytes.first_chunk().map_or(f64::NAN, |&bytes| i8::from_be_bytes(bytes).into()),
        Element::Bool
        | Element::U8
        | Element::U16
        | Element::U32
        | Element::U64
        | Element::I64
        | Element::F16
        | Element::BF16 => bytes.first().map_or(f64::NAN, |&byte| byte.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, sizes: &[u8], values: &[u8]) -> Original {
        let mut bytes = vec![0, 0, 8, sizes.len() as u8];
        for &size in sizes {
            bytes.extend([0, 0, 0, size]);
        }
        bytes.extend(values);
        Original::from_bytes(name, bytes).unwrap()
    }

    #[test]
    fn images_and_labels_belong_together() {
        let raw =
            examples(&file("images", &[2, 1, 2], &[1, 2, 3, 4]), &file("labels", &[2], &[7, 0])).unwrap();
        let Inputs::Images(images) = raw.inputs else { panic!("images expected") };
        assert_eq!(images.pixels, Tensor::from_slice(&[1_u8, 2, 3, 4]).view([2, 1, 1, 2]));
        assert_eq!(raw.answers, Answers::Names(vec!["7".into(), "0".into()]));
    }

    #[test]
    fn faults_name_the_byte() {
        let images = file("images", &[2, 1, 2], &[1, 2, 3, 4]);
        let message =
            |images: &Original, labels: &Original| examples(images, labels).unwrap_err().to_string();
        assert_eq!(
            message(&images, &file("labels", &[1], &[7])),
            "labels, byte 4: 1 labels for 2 images of images"
        );
        assert!(
            message(&file("labels", &[1], &[7]), &images)
                .starts_with("labels, byte 0: begins with [0, 0, 8, 1]")
        );
        assert_eq!(
            message(&file("images", &[2, 1, 2], &[1, 2, 3]), &images),
            "images, byte 16: the header promises [2, 1, 2] values of type uint8, but 3 bytes follow"
        );
        let cut = Original::from_bytes("images", images.bytes[..9].to_vec()).unwrap();
        assert_eq!(message(&cut, &images), "images, byte 9: ends within the header of 16 bytes");
        let vast = Original::from_bytes("images", [&[0, 0, 8, 3][..], &[255; 12]].concat()).unwrap();
        assert!(message(&vast, &images).contains("but 0 bytes follow"));
    }

    #[test]
    fn numbers_of_other_types_are_pixels_and_labels_where_they_fit() {
        let typed = |name: &str, code: u8, sizes: &[u8], values: &[u8]| {
            let mut original = file(name, sizes, values);
            original.bytes[2] = code;
            original
        };
        let labels = typed("labels", 0x0c, &[2], &[0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff]);
        let floats: Vec<u8> = [0_f32, 255.0, 3.0, 4.0].into_iter().flat_map(f32::to_be_bytes).collect();
        let doubles: Vec<u8> = [0_f64, 255.0, 3.0, 0.5].into_iter().flat_map(f64::to_be_bytes).collect();
        let shape = [2, 1, 2];
        for images in [
            typed("images", 0x0d, &shape, &floats),
            typed("images", 0x0b, &shape, &[0, 0, 0, 255, 0, 3, 0, 4]),
        ] {
            let raw = examples(&images, &labels).unwrap();
            let Inputs::Images(images) = raw.inputs else { panic!("images expected") };
            assert_eq!(images.pixels, Tensor::from_slice(&[0_u8, 255, 3, 4]).view([2, 1, 1, 2]));
            assert_eq!(raw.answers, Answers::Names(vec!["256".into(), "-1".into()]));
        }
        for (images, expected) in [
            (
                typed("images", 0x09, &shape, &[1, 2, 3, 0xff]),
                "images, byte 19: -1 is no pixel: expected 0 to 255",
            ),
            (typed("images", 0x0e, &shape, &doubles), "images, byte 40: 0.5 is no whole number"),
            (typed("images", 0x0a, &shape, &[0; 4]), "images, byte 0: begins with [0, 0, 10, 3]"),
            (
                typed("images", 0x0b, &shape, &[0; 4]),
                "images, byte 16: the header promises [2, 1, 2] values of type int16",
            ),
        ] {
            let message = examples(&images, &labels).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
