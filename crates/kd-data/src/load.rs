//! From what a study file says of examples to a data set: a name is looked up in the catalogue, all else is read or
//! drawn as it says.

use crate::error::Result;
use crate::source::{CatalogueSource, Source};
use crate::{About, Dataset, catalogue};

impl Source {
    /// Reads, or draws, all examples.
    ///
    /// ```
    /// use kd_data::Source;
    /// use kd_data::source::{Columns, Csv, TestSplit};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("irises.csv");
    /// std::fs::write(&path, "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3.0,setosa\n")?;
    /// let columns = Columns { target: "species".into(), ..Columns::default() };
    /// let irises = Source::Csv(Csv::new(&path, TestSplit::Last(0.25), columns)).load()?;
    /// assert_eq!(irises.classes, ["setosa", "versicolor", "virginica"]);
    /// assert_eq!((irises.train.len(), irises.test.labels()?), (3, &[0][..]));
    /// # Ok(())
    /// # }
    /// ```
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
