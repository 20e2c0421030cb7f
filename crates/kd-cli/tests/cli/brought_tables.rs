//! Tables and texts that people bring: what would be misread in silence is said before anything is trained.

use std::path::{Path, PathBuf};

use crate::{kd, output, stderr, stdout};

/// A study of a data set, of models that fit it.
fn study(data: &str, model: &str) -> String {
    let train = "train = { budget.steps = 20, batch = 8, optimizer.adamw.learning_rate = 1e-2 }";
    format!(
        "[study]\nname = \"brought\"\nseeds = [1]\n[tasks.t]\ndata.{data}\n\
         [tasks.t.teacher]\nmodel.{model}\n{train}\n[tasks.t.student]\nsamples = [10]\nmodel.{model}\n{train}\n\
         [arms.labels]\nobjective.cross_entropy = {{}}\n\
         [arms.kd]\nobjective.distillation = {{ temperature = 2.0 }}\n"
    )
}

const MLP: &str = "mlp = { hidden = [4] }";
const WORDS: &str = "bag_of_embeddings = { dimension = 4 }";

/// What `kd plan` of a study in `folder` returns and says, on one line.
fn plan(folder: &Path, study: &str) -> (i32, String) {
    let plan = output(folder, &["plan", study]);
    let said = format!("{}{}", stdout(&plan), stderr(&plan));
    (
        plan.status.code().unwrap(),
        said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" "),
    )
}

/// What `kd plan` says of a study of `data` in these files.
fn said(files: &[(&str, String)], data: &str, model: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs_err::write(folder.path().join(name), text).unwrap();
    }
    fs_err::write(folder.path().join("study.toml"), study(data, model)).unwrap();
    plan(folder.path(), "study.toml")
}

/// A table of these columns, each row made of its number.
fn table(header: &str, row: impl Fn(usize) -> String) -> String {
    let rows = (0..60).map(|number| row(number) + "\n");
    format!("{header}\n{}", rows.collect::<String>())
}

/// A number that looks drawn.
fn drawn(row: usize) -> String {
    format!("0.{}", 1000 + row * 7919 % 9000)
}

fn class(row: usize) -> &'static str {
    ["up", "down"][row % 2]
}

const CSV: &str = "csv = { path = \"t.csv\", test.last = 0.3, columns.target = \"c\" }";

fn holds(told: &(i32, String), status: i32, parts: &[&str]) {
    assert_eq!(told.0, status, "{}", told.1);
    for part in parts {
        assert!(told.1.contains(part), "`{part}` is not in: {}", told.1);
    }
}

/// What is right is not doubted.
fn is_sound(told: &(i32, String)) {
    assert_eq!(told.0, 0, "{}", told.1);
    assert!(!told.1.contains("Probably mistakes"), "{}", told.1);
}

#[test]
fn usual_words_for_missing_values_do_not_make_categories() {
    for word in ["NA", "n/a", "None", "-", ""] {
        let cell = |row| if row % 9 == 4 { word.to_owned() } else { drawn(row) };
        let text = table("a,b,c", |row| format!("{},{},{}", cell(row), drawn(row + 3), class(row)));
        is_sound(&said(&[("t.csv", text)], CSV, MLP));
        let object = |row| {
            format!("{{\"a\": \"{}\", \"b\": {}, \"c\": \"{}\"}}\n", cell(row), drawn(row + 3), class(row))
        };
        let lines = (0..60).map(object);
        let json = "json_lines = { path = \"t.jsonl\", test.last = 0.3, columns.target = \"c\" }";
        is_sound(&said(&[("t.jsonl", lines.collect())], json, MLP));
    }
}

