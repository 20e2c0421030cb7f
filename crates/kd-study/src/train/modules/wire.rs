//! What a module's process and the one that started it say to each other: frames, each a head in JSON and bytes.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use kd_models::{Error, TorchScriptError};
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::error::Result;

/// No head is longer.
const LONGEST_HEAD: u64 = 1 << 20;

/// What one says to the other.
#[derive(Debug)]
pub struct Frame {
    pub(super) head: Head,
    pub(super) bytes: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Head {
    /// The module, whose file the bytes are.
    Module { path: PathBuf, gpu: Option<usize>, threads: i32, gigabytes: u32 },
    /// It is read.
    Ready { parameters: u64 },
    /// A batch for it, whose numbers the bytes are.
    Batch(Shape),
    /// What it says of that.
    Said(Shape),
    /// It is no module.
    Unreadable { problem: String },
    /// It failed on a batch.
    Failed { batch: Vec<i64>, problem: String },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Shape {
    size: Vec<i64>,
    numbers: Numbers,
    /// Whether the bytes, and the numbers in memory, have the channels of an image last. Last bits can depend on it.
    channels_last: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Numbers {
    Float,
    Double,
    Int64,
}

impl Numbers {
    fn kind(self) -> Kind {
        match self {
            Self::Float => Kind::Float,
            Self::Double => Kind::Double,
            Self::Int64 => Kind::Int64,
        }
    }
}

impl Frame {
    pub(super) fn of(head: Head) -> Self {
        Self { head, bytes: Vec::new() }
    }

    /// A frame with the numbers of `tensor`, wherever that is.
    pub(super) fn with(tensor: &Tensor, head: fn(Shape) -> Head) -> Result<Self> {
        let numbers = match tensor.kind() {
            Kind::Int64 => Numbers::Int64,
            Kind::Double => Numbers::Double,
            _ => Numbers::Float,
        };
        let tensor = tensor.f_to_device(Device::Cpu)?.f_to_kind(numbers.kind())?;
        let channels_last =
            tensor.dim() == 4 && tensor.stride()[1] == 1 && tensor.f_permute([0, 2, 3, 1])?.is_contiguous();
        let laid = if channels_last { tensor.f_permute([0, 2, 3, 1])? } else { tensor.f_contiguous()? };
        let mut bytes = vec![0; laid.numel() * numbers.kind().elt_size_in_bytes()];
        laid.f_copy_data_u8(&mut bytes, laid.numel())?;
        Ok(Self { head: head(Shape { size: tensor.size(), numbers, channels_last }), bytes })
    }

    /// What libtorch said of the module.
    pub(super) fn refusal(error: Error, batch: &[i64]) -> Self {
        Self::of(match error {
            Error::TorchScript(TorchScriptError::Unreadable { problem, .. }) => Head::Unreadable { problem },
            Error::TorchScript(TorchScriptError::Failed { batch, problem, .. }) => {
                Head::Failed { batch, problem }
            }
            other => Head::Failed { batch: batch.to_owned(), problem: other.to_string() },
        })
    }

    /// Says it.
    pub(super) fn write(&self, mut output: impl Write) -> io::Result<()> {
        let head = serde_json::to_vec(&self.head)?;
        for part in [&head, &self.bytes] {
            output.write_all(&(part.len() as u64).to_le_bytes())?;
            output.write_all(part)?;
        }
        output.flush()
    }

    /// The next; none where nothing follows.
    fn read(mut input: impl Read) -> io::Result<Option<Self>> {
        let Some(head) = part(&mut input, LONGEST_HEAD)? else { return Ok(None) };
        let head = serde_json::from_slice(&head)?;
        let bytes = part(&mut input, u64::MAX)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Some(Self { head, bytes }))
    }
}

impl Shape {
    /// The tensor of these `bytes`.
    pub(super) fn tensor(&self, bytes: &[u8]) -> Result<Tensor> {
        let kind = self.numbers.kind();
        let mut numbers = self.size.iter().map(|&size| usize::try_from(size).ok());
        let numbers = numbers.try_fold(kind.elt_size_in_bytes(), |all, size| all.checked_mul(size?));
        if numbers != Some(bytes.len()) || (self.channels_last && self.size.len() != 4) {
            return Err(
                io::Error::new(io::ErrorKind::InvalidData, "as many numbers as its shape says").into()
            );
        }
        if let (true, &[n, c, h, w]) = (self.channels_last, &self.size[..]) {
            return Ok(Tensor::f_from_data_size(bytes, &[n, h, w, c], kind)?.f_permute([0, 3, 1, 2])?);
        }
        Ok(Tensor::f_from_data_size(bytes, &self.size, kind)?)
    }
}

/// A length and as many bytes; none where nothing follows.
fn part(input: &mut impl Read, longest: u64) -> io::Result<Option<Vec<u8>>> {
    let mut length = Vec::new();
    input.by_ref().take(8).read_to_end(&mut length)?;
    if length.is_empty() {
        return Ok(None);
    }
    let length = length.try_into().map(u64::from_le_bytes).map_err(|_| io::ErrorKind::UnexpectedEof)?;
    if length > longest {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // Not taken at once: who says how long it is may be wrong.
    let mut bytes = Vec::new();
    input.by_ref().take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(Some(bytes)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// What is read from `input`, until that ends.
pub fn frames(mut input: impl Read) -> impl Iterator<Item = io::Result<Frame>> {
    std::iter::from_fn(move || Frame::read(&mut input).transpose())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(tensor: &Tensor) -> Tensor {
        let mut bytes = Vec::new();
        Frame::with(tensor, Head::Batch).unwrap().write(&mut bytes).unwrap();
        Frame::of(Head::Ready { parameters: 3 }).write(&mut bytes).unwrap();
        let mut read = frames(&bytes[..]).map(|frame| frame.unwrap());
        let first = read.next().unwrap();
        assert!(matches!(read.next().unwrap().head, Head::Ready { parameters: 3 }));
        assert!(read.next().is_none());
        let Head::Batch(shape) = first.head else { panic!("{:?}", first.head) };
        shape.tensor(&first.bytes).unwrap()
    }

    #[test]
    fn tensors_arrive_as_they_lay() {
        let numbers = Tensor::arange(48, (Kind::Float, Device::Cpu));
        let images = numbers.view([2, 3, 4, 2]);
        let last = numbers.view([2, 4, 2, 3]).permute([0, 3, 1, 2]);
        let one = numbers.view([6, 4, 2, 1]).permute([0, 3, 1, 2]);
        let part = numbers.view([4, 12]).narrow(1, 2, 5);
        for tensor in
            [&images, &last, &one, &part, &numbers.to_kind(Kind::Int64), &numbers.to_kind(Kind::Double)]
        {
            let back = there_and_back(tensor);
            assert_eq!((&back, back.kind()), (tensor, tensor.kind()));
            if tensor.dim() == 4 {
                assert_eq!(back.stride(), tensor.stride());
            }
        }
        assert_eq!(there_and_back(&numbers.to_kind(Kind::Half)).kind(), Kind::Float);
    }

    #[test]
    fn what_is_cut_or_does_not_add_up_is_an_error() {
        let mut bytes = Vec::new();
        let numbers = Tensor::arange(6, (Kind::Float, Device::Cpu));
        Frame::with(&numbers, Head::Batch).unwrap().write(&mut bytes).unwrap();
        for end in 1..bytes.len() {
            assert!(frames(&bytes[..end]).next().unwrap().is_err(), "{end}");
        }
        let shape = |size: &[i64], channels_last| Shape {
            size: size.to_owned(),
            numbers: Numbers::Float,
            channels_last,
        };
        assert!(shape(&[6], false).tensor(&[0; 24]).is_ok());
        for (size, channels_last) in
            [(&[5][..], false), (&[-6], false), (&[i64::MAX, 9], false), (&[6], true)]
        {
            assert!(shape(size, channels_last).tensor(&[0; 24]).is_err(), "{size:?}");
        }
        assert!(frames(&[255; 20][..]).next().unwrap().is_err());
    }
}
