//! What is said where a file is not what its reader reads: what it is instead, if that is known.

use std::path::{Path, PathBuf};

use crate::error::{Error, FileError, Place, Result};
use crate::file_kind::FileKind;

/// The same complaint or, if it is about one of these files (or one beside or in one of these), what that file is, unless
/// the reader `takes` files of this kind.
pub(crate) fn told(error: Error, paths: &[PathBuf], takes: impl Fn(&FileKind) -> bool) -> Error {
    let Error::File(FileError { file, .. }) = &error else { return error };
    let kind = found(file, paths).and_then(|path| FileKind::of_file(&path));
    said(error, kind, takes)
}

/// The same of a file of which it is known what it is.
pub(crate) fn said(error: Error, kind: Option<FileKind>, takes: impl Fn(&FileKind) -> bool) -> Error {
    let Error::File(FileError { file, place, problem }) = error else { return error };
    match kind.filter(|kind| !takes(kind)) {
        None => Error::in_file(file, place, problem),
        Some(kind) if kind.is_guess() => {
            let kind = kind.to_string();
            let looks = kind.strip_prefix("is ").unwrap_or(&kind);
            Error::in_file(file, place, format!("{problem}; the file looks like {looks}"))
        }
        Some(kind) => Error::in_file(file, Place::Whole, kind.to_string()),
    }
}

/// Refuses what is no text, which some characters' encodings would not.
pub(crate) fn refuse_binary(paths: &[PathBuf]) -> Result<()> {
    let refused = |path: &PathBuf| {
        let kind = path.is_file().then(|| FileKind::of_file(path)).flatten().filter(FileKind::is_binary)?;
        if kind == FileKind::Utf16 {
            return None; // which is text
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Some(Error::file(name, kind.to_string()))
    };
    paths.iter().find_map(refused).map_or(Ok(()), Err)
}

/// The file that a complaint calls so: by its name or its path, and what follows after a comma is a place in it.
fn found(called: &str, paths: &[PathBuf]) -> Option<PathBuf> {
    let ends = called.match_indices(", ").map(|(end, _)| end);
    let mut names = std::iter::once(called.len()).chain(ends).map(|end| &called[..end]);
    names.find_map(|name| {
        let is_called =
            |path: &&PathBuf| path.file_name().is_some_and(|file| file == name) || path.as_os_str() == name;
        let near = |path: &PathBuf| [path.parent().map(|folder| folder.join(name)), Some(path.join(name))];
        let itself = paths.iter().find(is_called).cloned();
        let mut candidates =
            itself.into_iter().chain(paths.iter().flat_map(near).flatten()).chain([Path::new(name).into()]);
        candidates.find(|path| path.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_what_complaints_call_them() {
        let folder = tempfile::tempdir().unwrap();
        let [csv, shard, array] =
            ["a, b.csv", "t-00001-of-00002.parquet", "x.npy"].map(|name| folder.path().join(name));
        for path in [&csv, &shard, &array] {
            fs_err::write(path, "<html>").unwrap();
        }
        let find = |called: &str, path: &Path| found(called, &[path.to_owned()]);
        assert_eq!(find("a, b.csv", &csv), Some(csv.clone()));
        assert_eq!(find("a, b.csv, x", &csv), Some(csv.clone()));
        assert_eq!(find(&format!("{}, y", csv.display()), &csv), Some(csv.clone()));
        let first = folder.path().join("t-00000-of-00002.parquet");
        assert_eq!(find("t-00001-of-00002.parquet, row 3", &first), Some(shard));
        assert_eq!(find("x.npy", folder.path()), Some(array.clone()));
        assert_eq!(find(&array.display().to_string(), Path::new("elsewhere")), Some(array));
        assert_eq!(find("absent", &csv), None);
    }

    #[test]
    fn only_what_is_not_read_is_named() {
        let complaint = || Error::in_file("t.csv", Place::Row(3), "is odd");
        let told = |bytes: &[u8]| {
            said(complaint(), FileKind::of_bytes(bytes), |kind| *kind == FileKind::Parquet).to_string()
        };
        assert_eq!(told(b"PAR1\x15"), "t.csv, row 3: is odd");
        assert_eq!(told(b"a,b"), "t.csv, row 3: is odd");
        assert!(told(b"%PDF-1.4").starts_with("t.csv: is a PDF document: "));
        assert!(
            told(b"{\"a\": 1}")
                .starts_with("t.csv, row 3: is odd; the file looks like JSON: `data.json_lines`")
        );
        assert_eq!(
            said(Error::NoExamples, FileKind::of_bytes(b"%PDF-"), |_| false).to_string(),
            Error::NoExamples.to_string()
        );
    }
}