#[test]
fn columns_of_numbers_and_words_are_refused_with_what_to_write() {
    let odd = |row: usize| if row % 9 == 4 { "n.s.".to_owned() } else { drawn(row) };
    let text = table("a,b,c", |row| format!("{},{},{}", odd(row), drawn(row + 3), class(row)));
    let told = said(&[("t.csv", text.clone())], CSV, MLP);
    holds(
        &told,
        2,
        &[
            "t.csv: 53 of 60 cells of column `a` are numbers",
            "`n.s.` in row 6, `n.s.` in row 15",
            "missing = [\"\", \"?\", \"n.s.\"]",
            "columns.categorical = [\"a\"]",
            "accept = [\"mixed_column\"]",
        ],
    );
    let mostly = |row: usize| if row % 5 > 1 { "unknown".to_owned() } else { drawn(row) };
    let mostly = table("a,b,c", |row| format!("{},{},{}", mostly(row), drawn(row + 3), class(row)));
    holds(
        &said(&[("t.csv", mostly)], CSV, MLP),
        2,
        &["24 of 60 cells", "missing = [\"\", \"?\", \"unknown\"]"],
    );
    for settings in ["missing = [\"n.s.\"]", "columns.categorical = [\"a\"]", "columns.ignore = [\"a\"]"] {
        let data = CSV.replace(" }", &format!(", {settings} }}"));
        is_sound(&said(&[("t.csv", text.clone())], &data, MLP));
    }
}

#[test]
fn numbers_as_they_are_written_are_refused_and_read_as_told() {
    for (cell, setting) in [
        (
            &(|row: usize| format!("\"{},{:03}\"", row + 1, row * 7)) as &dyn Fn(usize) -> String,
            "numbers = { thousands = \",\" }",
        ),
        (&|row: usize| format!("\"{row},{}\"", row % 10), "numbers = { decimal = \",\" }"),
        (&|row: usize| format!("${row}.50"), "numbers = { signs = [\"$\"] }"),
    ] {
        let text = table("a,b,c", |row| format!("{},{},{}", cell(row), drawn(row + 3), class(row)));
        holds(&said(&[("t.csv", text.clone())], CSV, MLP), 2, &[setting, "column `a`"]);
        is_sound(&said(&[("t.csv", text)], &CSV.replace(" }", &format!(", {setting} }}")), MLP));
    }
}

#[test]
fn what_is_ignored_may_be_anything() {
    let text = table("id,a,id,c", |row| format!("{row},{},x{row},{}", drawn(row), class(row)));
    holds(
        &said(&[("t.csv", text.clone())], CSV, MLP),
        2,
        &["two columns are called `id`", "columns.ignore = [\"id\"]"],
    );
    is_sound(&said(&[("t.csv", text)], &CSV.replace(" }", ", columns.ignore = [\"id\"] }"), MLP));
}

#[test]
fn short_rows_are_told_by_the_files_line() {
    let text =
        format!("# made\n{}0.5,up\n", table("a,b,c", |row| format!("{},1,{}", drawn(row), class(row))));
    let told = said(&[("t.csv", text.clone())], &CSV.replace(" }", ", comment = \"#\" }"), MLP);
    holds(&told, 2, &["t.csv, line 63: 2 cells, expected 3, as in the header"]);
    let told = said(&[("t.csv", text)], CSV, MLP);
    holds(&told, 2, &["t.csv, line 2: 3 cells, expected 1", "line 1 begins with `#`: comment = \"#\""]);
}

#[test]
fn numbers_are_not_taken_for_classes_in_silence() {
    let text = table("a,c", |row| format!("{},{}", drawn(row), drawn(row + 1)));
    let told = said(&[("t.csv", text)], &CSV.replace("last", "fraction"), MLP);
    holds(
        &told,
        2,
        &["60 different numbers, most of which occur once or twice", "columns.predict = \"number\""],
    );
}

#[test]
fn classes_of_one_name_are_told() {
    let text = table("a,c", |row| format!("{},{}{}", drawn(row), class(row), [" ", ""][row % 4 / 3]));
    let told = said(&[("t.csv", text.clone())], CSV, MLP);
    holds(&told, 0, &["Probably mistakes", "`down` (15) and `down ` (15)", "trim = true"]);
    is_sound(&said(&[("t.csv", text)], &CSV.replace(" }", ", trim = true }"), MLP));
}

