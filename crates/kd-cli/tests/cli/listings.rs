//! Commands that only show something.

use std::path::Path;

use serde_json::Value;

use crate::{TINY, folder_with, kd, output, stderr, stdout};

fn shown(arguments: &[&str]) -> String {
    let output = output(Path::new(env!("CARGO_MANIFEST_DIR")), arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn help() {
    insta::assert_snapshot!("help", shown(&["--help"]));
    insta::assert_snapshot!("help_run", shown(&["run", "--help"]));
    insta::assert_snapshot!("help_prune", shown(&["prune", "--help"]));
}

#[test]
fn data() {
    insta::assert_snapshot!("data_list", shown(&["data", "list"]));
    insta::assert_snapshot!("data_show", shown(&["data", "show", "optdigits"]));
}

#[test]
fn examples_are_text_without_colours_and_pictures_with_them() {
    assert!(shown(&["data", "show", "letter"]).contains("\nEXAMPLES\n  T: 2=2 3=8 4=3 5=5 "));
    let intents = shown(&["data", "show", "banking77"]);
    assert!(intents.contains("\n  card_arrival: I am still waiting on my card?\n"), "{intents}");
    assert!(!shown(&["data", "show", "optdigits"]).contains('▀'));
    let mut coloured = kd(Path::new("."), &["data", "show", "optdigits"]);
    let coloured = coloured.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1").output().unwrap();
    let coloured = stdout(&coloured);
    // Eight digits of 8x8 pixels have room, in four lines.
    assert_eq!(coloured.matches('▀').count(), 8 * 8 * 4);
    assert!(coloured.contains("\u{1b}[38;2;0;0;0m\u{1b}[48;2;0;0;0m▀"));
}

#[test]
fn a_contact_sheet_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    for (name, expected, count) in
        [("optdigits", "<img src=\"data:image/png;base64,iVBOR", 120), ("letter", "<li>", 26 * 12 + 1)]
    {
        let output = output(folder.path(), &["data", "show", name, "--html", "sheet.html"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let page = fs_err::read_to_string(folder.path().join("sheet.html")).unwrap();
        assert_eq!(page.matches(expected).count(), count, "{name}");
        assert!(page.contains("color-scheme:light dark") && !page.contains("http"), "{name}");
    }
}

#[test]
fn plan_of_the_quickstart() {
    let folder = tempfile::tempdir().unwrap();
    let quickstart = concat!(env!("CARGO_MANIFEST_DIR"), "/../../studies/quickstart.toml");
    let output = output(folder.path(), &["plan", quickstart, "--no-probe"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!(stdout(&output));
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0, "planning writes nothing");
}

#[test]
fn listings_are_json_on_request() {
    let folder = folder_with(TINY);
    for (arguments, expected) in [
        (&["data", "list"][..], "/0/name"),
        (&["data", "show", "banking77"], "/classes/76/train"),
        (&["plan", "study.toml"], "/runs/13/id"),
        (&["objectives"], "/objectives/12/parameters"),
        (&["models", "list"], "/18/parameters"),
        (&["models", "show", "resnet", "--input", "image:1x8x8"], "/features/5/shape/0"),
        (&["doctor"], "/libtorch"),
    ] {
        let output = output(folder.path(), &[arguments, &["--format", "json"]].concat());
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(json.pointer(expected).is_some(), "{expected} in {json}");
    }
}

#[test]
fn a_new_study_plans_and_is_the_shipped_template() {
    let folder = tempfile::tempdir().unwrap();
    let new = output(folder.path(), &["new"]);
    assert_eq!(
        stdout(&new),
        "Wrote study.toml. Look at what it takes with `kd plan study.toml`, then `kd run study.toml`.\n"
    );
    assert_eq!(output(folder.path(), &["plan", "study.toml", "--no-probe"]).status.code(), Some(0));
}

#[test]
fn the_schema_describes_sweeps_and_refuses_unknown_keys() {
    let schema: Value = serde_json::from_str(&shown(&["schema"])).unwrap();
    assert_eq!(schema["additionalProperties"], Value::Bool(false));
    assert_eq!(
        schema.pointer("/$defs/Distillation/properties/temperature/anyOf/1/type"),
        Some(&"array".into())
    );
    assert!(schema.pointer("/properties/tasks/description").is_some(), "documented");
}

#[test]
fn objectives() {
    insta::assert_snapshot!(shown(&["objectives"]));
}

#[test]
fn models() {
    insta::assert_snapshot!("models_list", shown(&["models", "list"]));
    let shows = [
        ["resnet = { depth = 18 }", "image:3x32x32", "100"],
        ["mlp.hidden = []", "features:16", "26"],
        ["transformer", "tokens:8192", "77"],
        ["ft_transformer", "table:6x8x102", "2"],
        ["gpt = { layers = 2 }", "sequence:66x128", "66"],
    ];
    let shows = shows.map(|[model, input, classes]| {
        shown(&["models", "show", model, "--input", input, "--classes", classes])
    });
    insta::assert_snapshot!("models_show", shows.join("\n"));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(shown(&["completions", shell]).contains("explain"), "{shell}");
    }
}
