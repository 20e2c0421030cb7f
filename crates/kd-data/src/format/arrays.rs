//! Arrays in files: numpy's `.npy` and `.npz`, and safetensors.

use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use zip::ZipArchive;

use super::image_array::{self, ImageArray, LARGE};
use super::original::Original;
use super::{parquet, pixel_cache};
use crate::error::Result;
use crate::source::{Answers, Raw, Splits};
use crate::{Images, Inputs, Table};

/// Arrays of inputs and targets. Bytes in three or four dimensions are images, `[n, height, width]` or
/// `[n, channels, height, width]`; numbers in two are a table. Integer targets `[n]` are classes, others numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrays {
    /// A file `.npz` or `.safetensors`, or a folder of files `.npy`.
    pub path: PathBuf,
    /// Names of the training arrays in it.
    pub train: ArrayPair,
    /// Names of the test arrays in it.
    pub test: ArrayPair,
    /// Whether channels are an image's last dimension.
    #[serde(default)]
    pub channels_last: bool,
}

/// Names of an array of inputs and one of their targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayPair {
    /// The inputs.
    pub inputs: String,
    /// The targets.
    pub targets: String,
    /// The files (or folders) that hold them part after part, such as CIFAR-5M's. Left out: `path`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<PathBuf>,
    /// How many examples are read, from the first on; of a file `.npz`, no more than these. Left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
}

impl Arrays {
    pub(crate) fn read(&self) -> Result<Splits> {
        Splits::official(self.part(&self.train)?, None, self.part(&self.test)?, None)
    }

    fn part(&self, pair: &ArrayPair) -> Result<Raw> {
        let files = if pair.files.is_empty() { std::slice::from_ref(&self.path) } else { &pair.files };
        let joined = |name: &str| {
            let mut left = pair.rows.map_or(usize::MAX, |rows| rows as usize);
            let mut arrays = Vec::new();
            for file in files {
                if left > 0 {
                    arrays.push(array(file, name, left)?);
                    left = left.saturating_sub(arrays.last().map_or(0, Array::rows));
                }
            }
            Array::join(arrays)?.ok_or_else(|| {
                self.fault(name, "the parts do not have one type and shape, or there are none")
            })
        };
        let targets = joined(&pair.targets)?;
        if let Some(folder) = pixel_cache::folder()
            && let Some(headers) = image_array::headers(files, pair)?
            && let Some(large) = ImageArray::of(files, &headers, pair, self.channels_last, LARGE)
        {
            return self.raw(&pair.targets, Inputs::Images(large.images(&folder)?), &targets);
        }
        self.pair(&pair.targets, joined(&pair.inputs)?, &targets)
    }

    pub(crate) fn pair(&self, name: &str, inputs: Array, targets: &Array) -> Result<Raw> {
        let inputs = match inputs.into_images(self.channels_last) {
            Ok(images) => Inputs::Images(images?),
            Err(array) => Inputs::Table(array.into_table()?.ok_or_else(|| {
                self.fault(name, "inputs are neither bytes in 3 or 4 dimensions nor finite numbers in 2")
            })?),
        };
        self.raw(name, inputs, targets)
    }

    fn fault(&self, name: &str, problem: impl Into<String>) -> crate::Error {
        crate::Error::File { file: format!("{}, {name}", self.path.display()), problem: problem.into() }
    }

    fn raw(&self, name: &str, inputs: Inputs, targets: &Array) -> Result<Raw> {
        let answers = targets.answers().map_err(|problem| self.fault(name, problem))?;
        if inputs.len() != targets.rows() {
            let problem = format!("{} targets for {} inputs", targets.rows(), inputs.len());
            return Err(self.fault(name, problem));
        }
        Ok(Raw { file: format!("{}, {name}", self.path.display()), first_row: 1, inputs, answers })
    }
}

/// The first `rows` of an array of that name. A file of numpy's is read only as far as that takes.
fn array(path: &Path, name: &str, rows: usize) -> Result<Array> {
    match open(path, name, |label, part| first_rows(label, part, rows))? {
        Some(array) => Ok(array),
        None => named(Original::open(path)?, name, rows),
    }
}

/// The file that an array of that name is in.
pub(super) fn place(path: &Path, name: &str) -> PathBuf {
    if path.is_dir() { path.join(format!("{name}.npy")) } else { path.to_owned() }
}

