/// A data set of the catalogue cannot be had as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// There is none of that name.
    #[error("there is no data set `{name}`; known are {}", .known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// It is not part of the program, and its files are not where they were looked for.
    #[error(
        "`{name}` is read from its original files, and {folder} has no {file}; `kd data fetch {name} --folder {folder}` \
         brings it (it is published at {address}). If you have it elsewhere, name the folder that holds {file} as \
         `folder`, or in the environment variable KD_DATA"
    )]
    NotThere {
        /// The data set.
        name: &'static str,
        /// Where it was looked for.
        folder: String,
        /// The first file that is missing.
        file: &'static str,
        /// Where it is published.
        address: &'static str,
    },
    /// A file is not what its publisher put out.
    #[error("{file}: is damaged or not the official file: {reason}; `kd data fetch {name}` replaces it")]
    Damaged {
        /// The data set.
        name: &'static str,
        /// The file.
        file: String,
        /// What tells.
        reason: String,
    },
}
