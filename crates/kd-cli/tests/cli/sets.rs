//! `--set`: a study with other values than those of its file.

use crate::{TINY, folder_with, output, stderr, stdout};

const SETS: [&str; 6] = [
    "--set",
    "study.seeds=[7]",
    "--set",
    "tasks.digits.student.samples=[20]",
    "--set",
    "arms.distilled.objective.distillation.temperature=[1.0, 4.0]",
];

#[test]
fn a_set_is_as_good_as_a_line_in_the_file() {
    let written = TINY
        .replace("seeds = [1, 2]", "seeds = [7]")
        .replace("samples = [20, 80]", "samples = [20]")
        .replace("{ temperature = 4.0 }", "{ temperature = [1.0, 4.0] }");
    let planned = |text: &str, sets: &[&str]| {
        let folder = folder_with(text);
        let arguments = [&["plan", "study.toml", "--format", "json"], sets].concat();
        let plan = output(folder.path(), &arguments);
        assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
        stdout(&plan)
    };
    assert_eq!(planned(TINY, &SETS), planned(&written, &[]));
    assert_ne!(planned(TINY, &SETS), planned(TINY, &[]));
}

#[test]
fn results_say_what_was_set_and_how_to_go_on() {
    let folder = folder_with(TINY);
    let sets =
        [&SETS[..4], &["--set", "study.name=short", "--set", "study.question=\"It's \\\"short\\\"?\""]]
            .concat();
    let run = output(folder.path(), &[&["run", "study.toml"], &sets[..]].concat());
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let results = folder.path().join("results/short");
    assert_eq!(fs_err::read_to_string(results.join("study.toml")).unwrap(), TINY, "as it was written");
    let expected = "kd run study.toml --set 'study.seeds=[7]' --set 'tasks.digits.student.samples=[20]' \
        --set study.name=short --set 'study.question=\"It'\\''s \\\"short\\\"?\"'";
    let findings = fs_err::read_to_string(results.join("findings.json")).unwrap();
    let findings: serde_json::Value = serde_json::from_str(&findings).unwrap();
    assert_eq!(findings["study"]["command"], expected);
    let told: Vec<&str> = findings["study"]["provenance"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|pair| pair[0] == "set in it")
        .map(|pair| pair[1].as_str().unwrap())
        .collect();
    assert_eq!(told, [sets[1], sets[3], sets[5], sets[7]]);

    // What is told takes up the study where it is, typed into a shell.
    let plan = output(folder.path(), &[&["plan", "study.toml", "--format", "json"], &sets[..]].concat());
    let plan = crate::planned(&plan);
    let explained = stdout(&output(folder.path(), &["explain", plan[0]["id"].as_str().unwrap()]));
    let (_, command) = explained.split_once("then: ").unwrap();
    let command = command.lines().next().unwrap();
    assert_eq!(command, format!("{expected} --out results/short"));
    let kd = env!("CARGO_BIN_EXE_kd");
    let again = command.replacen("kd run", &format!("'{kd}' run"), 1);
    let shell =
        std::process::Command::new("sh").current_dir(folder.path()).args(["-c", &again]).output().unwrap();
    assert_eq!(shell.status.code(), Some(0), "{}", stderr(&shell));
    assert!(stderr(&shell).contains("(4 done, 0 to train)"), "{}", stderr(&shell));
}

/// What `kd plan` says of the tiny study with one set.
fn complaint(set: &str) -> String {
    let folder = folder_with(TINY);
    let plan = output(folder.path(), &["plan", "study.toml", "--set", "study.confidence=0.9", "--set", set]);
    assert_eq!(plan.status.code(), Some(2), "--set {set}");
    assert!(plan.stdout.is_empty());
    stderr(&plan)
}

macro_rules! wrong {
    ($($name:ident: $set:literal;)+) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(complaint($set));
        }
    )+};
}

wrong! {
    no_value: "tasks.digits.student.samples";
    a_list_without_its_end: "tasks.digits.student.samples=[20, 80";
    words_without_quotes: "study.question=What is it worth?";
    a_misspelt_key: "tasks.digits.student.smaples=[20]";
    a_misspelt_task: "tasks.digit.student.samples=[20]";
    a_path_through_a_list: "study.seeds.first=1";
    a_list_of_texts: "study.seeds=[\"1\"]";
    a_choice_beside_another: "tasks.digits.teacher.model.lenet={}";
    more_samples_than_there_are: "tasks.digits.student.samples=[20, 9999]";
}
