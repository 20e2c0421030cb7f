//! Folders of files, out of archives and from other folders.

use super::*;

const TRAIN: &str = "shapes/all/train";
const TEST: &str = "shapes/all/test";

/// What stands under a name of an archive.
#[derive(Debug, Clone, Copy)]
enum Content {
    Bytes(&'static [u8]),
    Zeros(usize),
    Folder,
    Symlink,
    /// In tar alone.
    Hardlink,
}

use Content::{Bytes, Folder, Hardlink, Symlink, Zeros};

const SHAPES: [(&str, Content); 7] = [
    ("a/", Folder),
    ("a/train/", Folder),
    ("a/train/round/1.txt", Bytes(b"circle")),
    ("./a/train/square/1.txt", Bytes(b"square")),
    ("a/training/x", Bytes(b"another folder")),
    ("a/link", Symlink),
    ("a/test/round/2.txt", Bytes(b"ellipse")),
];

fn tar_gz(members: &[(&str, Content)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    for &(name, content) in members {
        let (kind, bytes) = match content {
            Bytes(bytes) => (tar::EntryType::Regular, bytes.to_vec()),
            Zeros(count) => (tar::EntryType::Regular, vec![0; count]),
            Folder => (tar::EntryType::Directory, Vec::new()),
            Symlink => (tar::EntryType::Symlink, Vec::new()),
            Hardlink => (tar::EntryType::Link, Vec::new()),
        };
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        if matches!(content, Symlink | Hardlink) {
            header.set_link_name("/etc").unwrap();
        }
        header.set_cksum();
        builder.append(&header, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn zip(members: &[(&str, Content)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default;
    for &(name, content) in members {
        match content {
            Folder => writer.add_directory(name, options()).unwrap(),
            Symlink | Hardlink => writer.add_symlink(name, "/etc", options()).unwrap(),
            Bytes(bytes) => {
                writer.start_file(name, options()).unwrap();
                writer.write_all(bytes).unwrap();
            }
            Zeros(count) => {
                writer.start_file(name, options()).unwrap();
                writer.write_all(&vec![0; count]).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}

fn archives(members: &[(&str, Content)]) -> [Vec<u8>; 2] {
    [tar_gz(members), zip(members)]
}

fn folder_at(path: &'static str, published: Published) -> File {
    File { path, kind: Kind::Folder, checksum: None, published }
}

/// Two folders of an archive at this address.
fn folders(archive: &[u8], address: &str) -> &'static [File] {
    let address = format!("{address}/shapes.archive").leak();
    let archive = Archive { address, checksum: sha256(archive) };
    Box::leak(Box::new([
        folder_at(TRAIN, Published::Within(archive, "a/train")),
        folder_at(TEST, Published::Within(archive, "a/test")),
    ]))
}

/// Names and contents of all files below a folder, in order.
fn files_below(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(
                files_below(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)),
            );
        } else {
            found.push((name, fs_err::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

fn assert_whole(folder: &Path) {
    let expected =
        [("test/round/2.txt", "ellipse"), ("train/round/1.txt", "circle"), ("train/square/1.txt", "square")];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(files_below(&folder.join("shapes/all")), expected);
}

fn brought(verified: bool) -> Vec<Event> {
    [TRAIN, TEST].map(|file| Event::Brought { file, verified }).into()
}

#[test]
fn folders_are_taken_out_of_one_archive_once() {
    for archive in archives(&SHAPES) {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(&archive, &[Reply::Cut(archive.len() / 2), Reply::Range]);
        let files = folders(&archive, &server.address);
        bring(folder.path(), None, files).unwrap_err();
        assert!(!folder.path().join("shapes").exists());

        assert_eq!(bring(folder.path(), None, files).unwrap(), brought(true));
        assert_whole(folder.path());
        assert_eq!(server.requests().len(), 2, "a download is gone on with, and serves both folders");
        assert!(!folder.path().join(".fetch/shapes").exists(), "nothing is left over");

        let kept = [TRAIN, TEST].map(|file| Event::Kept { file });
        assert_eq!(bring(folder.path(), None, files).unwrap(), kept);
        assert_eq!(files[0].condition(folder.path()).unwrap(), Condition::Unverified);
    }
}

#[test]
fn what_was_killed_while_unpacking_is_unpacked_anew() {
    for archive in archives(&SHAPES) {
        let folder = tempfile::tempdir().unwrap();
        let coming = folder.path().join(".fetch/shapes");
        fs_err::create_dir_all(coming.join("train/round")).unwrap();
        fs_err::write(coming.join("train/round/1.txt"), "cir").unwrap();
        fs_err::write(coming.join("train/stray"), "x").unwrap();
        fs_err::write(coming.join("shapes.archive.part"), &archive).unwrap();
        let files = folders(&archive, "http://127.0.0.1:1");
        assert_eq!(files[0].condition(folder.path()).unwrap(), Condition::Missing);
        assert_eq!(bring(folder.path(), None, files).unwrap(), brought(true));
        assert_whole(folder.path());
    }
}

#[test]
fn a_malicious_archive_gets_no_name_and_leads_nowhere() {
    const BOMB: usize = 32 << 20;
    for (name, content, problem) in [
        ("a/train/../../../evil", Bytes(b"evil"), "leads out of the folder"),
        ("a/train/round/../../evil", Bytes(b"evil"), "leads out of the folder"),
        ("a/train//etc/evil", Bytes(b"evil"), "leads out of the folder"),
        ("a/train/etc", Symlink, "`a/train/etc` is neither a file nor a folder"),
        ("a/train/etc", Hardlink, "`a/train/etc` is neither a file nor a folder"),
        ("a/train/zeros", Zeros(BOMB), "it grows to more than 20 times its size"),
    ] {
        for archive in archives(&[&SHAPES[..], &[(name, content)]].concat()) {
            let outer = tempfile::tempdir().unwrap();
            let (folder, server) = (outer.path().join("inner"), Server::new(&archive, &[Reply::Whole]));
            let error = bring(&folder, None, folders(&archive, &server.address)).unwrap_err().to_string();
            assert!(error.contains("a/train in http://127.0.0.1"), "{error}");
            assert!(error.contains("it cannot be unpacked: ") && error.contains(problem), "{name}: {error}");
            assert!(!folder.join("shapes").exists(), "{name}");
            assert!(!folder.join(".fetch/shapes/train").exists(), "nothing of it is kept");
            assert_eq!(fs_err::read_dir(outer.path()).unwrap().count(), 1, "nothing beside the folder");
        }
    }
}

#[test]
fn names_that_are_not_asked_for_do_no_harm() {
    let others = [("../evil", Bytes(b"evil")), ("/evil", Bytes(b"evil")), ("a/../../evil", Bytes(b"evil"))];
    for archive in archives(&[&others[..], &SHAPES].concat()) {
        let outer = tempfile::tempdir().unwrap();
        let (folder, server) = (outer.path().join("inner"), Server::new(&archive, &[Reply::Whole]));
        bring(&folder, None, folders(&archive, &server.address)).unwrap();
        assert_whole(&folder);
        assert_eq!(fs_err::read_dir(outer.path()).unwrap().count(), 1, "nothing beside the folder");
    }
}

#[test]
fn a_name_that_comes_twice_is_not_overwritten() {
    let archive = tar_gz(&[("a/train/1", Bytes(b"one")), ("a/train/1", Bytes(b"two"))]);
    let (folder, server) = (tempfile::tempdir().unwrap(), Server::new(&archive, &[Reply::Whole]));
    let error = bring(folder.path(), None, folders(&archive, &server.address)).unwrap_err().to_string();
    assert!(error.contains("it cannot be unpacked: "), "{error}");
    assert!(!folder.path().join("shapes").exists());
}

#[test]
fn a_truncated_archive_and_one_without_the_folder_are_errors() {
    let missing = [("a/training/x", Bytes(b"another folder")), ("a/train", Bytes(b"a file"))];
    for (whole, other) in archives(&SHAPES).into_iter().zip(archives(&missing)) {
        let cut = whole[..whole.len() - whole.len() / 3].to_vec();
        for (archive, problem) in [(cut, "it cannot be unpacked"), (other, "the archive has no such folder")]
        {
            let (folder, server) = (tempfile::tempdir().unwrap(), Server::new(&archive, &[Reply::Whole]));
            let files = folders(&archive, &server.address);
            let error = bring(folder.path(), None, files).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
            assert!(!folder.path().join("shapes").exists());
        }
    }
}

#[test]
fn a_folder_may_have_the_archive_or_what_is_in_it() {
    let archive = tar_gz(&SHAPES);
    let files = folders(&archive, "http://127.0.0.1:1");
    let unpacked = tempfile::tempdir().unwrap();
    for place in ["shapes/shapes.archive", "shapes.archive"] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mirror = || Some(Mirror::Folder(from.path().to_owned()));
        let missing = bring(to.path(), mirror(), files).unwrap_err().to_string();
        assert!(missing.contains(TRAIN) && missing.contains("there is no such file"), "{missing}");
        fs_err::create_dir_all(from.path().join("shapes")).unwrap();
        fs_err::write(from.path().join(place), &archive).unwrap();
        assert_eq!(bring(to.path(), mirror(), files).unwrap(), brought(true), "{place}");
        assert_whole(to.path());
        bring(unpacked.path(), mirror(), files).unwrap();
    }
    let to = tempfile::tempdir().unwrap();
    let mirror = Mirror::Folder(unpacked.path().to_owned());
    assert_eq!(bring(to.path(), Some(mirror), files).unwrap(), brought(false));
    assert_whole(to.path());
    assert_whole(unpacked.path());
}

#[test]
fn an_address_is_asked_for_archives_alone() {
    let archive = zip(&SHAPES);
    let server = Server::new(&archive, &[Reply::Status("404 Not Found"), Reply::Whole]);
    let folder = tempfile::tempdir().unwrap();
    let mirror = || Some(Mirror::Address(server.address.clone()));
    let files = &folders(&archive, "http://127.0.0.1:1")[..1];
    bring(folder.path(), mirror(), files).unwrap();
    let asked: Vec<String> =
        server.requests().iter().map(|request| request.lines().next().unwrap().to_owned()).collect();
    assert_eq!(asked, ["get /shapes/shapes.archive http/1.1", "get /shapes.archive http/1.1"]);

    let nowhere: &'static [File] = Box::leak(Box::new([folder_at(TEST, Published::Nowhere)]));
    let error = bring(folder.path(), mirror(), nowhere).unwrap_err().to_string();
    assert!(error.starts_with("shapes/all/test is published nowhere as it is read here"), "{error}");
}
