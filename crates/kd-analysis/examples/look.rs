//! Writes a whole report with all its figures from made-up results, to look at.
//!
//! ```text
//! cargo run --package kd-analysis --example look -- [FOLDER]
//! ```
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a program for those who change the report

use std::path::PathBuf;

use kd_analysis::render::{self, figures};

#[path = "../tests/made_up/mod.rs"]
mod made_up;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let named = std::env::args().nth(1).map(PathBuf::from);
    let folder = named.unwrap_or_else(|| std::env::temp_dir().join("kd-look"));
    let (findings, by_factors) = (made_up::findings(5), made_up::by_factors(5));
    fs_err::create_dir_all(&folder)?;
    fs_err::write(folder.join("report.html"), render::html(&findings))?;
    fs_err::write(folder.join("by-factors.html"), render::html(&by_factors))?;
    println!("{}", render::terminal(&by_factors, false));
    let of_study = figures(&by_factors).into_iter().filter(|figure| figure.name().starts_with("factors/"));
    for figure in figures(&findings).into_iter().chain(of_study) {
        for format in figure.formats() {
            let file = folder.join(format!("{}.{}", figure.name().replace('/', "-"), format.extension()));
            fs_err::write(&file, figure.write(format)?)?;
            println!("{}: {}", file.display(), figure.title());
        }
    }
    Ok(())
}
