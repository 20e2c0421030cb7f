use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::Checksum;
use crate::error::Result;

/// An original file, or a folder of such.
#[derive(Debug)]
pub struct File {
    /// Where it is in the folder of data sets.
    pub path: &'static str,
    pub(crate) kind: Kind,
    /// What its publisher's bytes are known by, where that is known.
    pub checksum: Option<Checksum>,
    /// Where it is published.
    pub(crate) published: Published,
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    #[default]
    File,
    Folder,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Folder => "folder",
        })
    }
}

/// Where a file is to be had.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Published {
    /// Nowhere as it is here.
    Nowhere,
    /// At this address.
    Alone(&'static str),
    /// In an archive, under this name.
    Within(Archive, &'static str),
}

/// A `.zip` or `.tar.gz` that holds files.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
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
