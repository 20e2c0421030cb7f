//! Files that are known by their first bytes: what is said of one that was brought where another is read.

use std::fmt;
use std::io::{Cursor, Read};
use std::path::Path;

use crate::original::Original;
use crate::packing;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// What Git keeps in place of a large file.
    GitLfs,
    /// What git-annex keeps in place of a large file.
    GitAnnex,
    /// What DVC keeps in place of a large file.
    Dvc,
    /// A page of the web.
    Html,
    /// XML of any kind.
    Xml,
    /// An object or a list of JSON.
    Json,
    /// A table of Weka's.
    Arff,
    /// Text of two bytes for each character.
    Utf16,
    /// A document.
    Pdf,
    /// A workbook of Excel, or one of OpenDocument.
    Spreadsheet,
    /// What Office wrote before 2007, among it workbooks.
    OldOffice,
    /// Another document of Office or OpenDocument.
    Office,
    /// A file of Parquet.
    Parquet,
    /// A table of Arrow, or a stream of such, as Hugging Face keeps them; Feather too.
    Arrow,
    /// A table of ORC.
    Orc,
    /// A table of Avro.
    Avro,
    /// Arrays of HDF5, among them MATLAB's since 7.3 and Keras's.
    Hdf5,
    /// Arrays of MATLAB.
    Matlab,
    /// Objects of R.
    R,
    /// A data base.
    Sqlite,
    /// Objects of Python.
    Pickle,
    /// An array of numpy.
    Npy,
    /// An archive of numpy's arrays.
    Npz,
    /// Arrays with names.
    Safetensors,
    /// A module that `torch.jit` saved.
    TorchScript,
    /// A program that `torch.export` saved.
    TorchExport,
    /// What `torch.save` wrote: a pickle, in an archive today.
    TorchSave,
    /// A network of ONNX.
    Onnx,
    /// A network of llama.cpp.
    Gguf,
    /// A picture of this kind.
    Picture(&'static str),
    /// An archive of files.
    Tar,
    /// An archive of these files.
    Zip(Vec<String>),
    /// An archive of the kind of zip that is not whole.
    CutZip,
    /// An archive of this kind that is not read.
    Archive(&'static str),
}

/// Bytes that tell what a file is: tar says it late.
const TELLING: u64 = 600;

impl FileKind {
    /// What the file at `path` is, or what is packed in it; nothing where it is not known or cannot be read.
    #[must_use]
    pub fn of_file(path: &Path) -> Option<Self> {
        let mut first = Vec::new();
        if let Ok((_, stream)) = Original::stream(path) {
            // What fails later still has its first bytes.
            _ = stream.take(TELLING).read_to_end(&mut first);
        }
        if first.is_empty() {
            _ = fs_err::File::open(path).ok()?.take(TELLING).read_to_end(&mut first);
        }
        Self::of(&first, || packing::names(fs_err::File::open(path).ok()?))
    }

    /// What a file of these bytes is; nothing where it is not known.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        Self::of(bytes, || packing::names(Cursor::new(bytes)))
    }

    /// Whether it is no text.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        !matches!(
            self,
            Self::GitLfs
                | Self::GitAnnex
                | Self::Dvc
                | Self::Html
                | Self::Xml
                | Self::Json
                | Self::Arff
                | Self::Pdf
        )
    }

    /// Whether it may be something else that begins alike.
    pub(crate) fn is_guess(&self) -> bool {
        matches!(self, Self::Json | Self::Arff | Self::Xml)
    }

    fn of(first: &[u8], names: impl FnOnce() -> Option<Vec<String>>) -> Option<Self> {
        if first.starts_with(b"PK\x03\x04") {
            return Some(names().map_or(Self::CutZip, Self::of_archive));
        }
        of_start(first).or_else(|| of_text(first))
    }

    /// What an archive of files with these names is.
    fn of_archive(names: Vec<String>) -> Self {
        let has = |end: &str| names.iter().any(|name| name.ends_with(end));
        let starts = |start: &str| names.iter().any(|name| name.starts_with(start));
        if has("/constants.pkl") {
            Self::TorchScript
        } else if has("/archive_format") || has("serialized_exported_program.json") {
            Self::TorchExport
        } else if has("/data.pkl") {
            Self::TorchSave
        } else if !names.is_empty()
            && names.iter().all(|name| Path::new(name).extension().is_some_and(|end| end == "npy"))
        {
            Self::Npz
        } else if starts("xl/")
            || has("[Content_Types].xml") && names.len() == 1
            || names.iter().any(|name| name == "content.xml") && starts("META-INF/")
        {
            Self::Spreadsheet
        } else if has("[Content_Types].xml") {
            Self::Office
        } else {
            Self::Zip(names)
        }
    }

    /// What it is, without an article's noun repeated: "an HTML page".
    fn is(&self) -> String {
        match self {
            Self::GitLfs => "a Git LFS pointer, not the file itself".to_owned(),
            Self::GitAnnex => "a git-annex pointer, not the file itself".to_owned(),
            Self::Dvc => "a DVC pointer, not the file itself".to_owned(),
            Self::Html => "an HTML page, such as a server shows in place of a file".to_owned(),
            Self::Xml => "XML".to_owned(),
            Self::Json => "JSON".to_owned(),
            Self::Arff => "a table in Weka's format, ARFF".to_owned(),
            Self::Utf16 => "text in UTF-16".to_owned(),
            Self::Pdf => "a PDF document".to_owned(),
            Self::Spreadsheet => "a spreadsheet".to_owned(),
            Self::OldOffice => "an Office file of before 2007, such as Excel's .xls".to_owned(),
            Self::Office => "an Office document".to_owned(),
            Self::Parquet => "a Parquet file".to_owned(),
            Self::Arrow => "an Arrow or Feather file".to_owned(),
            Self::Orc => "an ORC file".to_owned(),
            Self::Avro => "an Avro file".to_owned(),
            Self::Hdf5 => "an HDF5 file, as Keras, h5py and MATLAB write them".to_owned(),
            Self::Matlab => "a MATLAB file".to_owned(),
            Self::R => "a file of R objects (.rds or .RData)".to_owned(),
            Self::Sqlite => "an SQLite data base".to_owned(),
            Self::Pickle => "a Python pickle, which may run any program when it is opened".to_owned(),
            Self::Npy => "an array of numpy (.npy)".to_owned(),
            Self::Npz => "an archive of numpy arrays (.npz)".to_owned(),
            Self::Safetensors => "a file of safetensors".to_owned(),
            Self::TorchScript => "a TorchScript module".to_owned(),
            Self::TorchExport => "a program of torch.export (.pt2)".to_owned(),
            Self::TorchSave => "a file of torch.save, a Python pickle".to_owned(),
            Self::Onnx => "a network in ONNX".to_owned(),
            Self::Gguf => "a network in GGUF".to_owned(),
            Self::Picture(kind) => format!("a picture ({kind})"),
            Self::Tar => "a tar archive".to_owned(),
            Self::Zip(names) => match names.as_slice() {
                [] => "a zip archive without files".to_owned(),
                [name] => format!("a zip archive of `{name}`"),
                [first, .., last] => {
                    format!("a zip archive of {} files, from `{first}` to `{last}`", names.len())
                }
            },
            Self::CutZip => {
                "a zip archive, or a file built as one such as .pt, .npz or .xlsx, that is cut short or \
                             damaged"
                    .to_owned()
            }
            Self::Archive(kind) => format!("an archive ({kind})"),
        }
    }

    /// What to do with it.
    fn advice(&self) -> &'static str {
        match self {
            Self::GitLfs => "run `git lfs pull` in its repository",
            Self::GitAnnex => "run `git annex get` on it",
            Self::Dvc => "run `dvc pull`, and name the file that it brings",
            Self::Html => "open it to see what the server says, and download the file itself",
            Self::Xml | Self::Pdf | Self::Office => "write the examples as CSV, JSON lines or Parquet",
            Self::Json => {
                "`data.json_lines` reads an object in every line, `data.json_splits` a list for each split"
            }
            Self::Arff => "`data.arff` reads it",
            Self::Utf16 => "write it in UTF-8, with `iconv -f UTF-16 -t UTF-8`",
            Self::Spreadsheet => "`data.spreadsheet` reads workbooks",
            Self::OldOffice => "save it as .xlsx, for `data.spreadsheet`, or as CSV",
            Self::Parquet => "`data.parquet` reads it",
            Self::Arrow => "write it as Parquet, with `pyarrow.parquet.write_table` or `Dataset.to_parquet`",
            Self::Orc | Self::Avro | Self::Sqlite => "write the table as Parquet or CSV",
            Self::Hdf5 | Self::Matlab => "write its arrays as .npz with `numpy.savez`, for `data.arrays`",
            Self::R => "write the table as CSV with `write.csv`",
            Self::Pickle => "write arrays with `numpy.savez`, or a table as Parquet",
            Self::Npy | Self::Npz | Self::Safetensors => "`data.arrays` reads it",
            Self::TorchScript => "a teacher reads it as `torch_script`",
            Self::TorchExport => "save the network with `torch.jit.trace(...).save(...)`, for `torch_script`",
            Self::TorchSave => {
                "write tensors with `safetensors.torch.save_file` or `numpy.savez`, or a network with \
                 `torch.jit.trace(...).save(...)`"
            }
            Self::Onnx | Self::Gguf => {
                "save the network with `torch.jit.trace(...).save(...)`, for `torch_script`, or store its outputs"
            }
            Self::Picture(_) => "`data.image_folder` and `data.image_list` read pictures",
            Self::Tar | Self::Archive(_) => "unpack it, and name the file or folder in it",
            Self::Zip(names) if names.len() == 1 => "unpack it, and name the file in it",
            Self::Zip(_) => {
                "only a zip of one file is read as that file; unpack it, and name the one that is meant"
            }
            Self::CutZip => "bring it anew",
        }
    }
}

