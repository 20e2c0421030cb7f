//! CIFAR-10 and CIFAR-100 in their binary version: label bytes, then 1024 bytes each of red, green and blue.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::pickle::{self, Value};
use crate::error::Result;
use crate::original::Original;
use crate::splits::{Answers, Raw, Splits, TestOf};
use crate::{Images, Inputs};

/// CIFAR's batches, in the binary version or in that for Python; which it is shows in the first byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cifar {
    /// The training batches.
    pub train: Vec<PathBuf>,
    /// The test batches, or which of the training images are for testing.
    pub test: TestOf<Vec<PathBuf>>,
    /// Which labels they hold.
    pub labels: CifarLabels,
}

/// Labels of CIFAR's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CifarLabels {
    /// CIFAR-10's.
    Ten,
    /// CIFAR-100's 20 superclasses.
    Coarse,
    /// CIFAR-100's 100 classes.
    Fine,
}

pub(crate) const PIXELS: usize = 3 * 32 * 32;

impl CifarLabels {
    pub(crate) fn classes(self) -> u8 {
        match self {
            Self::Ten => 10,
            Self::Coarse => 20,
            Self::Fine => 100,
        }
    }
}

impl Cifar {
    pub(crate) fn read(&self) -> Result<Splits> {
        let classes = (0..self.labels.classes()).map(|class| class.to_string()).collect();
        let test = self.test.own().map(|paths| self.batches(paths)).transpose()?;
        self.test.splits(self.batches(&self.train)?, None, test, Some(classes))
    }

    fn batches(&self, paths: &[PathBuf]) -> Result<Raw> {
        let mut pixels = Vec::new();
        let mut labels = Vec::new();
        let mut file = String::new();
        for path in paths {
            let original = Original::open(path)?;
            batch(&original, self.labels, &mut pixels, &mut labels)?;
            file = original.name;
        }
        let pixels = Tensor::f_from_slice(&pixels)?.f_view([-1, 3, 32, 32])?;
        Ok(Raw {
            file,
            first_row: 1,
            inputs: Inputs::Images(Images { pixels, peak: u8::MAX }),
            answers: Answers::Names(labels.iter().map(u8::to_string).collect()),
            doubts: Vec::new(),
        })
    }
}

/// Appends a batch's pixels and labels.
pub(crate) fn batch(
    original: &Original,
    kind: CifarLabels,
    pixels: &mut Vec<u8>,
    labels: &mut Vec<u8>,
) -> Result<()> {
    if original.bytes.first() == Some(&pickle::PROTOCOL) {
        return python_batch(original, kind, pixels, labels);
    }
    let leading = if kind == CifarLabels::Ten { 1 } else { 2 };
    let record = leading + PIXELS;
    let bytes = original.bytes.as_slice();
    let whole = bytes.len() - bytes.len() % record;
    if bytes.is_empty() || whole < bytes.len() {
        let problem = format!("ends within a record of {record} bytes (label and pixels)");
        return Err(original.byte(whole as u64, problem));
    }
    for (row, record) in bytes.chunks_exact(record).enumerate() {
        let place = usize::from(kind == CifarLabels::Fine);
        let label = record[place];
        if label >= kind.classes() {
            let offset = (row * record.len() + place) as u64;
            return Err(original.byte(offset, format!("label {label} is not below {}", kind.classes())));
        }
        labels.push(label);
        pixels.extend(&record[leading..]);
    }
    Ok(())
}

