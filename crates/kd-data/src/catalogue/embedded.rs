//! Original files that are part of the program, compressed with gzip.

use std::path::Path;

use crate::error::{Error, Result};
use crate::original::Original;

static FILES: [(&str, &[u8]); 6] = [
    ("optdigits/optdigits.tra", include_bytes!("../../embedded/optdigits/optdigits.tra.gz")),
    ("optdigits/optdigits.tes", include_bytes!("../../embedded/optdigits/optdigits.tes.gz")),
    ("letter/letter-recognition.data", include_bytes!("../../embedded/letter/letter-recognition.data.gz")),
    ("banking77/train.csv", include_bytes!("../../embedded/banking77/train.csv.gz")),
    ("banking77/test.csv", include_bytes!("../../embedded/banking77/test.csv.gz")),
    ("banking77/categories.json", include_bytes!("../../embedded/banking77/categories.json.gz")),
];

/// Whether a file of the folder of data sets is part of the program.
pub(super) fn holds(path: &str) -> bool {
    FILES.iter().any(|(name, _)| *name == path)
}

/// Name and original bytes of a file that is.
pub(super) fn original(path: &Path) -> Result<Original> {
    let Some((_, compressed)) = FILES.iter().find(|(name, _)| Path::new(name) == path) else {
        return Err(Error::file(path.display().to_string(), "is not embedded"));
    };
    Original::from_bytes(path.file_name().unwrap_or_default().to_string_lossy(), compressed.to_vec())
}
