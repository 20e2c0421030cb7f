//! How a file may be packed: compressed, or the only one in a zip archive.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use bzip2::read::MultiBzDecoder;
use flate2::CrcReader;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use lzma_rust2::XzReader;
use zip::{CompressionMethod, ZipArchive};

/// What a packed file is, as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Xz,
    Bzip2,
    Zstandard,
    Zip,
}

/// Memory that a reader of xz may take, in KiB: twice what its highest preset does.
const XZ_MEMORY: u32 = 128 << 10;

/// What is read of a file that is packed.
pub(crate) type Unpacked<'a> = Box<dyn Read + Send + 'a>;

impl Packing {
    /// How a file with these first bytes is packed, if it is.
    pub(crate) fn of(first: &[u8]) -> Option<Self> {
        Some(match first {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // A block, or the end of an empty file.
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', b'S', b'Y', ..]
            | [b'B', b'Z', b'h', b'1'..=b'9', 0x17, b'r', b'E', b'8', b'P', 0x90, ..] => Self::Bzip2,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstandard,
            [b'P', b'K', 3, 4, ..] => Self::Zip,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Zstandard => "Zstandard",
            Self::Zip => "zip",
        }
    }

    /// What is in `packed`, which is read from its start; nothing where it is an archive that means something as such, or
    /// is not of one file.
    pub(crate) fn unpacked<'a>(
        self,
        mut packed: impl Read + Seek + Send + 'a,
    ) -> io::Result<Option<Unpacked<'a>>> {
        packed.seek(SeekFrom::Start(0))?;
        let packed = BufReader::with_capacity(1 << 16, packed);
        let inner: Unpacked<'a> = match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Xz => Box::new(XzReader::new_mem_limit(packed, true, XZ_MEMORY)),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
            Self::Zstandard => Box::new(zstd::Decoder::with_buffer(packed)?),
            Self::Zip => match only(packed)? {
                Some(inner) => inner,
                None => return Ok(None),
            },
        };
        Ok(Some(Box::new(UpToFailure { inner: Some(inner) })))
    }
}

/// Names of the files in a zip archive, without folders and what macOS adds to them; none if it is not whole.
pub(crate) fn names(archive: impl Read + Seek) -> Option<Vec<String>> {
    let archive = ZipArchive::new(archive).ok()?;
    let names = archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned());
    Some(names.filter(|name| is_file(name)).collect())
}

fn is_file(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    !name.starts_with("__MACOSX/") && !last.is_empty() && last != ".DS_Store"
}

/// Whether an archive of this one file is no file that was packed: an array of numpy's `.npz`, or what an Office
/// document starts with.
fn means_something(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "npy") || name == "[Content_Types].xml"
}

/// The only file in an archive.
fn only<'a>(mut packed: BufReader<impl Read + Seek + Send + 'a>) -> io::Result<Option<Unpacked<'a>>> {
    let mut archive = ZipArchive::new(&mut packed)?;
    let names: Vec<String> =
        archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    let mut files = (0..).zip(&names).filter(|(_, name)| is_file(name));
    let (Some((place, name)), None) = (files.next(), files.next()) else { return Ok(None) };
    if means_something(name) {
        return Ok(None);
    }
    let file = archive.by_index_raw(place)?;
    let (method, stored, expected) = (file.compression(), file.compressed_size(), file.crc32());
    let (is_secret, start) = (file.encrypted(), file.data_start());
    drop(file);
    if is_secret {
        return Err(io::Error::other(format!("`{name}` in it is encrypted; unpack it")));
    }
    packed.seek(SeekFrom::Start(start.ok_or_else(|| io::Error::other("its place is not known"))?))?;
    let stored = packed.take(stored);
    let inner: Unpacked<'a> = match method {
        CompressionMethod::Stored => Box::new(stored),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(stored)),
        other => {
            let problem =
                format!("`{name}` in it is compressed by {other}; unpack it, or compress it by deflate");
            return Err(io::Error::other(problem));
        }
    };
    Ok(Some(Box::new(Checked { inner: CrcReader::new(inner), expected })))
}

