use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        if let Some(empty) = file.strip_suffix('/') {
            fs_err::create_dir_all(folder.path().join(empty)).unwrap();
        } else {
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            let is_text = ["txt", "README.txt", "LICENSE"].iter().any(|end| file.ends_with(end));
            fs_err::write(path, if is_text { b"words" } else { PNG }).unwrap();
        }
    }
    folder
}

fn read(files: &[&str], wanted: Wanted) -> Result<Listed> {
    listed(folder(files).path(), &[], wanted)
}

/// `class/name` of what is read, and what is doubtful, with its evidence.
fn found(files: &[&str], wanted: Wanted) -> (Vec<String>, Vec<String>) {
    let Listed { files, doubts } = read(files, wanted).unwrap();
    let files = files.iter().map(|(class, path)| format!("{class}/{}", name(path))).collect();
    let doubts =
        doubts.iter().map(|doubt| format!("{}: {} ({})", doubt.kind.name(), doubt.what, doubt.evidence));
    (files, doubts.collect())
}

#[test]
fn what_systems_leave_is_passed_over_in_silence() {
    let left = [
        "a/1.png",
        "b/2.PNG",
        "a/Thumbs.db",
        "a/.DS_Store",
        "a/desktop.ini",
        "a/._1.png",
        "b/ehthumbs.db",
        ".ipynb_checkpoints/1.png",
        "__MACOSX/a/._1.png",
        "a/.ipynb_checkpoints/1-checkpoint.png",
        "Thumbs.db",
        "b/@eaDir/2.png",
    ];
    assert_eq!(found(&left, Wanted::Pictures), (vec!["a/1.png".to_owned(), "b/2.PNG".to_owned()], vec![]));
    let texts = ["a/1.txt", "a/Thumbs.db", "b/2.txt", "b/.DS_Store", "__MACOSX/a/._1.txt"];
    assert_eq!(found(&texts, Wanted::Texts), (vec!["a/1.txt".to_owned(), "b/2.txt".to_owned()], vec![]));
}

#[test]
fn pictures_of_kinds_that_are_not_read_are_named() {
    for (file, kind) in [
        ("1.heic", "HEIC"),
        ("1.HEIF", "HEIC"),
        ("1.tif", "TIFF"),
        ("1.psd", "PSD"),
        ("1.svg", "SVG"),
        ("1.avif", "AVIF"),
        ("1.CR2", "raw camera data"),
    ] {
        let message = read(&["a/0.png", &format!("b/{file}")], Wanted::Pictures).unwrap_err().to_string();
        let expected = format!(
            "b/{file}: is {kind}; JPEG, PNG, WebP, GIF and BMP are read: convert it, or take it away"
        );
        assert!(message.ends_with(&expected), "{message}");
    }
    let message = read(&["a/0.tif", "a/1.tif", "b/2.psd"], Wanted::Pictures).unwrap_err().to_string();
    assert!(message.ends_with("away, and so are 2 files more of kinds that are not read"), "{message}");
}

#[test]
fn other_files_are_passed_over_and_told() {
    let pictures = ["a/1.jpg", "a/README.txt", "b/LICENSE", "b/2.jpeg", "b/3", "labels.csv", "4.png"];
    let (files, doubts) = found(&pictures, Wanted::Pictures);
    assert_eq!(files, ["a/1.jpg", "b/2.jpeg", "b/3"], "the last by its first bytes");
    assert_eq!(
        doubts,
        [
            "passed_over: 2 files among the pictures are passed over (a/README.txt, b/LICENSE)",
            "passed_over: 1 file beside the folders of classes is passed over (4.png)",
        ],
    );
}

#[test]
fn folders_within_and_without_are_told() {
    let (files, doubts) = found(&["a/2019/1.png", "a/2.png", "b/3.png", "c/"], Wanted::Pictures);
    assert_eq!(files, ["a/2.png", "a/1.png", "b/3.png"]);
    assert_eq!(doubts.len(), 2, "{doubts:?}");
    assert!(doubts[0].starts_with("missing_class: a folder of a class holds no pictures (c)"), "{doubts:?}");
    assert!(doubts[1].starts_with("nested_folders: ") && doubts[1].ends_with("(a/2019)"), "{doubts:?}");
    let message = read(&["train/a/1.png", "val/a/2.png"], Wanted::Pictures).unwrap_err().to_string();
    assert!(message.contains("holds splits (train, val), not classes"), "{message}");
}

#[test]
fn nothing_to_read_is_an_error_that_tells_what_is_there() {
    for (files, wanted, expected) in [
        (&["1.png", "2.png"][..], Wanted::Pictures, "2 pictures lie in it without such a folder"),
        (&["a/notes.md"], Wanted::Texts, "found a/notes.md"),
        (&[], Wanted::Texts, "expected texts (.txt) in a folder for each class"),
    ] {
        let message = read(files, wanted).unwrap_err().to_string();
        assert!(message.ends_with(expected) || message.contains(expected), "{message}");
    }
}

#[test]
fn texts_have_an_ending_or_none() {
    let news = ["sci.space/60785", "sci.space/README", "alt.atheism/49960"];
    assert_eq!(found(&news, Wanted::Texts).0, ["alt.atheism/49960", "sci.space/60785"]);
    let (files, doubts) = found(&["a/1.txt", "a/2", "b/3.txt", "b/4.md"], Wanted::Texts);
    assert_eq!(files, ["a/1.txt", "b/3.txt"]);
    assert_eq!(doubts, ["passed_over: 2 files among the texts are passed over (b/4.md, a/2)"]);
}
