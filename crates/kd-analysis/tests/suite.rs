//! The page of the suite, `studies/README.md`, and the first screen of README say what its studies found. `cargo xtask suite`
//! writes both.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::{Path, PathBuf};

use kd_analysis::{Atlas, Findings, render};

fn studies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../studies")
}

/// Every folder with findings, as it is called from the page: the first look, then by question.
fn kept() -> Vec<String> {
    let mut kept = vec!["quickstart".to_owned()];
    for question in ["amplified", "theories", "factors", "history"] {
        let mut names: Vec<String> = fs_err::read_dir(studies().join(question))
            .unwrap()
            .map(|entry| format!("{question}/{}", entry.unwrap().file_name().to_str().unwrap()))
            .collect();
        names.sort();
        kept.extend(names);
    }
    kept.retain(|name| studies().join(name).join("findings.json").is_file());
    kept
}

#[test]
fn pages_say_what_was_found() {
    let kept = kept();
    let found: Vec<Findings> = kept
        .iter()
        .map(|name| {
            let bytes = fs_err::read(studies().join(name).join("findings.json")).unwrap();
            serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))
        })
        .collect();
    let given: Vec<(String, String, &Findings)> = std::iter::zip(&kept, &found)
        .map(|(name, found)| (name.clone(), format!("{name}/report.md"), found))
        .collect();
    let atlas = Atlas::of(&given);
    let page = render::atlas_markdown(&atlas);
    hold(&studies().join("README.md"), "atlas", page.split_once("\n\n").unwrap().1);
    hold(&studies().join("../README.md"), "suite", &render::atlas_summary(&atlas));
}

/// That what stands between two marks of a page is this; written there instead with `UPDATE` set.
fn hold(path: &Path, mark: &str, expected: &str) {
    let page = fs_err::read_to_string(path).unwrap();
    let [open, close] = [format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->\n")];
    let (before, rest) = page.split_once(&open).unwrap();
    let (said, after) = rest.split_once(&close).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs_err::write(path, format!("{before}{open}{expected}{close}{after}")).unwrap();
    } else {
        assert!(said == expected, "{} is stale; `cargo xtask suite` writes it:\n{expected}", path.display());
    }
}
