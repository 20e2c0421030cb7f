//! A folder that holds the results of one study, where another is to be run.

use std::path::Path;

use kd_study::{Plan, Store, Study};

use crate::{TINY, folder_with, output, stderr, stdout};

/// One run of the tiny study, or of another, into `results`.
const RUN: [&str; 8] = ["run", "study.toml", "--out", "results", "--only", "arm=teacher", "--only", "seed=1"];

/// The tiny study's folder, with its plan and a report in `results`, where nothing has been trained yet.
fn kept(study: &Study) -> tempfile::TempDir {
    let folder = folder_with(TINY);
    let store = Store::create(&folder.path().join("results")).unwrap();
    store.save(study, &Plan::new(study).unwrap()).unwrap();
    store.write("report.md", b"the first").unwrap();
    folder
}

fn tiny() -> Study {
    Study::parse(TINY, "study.toml").unwrap()
}

fn report(folder: &Path) -> String {
    fs_err::read_to_string(folder.join("results/report.md")).unwrap()
}

#[test]
fn another_study_is_not_written_over_unless_that_is_said() {
    let folder = kept(&tiny());
    let here = folder.path();
    fs_err::write(here.join("study.toml"), TINY.replace("name = \"tiny\"", "name = \"other\"")).unwrap();
    let files = || {
        ["plan.json", "study.toml", "report.md"]
            .map(|name| fs_err::read(here.join("results").join(name)).unwrap())
    };
    let before = files();
    let refused = output(here, &RUN);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    for part in ["results holds the results of study `tiny`", "this is study `other`", "--out", "--replace"] {
        assert!(stderr(&refused).contains(part), "{}", stderr(&refused));
    }
    assert!(before == files(), "all is left as it was");

    let replaced = output(here, &[&RUN[..], &["--replace"]].concat());
    assert_eq!(replaced.status.code(), Some(0), "{}", stderr(&replaced));
    assert_ne!(report(here), "the first");
    let status = output(here, &["status", "results"]);
    assert!(stdout(&status).starts_with("other: "), "{}", stdout(&status));
    assert_eq!(output(here, &RUN).status.code(), Some(0), "it is its own from then on");
}

#[test]
fn a_study_that_was_edited_goes_on_where_it_was() {
    let folder = kept(&tiny());
    fs_err::write(folder.path().join("study.toml"), TINY.replace("[20, 80]", "[10, 40]")).unwrap();
    let run = output(folder.path(), &RUN);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_ne!(report(folder.path()), "the first");
}

#[test]
fn a_small_version_gives_way_to_the_whole_and_does_not_take_its_place() {
    let folder = kept(&tiny().smoke());
    let whole = output(folder.path(), &RUN);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let small = output(folder.path(), &[&RUN[..], &["--smoke"]].concat());
    assert_eq!(small.status.code(), Some(2), "{}", stderr(&small));
    assert!(stderr(&small).contains("this is study `tiny-smoke`"), "{}", stderr(&small));
}
