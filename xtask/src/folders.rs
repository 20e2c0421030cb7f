//! Holds crates whose folders are steps of one flow to its direction.

use std::collections::BTreeMap;

use crate::failure::Failure;
use crate::sources::{Arrow, Sources};

/// The folders of a crate in the order of its flow: each names itself and those before it. Files
/// beside the root serve all of them, so they name none, but for `error.rs`, which joins the errors
/// that folders have in an `error.rs` of their own.
struct Order {
    package: &'static str,
    folders: &'static [&'static str],
}

/// Every crate that has an order; ARCHITECTURE.md shows it.
const ORDERS: [Order; 1] = [Order {
    package: "kd-study",
    folders: &["spec", "file", "study", "train", "check", "plan", "store", "run", "engine", "results"],
}];

/// Fails when a folder names one that comes after it, or is not in its crate's order.
pub(crate) fn check(crates: &[Sources]) -> Result<(), Failure> {
    let mut broken = Vec::new();
    for order in &ORDERS {
        let mut found = Vec::new();
        for sources in crates.iter().filter(|sources| sources.package == order.package) {
            found.extend(unknown(order, sources));
            found.extend(backwards(order, sources));
        }
        if !found.is_empty() {
            broken.push(format!(
                "against the order of folders of {} in ARCHITECTURE.md, {}, in which each names those before it:\n{}",
                order.package,
                order.in_words(),
                found.join("\n")
            ));
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure::Architecture(format!(
        "{}\nmove what is named to the folder that needs it first, or hand it over as an argument; a new folder takes its place in xtask/src/folders.rs",
        broken.join("\n")
    )))
}

impl Order {
    fn in_words(&self) -> String {
        self.folders.join(" → ")
    }

    /// The step that a file belongs to, 0 for those beside the root; none of the root itself, which
    /// shows all, and of a folder that is not in the order.
    fn step(&self, sources: &Sources, file: usize) -> Option<usize> {
        let file = &sources.files[file];
        let folder = file.module.first()?;
        if file.path.components().count() == 1 {
            return Some(0);
        }
        Some(1 + self.folders.iter().position(|known| known == folder)?)
    }
}

/// Folders that have no place in the order.
fn unknown(order: &Order, sources: &Sources) -> Vec<String> {
    let mut folders = BTreeMap::new();
    for (place, file) in sources.files.iter().enumerate() {
        if let Some(folder) = file.module.first()
            && order.step(sources, place).is_none()
        {
            folders.entry(folder).or_insert_with(|| file.path.display());
        }
    }
    folders.iter().map(|(folder, file)| format!("  {folder} ({file}) is not in it")).collect()
}

/// Arrows that run against the order.
fn backwards(order: &Order, sources: &Sources) -> Vec<String> {
    let arrows = sources.arrows();
    let against = |arrow: &&Arrow| {
        let steps = (order.step(sources, arrow.from), order.step(sources, arrow.to));
        matches!(steps, (Some(from), Some(to)) if from < to) && !joins(sources, arrow)
    };
    let path = |file: usize| sources.files[file].path.display();
    let told = |arrow: &Arrow| format!("  {} -> {}, by `{}`", path(arrow.from), path(arrow.to), arrow.by);
    arrows.iter().filter(against).map(told).collect()
}

/// Whether the error of a crate names that of a folder.
fn joins(sources: &Sources, arrow: &Arrow) -> bool {
    let [from, to] = [arrow.from, arrow.to].map(|file| &sources.files[file].module);
    from == &["error"] && to.len() == 2 && to.ends_with(from)
}

#[cfg(test)]
mod tests {
    use super::{ORDERS, check};
    use crate::sources::planted;

    #[test]
    fn a_folder_that_names_a_later_one_is_named_with_its_arrow() {
        let forwards = planted(
            "kd-study",
            &[
                ("lib.rs", "mod error;\nmod plan;\nmod spec;\npub use plan::Plan;\n"),
                ("error.rs", "pub enum Error { Plan(crate::plan::Unplanned) }\n"),
                (
                    "plan/mod.rs",
                    "mod error;\npub use error::Unplanned;\nuse crate::error::Error;\nuse crate::spec::Run;\npub struct Plan(Run, Error);\n",
                ),
                ("plan/error.rs", "pub struct Unplanned;\n"),
                ("spec/mod.rs", "pub struct Run;\n"),
            ],
        );
        assert!(check(&[forwards]).is_ok());

        let backwards = planted(
            "kd-study",
            &[
                ("lib.rs", "mod error;\nmod plan;\nmod spec;\n"),
                (
                    "error.rs",
                    "pub enum Error { Plan(crate::plan::Plan), Run(crate::spec::Run), Place(crate::plan::place::Place) }\n",
                ),
                ("plan/mod.rs", "pub mod place;\npub use place::Place;\npub struct Plan;\n"),
                ("plan/place.rs", "pub struct Place;\n"),
                ("spec/mod.rs", "pub struct Run;\npub fn run(place: &crate::plan::Place) {}\n"),
            ],
        );
        let told = check(&[backwards]).unwrap_err().to_string();
        assert!(told.contains("of kd-study in ARCHITECTURE.md, spec → file → study → "), "{told}");
        assert!(told.contains("\n  error.rs -> plan/mod.rs, by `crate::plan::Plan`\n"), "{told}");
        assert!(told.contains("\n  error.rs -> plan/place.rs, by `crate::plan::place::Place`\n"), "{told}");
        assert!(told.contains("\n  error.rs -> spec/mod.rs, by `crate::spec::Run`\n"), "{told}");
        assert!(told.contains("\n  spec/mod.rs -> plan/place.rs, by `crate::plan::Place`\n"), "{told}");
    }

    #[test]
    fn a_folder_without_a_place_in_the_order_is_named() {
        let extra = planted("kd-study", &[("lib.rs", "mod extra;\n"), ("extra/mod.rs", "")]);
        let told = check(&[extra]).unwrap_err().to_string();
        assert!(told.contains("\n  extra (extra/mod.rs) is not in it\n"), "{told}");
    }

    #[test]
    fn the_architecture_shows_each_order() {
        let page = include_str!("../../ARCHITECTURE.md");
        for order in &ORDERS {
            assert!(page.lines().any(|line| line == order.in_words()), "{}", order.in_words());
        }
    }
}