/// What `read` makes of an array of that name, which it is given as a file `.npy` with what to call it; nothing if `path`
/// is neither an archive `.npz` nor a folder of such files.
pub(super) fn open<T>(
    path: &Path,
    name: &str,
    read: impl FnOnce(&str, &mut dyn Read) -> Result<T>,
) -> Result<Option<T>> {
    let place = place(path, name);
    let label = place.file_name().unwrap_or_default().to_string_lossy();
    let mut file = BufReader::with_capacity(1 << 16, fs_err::File::open(&place)?);
    if place != path {
        return read(&label, &mut file).map(Some);
    }
    if file.fill_buf()?.starts_with(b"PK") {
        let length = file.get_ref().metadata()?.len();
        return in_npz(file, &label, length, name, read).map(Some);
    }
    Ok(None)
}

/// The numbers of an array in `bytes`, float32: of a file `.npy`, the array called `name` of a file `.npz` or
/// `.safetensors`, or a table of Parquet whose column `id` tells the rows' order.
///
/// # Errors
/// If the bytes are none of these or not whole, with `file` and what is wrong.
pub fn numbers(file: &str, bytes: Vec<u8>, name: &str) -> Result<Tensor> {
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

/// An array in C's order.
#[derive(Debug)]
pub(crate) struct Array {
    shape: Vec<usize>,
    values: Tensor,
}

/// Kinds of numbers that are read, with numpy's codes for them.
fn kind(code: &str) -> Option<Kind> {
    Some(match code {
        "|u1" => Kind::Uint8,
        "|i1" => Kind::Int8,
        "<i2" => Kind::Int16,
        "<i4" => Kind::Int,
        "<i8" => Kind::Int64,
        "<f4" => Kind::Float,
        "<f8" => Kind::Double,
        _ => return None,
    })
}

impl Array {
    /// `bytes` as numbers, little-endian.
    fn of(original: &Original, kind: Kind, shape: Vec<usize>, bytes: &[u8]) -> Result<Self> {
        let size = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        if size.and_then(|size| size.checked_mul(kind.elt_size_in_bytes())) != Some(bytes.len()) {
            let problem = format!("{} bytes are not {shape:?} values of type {kind:?}", bytes.len());
            return Err(original.fault(problem));
        }
        let sizes: Vec<i64> = shape.iter().map(|&size| size as i64).collect();
        Ok(Self { values: Tensor::f_from_data_size(bytes, &sizes, kind)?, shape })
    }

    pub(crate) fn into_values(self) -> Tensor {
        self.values
    }

    fn rows(&self) -> usize {
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
    fn join(mut arrays: Vec<Self>) -> Result<Option<Self>> {
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
    fn into_images(self, channels_last: bool) -> std::result::Result<Result<Images>, Self> {
        if self.values.kind() != Kind::Uint8 || !(3..=4).contains(&self.shape.len()) {
            return Err(self);
        }
        Ok((|| {
            let pixels = match self.shape.len() {
                3 => self.values.f_unsqueeze(1)?,
                _ if channels_last => self.values.f_permute([0, 3, 1, 2])?.f_contiguous()?,
                _ => self.values,
            };
            Ok(Images { pixels, peak: u8::MAX })
        })())
    }

    fn into_table(self) -> Result<Option<Table>> {
        let numbers = self.values.f_to_kind(Kind::Float)?;
        let finite = numbers.f_isfinite()?.f_all()?.f_int64_value(&[])? == 1;
        if self.shape.len() != 2 || !finite {
            return Ok(None);
        }
        Table::of_numbers(numbers).map(Some)
    }

    fn answers(&self) -> std::result::Result<Answers, String> {
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

/// What every file `.npy` starts with.
const MAGIC: &[u8] = b"\x93NUMPY";

/// numpy's format: magic, version, a header that is a Python dictionary, and values.
pub(crate) fn npy(original: &Original) -> Result<Array> {
    let Header { start, kind, shape } = Header::of(original)?;
    Array::of(original, kind, shape, &original.bytes[start..])
}

/// What stands before an array's values.
#[derive(Debug)]
pub(super) struct Header {
    /// Bytes before the first value.
    pub(super) start: usize,
    pub(super) kind: Kind,
    pub(super) shape: Vec<usize>,
}

impl Header {
    fn of(original: &Original) -> Result<Self> {
        let bytes = original.bytes.as_slice();
        let (start, wide) = match bytes.strip_prefix(MAGIC) {
            Some([1, 0, ..]) => (10, false),
            Some([2 | 3, 0, ..]) => (12, true),
            _ => return Err(original.byte(0, "is not a .npy file of version 1, 2 or 3")),
        };
        let length = match (wide, bytes.get(8..start)) {
            (false, Some(&[low, high])) => usize::from(u16::from_le_bytes([low, high])),
            (true, Some(&[a, b, c, d])) => u32::from_le_bytes([a, b, c, d]) as usize,
            _ => return Err(original.byte(8, "ends before the header")),
        };
        let header = bytes[start..].get(..length).and_then(|header| str::from_utf8(header).ok());
        let header = header.ok_or_else(|| original.byte(start as u64, "the header is not whole"))?;
        let (kind, shape) = dictionary(header).map_err(|problem| original.byte(start as u64, problem))?;
        Ok(Self { start: start + length, kind, shape })
    }

    /// Bytes of the file up to the end of its first `rows`; nothing if it has no more than these.
    fn end(&self, rows: usize) -> Option<u64> {
        let (count, rest) = self.shape.split_first()?;
        let row =
            rest.iter().try_fold(self.kind.elt_size_in_bytes(), |size, &next| size.checked_mul(next))?;
        (rows < *count)
            .then(|| row.checked_mul(rows)?.checked_add(self.start))
            .flatten()
            .map(|end| end as u64)
    }
}

/// The type and the shape in a header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
fn dictionary(header: &str) -> std::result::Result<(Kind, Vec<usize>), String> {
    let expected = || format!("`{}` is not a header of numpy", header.trim_end());
    let value = |key: &str| {
        let start = header.find(&format!("'{key}':"))? + key.len() + 3;
        Some(header[start..].trim_start())
    };
    let code =
        value("descr").and_then(|rest| rest.strip_prefix('\'')?.split('\'').next()).ok_or_else(expected)?;
    let kind = kind(code).ok_or_else(|| format!("values of type `{code}` are not read"))?;
    if !value("fortran_order").ok_or_else(expected)?.starts_with("False") {
        return Err("arrays in Fortran's order are not read".to_owned());
    }
    let shape =
        value("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(expected)?.0;
    let shape = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape: Option<Vec<usize>> = shape.map(|size| size.parse().ok()).collect();
    Ok((kind, shape.ok_or_else(expected)?))
}

/// An archive cannot grow to more than these times its bytes: deflate does not do better.
pub(super) const LARGEST_GROWTH: u64 = 1024;

/// What `read` makes of an array of an archive `.npz` of `length` bytes.
fn in_npz<T>(
    archive: impl Read + Seek,
    file: &str,
    length: u64,
    name: &str,
    read: impl FnOnce(&str, &mut dyn Read) -> Result<T>,
) -> Result<T> {
    let fault = |error: zip::result::ZipError| crate::Error::File {
        file: file.to_owned(),
        problem: format!("`{name}` cannot be read: {error}"),
    };
    let mut archive = ZipArchive::new(archive).map_err(fault)?;
    let entry = archive.by_name(&format!("{name}.npy")).map_err(fault)?;
    read(&format!("{file}, {name}"), &mut entry.take(length.saturating_mul(LARGEST_GROWTH)))
}

/// The first bytes of a file `.npy`, and the header that is in them.
pub(super) fn start(label: &str, part: &mut dyn Read) -> Result<(Original, Header)> {
    let mut first = Original { name: label.to_owned(), bytes: Vec::new() };
    // The longest header of version 1, which numpy writes for all but records.
    let read = part.take(10 + u64::from(u16::MAX)).read_to_end(&mut first.bytes);
    read.map_err(|error| first.fault(format!("cannot be read: {error}")))?;
    let header = Header::of(&first)?;
    Ok((first, header))
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
        header.shape[0] = rows;
    }
    Array::of(&original, header.kind, header.shape, &original.bytes[header.start..])
}

pub(crate) fn safetensor(original: &Original, name: &str) -> Result<Array> {
    let fault = |error| original.fault(format!("`{name}` cannot be read as safetensors: {error}"));
    let tensors = SafeTensors::deserialize(&original.bytes).map_err(fault)?;
    let view = tensors.tensor(name).map_err(fault)?;
    let kind = match view.dtype() {
        Dtype::U8 => Kind::Uint8,
        Dtype::I8 => Kind::Int8,
        Dtype::I16 => Kind::Int16,
        Dtype::I32 => Kind::Int,
        Dtype::I64 => Kind::Int64,
        Dtype::F32 => Kind::Float,
        Dtype::F64 => Kind::Double,
        other => {
            return Err(original.fault(format!("`{name}` has values of type {other:?}, which are not read")));
        }
    };
    Array::of(original, kind, view.shape().to_vec(), view.data())
}
