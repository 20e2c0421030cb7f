//! IDX, the format of MNIST: a big-endian header and bytes.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::error::Result;
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
    /// Unsigned bytes, `[n, height, width]`.
    pub images: PathBuf,
    /// Unsigned bytes, `[n]`.
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
    let (shape, values) = bytes(images, 3)?;
    let [count, height, width] = [0, 1, 2].map(|axis| shape[axis] as i64);
    let (known, labels_) = bytes(labels, 1)?;
    if known[0] != shape[0] {
        return Err(labels.byte(4, format!("{} labels for {count} images of {}", known[0], images.name)));
    }
    let pixels = Tensor::f_from_slice(values)?.f_view([count, 1, height, width])?;
    Ok(Raw {
        file: labels.name.clone(),
        first_row: 1,
        inputs: Inputs::Images(Images { pixels, peak: u8::MAX }),
        answers: Answers::Names(labels_.iter().map(ToString::to_string).collect()),
        doubts: Vec::new(),
    })
}

/// Sizes and values of a file of unsigned bytes with so many dimensions.
fn bytes(original: &Original, rank: usize) -> Result<(Vec<usize>, &[u8])> {
    const UNSIGNED_BYTE: u8 = 0x08;
    let bytes = original.bytes.as_slice();
    let expected = [0, 0, UNSIGNED_BYTE, rank as u8];
    if !bytes.starts_with(&expected) {
        let found = &bytes[..bytes.len().min(4)];
        let problem =
            format!("begins with {found:?}; IDX of unsigned bytes in {rank} dimensions with {expected:?}");
        return Err(original.byte(0, problem));
    }
    let start = 4 + 4 * rank;
    let Some((header, values)) = bytes.split_at_checked(start) else {
        return Err(original.byte(bytes.len() as u64, format!("ends within the header of {start} bytes")));
    };
    let shape: Vec<usize> = header[4..]
        .chunks_exact(4)
        .map(|size| size.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
        .collect();
    let promised = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    if promised != Some(values.len()) {
        let problem = format!("the header promises {shape:?} values, but {} bytes follow", values.len());
        return Err(original.byte(start as u64, problem));
    }
    Ok((shape, values))
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
            "images, byte 16: the header promises [2, 1, 2] values, but 3 bytes follow"
        );
        let cut = Original::from_bytes("images", images.bytes[..9].to_vec()).unwrap();
        assert_eq!(message(&cut, &images), "images, byte 9: ends within the header of 16 bytes");
        let vast = Original::from_bytes("images", [&[0, 0, 8, 3][..], &[255; 12]].concat()).unwrap();
        assert!(message(&vast, &images).contains("but 0 bytes follow"));
    }
}
