//! Arrays of images that are too large to be held in memory by every process: they are read row by row, once.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::array_pair::ArrayPair;
use super::npy::{self, Header};
use super::pixel_cache::{self, Sizes};
use crate::Images;
use crate::error::{Error, Result};

/// Images of more bytes than these, in all parts together, are read once for all processes and studies.
pub(super) const LARGE: usize = 1 << 28;

/// Bytes that are read at a time, or one image.
const TOGETHER: usize = 1 << 20;

/// More bytes than any image has.
const TOO_LARGE: usize = 1 << 26;

/// Bytes `[n, height, width]` or in four dimensions, part after part.
#[derive(Debug)]
pub(super) struct ImageArray<'a> {
    files: &'a [PathBuf],
    name: &'a str,
    rows: usize,
    /// The sizes of one image as they are in the files.
    size: &'a [usize],
    channels_last: bool,
}

/// What the parts that are read say of the inputs in them, if all are numpy's.
pub(super) fn headers(files: &[PathBuf], pair: &ArrayPair) -> Result<Option<Vec<Header>>> {
    let mut left = pair.rows.map_or(usize::MAX, |rows| rows as usize);
    let mut headers = Vec::new();
    for file in files {
        if left > 0 {
            let header = npy::open(file, &pair.inputs, |label, part| Ok(npy::start(label, part)?.1))?;
            let Some(header) = header else { return Ok(None) };
            left = left.saturating_sub(header.layout.shape.first().copied().unwrap_or_default());
            headers.push(header);
        }
    }
    Ok(Some(headers))
}

