//! Prints how often laws, claims over tasks, intervals over examples and shares of variance are right where the truth is known.
//!
//! ```text
//! cargo run --release --package kd-analysis --example simulate_laws -- [STUDIES]
//! ```
#![allow(clippy::print_stdout)]

use kd_analysis::simulation::{examples, laws, tasks, variances};

fn main() {
    let studies = std::env::args()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(if cfg!(debug_assertions) { 4 } else { 2000 });
    println!("{studies} studies a row; per cent, and what is wanted");
    let rows = [laws(studies), tasks(studies), examples(studies), variances(studies)];
    for row in rows.iter().flatten() {
        println!("{row}");
    }
}
