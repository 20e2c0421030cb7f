//! Lets the binaries, tests and examples of this crate find libtorch without exported variables, and its tests a GPU.

use std::path::PathBuf;

fn main() {
    if let Some(lib) = std::env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
        let cuda = lib.join("libtorch_cuda.so");
        if cuda.is_file() {
            // No test names anything of it, but loading it makes the GPU known.
            println!("cargo::rustc-link-arg-tests=-Wl,--no-as-needed,{},--as-needed", cuda.display());
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
}
