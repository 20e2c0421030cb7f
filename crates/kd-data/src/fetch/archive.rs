//! Files out of an archive. Only what is asked for by its name is written, and only where the caller says, so no name in
//! an archive can lead out of a folder.

use std::io::{self, ErrorKind, Read, Seek};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::bounded::Bounded;
use crate::catalogue::Kind;
use crate::error::Result;

/// An archive that grows beyond this many times its size (and a megabyte) is taken for a bomb.
const LARGEST_GROWTH: u64 = 20;

/// What is to come out of an archive.
#[derive(Debug)]
pub(super) struct Member<'a> {
    /// Its name there.
    pub(super) name: &'a str,
    /// A file alone, or all that lies below a folder.
    pub(super) kind: Kind,
    /// Where it goes; nothing is there yet.
    pub(super) into: &'a Path,
}

/// Unpacks a `.zip` or `.tar.gz` as far as `member` takes; what is wrong with the archive, if anything is.
pub(super) fn extract(archive: &Path, member: &Member<'_>) -> Result<Option<String>> {
    let mut file = fs_err::File::open(archive)?;
    let mut magic = Vec::new();
    file.by_ref().take(2).read_to_end(&mut magic)?;
    file.rewind()?;
    let mut left = file.metadata()?.len() * LARGEST_GROWTH + (1 << 20);
    let written = match magic.as_slice() {
        b"PK" => member.out_of_zip(file, &mut left),
        _ => member.out_of_tar(file, &mut left),
    };
    Ok(match written {
        Ok(0) => Some(format!("the archive has no such {}", member.kind)),
        Ok(_) => None,
        Err(error) => Some(format!("it cannot be unpacked: {error}")),
    })
}

impl Member<'_> {
    /// How many files were written.
    fn out_of_zip(&self, file: fs_err::File, left: &mut u64) -> io::Result<usize> {
        let mut archive = ZipArchive::new(file)?;
        let mut written = 0;
        for index in 0..archive.len() {
            let Some(name) = archive.name_for_index(index).transpose()? else { continue };
            let name = name.into_owned();
            let Some(place) = self.place(&name)? else { continue };
            let mut entry = archive.by_index(index)?;
            if entry.is_dir() {
                continue;
            }
            if !entry.is_file() {
                return Err(no_file(&name));
            }
            write(&mut Bounded::new(&mut entry, &mut *left, LARGEST_GROWTH), &place)?;
            written += 1;
        }
        Ok(written)
    }

    /// How many files were written.
    fn out_of_tar(&self, file: fs_err::File, left: &mut u64) -> io::Result<usize> {
        let inner = MultiGzDecoder::new(io::BufReader::new(file));
        let mut written = 0;
        for entry in tar::Archive::new(Bounded::new(inner, left, LARGEST_GROWTH)).entries()? {
            let mut entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(place) = self.place(&name)? else { continue };
            if entry.header().entry_type().is_dir() {
                continue;
            }
            if !entry.header().entry_type().is_file() {
                return Err(no_file(&name));
            }
            let size = entry.size();
            if write(&mut entry, &place)? != size {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            written += 1;
            if self.kind == Kind::File {
                break;
            }
        }
        Ok(written)
    }

    /// Where something of the archive goes, if it is wanted.
    fn place(&self, name: &str) -> io::Result<Option<PathBuf>> {
        let Some(below) = name.strip_prefix("./").unwrap_or(name).strip_prefix(self.name) else {
            return Ok(None);
        };
        match (self.kind, below.strip_prefix('/')) {
            (Kind::File, None) if below.is_empty() => Ok(Some(self.into.to_owned())),
            (Kind::Folder, Some(below)) => {
                let inside = Path::new(below).components().all(|part| matches!(part, Component::Normal(_)));
                let refused = || io::Error::other(format!("`{name}` leads out of the folder"));
                inside.then(|| Some(self.into.join(below))).ok_or_else(refused)
            }
            _ => Ok(None),
        }
    }
}

/// Links and devices have no business among data.
fn no_file(name: &str) -> io::Error {
    io::Error::other(format!("`{name}` is neither a file nor a folder"))
}

/// Writes a new file; how many bytes.
fn write(contents: &mut impl Read, place: &Path) -> io::Result<u64> {
    if let Some(folder) = place.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(place)?;
    io::copy(contents, &mut file)
}
