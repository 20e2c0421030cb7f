//! The `kd` program as people meet it: what it prints, writes and returns.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

mod adopting;
mod asked;
mod atlas;
mod augmentation;
mod brought_formats;
mod brought_pictures;
mod brought_results;
mod brought_tables;
mod brought_teachers;
mod comparing;
mod fetching;
mod figures;
mod listings;
mod modules;
mod moved;
mod parts;
mod paths;
mod planning;
mod pretrained;
mod pruning;
mod published;
mod replacing;
mod representation;
mod running;
mod sets;
mod sight;
mod solving;
mod stopping;
mod subsets;
mod tables;
mod tasks;
mod tokens;
mod wrong_arguments;
mod wrong_factors;
mod wrong_files;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// A study of two seeds, two sample sizes and three arms that takes seconds.
const TINY: &str = include_str!("tiny.toml");

/// `kd ARGUMENTS`, at work in `folder`.
fn kd(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kd"));
    command
        .current_dir(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("KD_DATA");
    command
}

/// What `kd ARGUMENTS` prints and returns.
fn output(folder: &Path, arguments: &[&str]) -> Output {
    kd(folder, arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The runs that `kd plan --format json` lists.
fn planned(plan: &Output) -> Vec<serde_json::Value> {
    assert_eq!(plan.status.code(), Some(0), "{}", stderr(plan));
    let mut listing: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    serde_json::from_value(listing["runs"].take()).unwrap()
}

/// The text with every hash and every id in it as `HASH`.
fn without_hashes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits =
            rest.bytes().take_while(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte)).count();
        let taken = if digits == 0 { first.len_utf8() } else { digits };
        plain.push_str(if digits < 8 { &rest[..taken] } else { "HASH" });
        rest = &rest[taken..];
    }
    plain
}

/// The rows of `results.csv` of the study of [`TINY`]'s name, by column.
fn results(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let mut table = csv::Reader::from_path(folder.join("results/tiny/results.csv")).unwrap();
    table.deserialize().collect::<Result<_, _>>().unwrap()
}

/// A folder with `text` in it as `study.toml`.
fn folder_with(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("study.toml"), text).unwrap();
    folder
}
