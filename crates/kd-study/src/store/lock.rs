//! Who may run a study in a folder.

use std::fs::File;
use std::path::Path;

use super::error::StoreError;
use super::layout::LOCK;
use crate::error::{Error, Result};

/// The right to run a study in a folder, until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Claims the results folder at `root` for this process.
    pub(super) fn claim(root: &Path) -> Result<Self> {
        let file =
            fs_err::OpenOptions::new().create(true).truncate(false).write(true).open(root.join(LOCK))?;
        let file = file.into_parts().0;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked(root.to_owned()).into()),
            Err(std::fs::TryLockError::Error(error)) => Err(Error::Io(error)),
        }
    }
}
