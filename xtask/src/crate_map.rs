//! Holds the workspace to its crate map: who may depend on whom, and that the analysis needs no
//! libtorch.

use std::path::Path;

use serde_json::Value;

use crate::cargo::{array, output, text};
use crate::failure::Failure;

/// Every crate of the workspace with the neighbours it may name, in any kind of dependency.
const ARROWS: [(&str, &[&str]); 9] = [
    ("kd-core", &[]),
    ("kd-doubt", &[]),
    ("kd-analysis", &["kd-doubt"]),
    ("kd-data", &["kd-core", "kd-doubt"]),
    ("kd-models", &["kd-core"]),
    ("kd-study", &["kd-core", "kd-doubt", "kd-data", "kd-models", "kd-analysis"]),
    ("kd-cli", &["kd-study", "kd-data", "kd-analysis", "kd-doubt"]),
    ("kd-benches", &["kd-core", "kd-data", "kd-models", "kd-analysis", "kd-study"]),
    ("xtask", &[]),
];

/// Fails when a dependency runs against the map or the analysis reaches libtorch.
pub(crate) fn check(root: &Path, metadata: &Value) -> Result<(), Failure> {
    let broken = against_the_map(metadata);
    if !broken.is_empty() {
        return Err(Failure::Architecture(format!(
            "dependencies against the crate map in ARCHITECTURE.md: {}",
            broken.join(", ")
        )));
    }
    let tree = ["tree", "--locked", "--package", "kd-analysis", "--edges", "all", "--prefix", "none"];
    let tree = String::from_utf8_lossy(&output(root, &tree)?).into_owned();
    if tree.lines().any(|line| line.starts_with("torch-sys ")) {
        return Err(Failure::Architecture("kd-analysis depends on libtorch".to_owned()));
    }
    Ok(())
}

fn against_the_map(metadata: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    for package in array(&metadata["packages"]) {
        let name = text(&package["name"]);
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            broken.push(format!("{name} is not on it"));
            continue;
        };
        for dependency in array(&package["dependencies"]) {
            let dependency = text(&dependency["name"]);
            let neighbour = ARROWS.iter().any(|(known, _)| *known == dependency);
            if neighbour && !allowed.contains(&dependency.as_str()) {
                broken.push(format!("{name} -> {dependency}"));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::against_the_map;

    #[test]
    fn an_arrow_against_the_map_and_an_unknown_crate_are_named() {
        let metadata = json!({ "packages": [
            { "name": "kd-models", "dependencies": [{ "name": "kd-core" }, { "name": "kd-data" }] },
            { "name": "kd-extra", "dependencies": [] },
        ]});
        assert_eq!(against_the_map(&metadata), ["kd-models -> kd-data", "kd-extra is not on it"]);
    }
}