/// As a complaint: what it is, and what to do.
impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "is {}: {}", self.is(), self.advice())
    }
}

/// What begins with bytes of its own.
fn of_start(first: &[u8]) -> Option<FileKind> {
    const STARTS: &[(&[u8], FileKind)] = &[
        (b"%PDF-", FileKind::Pdf),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::OldOffice),
        (b"ARROW1\0\0", FileKind::Arrow),
        (b"FEA1", FileKind::Arrow),
        (b"ORC\x08", FileKind::Orc),
        (b"Obj\x01", FileKind::Avro),
        (b"\x89HDF\r\n\x1a\n", FileKind::Hdf5),
        (b"MATLAB 7.3 MAT-file", FileKind::Hdf5),
        (b"MATLAB 5.0 MAT-file", FileKind::Matlab),
        (b"RDX2\n", FileKind::R),
        (b"RDX3\n", FileKind::R),
        (b"X\n\0\0\0\x02", FileKind::R),
        (b"X\n\0\0\0\x03", FileKind::R),
        (b"SQLite format 3\0", FileKind::Sqlite),
        // The number that `torch.save` wrote first before it made archives.
        (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", FileKind::TorchSave),
        (b"\x93NUMPY", FileKind::Npy),
        (b"GGUF", FileKind::Gguf),
        (b"\x89PNG\r\n\x1a\n", FileKind::Picture("PNG")),
        (b"\xff\xd8\xff", FileKind::Picture("JPEG")),
        (b"GIF87a", FileKind::Picture("GIF")),
        (b"GIF89a", FileKind::Picture("GIF")),
        (b"II*\0", FileKind::Picture("TIFF")),
        (b"MM\0*", FileKind::Picture("TIFF")),
        (b"7z\xbc\xaf\x27\x1c", FileKind::Archive("7z")),
        (b"Rar!\x1a\x07", FileKind::Archive("RAR")),
        (b"!<arch>\n", FileKind::Archive("ar")),
        (b"\xff\xfe", FileKind::Utf16),
        (b"\xfe\xff", FileKind::Utf16),
    ];
    if let Some((_, kind)) = STARTS.iter().find(|(start, _)| first.starts_with(start)) {
        return Some(kind.clone());
    }
    Some(match first {
        // What follows is Thrift, never a letter: a column of a table may have this name.
        [b'P', b'A', b'R', b'1', next, ..] if !next.is_ascii_graphic() && *next != b'\n' => FileKind::Parquet,
        [0x80, 2..=5, ..] => FileKind::Pickle,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => FileKind::Picture("WebP"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f', ..] => FileKind::Picture("AVIF"),
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', b'e' | b'i', b'i' | b'f', ..] => {
            FileKind::Picture("HEIC")
        }
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => FileKind::Picture("BMP"),
        // A message of a stream: its length, and a table of flatbuffers.
        [0xff, 0xff, 0xff, 0xff, _, _, 0, 0, ..] => FileKind::Arrow,
        [_, _, _, _, _, 0, 0, 0, b'{', b'"', ..] => FileKind::Safetensors,
        _ if first.get(257..262) == Some(b"ustar") => FileKind::Tar,
        _ if is_onnx(first) => FileKind::Onnx,
        _ => return None,
    })
}

