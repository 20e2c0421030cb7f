//! Nested, stratified subsets of a real table.
#![allow(clippy::print_stdout)]

use kd_data::{Sampling, catalogue, subset};

fn main() -> Result<(), kd_data::Error> {
    let letters = catalogue::load("letter")?;
    let (pool, validation) = subset::holdout(0, &letters.name, &letters.train, 0.1);
    println!("{}: {} to draw from, {} for validation", letters.about.title, pool.len(), validation.len());
    let ranked = subset::rank(11, &letters.name, &pool, &letters.train, &Sampling::Stratified, 800)?;
    let labels = letters.train.labels()?;
    for samples in [52, 200, 800] {
        let rows = &ranked[..samples];
        let a = rows.iter().filter(|&&row| labels[row] == 0).count();
        println!("M = {samples:3}: {a} of class A, subset {}", subset::subset_hash(rows));
    }
    Ok(())
}
