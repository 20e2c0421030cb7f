//! What a machine must have before set-up can work, each missing piece told in one sentence.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// A C++ compiler: tch's binding is C++.
pub(crate) fn compiler() -> Result<(), Failure> {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    if answers(&compiler, &["--version"]) {
        return Ok(());
    }
    Err(Failure::Prerequisite(format!(
        "no C++ compiler answers to `{compiler}`: install one (on Debian or Ubuntu, `apt-get install g++`) or name yours in CXX, and run this command again"
    )))
}

/// The Python whose pip fetches libtorch.
pub(crate) fn python_with_pip() -> Result<&'static str, Failure> {
    let Some(python) = ["python3", "python"].into_iter().find(|name| answers(name, &["--version"])) else {
        return Err(Failure::Prerequisite(
            "no Python 3 was found: install Python 3 with pip (on Debian or Ubuntu, `apt-get install python3-pip`), or set LIBTORCH to a libtorch 2.11.0 of your own, and run this command again".to_owned(),
        ));
    };
    if answers(python, &["-m", "pip", "--version"]) {
        return Ok(python);
    }
    Err(Failure::Prerequisite(format!(
        "`{python}` has no pip: install it (on Debian or Ubuntu, `apt-get install python3-pip`; elsewhere `{python} -m ensurepip`), or set LIBTORCH to a libtorch 2.11.0 of your own, and run this command again"
    )))
}

/// Linux on x86-64, for which the wheels are pinned.
pub(crate) fn platform() -> Result<(), Failure> {
    if cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Ok(());
    }
    Err(Failure::Prerequisite(
        "set-up brings libtorch for Linux on x86-64 only: on this machine set LIBTORCH to the folder of a libtorch 2.11.0, or install PyTorch 2.11.0 and set LIBTORCH_USE_PYTORCH=1, and run this command again".to_owned(),
    ))
}

/// Room for `needed` bytes where `folder` lies.
pub(crate) fn disk_space(folder: &Path, needed: u64) -> Result<(), Failure> {
    let volume = rustix::fs::statvfs(folder).map_err(std::io::Error::from)?;
    let free = volume.f_bavail.saturating_mul(volume.f_frsize);
    if free >= needed {
        return Ok(());
    }
    Err(Failure::Prerequisite(format!(
        "{} has {:.1} GB free and set-up needs {:.1} GB: free some space, or point KD_CACHE at a folder on another disk, and run this command again",
        folder.display(),
        free as f64 / 1e9,
        needed as f64 / 1e9,
    )))
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_small_a_disk_says_how_much_is_missing_and_what_to_do() {
        let folder = std::env::temp_dir();
        disk_space(&folder, 1).expect("one byte is free");
        let refusal = disk_space(&folder, u64::MAX).expect_err("no disk is that large").to_string();
        assert!(refusal.contains("GB free") && refusal.contains("KD_CACHE"), "{refusal}");
    }
}
