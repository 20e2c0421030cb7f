//! An array, whatever file it is in.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use tch::{Kind, Tensor};

use super::element::Element;
use super::npy::{Header, Layout, MAGIC, in_npz, open, start};
use super::parquet;
use crate::error::Result;
use crate::file_kind::FileKind;
use crate::original::Original;
use crate::splits::Answers;
use crate::told::said;
use crate::{Images, Table};

/// An array in C's order.
#[derive(Debug)]
pub(crate) struct Array {
    shape: Vec<usize>,
    values: Tensor,
}

/// Why an array is no table.
pub(super) struct NoTable {
    /// Counted from 1.
    pub(super) row: Option<u64>,
    pub(super) problem: String,
}

impl Array {
    /// `bytes` as `layout` says.
    fn of(original: &Original, layout: Layout, bytes: &[u8]) -> Result<Self> {
        let Layout { element, big_endian, by_column, shape } = layout;
        let size = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        if size.and_then(|size| size.checked_mul(element.size())) != Some(bytes.len()) {
            let problem =
                format!("{} bytes are not {shape:?} values of type {}", bytes.len(), element.name());
            return Err(original.fault(problem));
        }
        let mut turned = Cow::from(bytes);
        if big_endian {
            turned.to_mut().chunks_exact_mut(element.size()).for_each(<[u8]>::reverse);
        }
        let mut sizes: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
        if by_column {
            sizes.reverse();
        }
        let mut values = element.tensor(&turned, &sizes).map_err(|problem| original.fault(problem))?;
        if by_column {
            let axes: Vec<i64> = (0..sizes.len() as i64).rev().collect();
            values = values.f_permute(axes)?.f_contiguous()?;
        }
        Ok(Self { shape, values })
    }

