//! Whatever a server or a folder gives, no wrong file gets its name. Nothing here leaves this machine.

mod folders;
mod server;

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use server::{Reply, Server};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::catalogue;

const PATH: &str = "shapes/squares.bin";

fn body() -> Vec<u8> {
    (0..200_000_u64).map(|place| (place * place % 251) as u8).collect()
}

fn sha256(bytes: &[u8]) -> Checksum {
    let mut digits = String::new();
    Sha256::digest(bytes).iter().for_each(|byte| digits.push_str(&format!("{byte:02x}")));
    Checksum::Sha256(digits.leak())
}

fn files(checksum: Option<Checksum>, published: Published) -> &'static [File] {
    Box::leak(Box::new([File { path: PATH, kind: Kind::File, checksum, published }]))
}

/// A folder, and the file in it that a server may or may not deliver.
struct Site {
    folder: TempDir,
    server: Server,
    files: &'static [File],
}

impl Site {
    fn new(replies: &[Reply]) -> Self {
        Self::with(Some(sha256(&body())), replies)
    }

    fn with(checksum: Option<Checksum>, replies: &[Reply]) -> Self {
        let server = Server::new(&body(), replies);
        let address: &str = format!("{}/squares.bin", server.address).leak();
        let files = files(checksum, Published::Alone(address));
        Self { folder: tempfile::tempdir().unwrap(), server, files }
    }

    /// What is told after all bytes have come.
    fn bring(&self) -> Result<Vec<Event>> {
        bring(self.folder.path(), None, self.files)
    }

    fn file(&self) -> Option<Vec<u8>> {
        fs_err::read(self.folder.path().join(PATH)).ok()
    }

    /// Bytes from an earlier fetch.
    fn leave(&self, bytes: &[u8]) {
        let coming = self.folder.path().join(".fetch/shapes");
        fs_err::create_dir_all(&coming).unwrap();
        fs_err::write(coming.join("squares.bin.part"), bytes).unwrap();
    }

    fn asked_from(&self) -> Vec<Option<usize>> {
        self.server.requests().iter().map(|request| server::start(request)).collect()
    }
}

fn bring(folder: &Path, mirror: Option<Mirror>, files: &'static [File]) -> Result<Vec<Event>> {
    let agent = download::agent(Duration::from_millis(500), None);
    let fetch = Fetch { folder: folder.to_owned(), mirror, agent };
    let mut events = Vec::new();
    fetch.bring_files("shapes", files, &mut |event| events.push(event))?;
    events.retain(|event| !matches!(event, Event::Received { .. } | Event::Unpacking { .. }));
    Ok(events)
}

const BROUGHT: Event = Event::Brought { file: PATH, verified: true };

#[test]
fn a_file_is_brought_once() {
    let site = Site::new(&[Reply::Whole]);
    assert_eq!(site.bring().unwrap(), [BROUGHT]);
    assert_eq!(site.file().unwrap(), body());
    assert_eq!(site.bring().unwrap(), [Event::Kept { file: PATH }]);
    assert!(!site.folder.path().join(".fetch/shapes").exists(), "nothing is left over");
}

#[test]
fn a_download_goes_on_where_it_stopped() {
    let site = Site::new(&[Reply::Cut(70_000), Reply::Redirect, Reply::Range]);
    let error = site.bring().unwrap_err().to_string();
    assert!(error.contains("only 70000 of 200000 bytes came"), "{error}");
    assert_eq!(site.file(), None);
    assert_eq!(site.bring().unwrap(), [BROUGHT]);
    assert_eq!(site.file().unwrap(), body());
    assert_eq!(site.asked_from(), [None, Some(70_000), Some(70_000)]);
}

#[test]
fn what_does_not_go_on_starts_again() {
    let whole = body();
    let others = vec![0; 70_000];
    let too_long = [whole.as_slice(), b"!"].concat();
    for (here, replies) in [
        (&whole[..70_000], &[Reply::Whole][..]),
        (&whole[..70_000], &[Reply::OtherRange, Reply::Whole]),
        (&whole[..70_000], &[Reply::Status("416 Range Not Satisfiable"), Reply::Whole]),
        (&too_long, &[Reply::Status("416 Range Not Satisfiable"), Reply::Whole]),
        (&others, &[Reply::Range, Reply::Whole]),
        (&whole, &[]),
    ] {
        let site = Site::new(replies);
        site.leave(here);
        assert_eq!(site.bring().unwrap(), [BROUGHT], "{replies:?}");
        assert_eq!(site.file().unwrap(), whole, "{replies:?}");
        assert_eq!(site.asked_from().len(), replies.len(), "{replies:?}");
    }
}

