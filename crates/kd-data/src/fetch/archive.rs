//! One file out of an archive. Only what is asked for by its exact name is written, and only where the caller says, so
//! no name in an archive can lead out of a folder.

use std::io::{ErrorKind, Read, Seek};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::error::Result;

/// Writes the regular file `member` of a `.zip` or `.tar.gz` to `into`; what is wrong with the archive, if anything is.
pub(super) fn extract(archive: &Path, member: &str, into: &Path) -> Result<Option<String>> {
    let mut file = fs_err::File::open(archive)?;
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic)?;
    file.rewind()?;
    let written = match magic.as_slice() {
        b"PK" => from_zip(file, member, into),
        _ => from_tar(file, member, into),
    };
    Ok(match written {
        Ok(true) => None,
        Ok(false) => Some("the archive has no such file".to_owned()),
        Err(error) => Some(format!("it cannot be unpacked: {error}")),
    })
}

fn from_zip(file: fs_err::File, member: &str, into: &Path) -> std::io::Result<bool> {
    let mut archive = ZipArchive::new(file)?;
    let Some(index) = archive.index_for_name(member) else { return Ok(false) };
    let mut entry = archive.by_index(index)?;
    if entry.is_file() {
        std::io::copy(&mut entry, &mut fs_err::File::create(into)?)?;
    }
    Ok(entry.is_file())
}

fn from_tar(file: fs_err::File, member: &str, into: &Path) -> std::io::Result<bool> {
    for entry in tar::Archive::new(MultiGzDecoder::new(std::io::BufReader::new(file))).entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_file() && entry.path_bytes().as_ref() == member.as_bytes() {
            let size = entry.size();
            let written = std::io::copy(&mut entry, &mut fs_err::File::create(into)?)?;
            return if written == size { Ok(true) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
    }
    Ok(false)
}
