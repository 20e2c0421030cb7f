/// A file of a data set cannot be brought.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// It was not to be had, or not as it should be.
    #[error(
        "{file} could not be had from {place}: {problem}. Try again (a download goes on where it stopped), or name a \
         folder or an address that has it with `--from`"
    )]
    Unavailable {
        /// Where it is in the folder of data sets.
        file: &'static str,
        /// The address or path, or those that were tried.
        place: String,
        /// What was found or answered there.
        problem: String,
    },
    /// It is not published as it is read.
    #[error(
        "{file} is published nowhere as it is read here; put it into {folder}, or name a folder that has it with `--from`"
    )]
    Unpublished {
        /// Where it is in the folder of data sets.
        file: &'static str,
        /// The folder of data sets.
        folder: String,
    },
    /// Files of this folder are being fetched already.
    #[error("another `kd data fetch` holds {0}; try again when it is done")]
    Busy(String),
}
