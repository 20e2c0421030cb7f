//! The suite of studies: runs those of which the data are here, keeps what they found beside them, and writes the atlas.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::{cargo, libtorch};

/// Folders of studies that are run, each a question.
const QUESTIONS: [&str; 4] = ["amplified", "theories", "factors", "history"];

/// Of published scale: planned here, and run where there is a GPU.
const PUBLISHED: &str = "paper";

/// Of these data alone, which are in the program.
const FIRST: &str = "quickstart";

/// Runs every study whose path holds `only`, or all.
pub(crate) fn run(root: &Path, only: &str) -> Result<(), Failure> {
    libtorch::set_up(root, false)?;
    cargo::run(root, &["build", "--release", "--locked", "--package", "kd-cli"])?;
    let kd = Kd { root, program: program(root)? };
    let mut skipped = Vec::new();
    for study in suite(root)?.into_iter().filter(|study| study.file.contains(only)) {
        if let Err(why) = kd.study(&study)? {
            skipped.push((study.file, why));
        }
    }
    for study in studies(root, &[PUBLISHED])?.into_iter().filter(|study| study.file.contains(only)) {
        let output = kd.output(&["plan", &study.file, "--no-probe"])?;
        let why = if output.status.success() {
            "it plans; run it where there is a GPU".to_owned()
        } else {
            first_line(&output)
        };
        skipped.push((study.file, why));
    }
    // The page is written by the test that compares it with what was found.
    let page = ["test", "--release", "--locked", "--quiet", "--package", "kd-analysis", "--test", "suite"];
    cargo::run_with(root, &page, &[("UPDATE", "1")])?;
    for (file, why) in &skipped {
        eprintln!("skipped {file}: {why}");
    }
    Ok(())
}

/// A study of the suite.
struct Study {
    /// Relative to the checkout: `studies/amplified/vision.toml`.
    file: String,
    /// Where its runs are: `results/amplified-vision`, beside those of other studies, so that equal runs are trained once.
    results: String,
    /// Where what it found is kept: `studies/amplified/vision`.
    kept: String,
}

/// All that are run.
fn suite(root: &Path) -> Result<Vec<Study>, Failure> {
    let first = Study {
        file: format!("studies/{FIRST}.toml"),
        results: format!("results/{FIRST}"),
        kept: format!("studies/{FIRST}"),
    };
    Ok(std::iter::once(first).chain(studies(root, &QUESTIONS)?).collect())
}

/// Those of these folders, in the order of their names.
fn studies(root: &Path, folders: &[&str]) -> Result<Vec<Study>, Failure> {
    let mut studies = Vec::new();
    for folder in folders {
        let there = root.join("studies").join(folder);
        let mut names: Vec<String> = Vec::new();
        for entry in if there.is_dir() { Some(fs_err::read_dir(there)?) } else { None }.into_iter().flatten()
        {
            let name = entry?.file_name().to_string_lossy().into_owned();
            names.extend(name.strip_suffix(".toml").map(str::to_owned));
        }
        names.sort();
        studies.extend(names.into_iter().map(|name| Study {
            file: format!("studies/{folder}/{name}.toml"),
            results: format!("results/{folder}-{name}"),
            kept: format!("studies/{folder}/{name}"),
        }));
    }
    Ok(studies)
}

/// The program that was just built.
fn program(root: &Path) -> Result<PathBuf, Failure> {
    let metadata = cargo::metadata(root)?;
    Ok(Path::new(metadata["target_directory"].as_str().unwrap_or("target")).join("release").join("kd"))
}

struct Kd<'a> {
    root: &'a Path,
    program: PathBuf,
}

impl Kd<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.root).args(arguments);
        command
    }

    fn output(&self, arguments: &[&str]) -> Result<Output, Failure> {
        Ok(self.command(arguments).output()?)
    }

    /// The standard output of what must succeed.
    fn said(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        std::io::stderr().write_all(&output.stderr)?;
        Err(Failure::Child { command: format!("kd {}", arguments.join(" ")), code: output.status.code() })
    }

    /// Runs a study and keeps what it found; or tells why it cannot be run here.
    fn study(&self, study: &Study) -> Result<Result<(), String>, Failure> {
        let planned = self.output(&["plan", &study.file, "--no-probe"])?;
        if !planned.status.success() {
            return Ok(Err(first_line(&planned)));
        }
        let started = Instant::now();
        let run = ["run", &study.file, "--out", &study.results];
        eprintln!("$ kd {}", run.join(" "));
        let status = self.command(&run).status()?;
        if !status.success() {
            return Err(Failure::Child { command: format!("kd {}", run.join(" ")), code: status.code() });
        }
        self.keep(study, started.elapsed().as_secs())?;
        Ok(Ok(()))
    }

    /// Keeps the report, the findings, the table of results and a figure of every task's gain. The table has the runs, so
    /// findings are kept without.
    fn keep(&self, study: &Study, seconds: u64) -> Result<(), Failure> {
        let (from, to) = (self.root.join(&study.results), self.root.join(&study.kept));
        fs_err::create_dir_all(&to)?;
        for name in ["report.md", "results.parquet"] {
            fs_err::copy(from.join(name), to.join(name))?;
        }
        let mut findings: Value = read(&from.join("findings.json"))?;
        let runs = cargo::array(&findings["runs"]).len();
        findings["left_out"] = json!(runs);
        findings["runs"] = json!([]);
        fs_err::write(to.join("findings.json"), serde_json::to_string(&findings).unwrap_or_default() + "\n")?;
        for figure in
            self.said(&["figure", &study.results])?.split_whitespace().filter(|name| name.ends_with("/gain"))
        {
            let file = to.join(figure.replace(['/', ' '], "-")).with_extension("svg");
            self.said(&["figure", &study.results, figure, "--out", &file.display().to_string()])?;
        }
        let kept = to.join("machine.json");
        // Where nothing was trained, what was is still true.
        if !kept.is_file() || seconds > 60 {
            let machine =
                json!({ "commit": commit(self.root)?, "processor": processor()?, "seconds": seconds });
            fs_err::write(kept, format!("{machine:#}\n"))?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Value, Failure> {
    let bytes = fs_err::read(path)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::File(std::io::Error::other(format!("{}: {error}", path.display()))))
}

/// What a program complained of first.
fn first_line(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = said
        .lines()
        .map(|line| line.trim_start_matches([' ', '×', '│']))
        .take_while(|line| !line.starts_with('╭'));
    lines.collect::<Vec<_>>().join(" ")
}

/// The commit that is checked out, with `+` if files differ from it.
fn commit(root: &Path) -> Result<String, Failure> {
    let git = |arguments: &[&str]| Command::new("git").current_dir(root).args(arguments).output();
    let head = String::from_utf8_lossy(&git(&["rev-parse", "--short=12", "HEAD"])?.stdout).trim().to_owned();
    let changed = git(&["status", "--porcelain", "--", "crates", "Cargo.lock"])?.stdout;
    Ok(if changed.is_empty() { head } else { head + "+" })
}

/// The processor's name and how many there are.
fn processor() -> Result<String, Failure> {
    let known = fs_err::read_to_string("/proc/cpuinfo")?;
    let named = |line: &&str| line.starts_with("model name");
    let name =
        known.lines().find(named).and_then(|line| line.split_once(':')).map_or("", |(_, name)| name.trim());
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(format!("{name}, {count} cores"))
}
