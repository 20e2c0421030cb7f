//! Images that a list names: Oxford-IIIT Pet, Food-101 and Tiny-ImageNet's validation images.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::damaged::Damaged;
use super::pictures::{Pictures, Shape};
use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::{Raw, TestSplit};

/// Images (JPEG, PNG, WebP, GIF or BMP) that a list names, one in every line: `name class`, or `class/name` where nothing follows.
/// Further words of a line, and lines that begin with `#`, mean nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageList {
    /// The list of training images.
    pub path: PathBuf,
    /// Where the test examples come from; a path is that of a list.
    pub test: TestSplit,
    /// The folder in which images have their names.
    pub images: PathBuf,
    /// What is to be added to a name, such as `.jpg`.
    #[serde(default)]
    pub suffix: String,
    /// Height and width that images are brought to. Left out: all must have one size.
    #[serde(default)]
    pub size: Option<[u16; 2]>,
    /// Whether what does not fit the shape of `size` is cut off on both sides, rather than all squeezed into it.
    #[serde(default)]
    pub crop: bool,
    /// Whether images are read in grey.
    #[serde(default)]
    pub grey: bool,
    /// What becomes of images that are damaged.
    #[serde(default, skip_serializing_if = "Damaged::is_default")]
    pub damaged: Damaged,
}

impl ImageList {
    pub(crate) fn read(&self, list: &Path) -> Result<Raw> {
        let files = named(list, &self.images, &self.suffix)?;
        let shape = Shape { size: self.size, crop: self.crop, grey: self.grey };
        Pictures::of_files(shape, self.damaged, list, &files)
    }
}

/// Class and path of every image that a list names in a folder.
pub(super) fn named(list: &Path, folder: &Path, suffix: &str) -> Result<Vec<(String, PathBuf)>> {
    let entries = entries(&Original::open(list)?)?.into_iter();
    Ok(entries.map(|(class, name)| (class, folder.join(format!("{name}{suffix}")))).collect())
}

/// Class and name of every image of a list. A name leads into no other folder than that of the images.
pub(crate) fn entries(list: &Original) -> Result<Vec<(String, String)>> {
    let text = list.text(Charset::Utf8)?;
    let mut entries = Vec::new();
    for (row, line) in (1..).zip(text.lines()) {
        let mut words = line.split_whitespace();
        let Some(name) = words.next().filter(|name| !name.starts_with('#')) else { continue };
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            return Err(list.row(row, format!("`{name}` leads out of the folder of images")));
        }
        let class = words.next().or_else(|| Some(name.split_once('/')?.0));
        let class = class
            .ok_or_else(|| list.row(row, format!("expected `name class` or `class/name`, not `{name}`")))?;
        entries.push((class.to_owned(), name.to_owned()));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>> {
        entries(&Original::from_bytes("list.txt", text.into())?)
    }

    #[test]
    fn a_class_follows_the_name_or_is_its_folder() {
        let pair = |class: &str, name: &str| (class.to_owned(), name.to_owned());
        let pets = "#Image CLASS-ID SPECIES BREED ID\nAbyssinian_100 1 1 1\nyorkshire_terrier_9 37 2 25\n";
        assert_eq!(read(pets).unwrap(), [pair("1", "Abyssinian_100"), pair("37", "yorkshire_terrier_9")]);
        assert_eq!(read("apple_pie/1005649\r\n\n").unwrap(), [pair("apple_pie", "apple_pie/1005649")]);
        assert_eq!(
            read("val_0.JPEG\tn03444034\t0\t32\t44\t62\n").unwrap(),
            [pair("n03444034", "val_0.JPEG")]
        );
    }

    #[test]
    fn faults_name_the_row() {
        let message = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(message("a 1\nb\n"), "list.txt, row 2: expected `name class` or `class/name`, not `b`");
        for name in ["../a", "/a", "b/../../a"] {
            assert_eq!(
                message(&format!("{name} 1")),
                format!("list.txt, row 1: `{name}` leads out of the folder of images")
            );
        }
    }
}