    pub(crate) fn into_values(self) -> Tensor {
        self.values
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether it is read as images.
    pub(super) fn are_images(&self) -> bool {
        self.peak().is_some() && (3..=4).contains(&self.shape.len())
    }

    /// The largest value of its kind, if pixels may be of it.
    fn peak(&self) -> Option<u8> {
        match self.values.kind() {
            Kind::Uint8 => Some(u8::MAX),
            Kind::Bool => Some(1),
            _ => None,
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or_default()
    }

    /// Its first rows.
    fn first(mut self, rows: usize) -> Result<Self> {
        if rows < self.rows() {
            self.values = self.values.f_narrow(0, 0, rows as i64)?;
            self.shape[0] = rows;
        }
        Ok(self)
    }

    /// One below the other; nothing if there are none or they do not fit.
    pub(super) fn join(mut arrays: Vec<Self>) -> Result<Option<Self>> {
        if arrays.len() < 2 {
            return Ok(arrays.pop());
        }
        let (kind, rest) = (arrays[0].values.kind(), arrays[0].shape.get(1..).map(<[usize]>::to_vec));
        if arrays.iter().any(|array| array.values.kind() != kind || array.shape.get(1..) != rest.as_deref()) {
            return Ok(None);
        }
        let mut shape = arrays[0].shape.clone();
        shape[0] = arrays.iter().map(Self::rows).sum();
        let values: Vec<&Tensor> = arrays.iter().map(|array| &array.values).collect();
        Ok(Some(Self { values: Tensor::f_cat(&values, 0)?, shape }))
    }

    /// Images, if it is such; or else itself.
    pub(super) fn into_images(self, channels_last: bool) -> std::result::Result<Result<Images>, Self> {
        let Some(peak) = self.peak().filter(|_| self.are_images()) else { return Err(self) };
        Ok((|| {
            let values = self.values.f_to_kind(Kind::Uint8)?;
            let pixels = match self.shape.len() {
                3 => values.f_unsqueeze(1)?,
                _ if channels_last => values.f_permute([0, 3, 1, 2])?.f_contiguous()?,
                _ => values,
            };
            Ok(Images { pixels, peak })
        })())
    }

    /// Rows of numbers; where it is none, row (if it is about one) and what is wrong.
    pub(super) fn into_table(self) -> Result<std::result::Result<Table, NoTable>> {
        if self.shape.len() != 2 {
            let problem = format!(
                "inputs are neither bytes in 3 or 4 dimensions nor numbers in 2, but of shape {:?} and type {:?}",
                self.shape,
                self.values.kind()
            );
            return Ok(Err(NoTable { row: None, problem }));
        }
        let numbers = self.values.f_to_kind(Kind::Float)?;
        let finite = numbers.f_isfinite()?;
        if finite.f_all()?.f_int64_value(&[])? == 1 {
            return Table::of_numbers(numbers).map(Ok);
        }
        let wrong = finite.f_logical_not()?.f_nonzero()?;
        let [row, column] = [wrong.f_int64_value(&[0, 0])?, wrong.f_int64_value(&[0, 1])?];
        let number = numbers.f_double_value(&[row, column])?;
        let count = wrong.size()[0];
        let problem = format!(
            "{number} in column {}, where a finite number is expected ({count} in all); fill in what is missing, or \
             leave such rows out",
            column + 1
        );
        Ok(Err(NoTable { row: Some(row as u64 + 1), problem }))
    }

    pub(super) fn answers(&self) -> std::result::Result<Answers, String> {
        if !matches!(self.shape.as_slice(), [_] | [_, 1]) {
            return Err(format!("targets of shape {:?}, expected one for each example", self.shape));
        }
        let values = self.values.f_flatten(0, -1).map_err(|error| error.to_string())?;
        if matches!(values.kind(), Kind::Float | Kind::Double) {
            let numbers: Vec<f32> =
                values.f_to_kind(Kind::Float).and_then(Vec::try_from).map_err(|error| error.to_string())?;
            return match numbers.iter().find(|number| !number.is_finite()) {
                Some(number) => Err(format!("a target is {number}")),
                None => Ok(Answers::Numbers(numbers)),
            };
        }
        let labels: Vec<i64> =
            values.f_to_kind(Kind::Int64).and_then(Vec::try_from).map_err(|error| error.to_string())?;
        Ok(Answers::Names(labels.iter().map(i64::to_string).collect()))
    }
}

/// The numbers of an array in `bytes`, float32: of a file `.npy`, the array called `name` of a file `.npz` or
/// `.safetensors`, or a table of Parquet whose column `id` tells the rows' order.
///
/// # Errors
/// If the bytes are none of these or not whole, with `file` and what is wrong.
pub fn numbers(file: &str, bytes: Vec<u8>, name: &str) -> Result<Tensor> {
    let kind = FileKind::of_bytes(&bytes);
    let takes = |kind: &FileKind| {
        matches!(kind, FileKind::Parquet | FileKind::Npy | FileKind::Npz | FileKind::Safetensors)
    };
    read_numbers(file, bytes, name).map_err(|error| said(error, kind, takes))
}

fn read_numbers(file: &str, bytes: Vec<u8>, name: &str) -> Result<Tensor> {
    let original = Original::from_bytes(file, bytes)?;
    if original.bytes.starts_with(b"PAR1") {
        return parquet::keyed(original);
    }
    let array =
        if original.bytes.starts_with(MAGIC) { npy(&original) } else { named(original, name, usize::MAX) };
    Ok(array?.values.f_to_kind(Kind::Float)?)
}

/// The first `rows` of the array called `name` of a file `.npz` or `.safetensors`.
pub(crate) fn named(original: Original, name: &str, rows: usize) -> Result<Array> {
    if original.bytes.starts_with(b"PK") {
        let length = original.bytes.len() as u64;
        let read = |label: &str, part: &mut dyn Read| first_rows(label, part, rows);
        return in_npz(Cursor::new(original.bytes), &original.name, length, name, read);
    }
    safetensor(&original, name)?.first(rows)
}

/// The first `rows` of an array of that name. A file of numpy's is read only as far as that takes.
pub(super) fn array(path: &Path, name: &str, rows: usize) -> Result<Array> {
    match open(path, name, |label, part| first_rows(label, part, rows))? {
        Some(array) => Ok(array),
        None => named(Original::open(path)?, name, rows),
    }
}

/// numpy's format: magic, version, a header that is a Python dictionary, and values.
pub(crate) fn npy(original: &Original) -> Result<Array> {
    let Header { start, layout } = Header::of(original)?;
    Array::of(original, layout, &original.bytes[start..])
}

/// The first `rows` of a file `.npy`.
fn first_rows(label: &str, part: &mut dyn Read, rows: usize) -> Result<Array> {
    let (mut original, mut header) = start(label, part)?;
    let end = header.end(rows);
    let missing = end.map_or(u64::MAX, |end| end.saturating_sub(original.bytes.len() as u64));
    let rest = part.take(missing).read_to_end(&mut original.bytes);
    rest.map_err(|error| original.fault(format!("cannot be read: {error}")))?;
    if let Some(end) = end {
        original.bytes.truncate(end as usize);
        header.layout.shape[0] = rows;
    }
    Array::of(&original, header.layout, &original.bytes[header.start..])?.first(rows)
}

pub(crate) fn safetensor(original: &Original, name: &str) -> Result<Array> {
    let fault = |error| original.fault(format!("`{name}` cannot be read as safetensors: {error}"));
    let tensors = SafeTensors::deserialize(&original.bytes).map_err(fault)?;
    let view = tensors.tensor(name).map_err(fault)?;
    let element = match view.dtype() {
        Dtype::BOOL => Element::Bool,
        Dtype::U8 => Element::U8,
        Dtype::I8 => Element::I8,
        Dtype::U16 => Element::U16,
        Dtype::I16 => Element::I16,
        Dtype::U32 => Element::U32,
        Dtype::I32 => Element::I32,
        Dtype::U64 => Element::U64,
        Dtype::I64 => Element::I64,
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::BF16,
        Dtype::F32 => Element::F32,
        Dtype::F64 => Element::F64,
        other => {
            return Err(original.fault(format!(
                "`{name}` has values of type {other:?}, which are not read; write it as F32, with `.float()`"
            )));
        }
    };
    Array::of(original, Layout::plain(element, view.shape().to_vec()), view.data())
}
