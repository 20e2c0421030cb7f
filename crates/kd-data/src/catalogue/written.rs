//! The catalogue as it is written, in `catalogue.toml`.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Archive, Checksum, Entry, File, Kind, Published};
use crate::source::Source;
use crate::{Modality, Task};

pub(super) static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let text = include_str!("../../catalogue.toml");
    parse(text)
        .unwrap_or_else(|problem| panic!("catalogue.toml is part of the program, and wrong: {problem}"))
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    #[serde(default, borrow)]
    archives: IndexMap<&'static str, Archive>,
    #[serde(borrow)]
    datasets: IndexMap<&'static str, DatasetEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatasetEntry {
    title: &'static str,
    modality: Modality,
    task: Task,
    train: usize,
    #[serde(default)]
    validation: usize,
    test: usize,
    #[serde(default)]
    classes: usize,
    #[serde(default, borrow)]
    class_names: Vec<&'static str>,
    licence: &'static str,
    citation: &'static str,
    address: &'static str,
    data: Source,
    files: Vec<FileEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileEntry {
    path: &'static str,
    #[serde(default)]
    kind: Kind,
    checksum: Option<Checksum>,
    address: Option<&'static str>,
    archive: Option<&'static str>,
    member: Option<&'static str>,
}

/// The entries in their order, or what is wrong with the text.
fn parse(text: &'static str) -> Result<Vec<Entry>, String> {
    let Catalogue { archives, datasets } = toml::from_str(text).map_err(|error| error.to_string())?;
    let entries = datasets.into_iter().map(|(name, dataset)| {
        dataset.entry(name, &archives).map_err(|problem| format!("in [datasets.{name}], {problem}"))
    });
    entries.collect()
}

impl DatasetEntry {
    fn entry(self, name: &'static str, archives: &IndexMap<&str, Archive>) -> Result<Entry, String> {
        let files = self.files.into_iter().map(|file| file.file(archives)).collect::<Result<Vec<_>, _>>()?;
        let named = self.class_names.len();
        if named > 0 && named != self.classes {
            return Err(format!("there are {} classes and {named} names of classes", self.classes));
        }
        let mut data = self.data.clone();
        let paths = data.paths_mut();
        if paths.is_empty() {
            return Err("`data` names no file".to_owned());
        }
        if let Some(path) = paths.iter().find(|path| !files.iter().any(|file| path.as_os_str() == file.path))
        {
            return Err(format!("`{}` is none of its files", path.display()));
        }
        Ok(Entry {
            name,
            title: self.title,
            modality: self.modality,
            task: self.task,
            train: self.train,
            validation: self.validation,
            test: self.test,
            classes: self.classes,
            licence: self.licence,
            citation: self.citation,
            address: self.address,
            files: files.leak(), // it lives as long as the program, as all of the catalogue
            class_names: self.class_names,
            data: self.data,
        })
    }
}

impl FileEntry {
    fn file(self, archives: &IndexMap<&str, Archive>) -> Result<File, String> {
        let published = match (self.address, self.archive, self.member) {
            (None, None, None) => Published::Nowhere,
            (Some(address), None, None) => Published::Alone(address),
            (None, Some(archive), Some(member)) => {
                let known = archives.get(archive).copied();
                Published::Within(known.ok_or_else(|| format!("there is no [archives.{archive}]"))?, member)
            }
            _ => {
                return Err(format!(
                    "`{}` needs an address, or an archive and a member of it, or none",
                    self.path
                ));
            }
        };
        Ok(File { path: self.path, kind: self.kind, checksum: self.checksum, published })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = r#"
        [archives.shapes]
        address = "http://localhost/shapes.zip"
        checksum.md5 = "900150983cd24fb0d6963f7d28e17f72"

        [datasets.shapes]
        title = "Shapes"
        modality = "tabular"
        task = "classification"
        train = 8_000
        test = 2_000
        classes = 2
        class_names = ["circle", "square"]
        licence = "MIT"
        citation = "Euclid"
        address = "http://localhost"
        data.csv = { path = "shapes/shapes.csv", test.fraction = 0.2, columns.target = "shape" }

        [[datasets.shapes.files]]
        path = "shapes/shapes.csv"
        archive = "shapes"
        member = "shapes.csv"
    "#;

    #[test]
    fn an_entry_says_what_is_written() {
        let entries = parse(RIGHT).unwrap();
        let [entry] = entries.as_slice() else { panic!("one entry expected: {entries:?}") };
        assert_eq!((entry.name, entry.train, entry.validation, entry.test), ("shapes", 8000, 0, 2000));
        assert_eq!((entry.task, entry.classes), (Task::Classification, entry.class_names.len()));
        let [File { path, kind: Kind::File, checksum: None, published: Published::Within(archive, member) }] =
            entry.files
        else {
            panic!("one member of an archive expected: {:?}", entry.files)
        };
        assert_eq!((*path, *member), ("shapes/shapes.csv", "shapes.csv"));
        assert_eq!(archive.address, "http://localhost/shapes.zip");
        assert_eq!(archive.checksum, Checksum::Md5("900150983cd24fb0d6963f7d28e17f72"));
    }

    #[test]
    fn a_wrong_entry_is_refused() {
        for (right, wrong, problem) in [
            ("licence", "license", "unknown field `license`"),
            ("test = 2_000", "", "missing field `test`"),
            ("test = 2_000", "test = 2_000\nfrom = 1", "unknown field `from`"),
            ("columns.target", "separater = \";\", columns.target", "unknown field `separater`"),
            ("member = ", "membre = ", "unknown field `membre`"),
            ("archive = \"shapes\"", "archive = \"forms\"", "there is no [archives.forms]"),
            ("member = \"shapes.csv\"", "", "needs an address, or an archive and a member of it"),
            ("member = ", "address = \"http://localhost\"\nmember = ", "needs an address, or an archive"),
            ("\"circle\", ", "", "there are 2 classes and 1 names of classes"),
            ("csv = { path = \"shapes/", "csv = { path = \"", "`shapes.csv` is none of its files"),
            ("csv = { path = ", "catalogue.name = \"shapes\" #", "`data` names no file"),
            ("md5", "crc32", "unknown variant `crc32`"),
            ("tabular", "olfactory", "unknown variant `olfactory`"),
        ] {
            assert!(RIGHT.contains(right), "{right}");
            let found = parse(RIGHT.replace(right, wrong).leak()).unwrap_err();
            assert!(found.contains(problem), "{wrong}: {found}");
        }
    }
}
