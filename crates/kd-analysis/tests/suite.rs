//! The page of the suite, `studies/README.md`, says what its studies found. `cargo xtask suite` writes it.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::{Path, PathBuf};

use kd_analysis::{Atlas, Findings, render};

/// Where the atlas stands in the page.
const MARKS: [&str; 2] = ["<!-- atlas -->\n", "<!-- /atlas -->\n"];

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
fn the_page_says_what_was_found() {
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
    let atlas = render::atlas_markdown(&Atlas::of(&given));
    let (_, body) = atlas.split_once("\n\n").unwrap();

    let path = studies().join("README.md");
    let page = fs_err::read_to_string(&path).unwrap();
    let [open, close] = MARKS;
    let (before, rest) = page.split_once(open).unwrap();
    let (said, after) = rest.split_once(close).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs_err::write(path, format!("{before}{open}{body}{close}{after}")).unwrap();
    } else {
        assert!(said == body, "studies/README.md is stale; `cargo xtask suite` writes it:\n{body}");
    }
}