#[test]
fn numbers_of_rows_are_told() {
    let left_out = "it is left out";
    for (header, name, first, parts) in [
        (",a,c", "", 0, ["column `` is an index of the rows", left_out]),
        ("Unnamed: 0,a,c", "", 1, ["column `Unnamed: 0` is an index of the rows", left_out]),
        ("key,a,c", "", 1, ["column `key` is read, and only numbers the rows", "columns.ignore = [\"key\"]"]),
        ("user_id,a,c", "", 700, ["column `user_id` is read, and only numbers", "it holds 700 to 759"]),
        ("who,a,c", "user ", 1, ["column `who` is read, and names the rows", "the first is `user 1`"]),
    ] {
        let row = |row| format!("{name}{},{},{}", row + first, drawn(row), class(row));
        holds(&said(&[("t.csv", table(header, row))], CSV, MLP), 0, &parts);
    }
    let sound = table("count,a,c", |row| format!("{},{},{}", 700 + row, drawn(row), class(row)));
    is_sound(&said(&[("t.csv", sound)], CSV, MLP));
}

#[test]
fn swallowed_rows_are_told() {
    let quote = |row: usize| if row == 20 || row == 40 { "\"" } else { "" };
    let text = table("text\tc", |row| format!("{}this is {row}\t{}", quote(row), class(row)));
    let data = "csv = { path = \"t.tsv\", separator = \"\\t\", test.last = 0.3, columns = { target = \"c\", text = [\"text\"] } }";
    let told = said(&[("t.tsv", text.clone())], data, WORDS);
    holds(&told, 0, &["t.tsv: 1 quoted cell holds 21 lines", "in row 22", "quoting = \"none\""]);
    is_sound(&said(&[("t.tsv", text)], &data.replace("test.last", "quoting = \"none\", test.last"), WORDS));
}

#[test]
fn headers_are_told_from_rows() {
    let rows = table("a,b,c", |row| format!("{},{},{}", drawn(row), drawn(row + 9), class(row)));
    let told = said(&[("t.csv", rows.clone())], &CSV.replace("\"c\"", "\"3\", header = false"), MLP);
    holds(&told, 2, &["but for the first row, 2 columns hold numbers", "`a`, `b`", "header = true"]);
    let (_, rows) = rows.split_once('\n').unwrap();
    let told = said(&[("t.csv", rows.to_owned())], &CSV.replace("\"c\"", "\"up\""), MLP);
    holds(&told, 0, &["the first row is read as the names of columns", "header = false"]);
}

#[test]
fn examples_that_are_in_both_splits_are_told() {
    let row = |row: usize| format!("{},{}", drawn(row), class(row));
    let test =
        |shared: usize| table("a,c", |number| row(if number < shared { number } else { number + 100 }));
    let data = CSV.replace("test.last = 0.3", "test.path = \"test.csv\"");
    let told = |shared| said(&[("t.csv", table("a,c", row)), ("test.csv", test(shared))], &data, MLP);
    is_sound(&told(0));
    holds(
        &told(7),
        0,
        &["7 of 60 test examples are training examples too", "test example 1, which is training example 1"],
    );
    holds(&told(60), 2, &["all 60 test examples are training examples too", "accept = [\"overlap\"]"]);
}

#[test]
fn a_file_in_the_order_of_its_classes_leaves_some_untaught() {
    let text = table("a,c", |row| format!("{},{}", drawn(row), ["x", "y", "z"][row / 20]));
    holds(
        &said(&[("t.csv", text)], &CSV.replace("0.3", "0.4"), MLP),
        0,
        &["class `z` has no training example", "test.fraction"],
    );
}

#[test]
fn text_in_utf_16_is_read() {
    let text = table("a,c", |row| format!("{},{}", drawn(row), class(row)));
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in ["\u{feff}", ""] {
            let folder = tempfile::tempdir().unwrap();
            let bytes: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(order).collect();
            fs_err::write(folder.path().join("t.csv"), bytes).unwrap();
            fs_err::write(folder.path().join("study.toml"), study(CSV, MLP)).unwrap();
            is_sound(&plan(folder.path(), "study.toml"));
        }
    }
}

