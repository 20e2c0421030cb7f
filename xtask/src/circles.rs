//! Holds every crate to files that can be read one after another: no more than three of them may name
//! each other in a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::failure::Failure;
use crate::sources::{Arrow, Sources};

/// The most files that may need each other.
const MOST: usize = 3;

/// Fails when more files than that need each other, and names them and a shortest way round.
pub(crate) fn check(crates: &[Sources]) -> Result<(), Failure> {
    let found: Vec<String> = crates.iter().flat_map(too_large).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::Architecture(format!(
        "more than {MOST} files name each other in a circle, so none can be read without the rest:\n{}\nmove what several of them need to a file that needs none of them, or hand it over as an argument",
        found.join("\n")
    )))
}

fn too_large(sources: &Sources) -> Vec<String> {
    let arrows = sources.arrows();
    let mut found = Vec::new();
    for circle in circles(sources.files.len(), &arrows) {
        if circle.len() <= MOST {
            continue;
        }
        let path = |file: usize| sources.files[file].path.display();
        let files: Vec<String> = circle.iter().map(|&file| path(file).to_string()).collect();
        let mut told = format!("{}: circle of {} files: {}", sources.package, files.len(), files.join(", "));
        for arrow in shortest_way_round(&circle, &arrows) {
            told += &format!("\n  {} -> {}, by `{}`", path(arrow.from), path(arrow.to), arrow.by);
        }
        found.push(told);
    }
    found
}

/// Groups of files that can all be reached from each other.
fn circles(files: usize, arrows: &[Arrow]) -> Vec<BTreeSet<usize>> {
    let reached: Vec<BTreeSet<usize>> =
        (0..files).map(|file| ways_from(file, arrows).into_keys().collect()).collect();
    let mut circles: Vec<BTreeSet<usize>> = Vec::new();
    for file in 0..files {
        if reached[file].contains(&file) && !circles.iter().any(|circle| circle.contains(&file)) {
            circles.push(
                (file..files)
                    .filter(|&other| reached[file].contains(&other) && reached[other].contains(&file))
                    .collect(),
            );
        }
    }
    circles
}

/// The arrows of a circle that lead from a file back to it through the fewest others.
fn shortest_way_round<'a>(circle: &BTreeSet<usize>, arrows: &'a [Arrow]) -> Vec<&'a Arrow> {
    let ways = circle.iter().filter_map(|&file| {
        let last = ways_from(file, arrows);
        let mut way = vec![*last.get(&file)?];
        while way[way.len() - 1].from != file {
            way.push(last[&way[way.len() - 1].from]);
        }
        way.reverse();
        Some(way)
    });
    ways.min_by_key(Vec::len).unwrap_or_default()
}

/// Every file that can be reached from one, with the last arrow of a shortest way to it.
fn ways_from(file: usize, arrows: &[Arrow]) -> BTreeMap<usize, &Arrow> {
    let mut last = BTreeMap::new();
    let mut waiting = VecDeque::from([file]);
    while let Some(at) = waiting.pop_front() {
        for arrow in arrows.iter().filter(|arrow| arrow.from == at) {
            if let std::collections::btree_map::Entry::Vacant(entry) = last.entry(arrow.to) {
                entry.insert(arrow);
                waiting.push_back(arrow.to);
            }
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::sources::planted;

    const ROOT: (&str, &str) = ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n");

    #[test]
    fn four_files_in_a_circle_are_named_with_a_shortest_way_round() {
        let circle = planted(
            "kd-core",
            &[
                ROOT,
                ("a.rs", "use crate::b::B;\npub struct A(B);\n"),
                ("b.rs", "use super::c;\npub struct B(c::C);\n"),
                ("c.rs", "pub struct C(crate::b::B, crate::d::D);\n"),
                ("d.rs", "pub struct D(Box<crate::a::A>);\n"),
            ],
        );
        let told = check(&[circle]).unwrap_err().to_string();
        assert!(
            told.contains("kd-core: circle of 4 files: a.rs, b.rs, c.rs, d.rs\n  b.rs -> c.rs, by `super::c`\n  c.rs -> b.rs, by `crate::b::B`\n"),
            "{told}"
        );
    }

    #[test]
    fn what_leads_to_a_circle_or_out_of_it_is_not_in_it() {
        let between = planted(
            "kd-core",
            &[
                ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\nmod first;\nmod last;\n"),
                ("a.rs", "use crate::b;\n"),
                ("b.rs", "use crate::c;\n"),
                ("c.rs", "use crate::d;\n"),
                ("d.rs", "use crate::a;\nuse crate::last;\n"),
                ("first.rs", "use crate::a;\n"),
                ("last.rs", ""),
            ],
        );
        let told = check(&[between]).unwrap_err().to_string();
        assert!(told.contains("kd-core: circle of 4 files: a.rs, b.rs, c.rs, d.rs\n"), "{told}");
    }

    #[test]
    fn a_line_of_files_and_a_circle_of_three_pass() {
        let line = planted(
            "kd-core",
            &[
                ROOT,
                ("a.rs", "use crate::b::B;\npub struct A(B, crate::c::C);\n"),
                ("b.rs", "pub struct B(crate::c::C);\n"),
                ("c.rs", "pub struct C(crate::d::D, Box<crate::a::A>);\n"),
                ("d.rs", "pub struct D;\n"),
            ],
        );
        assert!(check(&[line]).is_ok());
    }
}
