//! Decoded images, kept in a file that later processes map into memory.

use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs_err::File;
use tch::{Device, Kind, Tensor};

use crate::Images;
use crate::error::{Error, Result};

/// Where decoded images are kept: `images` in the folder that the environment variable `KD_CACHE` names, or else in `kd`
/// in the user's folder of caches; nowhere if there is none.
pub(super) fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let user = || named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")));
    Some(named("KD_CACHE").or_else(|| Some(user()?.join("kd")))?.join("images"))
}

/// `[n, channels, height, width]`.
pub(super) type Sizes = [usize; 4];

/// What was written.
pub(super) struct Written {
    pub(super) sizes: Sizes,
    /// Which of the files gave no image, ascending.
    pub(super) left_out: Vec<u64>,
}

impl From<Sizes> for Written {
    fn from(sizes: Sizes) -> Self {
        Self { sizes, left_out: Vec::new() }
    }
}

/// Images, and which of their files gave none.
pub(super) type Found = (Images, Vec<u64>);

/// The images that `decode` writes, one after the other, plane by plane.
pub(super) fn decoded(decode: impl FnOnce(&mut dyn Write) -> Result<Written>) -> Result<Found> {
    let mut bytes = Vec::new();
    let Written { sizes, left_out } = decode(&mut bytes)?;
    let pixels = Tensor::f_from_slice(&bytes)?.f_view(sizes.map(|size| size as i64))?;
    Ok((Images { pixels, peak: u8::MAX }, left_out))
}

/// The images that a key stands for: those in the folder or, if it has none, those that `decode` writes, which are then
/// there, without ever lying in memory together. A folder that cannot be written to is done without.
pub(super) fn images(
    folder: &Path,
    key: &str,
    decode: impl Fn(&mut dyn Write) -> Result<Written>,
) -> Result<Found> {
    let path = folder.join(key);
    if let Ok(images) = mapped(&path) {
        return Ok(images);
    }
    if store(folder, &path, &decode)?
        && let Ok(images) = mapped(&path)
    {
        return Ok(images);
    }
    decoded(decode)
}

/// The sizes of the tensor, which follow its bytes and which of the files gave none of them, a number each.
type Footer = [u64; 4];

const FOOTER: usize = size_of::<Footer>();

/// The pages of a file as pixels, which no process may change in place: it would have them copied.
fn mapped(path: &Path) -> Result<Found> {
    let mut file = File::open(path)?;
    let mut footer = [0; FOOTER];
    let end = file.seek(SeekFrom::End(-(FOOTER as i64)))?;
    file.read_exact(&mut footer)?;
    let sizes: Vec<u64> = footer.as_chunks().0.iter().map(|&size| u64::from_le_bytes(size)).collect();
    let count = sizes.iter().try_fold(1_u64, |product, &size| product.checked_mul(size));
    let count = count.filter(|&count| count <= end && (end - count) % 8 == 0).ok_or(Error::NoExamples)?;
    let mut rest = vec![0; (end - count) as usize];
    file.seek(SeekFrom::Start(count))?;
    file.read_exact(&mut rest)?;
    let left_out = rest.as_chunks().0.iter().map(|&row| u64::from_le_bytes(row)).collect();
    let pixels =
        Tensor::f_from_file(&path.to_string_lossy(), false, count as i64, (Kind::Uint8, Device::Cpu))?;
    let sizes: Vec<i64> = sizes.into_iter().map(|size| size as i64).collect();
    Ok((Images { pixels: pixels.f_view(sizes.as_slice())?, peak: u8::MAX }, left_out))
}

/// Puts images in place, whole or not at all, and tells whether it could; an error is one of decoding.
fn store(folder: &Path, path: &Path, decode: impl Fn(&mut dyn Write) -> Result<Written>) -> Result<bool> {
    let private = path.with_extension(format!("{}.part", std::process::id()));
    let Ok(file) = fs_err::create_dir_all(folder).and_then(|()| File::create(&private)) else {
        return Ok(false);
    };
    let mut sink = Sink { file: BufWriter::new(file), failed: false };
    let written = decode(&mut sink);
    let placed = match &written {
        Ok(written) => sink.end(written).and_then(|()| fs_err::rename(&private, path)).is_ok(),
        Err(_) => false,
    };
    if !placed {
        // It may not even be there.
        let _ = fs_err::remove_file(&private);
    }
    match written {
        Err(error) if !sink.failed => Err(error),
        _ => Ok(placed),
    }
}

/// A file that remembers whether writing to it went wrong.
struct Sink {
    file: BufWriter<File>,
    failed: bool,
}

impl Sink {
    fn end(&mut self, Written { sizes, left_out }: &Written) -> std::io::Result<()> {
        let sizes = sizes.iter().map(|&size| size as u64);
        for number in left_out.iter().copied().chain(sizes) {
            self.file.write_all(&number.to_le_bytes())?;
        }
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes).inspect_err(|_| self.failed = true)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush().inspect_err(|_| self.failed = true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels() -> Tensor {
        Tensor::arange(2 * 3 * 4 * 5, (Kind::Uint8, Device::Cpu)).view([2, 3, 4, 5])
    }

    fn twice(to: &mut dyn Write) -> Result<Written> {
        let bytes: Vec<u8> = (0..2 * 3 * 4 * 5).collect();
        bytes.chunks(60).try_for_each(|image| to.write_all(image))?;
        Ok(Written { sizes: [2, 3, 4, 5], left_out: vec![1, 7] })
    }

    fn never(to: &mut dyn Write) -> Result<Written> {
        to.write_all(b"some")?;
        Err(Error::NoExamples)
    }

    #[test]
    fn images_are_decoded_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("images");
        assert!(matches!(images(&place, "a", never), Err(Error::NoExamples)));
        assert_eq!(images(&place, "a", twice).unwrap().0.pixels, pixels());
        let (found, left_out) = images(&place, "a", never).unwrap();
        assert_eq!((found.pixels, left_out), (pixels(), vec![1, 7]));
        assert!(images(&place, "b", never).is_err());
        let there: Vec<_> =
            fs_err::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(there, ["a"]);
    }

    #[test]
    fn what_is_cut_or_cannot_be_written_is_decoded_anew() {
        let folder = tempfile::tempdir().unwrap();
        images(folder.path(), "a", twice).unwrap();
        let whole = fs_err::read(folder.path().join("a")).unwrap();
        for length in [0, 7, 40, whole.len() - 1] {
            fs_err::write(folder.path().join("a"), &whole[..length]).unwrap();
            assert!(images(folder.path(), "a", never).is_err(), "{length} bytes");
        }
        assert_eq!(images(folder.path(), "a", twice).unwrap().0.pixels, pixels());
        let file = folder.path().join("file");
        fs_err::write(&file, "no folder").unwrap();
        assert_eq!(images(&file, "a", twice).unwrap().0.pixels, pixels());
    }

    /// Every byte that is written to it is one too many.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_no_fault_of_the_images() {
        let full = File::create("/dev/full").unwrap();
        let mut sink = Sink { file: BufWriter::with_capacity(16, full), failed: false };
        assert!(twice(&mut sink).is_err());
        assert!(sink.failed);
    }
}
