//! Original files, brought from folders and looked at.

use serde_json::Value;

use crate::{output, stderr, stdout};

#[test]
fn a_file_without_a_checksum_is_kept_and_one_that_is_wrong_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mirror = folder.path().join("mirror");
    fs_err::create_dir_all(&mirror).unwrap();
    fs_err::write(mirror.join("train.txt"), "words").unwrap();
    fs_err::write(mirror.join("valid.txt"), "other words").unwrap();
    let fetched = output(folder.path(), &["data", "fetch", "wikitext-2", "--from", "mirror"]);
    assert_eq!(fetched.status.code(), Some(2));
    insta::assert_snapshot!("fetch_from_a_folder", stderr(&fetched));
    assert_eq!(fs_err::read_to_string(folder.path().join("data/wikitext-2/train.txt")).unwrap(), "words");

    fs_err::write(folder.path().join("data/wikitext-2/test.txt"), "damaged").unwrap();
    let checked = output(folder.path(), &["data", "check", "wikitext-2", "letter"]);
    assert_eq!(checked.status.code(), Some(2));
    insta::assert_snapshot!("check", stdout(&checked));

    let checked = output(folder.path(), &["data", "check", "wikitext-2", "--format", "json"]);
    let json: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(json.pointer("/1/condition"), Some(&"missing".into()));
}

#[test]
fn what_is_part_of_the_program_needs_no_fetching() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["fetch", "check"] {
        let output = output(folder.path(), &["data", command, "optdigits"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn missing_files_are_told_how_to_be_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let shown = output(folder.path(), &["data", "show", "mnist"]);
    assert_eq!(shown.status.code(), Some(2));
    insta::assert_snapshot!("missing_files", stderr(&shown));

    let unknown = output(folder.path(), &["data", "fetch", "mnits"]);
    assert!(stderr(&unknown).contains("there is no data set `mnits`"), "{}", stderr(&unknown));
}
