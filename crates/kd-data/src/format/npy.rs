//! Files of numpy: `.npy`, which is a header and values, and `.npz`, an archive of such.

use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::element::Element;
use crate::error::{Error, Result};
use crate::original::Original;
use crate::packing;

/// What every file `.npy` starts with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// What stands before an array's values.
#[derive(Debug)]
pub(super) struct Header {
    /// Bytes before the first value.
    pub(super) start: usize,
    pub(super) layout: Layout,
}

/// How an array lies in a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) element: Element,
    pub(super) big_endian: bool,
    /// Whether columns follow one another, rather than rows: Fortran's order.
    pub(super) by_column: bool,
    pub(super) shape: Vec<usize>,
}

impl Header {
    pub(super) fn of(original: &Original) -> Result<Self> {
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
        let layout = dictionary(header).map_err(|problem| original.byte(start as u64, problem))?;
        Ok(Self { start: start + length, layout })
    }

    /// Bytes of the file up to the end of its first `rows`; nothing if it has no more than these, or if they do not come
    /// first.
    pub(super) fn end(&self, rows: usize) -> Option<u64> {
        let Layout { element, by_column, ref shape, .. } = self.layout;
        let (count, rest) = shape.split_first()?;
        let row = rest.iter().try_fold(element.size(), |size, &next| size.checked_mul(next))?;
        (rows < *count && !by_column)
            .then(|| row.checked_mul(rows)?.checked_add(self.start))
            .flatten()
            .map(|end| end as u64)
    }
}

impl Layout {
    /// Little-endian numbers, row after row.
    pub(super) fn plain(element: Element, shape: Vec<usize>) -> Self {
        Self { element, big_endian: false, by_column: false, shape }
    }

    /// Whether it is of bytes, row after row.
    pub(super) fn are_bytes(&self) -> bool {
        self.element == Element::U8 && !self.by_column
    }
}

/// What a header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` says.
fn dictionary(header: &str) -> std::result::Result<Layout, String> {
    let expected = || format!("`{}` is not a header of numpy", header.trim_end());
    let value = |key: &str| {
        let start = header.find(&format!("'{key}':"))? + key.len() + 3;
        Some(header[start..].trim_start())
    };
    let description = value("descr").ok_or_else(expected)?;
    if description.starts_with('[') {
        return Err("holds records, which are not read; write an array of its own for each field".to_owned());
    }
    let code =
        description.strip_prefix('\'').and_then(|rest| rest.split('\'').next()).ok_or_else(expected)?;
    let element = Element::of_numpy(code.trim_start_matches(['<', '>', '|', '=']))?;
    let by_column = value("fortran_order").ok_or_else(expected)?.starts_with("True");
    let shape =
        value("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(expected)?.0;
    // Python 2 wrote `3L`.
    let sizes = shape.split(',').map(|size| size.trim().trim_end_matches('L'));
    let shape: Option<Vec<usize>> =
        sizes.filter(|size| !size.is_empty()).map(|size| size.parse().ok()).collect();
    let shape = shape.ok_or_else(expected)?;
    Ok(Layout { element, big_endian: code.starts_with('>'), by_column: by_column && shape.len() > 1, shape })
}

/// An archive cannot grow to more than these times its bytes: deflate does not do better.
pub(super) const LARGEST_GROWTH: u64 = 1024;

/// What `read` makes of an array of an archive `.npz` of `length` bytes.
pub(super) fn in_npz<T>(
    archive: impl Read + Seek,
    file: &str,
    length: u64,
    name: &str,
    read: impl FnOnce(&str, &mut dyn Read) -> Result<T>,
) -> Result<T> {
    let fault = |error: zip::result::ZipError| Error::file(file, format!("`{name}` cannot be read: {error}"));
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

fn is_file_of_another_kind(names: &[String]) -> bool {
    matches!(names, [name] if Path::new(name).extension().is_none_or(|extension| extension != "npy"))
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
        // An archive of another file alone is that file, packed.
        if packing::names(fs_err::File::open(path)?).is_some_and(|names| is_file_of_another_kind(&names)) {
            return Ok(None);
        }
        let length = file.get_ref().metadata()?.len();
        return in_npz(file, &label, length, name, read).map(Some);
    }
    Ok(None)
}
