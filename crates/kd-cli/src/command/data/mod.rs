//! `kd data`: what there is, what is in it, and whether it is right.

mod check;
mod examples;
mod list;
mod page;
mod show;
mod text;
mod written;

use std::path::PathBuf;

use kd_data::catalogue::{self, Entry};
use kd_study::Result;

pub(super) use self::check::check;
pub(super) use self::list::list;
pub(super) use self::show::show;
use crate::arguments::OriginalFiles;

impl OriginalFiles {
    pub(super) fn entries(&self) -> Result<Vec<&'static Entry>> {
        Ok(self.names.iter().map(|name| catalogue::entry(name)).collect::<kd_data::Result<_>>()?)
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(catalogue::default_folder)
    }
}
