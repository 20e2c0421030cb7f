//! Brings original files from where they are published, from a mirror, or from a folder.
//!
//! ```text
//! FOLDER/
//!   mnist/train-images-idx3-ubyte.gz   whole and verified, always
//!   imdb/aclImdb/train/                a folder of an archive: all of it or nothing
//!   .fetch/mnist/                      what is coming; a later fetch goes on with what came, and unpacks anew
//!   .fetch/lock                        held while files come
//! ```

mod archive;
mod download;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::{Agent, Proxy};

use crate::catalogue::{Archive, Checksum, Condition, Entry, File, Kind, Published};
use crate::error::{Error, FetchError, Result};

/// Brings files into a folder of data sets.
#[derive(Debug)]
pub struct Fetch {
    folder: PathBuf,
    mirror: Option<Mirror>,
    agent: Agent,
}

/// Where files are taken from instead of where they are published. They lie below it as in a folder of data sets, or
/// all next to each other; archives may be whole. Folders come out of their archive, or as they lie in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mirror {
    /// A folder on this machine.
    Folder(PathBuf),
    /// What addresses begin with, `http://` or `https://`.
    Address(String),
}

/// What is told on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A file is there and right, or nothing is known to hold it to.
    Kept {
        /// Where it is in the folder of data sets.
        file: &'static str,
    },
    /// Some of a file, or of the archive that holds it, has come.
    Received {
        /// Where it will be in the folder of data sets.
        file: &'static str,
        /// Bytes that are here.
        bytes: u64,
        /// Bytes of the whole.
        of: u64,
    },
    /// An archive is here and right, and a file or folder is taken out of it.
    Unpacking {
        /// Where it will be in the folder of data sets.
        file: &'static str,
    },
    /// A file has come.
    Brought {
        /// Where it is in the folder of data sets.
        file: &'static str,
        /// Whether it was held to its publisher's checksum, or to that of its archive.
        verified: bool,
    },
}

/// A place that may have a file.
#[derive(Debug)]
struct Candidate {
    place: Place,
    checksum: Option<Checksum>,
    /// The file's name in the archive that is there.
    member: Option<&'static str>,
}

#[derive(Debug)]
enum Place {
    Local(PathBuf),
    Remote(String),
}

/// The longest that a server may be silent.
const PATIENCE: Duration = Duration::from_mins(1);

