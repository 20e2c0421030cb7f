use std::io::{ErrorKind, Write};
use std::path::Path;

use kd_study::Result;

use super::print;

/// A study of one task, for people to change.
pub(super) const TEMPLATE: &str = include_str!("../../../../studies/template.toml");

pub(super) fn run(path: &Path) -> Result<()> {
    // Never over a file that is there.
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        match error.kind() {
            ErrorKind::AlreadyExists => std::io::Error::new(
                error.kind(),
                format!("{} exists already and is left as it is; give another name", path.display()),
            ),
            _ => error,
        }
    })?;
    file.write_all(TEMPLATE.as_bytes())?;
    print(&format!(
        "Wrote {path}. Look at what it takes with `kd plan {path}`, then `kd run {path}`.\n",
        path = path.display()
    ))
}
