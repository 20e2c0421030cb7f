//! Results folders and arms are compared.

use serde_json::{Value, json};

use crate::{TINY, folder_with, output, stderr, stdout};

#[test]
fn folders_and_arms_are_compared_run_by_run() {
    let folder = folder_with(TINY);
    output(folder.path(), &["run", "study.toml"]);
    // Seed 2 has the same teacher and other students.
    let other =
        TINY.replace("seeds = [1, 2]", "seeds = [2, 3]").replace("budget.steps = 40", "budget.steps = 41");
    fs_err::write(folder.path().join("other.toml"), other).unwrap();
    output(folder.path(), &["run", "other.toml", "--out", "results/other"]);
    fs_err::remove_file(folder.path().join("study.toml")).unwrap();

    let compared = output(folder.path(), &["compare", "results/tiny", "results/other"]);
    assert_eq!(compared.status.code(), Some(0), "{}", stderr(&compared));
    let text = stdout(&compared);
    assert!(text.starts_with("results/other minus results/tiny\n  seeds: 1, 2 | 2, 3\n"), "{text}");
    assert!(text.contains("\n  teacher    the same runs\n"), "{text}");
    let counts = "7 pairs of runs, 1 of them of a run with itself; without a partner are 7 of results/tiny and 7 of \
                  results/other.";
    assert!(text.contains(counts), "{text}");

    let arms = ["compare", "results/tiny", "--arms", "labels", "distilled"];
    let found = output(folder.path(), &[&arms[..], &["--format", "json"]].concat());
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(
        [&found["a"], &found["b"], &found["pairs"]],
        [&json!("labels"), &json!("distilled"), &json!(4)]
    );
    let findings = fs_err::read(folder.path().join("results/tiny/findings.json")).unwrap();
    let findings: Value = serde_json::from_slice(&findings).unwrap();
    let gains = &findings["tasks"][0]["gains"][0];
    assert_eq!(gains["arm"], "distilled");
    assert_eq!(found["curves"][0]["differences"], gains["points"], "as the report has it");
    let markdown = output(folder.path(), &[&arms[..], &["--format", "markdown"]].concat());
    assert!(stdout(&markdown).starts_with("# distilled minus labels\n\n## digits"), "{}", stdout(&markdown));

    for (arguments, said) in [
        (&["compare", "results/tiny"][..], "required"),
        (
            &["compare", "results/tiny", "results/other", "--arms", "labels", "distilled"],
            "cannot be used with",
        ),
        (&["compare", "results/tiny", "absent"], "absent"),
        (
            &["compare", "results/tiny", "--arms", "labels", "distiled"],
            "no arm `distiled`; they have `distilled`, `labels`",
        ),
    ] {
        let refused = output(folder.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
}