/// What must have a known checksum when it ends.
struct Checked<R> {
    inner: CrcReader<R>,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.inner.crc().sum() != self.expected {
            return Err(io::Error::other("its checksum is another"));
        }
        Ok(count)
    }
}

/// What ends where it fails: some readers may not be asked again.
struct UpToFailure<R> {
    inner: Option<R>,
}

impl<R: Read> Read for UpToFailure<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.as_mut().map_or(Ok(0), |inner| inner.read(buffer));
        if read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.inner = None;
        }
        read
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::{Cursor, Write};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    pub(crate) fn zip(files: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    /// `bytes` packed in each way that can be written here.
    pub(crate) fn packed(bytes: &[u8]) -> Vec<(Packing, Vec<u8>)> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(bytes).unwrap();
        let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        bzip.write_all(bytes).unwrap();
        vec![
            (Packing::Gzip, gzip.finish().unwrap()),
            (Packing::Bzip2, bzip.finish().unwrap()),
            (Packing::Zstandard, zstd::encode_all(bytes, 9).unwrap()),
            (Packing::Zip, zip(&[("folder/t.csv", bytes)], CompressionMethod::Deflated)),
            (Packing::Zip, zip(&[("t.csv", bytes), ("__MACOSX/._t.csv", b"x")], CompressionMethod::Stored)),
        ]
    }

    /// What `xz` made of `text` and a line break.
    pub(crate) const XZ: &[u8] = &[
        253, 55, 122, 88, 90, 0, 0, 4, 230, 214, 180, 70, 2, 0, 33, 1, 12, 0, 0, 0, 143, 152, 65, 156, 1, 0,
        4, 116, 101, 120, 116, 10, 0, 0, 0, 0, 29, 43, 210, 138, 175, 25, 76, 205, 0, 1, 29, 5, 184, 45, 128,
        175, 31, 182, 243, 125, 1, 0, 0, 0, 0, 4, 89, 90,
    ];

    fn read(packing: Packing, bytes: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let Some(mut inner) = packing.unpacked(Cursor::new(bytes))? else { return Ok(None) };
        let mut unpacked = Vec::new();
        inner.read_to_end(&mut unpacked)?;
        Ok(Some(unpacked))
    }

    #[test]
    fn files_are_known_by_their_first_bytes_and_unpacked() {
        let mut all = packed(b"text\n");
        all.push((Packing::Xz, XZ.to_vec()));
        for (packing, bytes) in all {
            assert_eq!(Packing::of(&bytes), Some(packing));
            assert_eq!(read(packing, &bytes).unwrap().as_deref(), Some(&b"text\n"[..]), "{packing:?}");
            for length in 10..bytes.len() {
                let cut = read(packing, &bytes[..length]);
                assert!(
                    cut.is_err() || cut.is_ok_and(|cut| cut.as_deref() == Some(b"text\n")),
                    "{packing:?} {length}"
                );
            }
        }
        assert_eq!(Packing::of(b"BZh9,x,y\n1"), None);
        assert_eq!(Packing::of(b"PK,x,y\n1,2"), None);
        assert_eq!(read(Packing::Bzip2, &packed(b"")[1].1).unwrap(), Some(Vec::new()));
    }

    #[test]
    fn archives_that_mean_something_are_left_as_they_are() {
        let stored = CompressionMethod::Stored;
        for files in [
            &[("x.npy", &b"x"[..])][..],
            &[("[Content_Types].xml", b"<x/>")],
            &[("a.csv", b"x"), ("b.csv", b"y")],
            &[],
        ] {
            let bytes = [b"PK\x03\x04".as_slice(), &zip(files, stored)].concat();
            let bytes = if files.is_empty() { bytes } else { zip(files, stored) };
            assert_eq!(read(Packing::Zip, &bytes).ok().flatten(), None);
        }
    }

    #[test]
    fn another_checksum_is_noticed() {
        let mut bytes = zip(&[("t.csv", b"text\n")], CompressionMethod::Stored);
        let text = bytes.windows(4).position(|window| window == b"text").unwrap();
        bytes[text] = b'n';
        assert_eq!(read(Packing::Zip, &bytes).unwrap_err().to_string(), "its checksum is another");
    }
}
