//! CIFAR-10 and CIFAR-100 in their binary version: label bytes, then 1024 bytes each of red, green and blue.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::original::Original;
use super::pickle;
use crate::error::Result;
use crate::source::{Answers, Raw, Splits};
use crate::{Images, Inputs};

/// CIFAR's batches, in the binary version or in that for Python; which it is shows in the first byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cifar {
    /// The training batches.
    pub train: Vec<PathBuf>,
    /// The test batches.
    pub test: Vec<PathBuf>,
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
        Splits::official(self.batches(&self.train)?, None, self.batches(&self.test)?, Some(classes))
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
        return pickle::cifar_batch(original, kind, pixels, labels);
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

#[cfg(test)]
mod tests {
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
}
