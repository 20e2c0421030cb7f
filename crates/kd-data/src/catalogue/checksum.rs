use std::io::{BufRead, BufReader};
use std::path::Path;

use md5::Md5;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::Result;

/// What tells a publisher's bytes from others, in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Checksum {
    /// SHA-256.
    Sha256(&'static str),
    /// MD5, where the publisher gives no better: it finds damage, not malice.
    Md5(&'static str),
}

impl Checksum {
    /// What is wrong with a file's bytes, if anything is.
    pub(crate) fn mismatch(self, path: &Path) -> Result<Option<String>> {
        let (name, expected, found) = match self {
            Self::Sha256(expected) => ("SHA-256", expected, hexadecimal::<Sha256>(path)?),
            Self::Md5(expected) => ("MD5", expected, hexadecimal::<Md5>(path)?),
        };
        Ok((found != expected).then(|| format!("its {name} is {found}, not {expected}")))
    }
}

fn hexadecimal<D: Digest>(path: &Path) -> Result<String> {
    let mut digest = D::new();
    let mut file = BufReader::with_capacity(1 << 16, fs_err::File::open(path)?);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        digest.update(bytes);
        let count = bytes.len();
        file.consume(count);
    }
    let mut text = String::new();
    for byte in digest.finalize() {
        text.push_str(&format!("{byte:02x}"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of FIPS 180-2 and RFC 1321.
    #[test]
    fn checksums_are_those_of_the_standards() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), "abc").unwrap();
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for right in [Checksum::Sha256(sha256), Checksum::Md5("900150983cd24fb0d6963f7d28e17f72")] {
            assert_eq!(right.mismatch(file.path()).unwrap(), None);
        }
        let problem = Checksum::Md5("00").mismatch(file.path()).unwrap().unwrap();
        assert_eq!(problem, "its MD5 is 900150983cd24fb0d6963f7d28e17f72, not 00");
    }
}
