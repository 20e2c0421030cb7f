//! Builds the part that libtorch's C bindings leave out, and lets the binaries, tests and examples of this crate find
//! libtorch without exported variables.

use std::path::{Path, PathBuf};

const NATIVE: &str = "src/native";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={NATIVE}");
    println!("cargo::rerun-if-env-changed=LIBTORCH_INCLUDE");
    println!("cargo::rerun-if-env-changed=LIBTORCH_CXX11_ABI");
    let Some(lib) = std::env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else { return };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
    // Headers lie beside the libraries unless the user says otherwise, as torch-sys has it.
    let root = std::env::var_os("LIBTORCH_INCLUDE")
        .map_or_else(|| lib.parent().map(Path::to_path_buf).unwrap_or_default(), PathBuf::from);
    let abi = std::env::var("LIBTORCH_CXX11_ABI").unwrap_or_else(|_| "1".to_owned());
    cc::Build::new()
        .cpp(true)
        .pic(true)
        .warnings(false)
        .std("c++17")
        .define("_GLIBCXX_USE_CXX11_ABI", abi.as_str())
        .include(root.join("include"))
        // Their bits are those of a release, whatever they are built for.
        .opt_level(3)
        .file(format!("{NATIVE}/native.cpp"))
        .file(format!("{NATIVE}/normalise.cpp"))
        .file(format!("{NATIVE}/pool.cpp"))
        .compile("kd_native");
}
