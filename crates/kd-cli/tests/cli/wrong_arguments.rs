//! Wrong arguments and wrong folders end with status 2 and a sentence.

use kd_study::{Plan, Store, Study};

use crate::{TINY, folder_with, output, stderr};

#[test]
fn each_is_refused_with_a_sentence() {
    let folder = folder_with(TINY);
    fs_err::create_dir(folder.path().join("empty")).unwrap();
    let mut said = String::new();
    for arguments in [
        &["run", "absent.toml"][..],
        &["plan", "."],
        &["status", "empty"],
        &["report", "absent"],
        &["explain", "0123", "--dir", "empty"],
        &["explain", "0123"],
        &["data", "show", "optdigit"],
        &["models", "show", "resnt", "--input", "image:3x32x32"],
        &["models", "show", "mlp", "--input", "image:3x32x32"],
        &["models", "show", "resnet = { dept = 18 }", "--input", "image:3x32x32"],
        &["models", "show", "resnet", "--input", "image:3x32"],
        &["models", "show", "resnet", "--input", "tokens:8192"],
        &["models", "show", "resnet", "--input", "image:3x32x32", "--classes", "0"],
        &["models", "show", "gpt", "--input", "sequence:66x128", "--classes", "10"],
        &["new", "study.toml"],
        &["run", "study.toml", "--device", "cuda:9"],
        &["run", "study.toml", "--device", "gpu"],
        &["run", "study.toml", "--workers", "0"],
        &["rnu", "study.toml"],
    ] {
        let output = output(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "kd {}", arguments.join(" "));
        assert!(output.stdout.is_empty());
        said.push_str(&format!("$ kd {}\n{}\n", arguments.join(" "), stderr(&output)));
    }
    assert_eq!(fs_err::read_to_string(folder.path().join("study.toml")).unwrap(), TINY, "kept");
    insta::assert_snapshot!(said);
}

#[test]
fn conditions_on_runs_and_lists_of_them() {
    let folder = folder_with(TINY);
    let study = Study::parse(TINY, "study.toml").unwrap();
    let store = Store::create(&folder.path().join("results")).unwrap();
    store.save(&study, &Plan::new(&study).unwrap()).unwrap();
    let mut said = String::new();
    for arguments in [
        &["run", "study.toml", "--only", "M20"][..],
        &["run", "study.toml", "--only", "width<=160"],
        &["run", "study.toml", "--only", "arm=lables"],
        &["run", "study.toml", "--only", "M=many"],
        &["run", "study.toml", "--only", "seed=3"],
        &["run", "study.toml", "--only", "test_accuracy>0.5"],
        &["run", "study.toml", "--only", "M=20", "--only", "arm=teacher"],
        &["runs", "results", "--only", "state=done"],
        &["runs", "results", "--only", "test_acuracy>0.5"],
        &["runs", "results", "--columns", "task,armm"],
        &["runs", "results", "--sort", "scor"],
        &["runs", "results", "--descending"],
        &["runs", "absent"],
        &["report", "results", "--only", "converged<true"],
        &["report", "results", "--only", "test_accuracy>0.5"],
        &["report", "results", "--only", "arm=labels", "--out", "results"],
    ] {
        let output = output(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "kd {}", arguments.join(" "));
        assert!(output.stdout.is_empty());
        said.push_str(&format!("$ kd {}\n{}\n", arguments.join(" "), stderr(&output)));
    }
    assert!(!folder.path().join("results/tiny").exists(), "nothing is trained");
    insta::assert_snapshot!(said);
}

#[test]
fn a_study_file_that_is_not_text_is_refused() {
    let folder = folder_with("");
    fs_err::write(folder.path().join("study.toml"), [0xff, 0xfe, 0x00]).unwrap();
    let output = output(folder.path(), &["plan", "study.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("study.toml"), "{}", stderr(&output));
}

#[test]
fn results_cannot_go_into_a_file() {
    let folder = folder_with(TINY);
    let output = output(folder.path(), &["run", "study.toml", "--out", "study.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("study.toml"), "{}", stderr(&output));
    assert_eq!(fs_err::read_to_string(folder.path().join("study.toml")).unwrap(), TINY, "kept");
}
