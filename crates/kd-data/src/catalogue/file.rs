use std::path::Path;

use super::Checksum;
use crate::error::Result;

/// An original file.
#[derive(Debug)]
pub struct File {
    /// Where it is in the folder of data sets.
    pub path: &'static str,
    /// What its publisher's bytes are known by, where that is known.
    pub checksum: Option<Checksum>,
    /// Where it is published.
    pub(crate) published: Published,
    /// Its bytes, compressed with gzip, if it is part of the program.
    pub(super) embedded: Option<&'static [u8]>,
}

/// Where a file is to be had.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Published {
    /// Nowhere as it is here.
    Nowhere,
    /// At this address.
    Alone(&'static str),
    /// In an archive, under this name.
    Within(&'static Archive, &'static str),
}

/// A `.zip` or `.tar.gz` that holds files.
#[derive(Debug)]
pub(crate) struct Archive {
    pub(crate) address: &'static str,
    pub(crate) checksum: Checksum,
}

/// How a file is found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It is what its publisher put out.
    Right,
    /// It is there, and nothing is known to hold it to.
    Unverified,
    /// It is not there.
    Missing,
    /// It is damaged or another file, for this reason.
    Wrong(String),
}

impl File {
    pub(crate) const fn new(path: &'static str, checksum: Option<Checksum>, published: Published) -> Self {
        Self { path, checksum, published, embedded: None }
    }

    /// How it is found in the folder of data sets.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    pub fn condition(&self, folder: &Path) -> Result<Condition> {
        let path = folder.join(self.path);
        if !path.exists() {
            return Ok(Condition::Missing);
        }
        let Some(checksum) = self.checksum else { return Ok(Condition::Unverified) };
        Ok(checksum.mismatch(&path)?.map_or(Condition::Right, Condition::Wrong))
    }
}
