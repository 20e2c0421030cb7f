//! What `kd run STUDY --smoke` takes, from the command to its end, of studies on real data: `cargo xtask bench -- smoke`.
//! One is left out, and that is told, where its data are not in the folder that `KD_DATA` names.
//!
//! It should be less than twenty seconds on two cores for each: two workers, whatever there is.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use kd_benches::{Asked, kd_program};
use kd_study::Study;
use kd_study::file::StudyFile;

/// Vision, text, a table, a language model.
const STUDIES: [(&str, &str); 4] = [
    ("mnist", include_str!("smoke/mnist.toml")),
    ("sst-2", include_str!("smoke/sst-2.toml")),
    ("adult", include_str!("smoke/adult.toml")),
    ("tiny-shakespeare", include_str!("smoke/tiny-shakespeare.toml")),
];

fn main() {
    let asked = Asked::here();
    if !asked.wants("smoke") {
        return;
    }
    if !asked.measured {
        for (name, text) in STUDIES {
            assert!(StudyFile::parse(text).is_ok(), "{name}");
        }
        return;
    }
    let program = kd_program();
    println!("{:20} {:>8}  slowest runs", "kd run --smoke", "seconds");
    for (name, text) in STUDIES {
        match Study::parse(text, "study.toml") {
            Ok(_) => time(&program, name, text),
            Err(error) => println!("{name:20} {:>8}  {error}", "not run"),
        }
    }
}

fn time(program: &Path, name: &str, text: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    fs_err::write(folder.path().join("study.toml"), text).expect("a study");
    let clock = Instant::now();
    let output = Command::new(program)
        .current_dir(folder.path())
        .args(["run", "study.toml", "--smoke", "--workers", "2", "--out", "results"])
        .output()
        .expect("kd runs");
    let seconds = clock.elapsed().as_secs_f64();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    println!("{name:20} {seconds:>8.1}  {}", slowest(&folder.path().join("results/timings.csv")));
}

/// The seconds of the three runs that took longest.
fn slowest(timings: &Path) -> String {
    let text = fs_err::read_to_string(timings).expect("timings");
    let mut lines = text.lines().map(|line| line.split(','));
    let column =
        lines.next().and_then(|mut names| names.position(|name| name == "seconds")).expect("seconds");
    let mut seconds: Vec<f64> = lines.filter_map(|mut line| line.nth(column)?.parse().ok()).collect();
    seconds.sort_by(|a, b| b.total_cmp(a));
    let longest: Vec<String> = seconds.iter().take(3).map(|seconds| format!("{seconds:.1}")).collect();
    longest.join(", ")
}
