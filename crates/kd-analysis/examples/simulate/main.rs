//! How often the analysis is right, on studies of which the truth is known.
//!
//! ```text
//! cargo run --package kd-analysis --release --example simulate [STUDIES]
//! ```
//!
//! Numbers are per cent of studies. Noise is as the quickstart's: paired differences vary by 1.2 points at the smallest M and by 0.3 at
//! the largest.
#![allow(clippy::print_stdout)]

mod intervals;
mod theories;
mod verdicts;
mod world;

fn main() {
    let studies = std::env::args().nth(1).and_then(|number| number.parse().ok()).unwrap_or(2000);
    println!("{studies} studies a row, per cent\n");
    intervals::print(studies);
    verdicts::print(studies);
    theories::print(studies);
}
