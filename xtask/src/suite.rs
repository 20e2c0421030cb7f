//! The suite of studies: runs those of which the data are here, keeps what they found beside them, and writes the atlas.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::{cargo, libtorch};

/// Folders of studies that are run, each a question.
const QUESTIONS: [&str; 4] = ["amplified", "theories", "factors", "history"];

/// Of published scale: planned here, and run where there is a GPU.
const PUBLISHED: &str = "paper";

/// The first look, which stands beside the folders.
const FIRST: &str = "quickstart";

/// What `kd` ends with where it was stopped.
const INTERRUPTED: i32 = 130;

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
    kd.pages()?;
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
        if !there.is_dir() {
            continue;
        }
        for entry in fs_err::read_dir(there)? {
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
        self.said_in(self.root, arguments)
    }

    fn said_in(&self, folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.command(arguments).current_dir(folder).output()?;
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
        let run = ["run", &study.file, "--out", &study.results];
        eprintln!("$ kd {}", run.join(" "));
        let status = self.command(&run).status()?;
        match status.code() {
            Some(0) => self.keep(study).map(Ok),
            // One study that some runs of fail in costs no other.
            Some(code) if code != INTERRUPTED => {
                Ok(Err(format!("`kd {}` ended with status {code}: nothing of it is kept", run.join(" "))))
            }
            code => Err(Failure::Child { command: format!("kd {}", run.join(" ")), code }),
        }
    }

    /// Keeps the report, the findings, the table of results and a figure of every task's gain. The table has the runs, so
    /// findings are kept without.
    fn keep(&self, study: &Study) -> Result<(), Failure> {
        let (from, to) = (self.root.join(&study.results), self.root.join(&study.kept));
        fs_err::create_dir_all(&to)?;
        let same = |name: &str| fs_err::read(from.join(name)).ok() == fs_err::read(to.join(name)).ok();
        let is_kept = to.join("machine.json").is_file() && same("results.parquet");
        for name in ["report.md", "results.parquet"] {
            fs_err::copy(from.join(name), to.join(name))?;
        }
        let mut findings: Value = read(&from.join("findings.json"))?;
        let runs = cargo::array(&findings["runs"]).len();
        findings["left_out"] = json!(runs);
        findings["runs"] = json!([]);
        let found = format!("{}/findings.json", study.results);
        fs_err::write(to.join("findings.json"), format!("{findings}\n"))?;
        for figure in
            self.said(&["figure", &found])?.split_whitespace().filter(|name| name.ends_with("/gain"))
        {
            let file = to.join(figure.replace(['/', ' '], "-")).with_extension("svg");
            self.said(&["figure", &found, figure, "--out", &file.display().to_string()])?;
        }
        // Of a table that is as it was, what is known of its making stays.
        if !is_kept {
            let machine = json!({
                "commit": commit(self.root)?,
                "processor": processor()?,
                "seconds_of_training": findings["seconds"].as_f64().unwrap_or_default().round(),
            });
            fs_err::write(to.join("machine.json"), format!("{machine:#}\n"))?;
        }
        Ok(())
    }

    /// Writes what all studies found into the page of the suite, and what belongs on a first screen into README.
    fn pages(&self) -> Result<(), Failure> {
        let studies = self.root.join("studies");
        let kept: Vec<String> = suite(self.root)?
            .into_iter()
            .filter_map(|study| study.kept.strip_prefix("studies/").map(str::to_owned))
            .filter(|kept| studies.join(kept).join("findings.json").is_file())
            .collect();
        if kept.len() < 2 {
            return Ok(());
        }
        let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
        self.said_in(&studies, &[&["report"], &kept[..], &["--out", "."]].concat())?;
        let made = |name: &str| fs_err::read_to_string(studies.join(name));
        let page = made("atlas.md")?;
        put(&studies.join("README.md"), "atlas", page.split_once("\n\n").map_or("", |(_, body)| body))?;
        put(&self.root.join("README.md"), "suite", &made("atlas-summary.md")?)
    }
}

/// Puts a text between two marks of a page.
fn put(path: &Path, mark: &str, text: &str) -> Result<(), Failure> {
    let page = fs_err::read_to_string(path)?;
    let [open, close] = [format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->\n")];
    let Some(((before, _), (_, after))) = page.split_once(&open).zip(page.split_once(&close)) else {
        let said = format!(
            "{} has no `<!-- {mark} -->` and `<!-- /{mark} -->`: put them where the findings belong",
            path.display()
        );
        return Err(Failure::Prerequisite(said));
    };
    Ok(fs_err::write(path, format!("{before}{open}{text}{close}{after}"))?)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test stops where something is missing
mod tests {
    use super::*;

    #[test]
    fn findings_stand_between_their_marks() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("README.md");
        fs_err::write(&page, "above\n<!-- suite -->\nold\n<!-- /suite -->\nbelow\n").unwrap();
        put(&page, "suite", "new\n").unwrap();
        put(&page, "suite", "newer\n").unwrap();
        let said = fs_err::read_to_string(&page).unwrap();
        assert_eq!(said, "above\n<!-- suite -->\nnewer\n<!-- /suite -->\nbelow\n");
        let refused = put(&page, "atlas", "").unwrap_err().to_string();
        assert!(refused.contains("README.md has no `<!-- atlas -->`"), "{refused}");
    }

    #[test]
    fn the_suite_begins_with_the_first_look_and_goes_by_question() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["theories/b.toml", "amplified/c.toml", "amplified/a.toml", "amplified/a/report.md"] {
            let path = folder.path().join("studies").join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        let all = suite(folder.path()).unwrap();
        let files: Vec<&str> = all.iter().map(|study| study.file.as_str()).collect();
        assert_eq!(
            files,
            [
                "studies/quickstart.toml",
                "studies/amplified/a.toml",
                "studies/amplified/c.toml",
                "studies/theories/b.toml"
            ]
        );
        assert_eq!(
            (all[1].results.as_str(), all[1].kept.as_str()),
            ("results/amplified-a", "studies/amplified/a")
        );
    }
}
