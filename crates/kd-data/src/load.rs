//! From what a study file says of examples to a data set: a name is looked up in the catalogue, all else is read or
//! drawn as it says.

use crate::error::Result;
use crate::source::{CatalogueSource, Source};
use crate::{About, Dataset, catalogue};

impl Source {
    /// Reads, or draws, all examples.
    ///
    /// # Errors
    /// If a file is not there or not what its format calls for, with its name and the byte or row; or if the
    /// description contradicts itself.
    pub fn load(&self) -> Result<Dataset> {
        if let Self::Catalogue(CatalogueSource { name, folder }) = self {
            return match folder {
                Some(folder) => catalogue::load_from(name, folder),
                None => catalogue::load(name),
            };
        }
        let name = self.name();
        self.splits()?.into_dataset(name.clone(), About { title: name, ..About::default() })
    }
}