impl<'a> ImageArray<'a> {
    /// The inputs of `pair` in `files`, if these are images of more than `least` bytes, and of no more than the files can
    /// hold.
    pub(super) fn of(
        files: &'a [PathBuf],
        headers: &'a [Header],
        pair: &'a ArrayPair,
        channels_last: bool,
        least: usize,
    ) -> Option<Self> {
        let (_, size) = headers.first()?.layout.shape.split_first()?;
        let alike = |header: &Header| header.layout.are_bytes() && header.layout.shape.get(1..) == Some(size);
        let count = |header: &Header| header.layout.shape.first().copied();
        let all = headers.iter().try_fold(0_usize, |sum, header| sum.checked_add(count(header)?))?;
        let rows = pair.rows.map_or(all, |rows| all.min(rows as usize));
        let image = size.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))?;
        let are_images = (2..=3).contains(&size.len()) && image < TOO_LARGE && headers.iter().all(alike);
        let files = &files[..headers.len()];
        let length = |file| Some(fs_err::metadata(npy::place(file, &pair.inputs)).ok()?.len());
        let most = files.iter().try_fold(0_u64, |sum, file| Some(sum + length(file)?))?;
        let bytes = image.checked_mul(rows)?;
        let are_held = bytes as u64 <= most.saturating_mul(npy::LARGEST_GROWTH);
        (are_images && are_held && bytes > least).then_some(Self {
            files,
            name: &pair.inputs,
            rows,
            size,
            channels_last,
        })
    }

    /// The images, mapped from `folder`.
    pub(super) fn images(&self, folder: &Path) -> Result<Images> {
        Ok(pixel_cache::images(folder, &self.key()?, |to| Ok(self.write(to)?.into()))?.0)
    }

    /// What tells these images from all others: BLAKE3 over their files' bytes, and which of them are read.
    fn key(&self) -> Result<String> {
        let mut hasher = blake3::Hasher::new_derive_key("kd image arrays 1");
        hasher.update(format!("{} {} {}", self.name, self.rows, self.channels_last).as_bytes());
        let hash = |file: &PathBuf| -> Result<blake3::Hash> {
            let file = fs_err::File::open(npy::place(file, self.name))?;
            Ok(blake3::Hasher::new().update_reader(file)?.finalize())
        };
        let hashes: Vec<Result<blake3::Hash>> = self.files.par_iter().map(hash).collect();
        for hash in hashes {
            hasher.update(hash?.as_bytes());
        }
        Ok(hasher.finalize().to_hex().to_string())
    }

    /// Writes them plane by plane.
    pub(super) fn write(&self, to: &mut dyn Write) -> Result<Sizes> {
        let (height, width, channels) = match *self.size {
            [height, width] => (height, width, 1),
            [height, width, channels] if self.channels_last => (height, width, channels),
            [channels, height, width] => (height, width, channels),
            _ => unreachable!("images have two or three sizes"),
        };
        let image = height * width * channels;
        let mut block = vec![0; image * (TOGETHER / image.max(1)).max(1)];
        let mut planes = Vec::with_capacity(block.len());
        let mut left = self.rows;
        for file in self.files {
            let read = |label: &str, part: &mut dyn Read| -> Result<usize> {
                let (first, header) = npy::start(label, part)?;
                let mut part = first.bytes[header.start..].chain(part);
                let all = header.layout.shape.first().copied().unwrap_or_default();
                let fault = |problem: String| Error::file(label, problem);
                let rows = all.min(left);
                let mut read = 0;
                while read < rows {
                    let some = (rows - read).min(block.len() / image.max(1));
                    let block = &mut block[..some * image];
                    part.read_exact(block).map_err(|error| {
                        fault(format!("of {all} rows, those after {read} cannot be read: {error}"))
                    })?;
                    if self.channels_last && channels > 1 {
                        planes.clear();
                        for image in block.chunks_exact(image) {
                            for channel in 0..channels {
                                planes.extend(image[channel..].iter().step_by(channels));
                            }
                        }
                        to.write_all(&planes)?;
                    } else {
                        to.write_all(block)?;
                    }
                    read += some;
                }
                if rows == all && part.read(&mut [0])? > 0 {
                    return Err(fault(format!("goes on after its {all} rows")));
                }
                Ok(rows)
            };
            left -= npy::open(file, self.name, read)?.unwrap_or(0);
        }
        Ok([self.rows, channels, height, width])
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tch::{Kind, Tensor};
    use zip::CompressionMethod;
    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    /// A file `.npy` of the bytes that count on from `first`.
    fn npy(shape: &[usize], first: usize) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let header =
            format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}), }}\n", sizes.join(", "));
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        let values = shape.iter().product::<usize>().min(1000);
        bytes.extend((0..values).map(|place| ((first + place) % 251) as u8));
        bytes
    }

    fn npz(array: &[u8], method: CompressionMethod) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("X.npy", SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(array).unwrap();
        archive.finish().unwrap().into_inner()
    }

    fn pair(rows: Option<u32>) -> ArrayPair {
        ArrayPair { inputs: "X".to_owned(), targets: String::new(), files: Vec::new(), rows }
    }

    /// Seven images of 4 x 5 pixels in three colours, five in one file and two in another.
    fn parts(folder: &Path) -> Vec<PathBuf> {
        let [first, second] = ["first.npz", "second.npz"].map(|name| folder.join(name));
        fs_err::write(&first, npz(&npy(&[5, 4, 5, 3], 0), CompressionMethod::Deflated)).unwrap();
        fs_err::write(&second, npz(&npy(&[2, 4, 5, 3], 300), CompressionMethod::Stored)).unwrap();
        vec![first, second]
    }

    #[test]
    fn rows_are_those_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = parts(folder.path());
        files.push("what is not asked for is not opened".into());
        let all = Tensor::arange(7 * 60, (Kind::Int64, tch::Device::Cpu)).remainder(251).to_kind(Kind::Uint8);
        for (rows, count) in [(Some(7), 7), (Some(6), 6), (Some(3), 3)] {
            let pair = pair(rows);
            let headers = headers(&files, &pair).unwrap().unwrap();
            for channels_last in [true, false] {
                let array = ImageArray::of(&files, &headers, &pair, channels_last, 100).unwrap();
                let images = array.images(folder.path()).unwrap();
                let expected = all.view([-1, 4, 5, 3]).narrow(0, 0, count);
                let expected = if channels_last { expected.permute([0, 3, 1, 2]) } else { expected };
                assert_eq!(images.pixels, expected, "{rows:?} {channels_last}");
            }
        }
    }

    #[test]
    fn what_is_small_or_no_image_is_left_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let files = parts(folder.path());
        let of = |files: &[PathBuf], least: usize| {
            let headers = headers(files, &pair(None)).unwrap().unwrap();
            ImageArray::of(files, &headers, &pair(None), true, least).is_some()
        };
        assert!(of(&files, 7 * 60 - 1) && !of(&files, 7 * 60) && !of(&[], 0));
        // A shape, and whether it makes images beside the first file, and alone.
        for (shape, beside, alone) in [
            (&[50, 60][..], false, false),
            (&[], false, false),
            (&[5, 4, 5, 1], false, true),
            (&[0, 4, 5, 3], true, false),
            (&[1, 1 << 20, 1 << 20], false, false), // one too large
            (&[1 << 20, 100, 100], false, false),   // more than the file can hold
        ] {
            let other = folder.path().join("other.npz");
            fs_err::write(&other, npz(&npy(shape, 0), CompressionMethod::Stored)).unwrap();
            assert_eq!(of(&[files[0].clone(), other.clone()], 0), beside, "{shape:?}");
            assert_eq!(of(&[other], 0), alone, "{shape:?}");
        }
        let tensors = folder.path().join("other.safetensors");
        fs_err::write(&tensors, [0; 9]).unwrap();
        assert!(headers(&[files[0].clone(), tensors], &pair(None)).unwrap().is_none());
    }

    #[test]
    fn parts_that_end_early_or_late_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = parts(folder.path());
        let mut short = npy(&[2, 4, 5, 3], 0);
        short.truncate(short.len() - 1);
        fs_err::write(&files[1], npz(&short, CompressionMethod::Deflated)).unwrap();
        let headers_of = |files: &[PathBuf]| headers(files, &pair(None)).unwrap().unwrap();
        let (headers, pair) = (headers_of(&files), pair(None));
        let array = ImageArray::of(&files, &headers, &pair, true, 0).unwrap();
        let message = array.images(folder.path()).unwrap_err().to_string();
        assert!(message.contains("second.npz, X: of 2 rows, those after 0 cannot be read"), "{message}");
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
        let long = [npy(&[2, 4, 5, 3], 0), vec![7]].concat();
        fs_err::write(&files[1], npz(&long, CompressionMethod::Deflated)).unwrap();
        let message = array.images(folder.path()).unwrap_err().to_string();
        assert!(message.contains("second.npz, X: goes on after its 2 rows"), "{message}");
        files.truncate(1);
        let headers = headers_of(&files);
        assert!(ImageArray::of(&files, &headers, &pair, true, 0).unwrap().images(folder.path()).is_ok());
    }
}
