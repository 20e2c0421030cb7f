//! Where libtorch comes from: the user's own, or pinned wheels unpacked once per user and linked
//! into the checkout as `.libtorch`, where `.cargo/config.toml` points every cargo command.
//!
//! ```text
//! CACHE/wheels/  CACHE/partial/    what an unfinished set-up has so far
//! CACHE/libtorch-2.11.0-cpu/       torch/{lib,include,build-version}  nvidia/cu13/lib
//! CHECKOUT/.libtorch  ->           the folder above
//! ```
//!
//! A folder appears under its final name only when whole, so its presence is the proof that set-up
//! finished, and an interrupted set-up goes on from the wheels it has.

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::failure::Failure;
use crate::{prerequisite, wheel};

const VERSION: &str = "2.11.0";

/// The libraries that a CPU build loads; all that `torch/lib` holds otherwise.
const CPU_LIBRARIES: [&str; 5] = [
    "torch/lib/libtorch_cpu.so",
    "torch/lib/libc10.so",
    "torch/lib/libgomp.so.1",
    "nvidia/cu13/lib/libcudart.so.13",
    "nvidia/cu13/lib/libcupti.so.13",
];

/// Makes sure that cargo finds a libtorch, and does nothing when it does already.
pub(crate) fn set_up(root: &Path, cuda: bool) -> Result<(), Failure> {
    prerequisite::compiler()?;
    let link = root.join(".libtorch");
    if users_own(&link)? || (is_complete(&link) && (!cuda || has_cuda(&link))) {
        return Ok(());
    }
    prerequisite::platform()?;
    let cache = cache_folder()?;
    fs::create_dir_all(&cache).map_err(|error| {
        Failure::Prerequisite(format!(
            "{error}: point KD_CACHE at a folder you can write, and run this command again"
        ))
    })?;
    // Two checkouts may set up at once; the second waits and finds the work done.
    let lock = fs::File::create(cache.join("lock"))?;
    lock.file().lock()?;

    let folder = cache.join(format!("libtorch-{VERSION}-{}", if cuda { "cuda" } else { "cpu" }));
    if !is_complete(&folder) {
        bring(root, &cache, &folder, cuda)?;
    }
    relink(&link, &folder)?;
    eprintln!("libtorch {VERSION} is ready: .libtorch -> {}", folder.display());
    Ok(())
}

/// Whether the user has set up a libtorch of their own, checked for what can be checked.
fn users_own(link: &Path) -> Result<bool, Failure> {
    // torch-sys looks at this variable first; its value does not matter to it.
    if std::env::var_os("LIBTORCH_USE_PYTORCH").is_some() {
        return Ok(true);
    }
    // Cargo itself sets LIBTORCH to the checkout's link when the user has not.
    let own = std::env::var_os("LIBTORCH").map(PathBuf::from).filter(|own| *own != link.join("torch"));
    let Some(own) = own else { return Ok(false) };
    if own.join("include").is_dir() && own.join("lib").is_dir() {
        return Ok(true);
    }
    Err(Failure::Prerequisite(format!(
        "LIBTORCH is {}, which has no lib and include folders: point it at a libtorch {VERSION}, or unset it and run this command again to have one fetched",
        own.display()
    )))
}

/// `$KD_CACHE`, else `$XDG_CACHE_HOME/kd`, else `~/.cache/kd`.
fn cache_folder() -> Result<PathBuf, Failure> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("KD_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("kd")))
        .or_else(|| set("HOME").map(|folder| folder.join(".cache/kd")))
        .ok_or_else(|| {
            Failure::Prerequisite(
                "none of KD_CACHE, XDG_CACHE_HOME and HOME is set: point KD_CACHE at a folder for libtorch and run this command again".to_owned(),
            )
        })
}

fn bring(root: &Path, cache: &Path, folder: &Path, cuda: bool) -> Result<(), Failure> {
    let python = prerequisite::python_with_pip()?;
    // The wheels, pip's scratch copy of the largest, and what is unpacked.
    prerequisite::disk_space(cache, if cuda { 9_000_000_000 } else { 1_700_000_000 })?;

    let mut requirements = fs::read_to_string(root.join("xtask/libtorch-cpu.txt"))?;
    if cuda {
        requirements.push_str(&fs::read_to_string(root.join("xtask/libtorch-cuda.txt"))?);
    }
    let wheels = cache.join("wheels");
    let mut fetched = Vec::new();
    for wheel in wheel::pinned(&requirements) {
        fetched.push(wheel.fetch(python, &wheels)?);
    }

    eprintln!("Unpacking into {}", folder.display());
    let partial = wheel::emptied(cache.join("partial"))?;
    for path in &fetched {
        wheel::unpack(path, &partial, |name| is_wanted(name, cuda))?;
    }
    let torch = partial.join("torch");
    if !cuda {
        // The wheel's libtorch.so names libtorch_cuda.so; on a CPU the other half is all there is.
        fs::os::unix::fs::symlink("libtorch_cpu.so", torch.join("lib/libtorch.so"))?;
    }
    // torch-sys compares this with the version it was written for.
    let build = if cuda { "cu130" } else { "cpu" };
    fs::write(torch.join("build-version"), format!("{VERSION}+{build}\n"))?;
    fs::rename(partial, folder)?;
    for path in fetched {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn is_wanted(name: &str, cuda: bool) -> bool {
    let library = CPU_LIBRARIES.contains(&name)
        || (cuda && name.contains(".so") && (name.starts_with("torch/lib/") || name.starts_with("nvidia/")));
    library || name.starts_with("torch/include/")
}

fn relink(link: &Path, folder: &Path) -> Result<(), Failure> {
    if link.is_dir() && !link.is_symlink() {
        return Err(Failure::Prerequisite(format!(
            "{} is a folder where set-up wants to put a link: move it away and run this command again",
            link.display()
        )));
    }
    // Renaming over the old link leaves no moment without one.
    let fresh = link.with_extension(format!("new-{}", std::process::id()));
    fs::os::unix::fs::symlink(folder, &fresh)?;
    fs::rename(fresh, link)?;
    Ok(())
}

fn is_complete(folder: &Path) -> bool {
    folder.join("torch/build-version").is_file()
}

fn has_cuda(folder: &Path) -> bool {
    folder.join("torch/lib/libtorch_cuda.so").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_set_up_takes_libraries_and_headers_and_leaves_cuda() {
        assert!(is_wanted("torch/lib/libtorch_cpu.so", false));
        assert!(is_wanted("torch/include/torch/torch.h", false));
        for name in ["torch/lib/libtorch_cuda.so", "torch/lib/libtorch.so", "torch/nn/modules.py"] {
            assert!(!is_wanted(name, false), "{name}");
        }
        assert!(is_wanted("torch/lib/libtorch_cuda.so", true));
        assert!(is_wanted("nvidia/cudnn/lib/libcudnn.so.9", true));
        assert!(!is_wanted("torch/nn/modules.py", true));
    }

    #[test]
    fn relinking_replaces_a_dangling_link_and_refuses_a_folder() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (link, target) = (folder.path().join(".libtorch"), folder.path().join("cache"));
        fs::os::unix::fs::symlink("gone", &link).expect("a dangling link");
        fs::create_dir(&target).expect("a target");
        relink(&link, &target).expect("replaces it");
        assert_eq!(fs::read_link(&link).expect("a link"), target);

        fs::remove_file(&link).expect("removed");
        fs::create_dir(&link).expect("a folder instead");
        assert!(matches!(relink(&link, &target), Err(Failure::Prerequisite(_))));
    }
}