#[test]
fn nothing_wrong_gets_the_name() {
    for (replies, problem) in [
        (&[Reply::Cut(0)][..], "only 0 of 200000 bytes came"),
        (&[Reply::Stall(70_000)], "only 70000 of 200000 bytes came: timeout"),
        (&[Reply::Corrupt], "its SHA-256 is "),
        (&[Reply::Unmeasured], "the server does not say how long it is"),
        (&[Reply::Status("404 Not Found")], "there is no such file"),
        (&[Reply::Status("416 Range Not Satisfiable")], "the server answered 416"),
        (&[Reply::Status("500 Internal Server Error")], "the server answered 500"),
        (&[Reply::Redirect; 6], "redirect"),
        (&[], "onnection refused"),
    ] {
        let site = Site::new(&replies.repeat(2));
        let address = format!("{PATH} could not be had from {}/squares.bin: ", site.server.address);
        let error = site.bring().unwrap_err().to_string();
        assert!(error.starts_with(&address) && error.contains(problem), "{replies:?}: {error}");
        assert!(error.ends_with("an address that has it with `--from`"), "{error}");
        assert_eq!(site.file(), None, "{replies:?}");

        fs_err::create_dir_all(site.folder.path().join("shapes")).unwrap();
        fs_err::write(site.folder.path().join(PATH), "old").unwrap();
        site.bring().unwrap_err();
        assert_eq!(site.file().unwrap(), b"old", "what is there stays until there is better");
    }
}

#[test]
fn a_damaged_file_is_replaced() {
    let site = Site::new(&[Reply::Whole]);
    fs_err::create_dir_all(site.folder.path().join("shapes")).unwrap();
    fs_err::write(site.folder.path().join(PATH), "old").unwrap();
    assert_eq!(site.bring().unwrap(), [BROUGHT]);
    assert_eq!(site.file().unwrap(), body());
}

#[test]
fn without_a_checksum_bytes_are_not_put_together() {
    let site = Site::with(None, &[Reply::Cut(70_000), Reply::Whole]);
    site.bring().unwrap_err();
    assert_eq!(site.file(), None);
    assert_eq!(site.bring().unwrap(), [Event::Brought { file: PATH, verified: false }]);
    assert_eq!(site.asked_from(), [None, None]);
    assert_eq!(site.file().unwrap(), body());
}

#[test]
fn one_fetch_at_a_time() {
    let site = Site::new(&[]);
    fs_err::create_dir_all(site.folder.path().join(".fetch")).unwrap();
    let held = lock(&site.folder.path().join(".fetch")).unwrap();
    assert!(matches!(site.bring(), Err(Error::Fetch(FetchError::Busy(_)))));
    drop(held);
    assert!(matches!(site.bring(), Err(Error::Fetch(FetchError::Unavailable { .. }))));
}

/// The body under its name, next to names that lead elsewhere.
fn tar_gz(name: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, bytes) in [("../evil", &b"evil"[..]), (name, &body())] {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes).unwrap();
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "link", "/etc/hostname").unwrap();
    builder.into_inner().unwrap().finish().unwrap()
}