impl Fetch {
    /// Into `folder`, from where files are published or from a mirror. Proxies are those that the environment names.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, mirror: Option<Mirror>) -> Self {
        let agent = download::agent(PATIENCE, Proxy::try_from_env());
        Self { folder: folder.into(), mirror, agent }
    }

    /// Brings the files of a data set that are missing or wrong, and nothing if it is part of the program. Each gets
    /// its name only when it is whole and agrees with its checksum; what came of others is kept for the next time.
    ///
    /// # Errors
    /// If a file is not to be had or is not what it should be, if the folder cannot be written, or if another fetch
    /// is writing to it.
    pub fn bring(&self, entry: &Entry, on: &mut dyn FnMut(Event)) -> Result<()> {
        if entry.is_embedded() {
            return Ok(());
        }
        self.bring_files(entry.name, entry.files, on)
    }

    fn bring_files(&self, name: &str, files: &'static [File], on: &mut dyn FnMut(Event)) -> Result<()> {
        let mut wanted = Vec::new();
        for file in files {
            match file.condition(&self.folder)? {
                Condition::Right | Condition::Unverified => on(Event::Kept { file: file.path }),
                Condition::Missing | Condition::Wrong(_) => wanted.push(file),
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let fetching = self.folder.join(".fetch");
        fs_err::create_dir_all(&fetching)?;
        let _lock = lock(&fetching)?;
        let coming = fetching.join(name);
        fs_err::create_dir_all(&coming)?;
        for file in wanted {
            self.bring_file(file, &coming, on)?;
        }
        Ok(fs_err::remove_dir_all(coming)?)
    }

    fn bring_file(&self, file: &'static File, coming: &Path, on: &mut dyn FnMut(Event)) -> Result<()> {
        let candidates = self.candidates(file);
        for candidate in &candidates {
            let mut received = |bytes, of| on(Event::Received { file: file.path, bytes, of });
            let Some(mut whole) = self.obtain(candidate, file, coming, &mut received)? else { continue };
            if let Some(member) = candidate.member {
                on(Event::Unpacking { file: file.path });
                whole = extract(candidate, member, &whole, file, coming)?;
            }
            publish(&whole, &self.folder.join(file.path))?;
            let verified = file.checksum.is_some() || candidate.member.is_some();
            on(Event::Brought { file: file.path, verified });
            return Ok(());
        }
        let places: Vec<String> = candidates.iter().map(|candidate| candidate.place.to_string()).collect();
        if places.is_empty() {
            return Err(FetchError::Unpublished {
                file: file.path,
                folder: self.folder.display().to_string(),
            }
            .into());
        }
        Err(unavailable(file, &places.join(" or "), "there is no such file, or none that may be read"))
    }

    /// Where to look for a file, in this order.
    fn candidates(&self, file: &File) -> Vec<Candidate> {
        let Some(mirror) = &self.mirror else {
            return match file.published {
                Published::Nowhere => Vec::new(),
                Published::Alone(address) => vec![Candidate::file(Place::Remote(address.to_owned()), file)],
                Published::Within(archive, member) => {
                    vec![Candidate::archive(Place::Remote(archive.address.to_owned()), archive, member)]
                }
            };
        };
        let below: &[&str] = match (file.kind, mirror) {
            (Kind::File, _) => &[file.path, last_part(file.path)],
            // Many a folder is called `train`.
            (Kind::Folder, Mirror::Folder(_)) => &[file.path],
            (Kind::Folder, Mirror::Address(_)) => &[],
        };
        let mut candidates: Vec<Candidate> =
            below.iter().map(|below| Candidate::file(mirror.below(below), file)).collect();
        if let Published::Within(archive, member) = file.published {
            let name = last_part(archive.address);
            let beside = file.path.split('/').next().map_or_else(String::new, |set| format!("{set}/{name}"));
            candidates.extend(
                [&beside, name].map(|below| Candidate::archive(mirror.below(below), archive, member)),
            );
        }
        candidates
    }

    /// A verified file at a place: a copy of what is to get a name, an archive as it lies. `None` if there is none.
    fn obtain(
        &self,
        candidate: &Candidate,
        file: &File,
        coming: &Path,
        received: &mut dyn FnMut(u64, u64),
    ) -> Result<Option<PathBuf>> {
        let path = match &candidate.place {
            Place::Remote(address) => {
                let partial = coming.join(format!("{}.part", last_part(address)));
                let download = download::Download { agent: &self.agent, file, address, partial: &partial };
                return Ok(download.run(candidate.checksum, received)?.then_some(partial));
            }
            Place::Local(path) => path,
        };
        let kind = if candidate.member.is_some() { Kind::File } else { file.kind };
        let is_there = match kind {
            Kind::File => path.is_file(),
            Kind::Folder => path.is_dir(),
        };
        if !is_there {
            return Ok(None);
        }
        let mut whole = path.clone();
        if candidate.member.is_none() {
            whole = vacant(coming, file)?;
            copy(path, &whole)?;
        }
        let problem = candidate.checksum.map(|checksum| checksum.mismatch(&whole)).transpose()?.flatten();
        match problem {
            Some(problem) => Err(unavailable(file, &candidate.place.to_string(), problem)),
            None => Ok(Some(whole)),
        }
    }
}

impl Candidate {
    fn file(place: Place, file: &File) -> Self {
        Self { place, checksum: file.checksum, member: None }
    }

    fn archive(place: Place, archive: Archive, member: &'static str) -> Self {
        Self { place, checksum: Some(archive.checksum), member: Some(member) }
    }
}

impl Mirror {
    fn below(&self, path: &str) -> Place {
        match self {
            Self::Folder(folder) => Place::Local(folder.join(path)),
            Self::Address(address) => Place::Remote(format!("{}/{path}", address.trim_end_matches('/'))),
        }
    }
}

impl From<&str> for Mirror {
    fn from(place: &str) -> Self {
        if place.starts_with("http://") || place.starts_with("https://") {
            Self::Address(place.to_owned())
        } else {
            Self::Folder(place.into())
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Remote(address) => f.write_str(address),
        }
    }
}

/// Where a file or folder becomes whole, without what an earlier fetch left there.
fn vacant(coming: &Path, file: &File) -> Result<PathBuf> {
    let path = coming.join(last_part(file.path));
    let removed = if path.is_dir() { fs_err::remove_dir_all(&path) } else { fs_err::remove_file(&path) };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(path),
    }
}

/// Copies a file, or a folder with all that it holds.
fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        std::io::copy(&mut fs_err::File::open(from)?, &mut fs_err::File::create(to)?)?;
        return Ok(());
    }
    fs_err::create_dir(to)?;
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Unpacks a file or folder of a verified archive.
fn extract(
    candidate: &Candidate,
    member: &str,
    archive: &Path,
    file: &File,
    coming: &Path,
) -> Result<PathBuf> {
    let unpacked = vacant(coming, file)?;
    let wanted = archive::Member { name: member, kind: file.kind, into: &unpacked };
    let mut problem = archive::extract(archive, &wanted)?;
    if problem.is_none() {
        problem = file.checksum.map(|checksum| checksum.mismatch(&unpacked)).transpose()?.flatten();
    }
    let Some(problem) = problem else { return Ok(unpacked) };
    vacant(coming, file)?;
    Err(unavailable(file, &format!("{member} in {}", candidate.place), problem))
}

/// Gives a file or folder its name once its bytes are on the disk.
fn publish(whole: &Path, path: &Path) -> Result<()> {
    if whole.is_dir() {
        // One by one, a hundred thousand files would take minutes.
        rustix::fs::sync();
    } else {
        fs_err::File::open(whole)?.sync_all()?;
    }
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    Ok(fs_err::rename(whole, path)?)
}

/// Two fetches would write to the same partial files.
fn lock(folder: &Path) -> Result<std::fs::File> {
    let path = folder.join("lock");
    let file = fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
    let file = file.into_parts().0;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(FetchError::Busy(path.display().to_string()).into()),
        Err(std::fs::TryLockError::Error(error)) => {
            Err(std::io::Error::new(error.kind(), format!("{}: {error}", path.display())).into())
        }
    }
}

fn unavailable(file: &File, place: &str, problem: impl Into<String>) -> Error {
    FetchError::Unavailable { file: file.path, place: place.to_owned(), problem: problem.into() }.into()
}

/// What follows the last slash.
fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
