//! Fetches pinned wheels through pip and unpacks what is wanted of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use crate::failure::Failure;

/// One line of a requirements file: `NAME==VERSION --hash=sha256:DIGEST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wheel<'a> {
    line: &'a str,
    name: &'a str,
    version: &'a str,
}

/// The wheels that a requirements file pins, in its order.
pub(crate) fn pinned(requirements: &str) -> Vec<Wheel<'_>> {
    let lines = requirements.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (name, rest) = line.split_once("==")?;
            let version = rest.split_whitespace().next()?;
            Some(Wheel { line, name, version })
        })
        .collect()
}

impl Wheel<'_> {
    /// Fetches this wheel into `folder` and returns its path.
    ///
    /// pip checks the pinned hash, of a wheel that is there already as well, so that each wheel is
    /// fetched whole and once however often set-up is interrupted. One fixed Python tag is asked
    /// for, whatever Python runs: the libraries are the same in all and the hash is of that one.
    pub(crate) fn fetch(&self, python: &str, folder: &Path) -> Result<PathBuf, Failure> {
        let scratch = emptied(folder.join("scratch"))?;
        let requirement = scratch.join("requirement.txt");
        fs::write(&requirement, self.line)?;
        let status = Command::new(python)
            .args(["-m", "pip", "download", "--disable-pip-version-check", "--no-cache-dir"])
            .args(["--no-deps", "--require-hashes", "--only-binary=:all:"])
            .args(["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"])
            .arg("--dest")
            .arg(folder)
            .arg("--requirement")
            .arg(requirement)
            // pip's own scratch files may be as large as the wheel; the system's folder for such
            // files often is not.
            .env("TMPDIR", &scratch)
            .status()?;
        fs::remove_dir_all(scratch)?;
        let downloaded = self.find(folder)?;
        match downloaded {
            Some(path) if status.success() => Ok(path),
            _ => Err(Failure::Prerequisite(format!(
                "pip could not fetch {} {}: see what pip says above, mend the network or pip's configuration (pip 20.3 or later is needed), and run this command again to go on where it stopped",
                self.name, self.version
            ))),
        }
    }

    fn find(&self, folder: &Path) -> Result<Option<PathBuf>, Failure> {
        let start = format!("{}-{}-", self.name.replace('-', "_"), self.version);
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(&start) && Path::new(&name).extension().is_some_and(|end| end == "whl") {
                return Ok(Some(entry.path()));
            }
        }
        Ok(None)
    }
}

/// `folder`, made anew without what an interrupted set-up may have left in it.
pub(crate) fn emptied(folder: PathBuf) -> Result<PathBuf, Failure> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Unpacks the files of the wheel at `path` whose name is `wanted` into `folder`.
pub(crate) fn unpack(path: &Path, folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let wheel = |error| Failure::Wheel { path: path.to_owned(), error };
    let mut archive = zip::ZipArchive::new(fs::File::open(path)?).map_err(wheel)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(wheel)?;
        let Some(name) = entry.enclosed_name() else { continue };
        if entry.is_dir() || !wanted(&name.to_string_lossy()) {
            continue;
        }
        let target = folder.join(name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        std::io::copy(&mut entry, &mut fs::File::create(target)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn both_requirement_files_pin_every_wheel_by_hash() {
        for (file, wheels) in
            [(include_str!("../libtorch-cpu.txt"), 3), (include_str!("../libtorch-cuda.txt"), 13)]
        {
            let pinned = pinned(file);
            assert_eq!(pinned.len(), wheels);
            assert!(pinned.iter().all(|wheel| wheel.line.contains(" --hash=sha256:")));
        }
    }

    #[test]
    fn only_the_wanted_files_leave_a_wheel() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("some-1.0-py3-none-any.whl");
        let mut archive = zip::ZipWriter::new(fs::File::create(&path).expect("a new file"));
        for name in ["torch/lib/libc10.so", "torch/bin/protoc"] {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
            archive.write_all(name.as_bytes()).expect("its bytes");
        }
        archive.finish().expect("a whole archive");

        let out = folder.path().join("out");
        unpack(&path, &out, |name| name.starts_with("torch/lib/")).expect("unpacks");
        assert_eq!(fs::read(out.join("torch/lib/libc10.so")).expect("kept"), b"torch/lib/libc10.so");
        assert!(!out.join("torch/bin").exists());
    }
}
