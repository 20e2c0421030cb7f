//! Files of the kinds that people bring, through `kd plan`: what is read, and what the others are called.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};

use crate::{folder_with, output, stderr, stdout};

/// A study of these data.
fn study(data: &str) -> String {
    let train = "train = { budget.steps = 20, batch = 8, optimizer.adamw.learning_rate = 1e-2 }";
    format!(
        "[study]\nname = \"brought\"\nseeds = [1]\n[tasks.t]\naccept = [\"overlap\"]\ndata.{data}\n\
         [tasks.t.teacher]\nmodel.mlp = {{ hidden = [8] }}\n{train}\n\
         [tasks.t.student]\nmodel.mlp = {{ hidden = [8] }}\nsamples = [10, \"all\"]\n{train}\n\
         [arms.labels]\nobjective.cross_entropy = {{}}\n\
         [arms.kd]\nobjective.distillation = {{ temperature = 2.0 }}\n"
    )
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../kd-data/tests/fixtures/brought")
}

#[test]
fn packed_tables_workbooks_and_arrays_are_planned() {
    let table = |source: &str, file: &str| {
        format!("{source} = {{ path = \"{file}\", test.last = 0.25, columns.target = \"class\" }}")
    };
    let arrays = |file: &str| {
        let pair = "{ inputs = \"x\", targets = \"y\" }";
        format!("arrays = {{ path = \"{file}\", train = {pair}, test = {pair} }}")
    };
    for (file, data, samples) in [
        ("t.csv.xz", table("csv", "t.csv.xz"), 27),
        ("t.csv.zip", table("csv", "t.csv.zip"), 27),
        ("t.xlsx", table("spreadsheet", "t.xlsx"), 27),
        ("t.ods", table("spreadsheet", "t.ods"), 27),
        ("brotli.parquet", table("parquet", "brotli.parquet"), 27),
        ("half.npz", arrays("half.npz"), 36),
    ] {
        let folder = folder_with(&study(&data));
        fs_err::copy(fixtures().join(file), folder.path().join(file)).unwrap();
        let plan = output(folder.path(), &["plan", "study.toml"]);
        assert_eq!(plan.status.code(), Some(0), "{file}: {}", stderr(&plan));
        assert!(stdout(&plan).contains(&format!("N = {samples} ")), "{file}: {}", stdout(&plan));
    }
}

/// What is said of a table of these bytes, and of none that is read.
fn complaint(bytes: &[u8]) -> String {
    let data =
        "csv = { path = \"t.csv\", test.last = 0.25, columns.target = \"class\", charset = \"latin1\" }";
    let folder = folder_with(&study(data));
    fs_err::write(folder.path().join("t.csv"), bytes).unwrap();
    let plan = output(folder.path(), &["plan", "study.toml"]);
    assert_eq!(plan.status.code(), Some(2), "{}", stdout(&plan));
    unwrapped(&stderr(&plan))
}

/// A message without the breaks of its lines.
fn unwrapped(message: &str) -> String {
    message.replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let read = |name: &str| fs_err::read(fixtures().join(name)).unwrap();
    for (bytes, expected) in [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n".to_vec(),
            "t.csv: is a Git LFS pointer, not the file itself: run `git lfs pull`",
        ),
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n".to_vec(), "t.csv: is an HTML page"),
        (b"%PDF-1.7\n1 0 obj\n".to_vec(), "t.csv: is a PDF document"),
        (b"\x89HDF\r\n\x1a\n\0\0".to_vec(), "t.csv: is an HDF5 file"),
        (b"SQLite format 3\0\x10\0".to_vec(), "t.csv: is an SQLite data base"),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0]".to_vec(), "t.csv: is a Python pickle"),
        (b"\xff\xfec\0l\0a\0s\0s\0,\0x\0\n\0".to_vec(), "t.csv: is text in UTF-16"),
        (
            b"{\"x\": 1, \"class\": \"a\"}\n{\"x\": 2, \"class\": \"b\"}\n".to_vec(),
            "the file looks like JSON",
        ),
        (read("t.xlsx"), "t.csv: is a spreadsheet: `data.spreadsheet` reads workbooks"),
        (read("lz4.parquet"), "t.csv: is a Parquet file"),
        (read("two.zip"), "t.csv: is a zip archive of 2 files"),
        (read("t.xlsx")[..900].to_vec(), "t.csv: is a zip archive, or a file built as one"),
    ] {
        let message = complaint(&bytes);
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

/// The folder of cases that people brought, if it is there.
fn cases() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases");
    let folder = PathBuf::from(std::env::var("KD_CASES").unwrap_or_else(|_| default.to_owned()));
    if !folder.is_dir() {
        eprintln!("skipped: no folder of cases; set KD_CASES to it");
        return None;
    }
    Some(folder)
}

#[test]
fn cases_are_planned_or_named() {
    let Some(cases) = cases() else { return };
    for (study, expected) in [
        ("13-teacher-outputs/study-float16.toml", Ok("stored outputs float16_train.npy")),
        ("13-teacher-outputs/study-pt.toml", Err("in out.pt, are in a file of torch.save")),
        ("16-parquet/study-float16.toml", Ok("float16.parquet")),
        ("16-parquet/study-z-lz4.toml", Ok("z-lz4.parquet")),
        ("27-containers/study-t.csv.zip.toml", Ok("t.csv.zip")),
        (
            "27-containers/study-t.xlsx.toml",
            Err("t.xlsx: is a spreadsheet: `data.spreadsheet` reads workbooks"),
        ),
    ] {
        let path = cases.join(study);
        if !path.exists() {
            eprintln!("skipped: {} is not there", path.display());
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let plan = output(folder.path(), &["plan", path.to_str().unwrap()]);
        let (code, said) = match expected {
            Ok(text) => (0, (stdout(&plan), text)),
            Err(text) => (2, (unwrapped(&stderr(&plan)), text)),
        };
        assert_eq!(plan.status.code(), Some(code), "{study}: {}", stderr(&plan));
        assert!(said.0.contains(said.1), "{study}: {}", said.0);
    }
}