/// The same of a batch for Python.
fn python_batch(
    original: &Original,
    kind: CifarLabels,
    pixels: &mut Vec<u8>,
    labels: &mut Vec<u8>,
) -> Result<()> {
    let Value::Dictionary(items) = pickle::read(original)? else {
        return Err(original.fault("is a pickle, but not of a dictionary"));
    };
    let find = |key: &str| {
        let item =
            items.iter().find(|(name, _)| matches!(name, Value::Bytes(name) if *name == key.as_bytes()));
        item.map(|(_, value)| value).ok_or_else(|| original.fault(format!("its dictionary has no `{key}`")))
    };
    let key = match kind {
        CifarLabels::Ten => "labels",
        CifarLabels::Coarse => "coarse_labels",
        CifarLabels::Fine => "fine_labels",
    };
    let (Value::Array { shape, bytes }, Value::List(listed)) = (find("data")?, find(key)?) else {
        return Err(original.fault(format!("expected an array `data` and a list `{key}`")));
    };
    let rows = listed.len();
    if *shape != [rows as i64, PIXELS as i64] || bytes.len() != rows * PIXELS {
        let problem = format!("`data` is {shape:?} and {} bytes, `{key}` {rows} labels", bytes.len());
        return Err(original.fault(problem));
    }
    for (row, label) in (1..).zip(listed) {
        match label {
            Value::Integer(label @ 0..) if *label < i64::from(kind.classes()) => labels.push(*label as u8),
            _ => {
                let problem = format!("the label is not an integer from 0 below {}", kind.classes());
                return Err(original.row(row, problem));
            }
        }
    }
    pixels.extend(*bytes);
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn read(bytes: Vec<u8>, kind: CifarLabels) -> Result<(Vec<u8>, Vec<u8>)> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        batch(&Original::from_bytes("batch", bytes)?, kind, &mut pixels, &mut labels)?;
        Ok((pixels, labels))
    }

    fn records(labels: &[&[u8]]) -> Vec<u8> {
        labels.iter().flat_map(|label| [label.to_vec(), vec![5; PIXELS]].concat()).collect()
    }

    #[test]
    fn labels_stand_before_pixels() {
        let (pixels, labels) = read(records(&[&[9], &[0]]), CifarLabels::Ten).unwrap();
        assert_eq!((pixels.len(), labels), (2 * PIXELS, vec![9, 0]));
        assert_eq!(read(records(&[&[19, 99]]), CifarLabels::Fine).unwrap().1, [99]);
        assert_eq!(read(records(&[&[19, 99]]), CifarLabels::Coarse).unwrap().1, [19]);
    }

    #[test]
    fn faults_name_the_byte() {
        let message = |bytes, kind| read(bytes, kind).unwrap_err().to_string();
        let mut cut = records(&[&[1], &[2]]);
        cut.pop();
        assert!(message(cut, CifarLabels::Ten).starts_with("batch, byte 3073: ends within a record of 3073"));
        assert_eq!(
            message(records(&[&[1], &[10]]), CifarLabels::Ten),
            "batch, byte 3073: label 10 is not below 10"
        );
        assert_eq!(
            message(records(&[&[1, 100]]), CifarLabels::Fine),
            "batch, byte 1: label 100 is not below 100"
        );
        assert!(message(Vec::new(), CifarLabels::Ten).starts_with("batch, byte 0: ends within"));
    }

    /// A batch as Python 2 writes it: labels 6 and 9, pixels 0, 1, 2, ... modulo 251.
    pub(in crate::format) fn pickled() -> Vec<u8> {
        let pixels: Vec<u8> = (0..2 * PIXELS).map(|pixel| (pixel % 251) as u8).collect();
        [
            b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(K\x06K\te".as_slice(),
            b"U\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\t",
            b"(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nq\nU\x02u1K\x00K\x01\x87Rq\x0b",
            b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T\x00\x18\x00\x00",
            &pixels,
            b"tbU\tfilenamesq\x0c]q\r(U\x05a.pngq\x0eU\x05b.pngq\x0feu.",
        ]
        .concat()
    }

    #[test]
    fn a_batch_is_its_labels_and_pixels() {
        let (pixels, labels) = read(pickled(), CifarLabels::Ten).unwrap();
        assert_eq!(labels, [6, 9]);
        assert_eq!((pixels.len(), pixels[252]), (2 * PIXELS, 1));
    }

    #[test]
    fn a_damaged_pickle_is_an_error() {
        let whole = pickled();
        for length in 0..whole.len() {
            assert!(read(whole[..length].to_vec(), CifarLabels::Ten).is_err(), "cut to {length}");
        }
        let place = whole.windows(4).position(|bytes| bytes == b"K\x06K\t").unwrap();
        let mut wrong = whole.clone();
        wrong[place + 3] = 10;
        assert_eq!(
            read(wrong, CifarLabels::Ten).unwrap_err().to_string(),
            "batch, row 2: the label is not an integer from 0 below 10"
        );
    }
}
