use std::path::{Component, Path, PathBuf};

use clap::CommandFactory;
use clap::error::ErrorKind;
use kd_analysis::{Atlas, Findings, render};
use kd_study::{Result, results};

use super::print;
use crate::arguments::Arguments;

/// Puts what the studies of several folders found side by side.
pub(super) fn run(dirs: &[PathBuf], only: &[String], out: Option<&Path>) -> Result<()> {
    if !only.is_empty() {
        let refused = "--only takes one results folder; make a report on the part with --only and --out first, \
                       and give its folder";
        Arguments::command().error(ErrorKind::ArgumentConflict, refused).exit();
    }
    let found: Vec<Findings> = dirs.iter().map(|dir| results::findings(dir)).collect::<Result<_>>()?;
    let whole: Vec<PathBuf> = dirs.iter().map(|dir| whole(dir)).collect::<Result<_>>()?;
    let out = match out {
        Some(folder) => {
            fs_err::create_dir_all(folder)?;
            folder.to_owned()
        }
        None => common(&whole),
    };
    let from = whole_of(&out)?;
    let names: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    let given: Vec<(String, String, &Findings)> = std::iter::zip(&names, &whole)
        .zip(&found)
        .map(|((name, folder), found)| (name.clone(), link(&from, &report(folder)), found))
        .collect();
    let atlas = Atlas::of(&given);
    fs_err::write(out.join("atlas.html"), render::atlas_html(&atlas))?;
    fs_err::write(out.join("atlas.md"), render::atlas_markdown(&atlas))?;
    fs_err::write(out.join("atlas-summary.md"), render::atlas_summary(&atlas))?;
    fs_err::write(out.join("atlas.json"), serde_json::to_string_pretty(&atlas)? + "\n")?;
    print(&render::atlas_terminal(&atlas))?;
    print(&format!("\nAtlas: {}\n", out.join("atlas.html").display()))
}

/// Its report, as a page where it has one.
fn report(folder: &Path) -> PathBuf {
    let page = folder.join("report.html");
    if page.is_file() { page } else { folder.join("report.md") }
}

/// The folder without links and steps back.
fn whole(folder: &Path) -> Result<PathBuf> {
    Ok(fs_err::canonicalize(folder)?)
}

fn whole_of(folder: &Path) -> Result<PathBuf> {
    whole(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// The folder that holds all of these, which are two at least: the longest beginning of their parents.
fn common(folders: &[PathBuf]) -> PathBuf {
    let parents = || folders.iter().map(|folder| folder.parent().unwrap_or(folder));
    let steps: Vec<Vec<Component<'_>>> = parents().map(|parent| parent.components().collect()).collect();
    let shortest = steps.iter().map(Vec::len).min().unwrap_or(0);
    let same = (0..shortest).take_while(|&at| steps.iter().all(|other| other[at] == steps[0][at]));
    same.map(|at| steps[0][at]).collect()
}

/// The place of a file seen from a folder, both whole, as a link: steps back, then steps forth.
fn link(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let same = std::iter::zip(&from, &to).take_while(|(from, to)| from == to).count();
    let back = from[same..].iter().map(|_| "..".to_owned());
    let forth = to[same..].iter().map(|step| encoded(&step.as_os_str().to_string_lossy()));
    back.chain(forth).collect::<Vec<_>>().join("/")
}

/// A step of a path as links have it: what is no letter, digit or mark of names is written by its bytes (RFC 3986).
fn encoded(step: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    step.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_back_and_forth() {
        let at = |from: &str, to: &str| link(Path::new(from), Path::new(to));
        assert_eq!(at("/a", "/a/b/report.html"), "b/report.html");
        assert_eq!(at("/a/out", "/a/b c/report.html"), "../b%20c/report.html");
    }

    #[test]
    fn what_holds_all_is_the_longest_common_parent() {
        let of = |folders: &[&str]| common(&folders.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(of(&["/r/one", "/r/two"]), Path::new("/r"));
        assert_eq!(of(&["/r/one", "/r/deep/two"]), Path::new("/r"));
        assert_eq!(of(&["/r/one", "/r/one"]), Path::new("/r"));
    }
}
