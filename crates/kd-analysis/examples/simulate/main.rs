//! How often the analysis is right, on studies of which the truth is known.
//!
//! ```text
//! cargo run --package kd-analysis --release --example simulate [STUDIES] [intervals|factors|verdicts|theories]
//! ```
//!
//! Numbers are per cent of studies. Noise is as the quickstart's: paired differences vary by 1.2 points at the smallest M and by 0.3 at
//! the largest.
#![allow(clippy::print_stdout)]

mod factors;
mod intervals;
mod theories;
mod verdicts;
mod world;

fn main() {
    let mut words = std::env::args().skip(1);
    // Without optimisation, that it runs is all that there is time for.
    let default = if cfg!(debug_assertions) { 1 } else { 2000 };
    let studies = words.next().and_then(|number| number.parse().ok()).unwrap_or(default);
    let part = words.next();
    let wants = |name: &str| part.as_deref().is_none_or(|part| part == name);
    println!("{studies} studies a row, per cent\n");
    if wants("intervals") {
        intervals::print(studies);
    }
    if wants("factors") {
        factors::print(studies);
    }
    if wants("verdicts") {
        verdicts::print(studies);
    }
    if wants("theories") {
        theories::print(studies);
    }
}