#[test]
fn texts_and_labels_that_are_not_there_are_told() {
    let lines = "text_lines = { path = \"t.label\", test.last = 0.3 }";
    let file = |line: &dyn Fn(usize) -> String| vec![("t.label", (0..60).map(line).collect::<String>())];
    is_sound(&said(&file(&|row| format!("{} text {row}\n", class(row))), lines, WORDS));
    let told = said(&file(&|row| format!("word{row} and others {row}\n")), lines, WORDS);
    holds(&told, 2, &["60 different classes for 60 examples", "check that every example has its label"]);
    let told =
        said(&file(&|row| format!("{}{}\n", class(row), if row == 7 { "" } else { " text" })), lines, WORDS);
    holds(&told, 2, &["t.label, row 8: expected a class, a blank and a text"]);
    let told =
        said(&file(&|row| format!("{} {}\n", class(row), drawn(row).repeat(row % 9 % 2))), lines, WORDS);
    holds(&told, 0, &["of 60 texts are empty", "leave such rows out"]);
    let csv = CSV.replace("columns.target = \"c\"", "columns = { target = \"c\", text = [\"a\"] }");
    let text = table("a,c", |row| format!("text {row},{}", if row == 7 { "" } else { class(row) }));
    holds(&said(&[("t.csv", text)], &csv, WORDS), 2, &["t.csv, row 9: the target is missing"]);
    let json = csv.replace("csv", "json_lines");
    let object = |row: usize| {
        format!("{{\"a\": \"text {row}\", \"c\": \"{}\"}}\n", if row == 7 { "" } else { class(row) })
    };
    let text: String = (0..60).map(object).collect();
    let file = [("t.json_lines", text)];
    holds(&said(&file, &json, WORDS), 2, &["t.json_lines, row 8: the class is missing"]);
}

/// Studies of files that were brought, by folder, and what is said of them.
const CASES: [(&str, &str, i32, &str); 15] = [
    ("03-csv-na", "study.toml", 0, ""),
    ("03-csv-na", "study-told.toml", 0, ""),
    ("05-csv-thousands", "study.toml", 2, "numbers = { thousands = \",\" }"),
    ("06-csv-duplicate-header", "study.toml", 0, ""),
    ("06-csv-duplicate-header", "study-index.toml", 0, ""),
    ("07-csv-ragged", "study-comment.toml", 0, ""),
    ("07-csv-ragged", "study-nocomment.toml", 2, "line 1 begins with `#`"),
    ("07-csv-ragged", "study-ragged.toml", 2, "line 51: "),
    ("15-npz-inputs", "study-table-nan.toml", 2, "x_train"),
    ("20-labels", "study-regression-as-class.toml", 2, "predict = \"number\""),
    ("20-labels", "study-spaces.toml", 0, "trim = true"),
    ("21-json", "study-nested-ignored.toml", 0, ""),
    ("24-index-column", "study-parquet.toml", 0, "is an index of the rows"),
    ("27-containers", "study-swallow.toml", 0, "quoting = \"none\""),
    ("27-containers", "study-swallow-told.toml", 0, ""),
];

#[test]
#[allow(clippy::print_stderr)] // says what was not tested
fn files_that_were_brought() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases");
    let folder = std::env::var_os("KD_CASES").map_or_else(|| PathBuf::from(default), PathBuf::from);
    for (case, study, status, part) in CASES {
        let folder = folder.join(case);
        if !folder.join(study).exists() {
            eprintln!(
                "skipped: {} has no {study}; KD_CASES names the folder of such cases",
                folder.display()
            );
            continue;
        }
        let plan = kd(&folder, &["plan", study]).output().unwrap();
        let said = format!("{}{}", stdout(&plan), stderr(&plan));
        assert_eq!(plan.status.code(), Some(status), "{case} {study}: {said}");
        assert!(said.contains(part), "{case} {study}: {said}");
        assert!(!part.is_empty() || !said.contains("Probably mistakes"), "{case} {study}: {said}");
    }
}
