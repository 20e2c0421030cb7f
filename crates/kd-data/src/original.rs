//! A file as it was published.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::error::{Error, Place, Result};
use crate::packing::{Packing, Unpacked};
use crate::utf16;

/// How the bytes of a text file become characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// UTF-8, or UTF-16 where a byte order mark or its bytes tell; anything else is an error.
    #[default]
    Utf8,
    /// ISO 8859-1: each byte is the character of that number.
    Latin1,
}

/// A file's name and bytes, unpacked if they were packed.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A packed file that grows beyond this many times its size (and a megabyte) is taken for a bomb.
pub(crate) const LARGEST_GROWTH: u64 = 200;

/// The most that a compressed file of so many bytes may grow to.
pub(crate) fn largest(bytes: usize) -> u64 {
    bytes as u64 * LARGEST_GROWTH + (1 << 20)
}

impl Original {
    /// Reads a file whole: at most its size in memory, or 200 times it and a megabyte if it is packed.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::from_bytes(name(path), fs_err::read(path)?)
    }

    /// A file's name and what it holds, unpacked if it was packed, to be read piece by piece.
    pub(crate) fn stream(path: &Path) -> Result<(String, Unpacked<'static>)> {
        let name = name(path);
        let mut file = BufReader::with_capacity(1 << 16, fs_err::File::open(path)?);
        let Some(packing) = Packing::of(file.fill_buf()?) else { return Ok((name, Box::new(file))) };
        let left = largest(file.get_ref().metadata()?.len() as usize);
        let unpacked =
            packing.unpacked(file.into_inner()).map_err(|error| damaged(&name, packing, &error))?;
        Ok(match unpacked {
            Some(unpacked) => (name, Box::new(Bounded::new(unpacked, left, LARGEST_GROWTH))),
            None => (name, Box::new(BufReader::with_capacity(1 << 16, fs_err::File::open(path)?))),
        })
    }

    /// A file of these bytes, unpacked if they are packed.
    pub(crate) fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        let name = name.into();
        let Some(packing) = Packing::of(&bytes) else { return Ok(Self { name, bytes }) };
        let limit = largest(bytes.len());
        // The last four bytes of gzip say how long it was, but need not be true.
        let promised = bytes.last_chunk().filter(|_| packing == Packing::Gzip);
        let promised = promised.map_or(0, |&length| u32::from_le_bytes(length));
        let mut whole = Vec::new();
        let unpacked = packing
            .unpacked(Cursor::new(&bytes))
            .map_err(|error| damaged(&name, packing, &error))?
            .map(|unpacked| {
                whole.reserve_exact(limit.min(promised.into()) as usize);
                unpacked.take(limit + 1).read_to_end(&mut whole)
            });
        let Some(read) = unpacked else { return Ok(Self { name, bytes }) };
        let original = Self { name, bytes: whole };
        match read {
            Err(error) => {
                let problem = format!("what follows cannot be decompressed as {}: {error}", packing.name());
                Err(original.byte(original.bytes.len() as u64, problem))
            }
            Ok(read) if read as u64 > limit => Err(original.fault(format!(
                "decompresses to more than {LARGEST_GROWTH} times its size; decompress it first if that is right"
            ))),
            Ok(_) => Ok(original),
        }
    }

    /// Its characters, without a byte order mark; Latin-1 takes up to twice its bytes, UTF-16 one and a half times.
    pub(crate) fn text(&self, charset: Charset) -> Result<Cow<'_, str>> {
        if charset == Charset::Latin1 {
            return Ok(self.bytes.iter().map(|&byte| char::from(byte)).collect());
        }
        if let Some(text) = utf16::decode(&self.bytes) {
            return Ok(text.into());
        }
        match str::from_utf8(&self.bytes) {
            Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into()),
            Err(error) => Err(self.byte(
                error.valid_up_to() as u64,
                "is not UTF-8 from here on; files in Latin-1 are read with charset = \"latin1\"",
            )),
        }
    }

    pub(crate) fn fault(&self, problem: impl Into<String>) -> Error {
        Error::file(&self.name, problem)
    }

    pub(crate) fn byte(&self, offset: u64, problem: impl Into<String>) -> Error {
        Error::in_file(&self.name, Place::Byte(offset), problem)
    }

    /// A fault at a row, counted from 1.
    pub(crate) fn row(&self, row: u64, problem: impl Into<String>) -> Error {
        Error::in_file(&self.name, Place::Row(row), problem)
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// What is said of a file that is packed and cannot be opened as such.
fn damaged(name: &str, packing: Packing, error: &io::Error) -> Error {
    Error::file(name, format!("begins as {} does, but cannot be unpacked: {error}", packing.name()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::packing::tests::{XZ, packed, zip};

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_seen_through() {
        assert_eq!(Original::from_bytes("a", compressed(b"text")).unwrap().bytes, b"text");
        assert_eq!(Original::from_bytes("a", b"text".to_vec()).unwrap().bytes, b"text");
    }

    #[test]
    fn damaged_and_explosive_gzip_is_refused() {
        let whole = compressed(&[7; 1000]);
        let cut = Original::from_bytes("a.gz", whole[..whole.len() - 5].to_vec()).unwrap_err();
        assert!(cut.to_string().starts_with("a.gz, byte 1000: what follows cannot"), "{cut}");
        let bomb = Original::from_bytes("a.gz", compressed(&vec![0; 4 << 20])).unwrap_err();
        assert!(bomb.to_string().contains("200 times"), "{bomb}");
    }

    #[test]
    fn a_stream_is_seen_through_and_held_to_the_same_growth() {
        let folder = tempfile::tempdir().unwrap();
        let read = |bytes: &[u8]| {
            let path = folder.path().join("a.gz");
            fs_err::write(&path, bytes).unwrap();
            let (name, mut stream) = Original::stream(&path).unwrap();
            assert_eq!(name, "a.gz");
            let mut text = Vec::new();
            stream.read_to_end(&mut text).map(|_| text)
        };
        assert_eq!(read(b"text").unwrap(), b"text");
        let whole = compressed(b"text");
        assert_eq!(read(&whole).unwrap(), b"text");
        assert!(read(&whole[..whole.len() - 5]).is_err());
        let bomb = read(&compressed(&vec![0; 4 << 20])).unwrap_err();
        assert_eq!(bomb.to_string(), "it grows to more than 200 times its size");
    }

    #[test]
    fn what_is_packed_is_seen_through_and_held_to_the_same_growth() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let stream = |bytes: &[u8]| {
            fs_err::write(&path, bytes).unwrap();
            let mut text = Vec::new();
            Original::stream(&path).unwrap().1.read_to_end(&mut text).map(|_| text)
        };
        for (packing, bytes) in packed(b"text") {
            assert_eq!(Original::from_bytes("t", bytes.clone()).unwrap().bytes, b"text", "{packing:?}");
            assert_eq!(stream(&bytes).unwrap(), b"text", "{packing:?}");
        }
        assert_eq!(Original::from_bytes("t", XZ.to_vec()).unwrap().bytes, b"text\n");
        assert_eq!(stream(XZ).unwrap(), b"text\n");
        for (packing, bomb) in packed(&vec![0; 4 << 20]).into_iter().take(4) {
            let message = Original::from_bytes("t", bomb.clone()).unwrap_err().to_string();
            assert!(message.contains("200 times"), "{packing:?}: {message}");
            assert!(stream(&bomb).unwrap_err().to_string().contains("200 times"), "{packing:?}");
        }
    }

    #[test]
    fn archives_of_several_files_or_none_are_left_to_their_readers() {
        let several = zip(&[("a.csv", b"x"), ("b.csv", b"y")], zip::CompressionMethod::Stored);
        assert_eq!(Original::from_bytes("t", several.clone()).unwrap().bytes, several);
        let cut = Original::from_bytes("t.zip", several[..30].to_vec()).unwrap_err().to_string();
        assert!(cut.starts_with("t.zip: begins as zip does, but cannot be unpacked: "), "{cut}");
    }

    #[test]
    fn characters_are_decoded_strictly() {
        let original = Original::from_bytes("a", b"caf\xe9".to_vec()).unwrap();
        assert_eq!(original.text(Charset::Latin1).unwrap(), "café");
        assert!(original.text(Charset::Utf8).unwrap_err().to_string().starts_with("a, byte 3: is not UTF-8"));
        assert_eq!(Original::from_bytes("a", "\u{feff}b".into()).unwrap().text(Charset::Utf8).unwrap(), "b");
    }
}