fn zip(name: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [("../evil", &b"evil"[..]), (name, &body())] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.add_symlink("link", "/etc/hostname", zip::write::SimpleFileOptions::default()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn archived(archive: &[u8], address: String, member: &'static str) -> &'static [File] {
    let archive = Archive { address: address.leak(), checksum: sha256(archive) };
    files(Some(sha256(&body())), Published::Within(archive, member))
}

#[test]
fn only_the_file_comes_out_of_an_archive() {
    for (name, archive) in [("shapes.tar.gz", tar_gz("a/squares")), ("shapes.zip", zip("a/squares"))] {
        for (member, problem) in [
            ("a/squares", None),
            ("a/circles", Some("the archive has no such file")),
            ("link", Some("`link` is neither a file nor a folder")),
            ("../evil", Some("its SHA-256 is")),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let server = Server::new(&archive, &[Reply::Whole]);
            let files = archived(&archive, format!("{}/{name}", server.address), member);
            let inner = folder.path().join("inner");
            match (bring(&inner, None, files), problem) {
                (Ok(events), None) => assert_eq!(events, [BROUGHT]),
                (Err(error), Some(problem)) => {
                    assert!(error.to_string().contains(&format!("{member} in http://")), "{error}");
                    assert!(error.to_string().contains(problem), "{error}");
                }
                (outcome, _) => panic!("{name}, {member}: {outcome:?}"),
            }
            assert_eq!(fs_err::read(inner.join(PATH)).ok(), problem.is_none().then(body), "{member}");
            assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1, "nothing beside the folder");
        }
    }
}

#[test]
fn a_broken_archive_is_an_error() {
    for whole in [tar_gz("squares"), zip("squares")] {
        let cut = &whole[..whole.len() / 2];
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(cut, &[Reply::Whole]);
        let files = archived(cut, format!("{}/shapes", server.address), "squares");
        let error = bring(folder.path(), None, files).unwrap_err().to_string();
        assert!(error.contains("it cannot be unpacked"), "{error}");
        assert!(!folder.path().join(PATH).exists());
    }
}

#[test]
fn a_folder_may_have_it_in_several_places() {
    let archive = zip("squares");
    let files = archived(&archive, "http://127.0.0.1:1/shapes.zip".to_owned(), "squares");
    for (place, bytes) in [
        (PATH, body()),
        ("squares.bin", body()),
        ("shapes/shapes.zip", archive.clone()),
        ("shapes.zip", archive.clone()),
    ] {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mirror = || Some(Mirror::from(from.path().to_str().unwrap()));
        let missing = bring(to.path(), mirror(), files).unwrap_err().to_string();
        assert!(missing.contains(PATH) && missing.contains("there is no such file"), "{missing}");

        let file = from.path().join(place);
        fs_err::create_dir_all(file.parent().unwrap()).unwrap();
        fs_err::write(&file, "other").unwrap();
        let wrong = bring(to.path(), mirror(), files).unwrap_err().to_string();
        assert!(wrong.contains(place) && wrong.contains("its SHA-256 is"), "{wrong}");
        assert!(!to.path().join(PATH).exists());

        fs_err::write(&file, &bytes).unwrap();
        assert_eq!(bring(to.path(), mirror(), files).unwrap(), [BROUGHT], "{place}");
        assert_eq!(fs_err::read(to.path().join(PATH)).unwrap(), body());
        assert_eq!(fs_err::read(&file).unwrap(), bytes, "the folder is only read");
    }
}

#[test]
fn a_mirror_may_have_all_files_next_to_each_other() {
    let server = Server::new(&body(), &[Reply::Status("404 Not Found"), Reply::Whole]);
    let folder = tempfile::tempdir().unwrap();
    let mirror = Mirror::from(format!("{}/data/", server.address).as_str());
    let files = files(Some(sha256(&body())), Published::Nowhere);
    assert_eq!(bring(folder.path(), Some(mirror), files).unwrap(), [BROUGHT]);
    let asked: Vec<String> =
        server.requests().iter().map(|request| request.lines().next().unwrap().to_owned()).collect();
    assert_eq!(asked, ["get /data/shapes/squares.bin http/1.1", "get /data/squares.bin http/1.1"]);
}

#[test]
fn what_nobody_publishes_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let error = bring(folder.path(), None, files(None, Published::Nowhere)).unwrap_err().to_string();
    assert!(error.starts_with("shapes/squares.bin is published nowhere as it is read here"), "{error}");
}

#[test]
fn the_catalogue_knows_where_files_are() {
    for file in catalogue::entries().filter(|entry| !entry.is_embedded()).flat_map(|entry| entry.files) {
        let address = match file.published {
            Published::Nowhere => continue,
            Published::Alone(address) => address,
            Published::Within(archive, _) => archive.address,
        };
        assert!(matches!(Mirror::from(address), Mirror::Address(_)), "{address}");
        assert!(last_part(address).contains('.') || last_part(address).ends_with("-ubyte"), "{address}");
        if let Some(checksum) = file.checksum {
            let (digits, length) = match checksum {
                Checksum::Sha256(digits) => (digits, 64),
                Checksum::Md5(digits) => (digits, 32),
            };
            assert!(
                digits.len() == length && digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
                "{file:?}"
            );
        }
    }
}