/// A version of the format, and the name of the program that wrote it, as protocol buffers have them.
fn is_onnx(first: &[u8]) -> bool {
    let [0x08, 1..=20, 0x12, length, rest @ ..] = first else { return false };
    let name = rest.get(..usize::from(*length));
    name.is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_graphic))
}

/// What begins with words of its own.
fn of_text(first: &[u8]) -> Option<FileKind> {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    let starts =
        |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    Some(match text {
        _ if starts("version https://git-lfs") => FileKind::GitLfs,
        _ if starts("/annex/objects/") => FileKind::GitAnnex,
        _ if starts("outs:\n- md5:") => FileKind::Dvc,
        _ if starts("<!doctype html") || starts("<html") || starts("<head") => FileKind::Html,
        _ if starts("<?xml") => FileKind::Xml,
        _ if starts("@relation") => FileKind::Arff,
        [b'{', rest @ ..] if rest.trim_ascii_start().starts_with(b"\"") => FileKind::Json,
        [b'[', rest @ ..] if matches!(rest.trim_ascii_start(), [b'{' | b'[' | b'"', ..]) => FileKind::Json,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use zip::CompressionMethod;

    use super::*;
    use crate::packing::tests::{packed, zip};

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let tar = [&[b'a'; 257][..], b"ustar\x0000"].concat();
        let cases: &[(&[u8], &str)] = &[
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
                "a Git LFS pointer, not the file itself: run `git lfs pull`",
            ),
            (b"/annex/objects/MD5E-s1--a.csv\n", "a git-annex pointer"),
            (b"outs:\n- md5: ab\n", "a DVC pointer"),
            (b"\n<!DOCTYPE HTML>\n<html>", "an HTML page"),
            (b"<HTML>", "an HTML page"),
            (b"<?xml version='1.0'?>", "XML"),
            (b"{\n \"a\": 1}", "JSON"),
            (b"@RELATION r\n", "a table in Weka's format"),
            (b"\xff\xfea\0,\0", "text in UTF-16"),
            (b"%PDF-1.7", "a PDF document"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office file of before 2007"),
            (b"PAR1\x15\x04", "a Parquet file"),
            (b"ARROW1\0\0", "an Arrow or Feather file"),
            (b"\xff\xff\xff\xff\x50\x01\0\0\x10", "an Arrow or Feather file"),
            (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
            (b"MATLAB 5.0 MAT-file, Platform", "a MATLAB file"),
            (b"X\n\0\0\0\x03\0\x04", "a file of R objects"),
            (b"SQLite format 3\0", "an SQLite data base"),
            (b"\x80\x04\x95\x10", "a Python pickle"),
            (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "a file of torch.save"),
            (b"\x93NUMPY\x01\0", "an array of numpy"),
            (b"\x40\0\0\0\0\0\0\0{\"x\":", "a file of safetensors"),
            (b"\x08\x09\x12\x07pytorch\x1a", "a network in ONNX"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "a picture (WebP)"),
            (b"BM\x46\0\0\0\0\0\0\0", "a picture (BMP)"),
            (b"7z\xbc\xaf\x27\x1c\0", "an archive (7z)"),
            (b"Rar!\x1a\x07\0", "an archive (RAR)"),
            (&tar, "a tar archive"),
            (b"PK\x03\x04", "a zip archive, or a file built as one"),
        ];
        for (bytes, expected) in cases {
            let message = FileKind::of_bytes(bytes).map_or_else(String::new, |kind| kind.to_string());
            assert!(message.starts_with(&format!("is {expected}")), "{expected}: {message}");
        }
    }

    #[test]
    fn archives_are_known_by_the_files_in_them() {
        for (names, expected) in [
            (&["m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"][..], FileKind::TorchScript),
            (&["m/models/model.json", "m/archive_format"], FileKind::TorchExport),
            (&["out/data.pkl", "out/data/0"], FileKind::TorchSave),
            (&["x.npy", "y.npy"], FileKind::Npz),
            (&["[Content_Types].xml", "xl/workbook.xml"], FileKind::Spreadsheet),
            (&["mimetype", "content.xml", "META-INF/manifest.xml"], FileKind::Spreadsheet),
            (&["[Content_Types].xml", "word/document.xml"], FileKind::Office),
            (&["a.csv", "b.csv"], FileKind::Zip(vec!["a.csv".to_owned(), "b.csv".to_owned()])),
        ] {
            let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b"x"[..])).collect();
            let bytes = zip(&files, CompressionMethod::Stored);
            assert_eq!(FileKind::of_bytes(&bytes), Some(expected.clone()));
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            fs_err::write(&path, bytes).unwrap();
            assert_eq!(FileKind::of_file(&path), Some(expected));
        }
        let several = FileKind::Zip(vec!["a.csv".to_owned(), "b.csv".to_owned()]).to_string();
        assert!(
            several.starts_with("is a zip archive of 2 files, from `a.csv` to `b.csv`: only a zip of one"),
            "{several}"
        );
    }

    #[test]
    fn tables_and_texts_are_not_taken_for_others() {
        let tables: [&[u8]; 8] = [
            b"PAR1,PAR2\n1,2\n",
            b"BM,x\n1,2\n",
            b"PK,x\n",
            b"7z,rar\n",
            b"<b>bold</b> text\n",
            b"[CLS] a text\n",
            b"{a} set\n",
            b"",
        ];
        for table in tables {
            assert_eq!(FileKind::of_bytes(table), None, "{}", String::from_utf8_lossy(table));
        }
    }

    #[test]
    fn what_is_packed_is_known_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (packing, bytes) in packed(b"<!doctype html><html></html>") {
            fs_err::write(&path, bytes).unwrap();
            assert_eq!(FileKind::of_file(&path), Some(FileKind::Html), "{packing:?}");
        }
        assert_eq!(FileKind::of_file(&folder.path().join("absent")), None);
    }
}
