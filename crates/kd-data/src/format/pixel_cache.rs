//! Decoded images, kept in a file that later processes map into memory.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs_err::File;
use tch::{Device, Kind, Tensor};

use crate::Images;
use crate::error::Result;

/// Where decoded images are kept: `images` in the folder that the environment variable `KD_CACHE` names, or else in `kd`
/// in the user's folder of caches; nowhere if there is none.
pub(super) fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let user = || named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")));
    Some(named("KD_CACHE").or_else(|| Some(user()?.join("kd")))?.join("images"))
}

/// The images that a key stands for: those in the folder or, if it has none, those that `decode` gives, which are then put
/// there. A folder that cannot be written to is done without.
pub(super) fn images(folder: &Path, key: &str, decode: impl FnOnce() -> Result<Images>) -> Result<Images> {
    let path = folder.join(key);
    if let Ok(images) = mapped(&path) {
        return Ok(images);
    }
    let decoded = decode()?;
    match store(folder, &path, &decoded).and_then(|()| mapped(&path)) {
        Ok(images) => Ok(images),
        Err(_) => Ok(decoded),
    }
}

/// The sizes of the tensor, which follow its bytes.
type Footer = [u64; 4];

const FOOTER: usize = size_of::<Footer>();

/// The pages of a file as pixels, which no process may change in place: it would have them copied.
fn mapped(path: &Path) -> Result<Images> {
    let mut file = File::open(path)?;
    let mut footer = [0; FOOTER];
    let count = file.seek(SeekFrom::End(-(FOOTER as i64)))?;
    file.read_exact(&mut footer)?;
    let sizes: Vec<i64> = footer.as_chunks().0.iter().map(|&size| u64::from_le_bytes(size) as i64).collect();
    let pixels =
        Tensor::f_from_file(&path.to_string_lossy(), false, count as i64, (Kind::Uint8, Device::Cpu))?;
    Ok(Images { pixels: pixels.f_view(sizes.as_slice())?, peak: u8::MAX })
}

/// Puts images in place, whole or not at all.
fn store(folder: &Path, path: &Path, images: &Images) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    let private = path.with_extension(format!("{}.part", std::process::id()));
    let written = write(&private, images).and_then(|()| Ok(fs_err::rename(&private, path)?));
    if written.is_err() {
        // It may not even be there.
        let _ = fs_err::remove_file(&private);
    }
    written
}

fn write(path: &Path, Images { pixels, .. }: &Images) -> Result<()> {
    let mut file = File::create(path)?;
    for part in pixels.f_split(1024, 0)? {
        file.write_all(&Vec::<u8>::try_from(part.f_flatten(0, -1)?)?)?;
    }
    for size in pixels.size() {
        file.write_all(&(size as u64).to_le_bytes())?;
    }
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    fn decoded() -> Images {
        let pixels = Tensor::arange(2 * 3 * 4 * 5, (Kind::Uint8, Device::Cpu)).view([2, 3, 4, 5]);
        Images { pixels, peak: u8::MAX }
    }

    fn never() -> Result<Images> {
        Err(Error::NoExamples)
    }

    #[test]
    fn images_are_decoded_once() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("images");
        assert!(images(&place, "a", never).is_err());
        assert_eq!(images(&place, "a", || Ok(decoded())).unwrap().pixels, decoded().pixels);
        assert_eq!(images(&place, "a", never).unwrap().pixels, decoded().pixels);
        assert!(images(&place, "b", never).is_err());
        let there: Vec<_> =
            fs_err::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(there, ["a"]);
    }

    #[test]
    fn what_is_cut_or_cannot_be_written_is_decoded_anew() {
        let folder = tempfile::tempdir().unwrap();
        images(folder.path(), "a", || Ok(decoded())).unwrap();
        let whole = fs_err::read(folder.path().join("a")).unwrap();
        for length in [0, 7, 40, whole.len() - 1] {
            fs_err::write(folder.path().join("a"), &whole[..length]).unwrap();
            assert!(images(folder.path(), "a", never).is_err(), "{length} bytes");
        }
        assert_eq!(images(folder.path(), "a", || Ok(decoded())).unwrap().pixels, decoded().pixels);
        let file = folder.path().join("file");
        fs_err::write(&file, "no folder").unwrap();
        assert_eq!(images(&file, "a", || Ok(decoded())).unwrap().pixels, decoded().pixels);
    }
}
