//! What is being written, and for how long it is left alone.
//!
//! A name in `attempts` belongs to whoever holds the lock on the file `NAME.lock` beside it, which is there before
//! anything bears the name and is removed after it. So a lock that can be taken, and a name without one, are what
//! processes left behind that are dead.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};

use fs_err::{File, OpenOptions};

use crate::error::{Error, Result};

const EXTENSION: &str = "lock";

/// A name for a file or a folder that is being written. What bears it is cleared away when this is dropped, and before
/// that by nobody.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    /// Removed before it is let go.
    _lock: tempfile::TempPath,
    _held: File,
}

impl Claim {
    /// A name in `folder` that starts with `prefix`.
    pub(super) fn new(folder: &Path, prefix: &str) -> Result<Self> {
        loop {
            let (file, lock) = tempfile::Builder::new()
                .prefix(&format!("{prefix}."))
                .suffix(&format!(".{EXTENSION}"))
                .tempfile_in(folder)?
                .into_parts();
            let file = File::from_parts(file, &lock);
            // Whoever clears may have come between: it holds the lock, or has removed its file.
            if !is_taken(&file)? && lock.exists() {
                return Ok(Self { path: lock.with_extension(""), _lock: lock, _held: file });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Mostly there is nothing left: it was renamed to where it is wanted. The lock's own file goes after it.
        let _ = remove(&self.path);
    }
}

/// Removes what nobody alive has claimed in `folder`.
pub(super) fn clear(folder: &Path) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let is_lock = path.extension().is_some_and(|extension| extension == EXTENSION);
        let name = if is_lock { path.with_extension("") } else { path };
        let lock = PathBuf::from(format!("{}.{EXTENSION}", name.display()));
        // For writing, as network file systems lock for nobody else.
        match OpenOptions::new().write(true).open(&lock) {
            Ok(file) => {
                if is_taken(&file)? {
                    continue;
                }
                remove(&name)?;
                remove(&lock)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => remove(&name)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether another holds the lock on `file`; if not, it is held until `file` is dropped.
pub(super) fn is_taken(file: &File) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(Error::at(file.path(), &error)),
    }
}

/// Removes a file or a folder that may have gone already.
fn remove(path: &Path) -> std::io::Result<()> {
    let removed = match fs_err::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs_err::remove_dir_all(path),
        Ok(_) => fs_err::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn entries(folder: &Path) -> usize {
        fs_err::read_dir(folder).unwrap().count()
    }

    #[test]
    fn what_the_living_write_is_left_alone_and_what_the_dead_left_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let claim = Claim::new(folder.path(), "run").unwrap();
        fs_err::create_dir(claim.path()).unwrap();
        fs_err::write(claim.path().join("weights"), "half").unwrap();
        // Left by processes that died, with and without its lock's file.
        fs_err::write(folder.path().join("file"), "half").unwrap();
        fs_err::create_dir(folder.path().join("other.x")).unwrap();
        fs_err::write(folder.path().join("other.x.lock"), "").unwrap();
        clear(folder.path()).unwrap();
        assert!(claim.path().join("weights").is_file());
        assert_eq!(entries(folder.path()), 2);
        drop(claim);
        assert_eq!(entries(folder.path()), 0);
    }

    #[test]
    fn clearing_and_claiming_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    clear(folder.path()).unwrap();
                }
            });
            for _ in 0..200 {
                let claim = Claim::new(folder.path(), "file").unwrap();
                fs_err::write(claim.path(), "all of it").unwrap();
                fs_err::rename(claim.path(), elsewhere.path().join("claimed")).unwrap_or_else(|error| {
                    done.store(true, Ordering::Relaxed);
                    panic!("{error}");
                });
            }
            done.store(true, Ordering::Relaxed);
        });
    }
}
