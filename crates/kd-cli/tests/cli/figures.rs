//! Figures and tables are written for papers.

use crate::{TINY, folder_with, output, stderr, stdout};

#[test]
fn figures_are_listed_and_written_in_every_form() {
    let folder = folder_with(TINY);
    let ran = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(ran.status.code(), Some(0), "{}", stderr(&ran));

    let listed = output(folder.path(), &["figure", "results/tiny"]);
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
    let listed = stdout(&listed);
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for name in ["digits/accuracy", "digits/gain", "digits/loss", "digits/reliability", "digits/theories"] {
        assert!(names.contains(&name), "{listed}");
    }
    assert!(listed.contains("svg pdf png csv tex"), "{listed}");

    let figure =
        |arguments: &[&str]| output(folder.path(), &[&["figure", "results/tiny"], arguments].concat());
    assert!(stdout(&figure(&["digits/gain"])).starts_with("<svg viewBox"));
    assert!(
        stdout(&figure(&["digits/gain", "--format", "csv"])).starts_with("measure,series,M,value,low,high")
    );
    assert!(stdout(&figure(&["digits/accuracy", "--format", "tex"])).contains("\\toprule"));
    assert!(figure(&["digits/gain", "--format", "png"]).stdout.starts_with(b"\x89PNG"), "to a pipe");
    let written = figure(&["digits/gain", "--out", "gain.pdf"]);
    assert_eq!(written.status.code(), Some(0), "{}", stderr(&written));
    assert!(fs_err::read(folder.path().join("gain.pdf")).unwrap().starts_with(b"%PDF-"));

    for (arguments, said) in [
        (&["digits/gian"][..], "did you mean `digits/gain`?"),
        (&["digits/theories", "--format", "svg"], "choose one of `csv` and `tex`"),
        (&["digits/gain", "--out", "gain.jpg"], "`gain.jpg` ends like none of them"),
        (&["--out", "gain.svg"], "required"),
    ] {
        let refused = figure(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
    let of_file = output(folder.path(), &["figure", "results/tiny/findings.json", "digits/gain"]);
    let gain = output(folder.path(), &["figure", "results/tiny", "digits/gain"]);
    assert_eq!(stdout(&of_file), stdout(&gain), "{}", stderr(&of_file));
    let table = output(folder.path(), &["figure", "results/tiny/results.csv"]);
    assert_eq!(table.status.code(), Some(2));
    assert!(stderr(&table).contains("becomes findings by `kd report TABLE`"), "{}", stderr(&table));
    let page = fs_err::read_to_string(folder.path().join("results/tiny/report.html")).unwrap();
    assert!(
        page.contains("The study file") && page.contains("Learning curves") && page.contains("Reliability")
    );
}
