//! Who may run a study in a folder.

use std::path::Path;

use fs_err::File;

use super::claim::is_taken;
use super::error::StoreError;
use super::layout::LOCK;
use crate::error::Result;

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
        if is_taken(&file)? {
            Err(StoreError::Locked(root.to_owned()).into())
        } else {
            Ok(Self { _file: file })
        }
    }
}
