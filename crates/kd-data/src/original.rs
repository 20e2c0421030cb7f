//! A file as it was published.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::error::{Error, Place, Result};

/// How the bytes of a text file become characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// UTF-8; anything else is an error.
    #[default]
    Utf8,
    /// ISO 8859-1: each byte is the character of that number.
    Latin1,
}

/// A file's name and bytes, decompressed if they were compressed with gzip.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A compressed file that grows beyond this many times its size (and a megabyte) is taken for a bomb.
pub(crate) const LARGEST_GROWTH: u64 = 200;

/// The most that a compressed file of so many bytes may grow to.
pub(crate) fn largest(bytes: usize) -> u64 {
    bytes as u64 * LARGEST_GROWTH + (1 << 20)
}

impl Original {
    /// Reads a file whole: at most its size in memory, or 200 times it and a megabyte if it is compressed.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self::from_bytes(name, fs_err::read(path)?)
    }

    /// A file's name and what it holds, decompressed if it was compressed with gzip, to be read piece by piece.
    pub(crate) fn stream(path: &Path) -> Result<(String, Box<dyn Read + Send>)> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut file = BufReader::with_capacity(1 << 16, fs_err::File::open(path)?);
        let compressed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
        Ok(if compressed {
            let left = largest(file.get_ref().metadata()?.len() as usize);
            (name, Box::new(Bounded::new(MultiGzDecoder::new(file), left, LARGEST_GROWTH)))
        } else {
            (name, Box::new(file))
        })
    }

    /// A file of these bytes.
    pub(crate) fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self> {
        let name = name.into();
        if !bytes.starts_with(&[0x1f, 0x8b]) {
            return Ok(Self { name, bytes });
        }
        let limit = largest(bytes.len());
        // The last four bytes say how long it was, but need not be true.
        let promised = bytes.last_chunk().map_or(0, |&length| u32::from_le_bytes(length));
        let mut decompressed = Vec::with_capacity(limit.min(promised.into()) as usize);
        let read = MultiGzDecoder::new(bytes.as_slice()).take(limit + 1).read_to_end(&mut decompressed);
        let original = Self { name, bytes: decompressed };
        match read {
            Err(error) => {
                let problem = format!("what follows cannot be decompressed as gzip: {error}");
                Err(original.byte(original.bytes.len() as u64, problem))
            }
            Ok(read) if read as u64 > limit => Err(original.fault(format!(
                "decompresses to more than {LARGEST_GROWTH} times its size; decompress it first if that is right"
            ))),
            Ok(_) => Ok(original),
        }
    }

    /// Its characters, without a byte order mark; Latin-1 takes up to twice its bytes.
    pub(crate) fn text(&self, charset: Charset) -> Result<Cow<'_, str>> {
        match charset {
            Charset::Latin1 => Ok(self.bytes.iter().map(|&byte| char::from(byte)).collect()),
            Charset::Utf8 => match str::from_utf8(&self.bytes) {
                Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into()),
                Err(error) => Err(self.byte(
                    error.valid_up_to() as u64,
                    "is not UTF-8 from here on; files in Latin-1 are read with charset = \"latin1\"",
                )),
            },
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

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
    fn characters_are_decoded_strictly() {
        let original = Original::from_bytes("a", b"caf\xe9".to_vec()).unwrap();
        assert_eq!(original.text(Charset::Latin1).unwrap(), "café");
        assert!(original.text(Charset::Utf8).unwrap_err().to_string().starts_with("a, byte 3: is not UTF-8"));
        assert_eq!(Original::from_bytes("a", "\u{feff}b".into()).unwrap().text(Charset::Utf8).unwrap(), "b");
    }
}
