//! Holds the pages that say where things are to files that are there.

use std::path::Path;

use crate::failure::Failure;

/// What is held.
const PAGES: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// Where what they name may lie.
const FOLDERS: [&str; 5] = ["benches", "crates", "examples", "studies", "xtask"];

/// What ends the name of a file of which they speak; folders end in a slash.
const ENDS: [&str; 5] = ["/", ".rs", ".py", ".md", ".toml"];

/// Fails when a page names a file or a folder that is nowhere.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    let mut there = Vec::new();
    for folder in FOLDERS {
        paths(root, Path::new(folder), &mut there)?;
    }
    let mut stale = Vec::new();
    for page in PAGES {
        let text = fs_err::read_to_string(root.join(page))?;
        stale.extend(absent(&text, &there).iter().map(|name| format!("  {page}: `{name}`")));
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure::Architecture(format!(
        "pages name files that are not there:\n{}\nname where they are now, in the same commit",
        stale.join("\n")
    )))
}

/// Every file and folder below `folder`, each with a slash before it, folders with one behind.
fn paths(root: &Path, folder: &Path, there: &mut Vec<String>) -> Result<(), Failure> {
    there.push(format!("/{}/", folder.display()));
    let Ok(entries) = fs_err::read_dir(root.join(folder)) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            paths(root, &path, there)?;
        } else {
            there.push(format!("/{}", path.display()));
        }
    }
    Ok(())
}

/// The names between backticks that are those of files, but end no path.
fn absent(page: &str, there: &[String]) -> Vec<String> {
    let mut absent = Vec::new();
    let quoted = page.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    for name in quoted.filter(|name| ENDS.iter().any(|end| name.ends_with(end)) && !name.contains(' ')) {
        for name in alternatives(name) {
            if !there.iter().any(|path| path.ends_with(&format!("/{name}"))) {
                absent.push(name);
            }
        }
    }
    absent
}

/// `a/{b,c}/` as `a/b/` and `a/c/`.
fn alternatives(name: &str) -> Vec<String> {
    match name.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        Some((before, (each, after))) => each.split(',').map(|one| format!("{before}{one}{after}")).collect(),
        None => vec![name.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_page_that_names_what_has_moved_is_named() {
        let root = tempfile::tempdir().unwrap();
        let source = root.path().join("crates/kd-core/src/loss");
        fs_err::create_dir_all(&source).unwrap();
        fs_err::write(source.join("huber.rs"), "").unwrap();
        fs_err::write(root.path().join("CONTRIBUTING.md"), "A file in `crates/kd-core/src/loss/`.\n")
            .unwrap();
        let page = |text: &str| {
            fs_err::write(root.path().join("ARCHITECTURE.md"), text).unwrap();
            check(root.path())
        };

        assert!(page("`loss/huber.rs` in `kd-core/src/{loss}/`, as `kd run a.toml` or `Loss` say").is_ok());
        let told = page("`huber.rs`, `uber.rs`\n`src/{loss,metrics}/`").unwrap_err().to_string();
        assert!(
            told.contains("\n  ARCHITECTURE.md: `uber.rs`\n  ARCHITECTURE.md: `src/metrics/`\n"),
            "{told}"
        );
    }
}
