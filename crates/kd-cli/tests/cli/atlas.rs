//! Studies are set side by side.

use serde_json::Value;

use crate::{TINY, folder_with, output, stderr, stdout};

#[test]
fn several_folders_make_an_atlas() {
    let folder = folder_with(TINY);
    output(folder.path(), &["run", "study.toml"]);
    let other =
        TINY.replace("name = \"tiny\"", "name = \"other\"").replace("seeds = [1, 2]", "seeds = [2, 3]");
    fs_err::write(folder.path().join("other.toml"), other).unwrap();
    output(folder.path(), &["run", "other.toml", "--out", "results/deep/other"]);
    // Of one there is nothing but the report.
    let kept = folder.path().join("results/kept");
    fs_err::create_dir_all(&kept).unwrap();
    fs_err::copy(folder.path().join("results/tiny/findings.json"), kept.join("findings.json")).unwrap();

    let written = fs_err::read(folder.path().join("results/tiny/report.html")).unwrap();
    let dirs = ["report", "results/tiny", "results/deep/other", "results/kept"];
    let made = output(folder.path(), &dirs);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let text = stdout(&made);
    assert!(text.contains("results/deep/other (other): 2 seeds"), "{text}");
    assert!(text.contains("\ndistillation beats labels at the smallest M"), "{text}");
    assert!(text.trim_end().ends_with("results/atlas.html"), "{text}");
    let page = fs_err::read_to_string(folder.path().join("results/atlas.html")).unwrap();
    assert!(page.contains("href=\"tiny/report.html#digits\""), "{page}");
    assert!(page.contains("href=\"deep/other/report.html#digits\""), "{page}");
    let atlas = fs_err::read(folder.path().join("results/atlas.json")).unwrap();
    let atlas: Value = serde_json::from_slice(&atlas).unwrap();
    let answers = &atlas["claims"][0]["answers"];
    assert_eq!(answers[0], answers[2], "analysed anew or as kept");
    assert_eq!(fs_err::read(folder.path().join("results/tiny/report.html")).unwrap(), written);

    let elsewhere = output(folder.path(), &[&dirs[..], &["--out", "pages"]].concat());
    assert_eq!(elsewhere.status.code(), Some(0), "{}", stderr(&elsewhere));
    let page = fs_err::read_to_string(folder.path().join("pages/atlas.html")).unwrap();
    assert!(page.contains("href=\"../results/tiny/report.html#digits\""), "{page}");

    fs_err::write(kept.join("findings.json"), "{}").unwrap();
    for (arguments, said) in [
        (&["report", "results/tiny", "results"][..], "neither runs of a study nor a findings.json"),
        (&["report", "results/tiny", "results/kept"], "old ones are written again with `kd report DIR`"),
        (&["report", "results/tiny", "results/kept", "--only", "seed=1"], "--only takes one results folder"),
    ] {
        let refused = output(folder.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
}

#[test]
fn gains_are_told_for_the_population_of_test_examples() {
    let folder = folder_with(TINY);
    output(folder.path(), &["run", "study.toml"]);
    let read = || -> Value {
        let findings = fs_err::read(folder.path().join("results/tiny/findings.json")).unwrap();
        serde_json::from_slice(&findings).unwrap()
    };
    let findings = read();
    let task = &findings["tasks"][0];
    let populations = task["populations"].as_array().unwrap();
    let gains: Vec<(&Value, &Value)> = task["gains"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|gain| gain["points"].as_array().unwrap().iter().map(move |point| (&gain["arm"], point)))
        .collect();
    assert_eq!(populations.len(), gains.len(), "{populations:?}");
    for (found, (arm, point)) in std::iter::zip(populations, gains) {
        assert_eq!((&found["arm"], &found["samples"]), (arm, &point["samples"]));
        let mean = |estimate: &Value| estimate["mean"].as_f64().unwrap();
        let off = mean(&found["gain"]["estimate"]) - mean(&point["alone"]);
        assert!(off.abs() < 1e-9, "the gain is that of the scores: {off}");
        let half = found["gain"]["estimate"]["half_width"].as_f64().unwrap();
        assert!(half > 0.0 && found["gain"]["examples"] == 1797);
    }
    // What was found is kept: without predictions it is told again.
    for run in fs_err::read_dir(folder.path().join("results/tiny/runs")).unwrap() {
        let _ = fs_err::remove_file(run.unwrap().path().join("predictions.safetensors"));
    }
    let again = output(folder.path(), &["report", "results/tiny"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(read()["tasks"][0]["populations"], task["populations"]);
    assert!(stdout(&again).contains("For the population that the 1,797 test examples were drawn from"));
}
