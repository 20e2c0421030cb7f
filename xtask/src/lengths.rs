//! Holds every file to what a reader takes in at one sitting.

use crate::failure::Failure;
use crate::sources::Sources;

/// The most lines of a file, without the module of tests at its end.
const MOST: usize = 400;

/// Fails when a file is longer, and names it.
pub(crate) fn check(crates: &[Sources]) -> Result<(), Failure> {
    let mut long = Vec::new();
    for sources in crates {
        for file in &sources.files {
            if file.lines > MOST {
                long.push(format!("  {}: {}, {} lines", sources.package, file.path.display(), file.lines));
            }
        }
    }
    if long.is_empty() {
        return Ok(());
    }
    Err(Failure::Architecture(format!(
        "files of more than {MOST} lines before their tests:\n{}\na file is one idea: give each of its ideas one of its own, or make what is a table data",
        long.join("\n")
    )))
}

#[cfg(test)]
mod tests {
    use super::{MOST, check};
    use crate::sources::planted;

    #[test]
    fn a_long_file_is_named_and_its_tests_do_not_count() {
        let line = "// One of many.\n";
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", line.repeat(MOST));
        let full = format!("{}{tests}", line.repeat(MOST));
        let long = format!("{line}{full}");

        let crates = [planted("kd-core", &[("lib.rs", "mod full;\n"), ("full.rs", &full)])];
        assert!(check(&crates).is_ok());

        let crates = [planted("kd-core", &[("lib.rs", "mod long;\n"), ("long.rs", &long)])];
        let told = check(&crates).unwrap_err().to_string();
        assert!(told.contains("\n  kd-core: long.rs, 401 lines\n"), "{told}");
    }
}
