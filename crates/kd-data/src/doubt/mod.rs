//! What is doubtful of examples, which reading them alone does not show: a file for each kind.

mod overlap;

mod classes;

use crate::Dataset;
use crate::error::Result;

impl Dataset {
    /// The same, with what is doubtful of its examples among its doubts.
    ///
    /// # Errors
    /// If libtorch refuses to hand out what images or tables hold.
    pub fn examined(mut self) -> Result<Self> {
        let overlaps = overlap::doubts(&self)?;
        self.doubts.extend(overlaps);
        let found = classes::doubts(&self);
        self.doubts.extend(found);
        Ok(self)
    }
}
