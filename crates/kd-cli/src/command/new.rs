use std::io::Write;
use std::path::Path;

use kd_study::Result;

use super::print;

/// A study of one task, for people to change.
pub(super) const TEMPLATE: &str = include_str!("../../../../studies/template.toml");

pub(super) fn run(path: &Path) -> Result<()> {
    // Never over a file that is there.
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(TEMPLATE.as_bytes())?;
    print(&format!(
        "Wrote {path}. Look at what it takes with `kd plan {path}`, then `kd run {path}`.\n",
        path = path.display()
    ))
}
