//! What people see of their own data before anything is trained.

use std::path::Path;

use serde_json::Value;

use crate::{output, stderr, stdout};

/// Rooms: a number of which some are missing, a category, a column to leave out, and what is to be predicted.
fn rooms() -> String {
    let mut text = "size,floor,id,kind\n".to_owned();
    for row in 0..40 {
        let size = if row % 8 == 3 { String::new() } else { format!("{}.5", 10 + row) };
        let (floor, kind) = (["ground", "first"][row % 2], ["small", "large"][row / 20]);
        text.push_str(&format!("{size},{floor},r{row},{kind}\n"));
    }
    text
}

/// Two tasks of these rooms; nothing but the data is right in either.
const STUDY: &str = r#"
[study]
name = "rooms"
seeds = [1]
[tasks.whole]
validation = 0.25
data.csv = { path = "rooms.csv", test.fraction = 0.2, columns = { target = "kind", ignore = ["id"] } }
teacher.model.mlp.hidden = [8]
student = { model.cnn = { channels = [2], hidden = 2 }, samples = [1000], train = { budget.steps = 1, optimizer.adamw.learning_rate = 1 } }
[tasks.number]
data.csv = { path = "rooms.csv", test.fraction = 0.2, columns = { target = "size", predict = "number", ignore = ["id", "kind"] } }
teacher.model.mlp.hidden = [8]
student = { model.mlp.hidden = [2], samples = [10], train = { budget.steps = 1, optimizer.adamw.learning_rate = 1 } }
[arms.labels]
objective.cross_entropy = {}
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("rooms.csv"), rooms()).unwrap();
    fs_err::write(folder.path().join("study.toml"), STUDY).unwrap();
    folder
}

fn shown(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, &[&["data", "show"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

#[test]
fn a_task_of_a_study_is_looked_at_whatever_else_is_wrong() {
    let folder = folder();
    let whole = shown(folder.path(), &["study.toml#whole"]);
    assert!(whole.lines().all(|line| line.chars().count() <= 80), "{whole}");
    insta::assert_snapshot!("data_show_task", whole);
    let set = ["study.toml#whole", "--set", "tasks.whole.validation=0.5"];
    assert!(shown(folder.path(), &set).contains("16 to learn from, 16 for validation"));
}

#[test]
fn a_file_is_shown_as_a_study_would_read_it() {
    let folder = folder();
    let guessed = shown(folder.path(), &["rooms.csv"]);
    let expected =
        "[tasks.rooms.data.csv]\npath = \"rooms.csv\"\ntest.fraction = 0.2\ncolumns.target = \"kind\"\n";
    assert!(guessed.ends_with(expected), "{guessed}");
}

#[test]
fn what_is_shown_is_json_and_a_page_on_request() {
    let folder = folder();
    let json: Value = serde_json::from_str(&shown(
        folder.path(),
        &["study.toml#whole", "--format", "json", "--html", "page.html"],
    ))
    .unwrap();
    assert_eq!(json["inputs"]["table"]["columns"][0]["missing"], 4, "{json}");
    assert_eq!(
        (&json["train"], &json["validation"], &json["ignored"][0]),
        (&24.into(), &8.into(), &"id".into())
    );
    let page = fs_err::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(
        page.contains("<td>floor</td>") && page.contains("2 one-hot") && !page.contains("http"),
        "{page}"
    );
}

#[test]
fn what_cannot_be_looked_at_is_told() {
    let folder = folder();
    for (what, expected) in [
        ("study.toml#hole", "did you mean `whole`?"),
        ("nowhere.toml", "nowhere.toml"),
        ("optdigit", "optdigits"),
        ("study.toml#number", "size"),
    ] {
        let output = output(folder.path(), &["data", "show", what]);
        assert_eq!(output.status.code(), Some(2), "{what}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}
