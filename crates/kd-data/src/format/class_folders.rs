//! What lies in folders with a subfolder for each class: what is read of it, and what is not.

use std::path::{Path, PathBuf};

use fs_err::File;
use kd_doubt::{Doubt, Kind};

use super::damaged::few;
use super::picture_file::{READ, content, unread_kind};
use crate::error::{Error, Result};

/// What files are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Pictures,
    /// In files `.txt`, or without an ending where there are none of these.
    Texts,
}

/// Class and path of every file that is read, in order of class and name, and what is doubtful of the rest.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) files: Vec<(String, PathBuf)>,
    pub(super) doubts: Vec<Doubt>,
}

/// What was found on the way.
#[derive(Default)]
struct Found {
    files: Vec<(String, PathBuf)>,
    /// Of no kind that is looked for.
    strays: Vec<String>,
    /// Texts by their look, without an ending.
    bare: Vec<(String, PathBuf)>,
    /// Pictures of kinds that are not read, with their kind.
    unread: Vec<(PathBuf, &'static str)>,
    /// Folders within those of classes.
    nested: Vec<String>,
}

/// The files of every class, or of those that are named.
pub(super) fn listed(folder: &Path, classes: &[String], wanted: Wanted) -> Result<Listed> {
    let mut found = Found::default();
    let mut seen = Vec::new();
    let mut beside = Vec::new();
    for path in entries(folder)? {
        if !path.is_dir() {
            if wanted == Wanted::Pictures && is_picture(&path) {
                beside.push(name(&path));
            }
            continue;
        }
        let class = name(&path);
        if classes.is_empty() || classes.contains(&class) {
            found.walk(&class, &path, wanted, 0)?;
            seen.push(class);
        }
    }
    found.complete(folder, &seen, &beside, wanted)
}

impl Found {
    fn walk(&mut self, class: &str, folder: &Path, wanted: Wanted, depth: usize) -> Result<()> {
        const DEEPEST: usize = 8;
        let images = folder.join("images");
        if depth == 0 && images.is_dir() {
            return self.walk(class, &images, wanted, 1);
        }
        for path in entries(folder)? {
            if path.is_dir() {
                if depth >= DEEPEST {
                    let problem = format!("lies more than {DEEPEST} folders deep in that of class `{class}`");
                    return Err(Error::file(path.display().to_string(), problem));
                }
                self.nested.push(format!("{class}/{}", name(&path)));
                self.walk(class, &path, wanted, depth + 1)?;
            } else {
                self.sort(class, path, wanted);
            }
        }
        Ok(())
    }

    fn sort(&mut self, class: &str, path: PathBuf, wanted: Wanted) {
        let ending = ending(&path);
        match wanted {
            Wanted::Pictures if is_picture(&path) => self.files.push((class.to_owned(), path)),
            Wanted::Texts if ending == "txt" => self.files.push((class.to_owned(), path)),
            Wanted::Texts if ending.is_empty() && !is_note(&path) => self.bare.push((class.to_owned(), path)),
            Wanted::Pictures if unread_kind(&ending).is_some() => {
                self.unread.extend(unread_kind(&ending).map(|kind| (path, kind)));
            }
            Wanted::Pictures | Wanted::Texts => self.strays.push(format!("{class}/{}", name(&path))),
        }
    }

    fn complete(
        mut self,
        folder: &Path,
        seen: &[String],
        beside: &[String],
        wanted: Wanted,
    ) -> Result<Listed> {
        if let Some((path, kind)) = self.unread.first() {
            let more = match self.unread.len() - 1 {
                0 => String::new(),
                more => format!(", and so are {more} files more of kinds that are not read"),
            };
            let problem = format!("is {kind}; {READ}: convert it, or take it away{more}");
            return Err(Error::file(path.display().to_string(), problem));
        }
        if self.files.is_empty() {
            self.files = std::mem::take(&mut self.bare);
        } else {
            self.strays.extend(self.bare.drain(..).map(|(class, path)| format!("{class}/{}", name(&path))));
        }
        if self.files.is_empty() {
            return Err(Error::file(folder.display().to_string(), self.nothing(beside, wanted)));
        }
        if !self.nested.is_empty() && seen.iter().all(|class| is_split(class)) {
            let problem = format!(
                "holds splits ({}), not classes: `path` is the folder of the training classes, such as {}, and \
                 `test.path` that of the test classes",
                seen.join(", "),
                folder.join(&seen[0]).display()
            );
            return Err(Error::file(folder.display().to_string(), problem));
        }
        let doubts = self.doubts(&folder.display().to_string(), seen, beside, wanted);
        Ok(Listed { files: self.files, doubts })
    }

    /// Why there is nothing to read.
    fn nothing(&self, beside: &[String], wanted: Wanted) -> String {
        let kinds = match wanted {
            Wanted::Pictures => "pictures (.jpg, .jpeg, .png)",
            Wanted::Texts => "texts (.txt)",
        };
        let mut problem =
            format!("has no class folders with files in them: expected {kinds} in a folder for each class");
        if !beside.is_empty() {
            problem += &format!(
                "; {} pictures lie in it without such a folder, and `image_list` reads those whose class a list tells",
                beside.len()
            );
        } else if !self.strays.is_empty() {
            problem += &format!("; found {}", few(&self.strays));
        }
        problem
    }

    fn doubts(&self, place: &str, seen: &[String], beside: &[String], wanted: Wanted) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let what = match wanted {
            Wanted::Pictures => "pictures",
            Wanted::Texts => "texts",
        };
        if !self.strays.is_empty() {
            let told = format!(
                "{} among the {what} {} passed over",
                files(self.strays.len()),
                are(self.strays.len())
            );
            doubts.push(Doubt::weak(Kind::PassedOver, place, told).seen(few(&self.strays)).advise(
                "take them away, or write accept = [\"passed_over\"] in the task if they are no examples",
            ));
        }
        if !beside.is_empty() {
            let told = format!(
                "{} beside the folders of classes {} passed over",
                files(beside.len()),
                are(beside.len())
            );
            doubts.push(
                Doubt::mistake(Kind::PassedOver, place, told)
                    .seen(few(beside))
                    .advise("put each picture into the folder of its class"),
            );
        }
        let is_empty = |class: &&String| !self.files.iter().any(|(with, _)| with == *class);
        let empty: Vec<String> = seen.iter().filter(is_empty).cloned().collect();
        if !empty.is_empty() {
            let told = match empty.len() {
                1 => format!("a folder of a class holds no {what}"),
                count => format!("{count} folders of classes hold no {what}"),
            };
            doubts.push(
                Doubt::mistake(Kind::MissingClass, place, told)
                    .seen(few(&empty))
                    .advise("put examples of the class there, or take the folder away"),
            );
        }
        if !self.nested.is_empty() {
            let told = "folders lie within those of classes, and what is in them is of the outer one's class";
            doubts.push(Doubt::mistake(Kind::NestedFolders, place, told).seen(few(&self.nested)).advise(
                "if the inner folders are the classes, give the folder in which these lie as `path`",
            ));
        }
        doubts
    }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
}

/// Whether it is a picture that is read: by its ending or, where that says nothing, by its first bytes.
fn is_picture(path: &Path) -> bool {
    let ending = ending(path);
    match ending.as_str() {
        "jpg" | "jpeg" | "jpe" | "jfif" | "png" | "webp" | "gif" | "bmp" => true,
        "" => {
            matches!(content(&start(path).unwrap_or_default()), Some("JPEG" | "PNG" | "WebP" | "GIF" | "BMP"))
        }
        _ => false,
    }
}

/// The first bytes of a file.
fn start(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(File::open(path)?, 16), &mut bytes)?;
    Ok(bytes)
}

/// What people write about their files, in files without an ending.
fn is_note(path: &Path) -> bool {
    const NOTES: [&str; 8] =
        ["README", "LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS", "CHANGELOG", "MAKEFILE"];
    NOTES.contains(&name(path).to_ascii_uppercase().as_str())
}

fn is_split(class: &str) -> bool {
    const SPLITS: [&str; 8] = ["train", "training", "test", "testing", "val", "valid", "validation", "dev"];
    SPLITS.contains(&class.to_ascii_lowercase().as_str())
}

/// What a folder holds, by name, without hidden files and those that systems put there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths =
        fs_err::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    paths.retain(|path| !is_of_a_system(&name(path)));
    paths.sort_unstable();
    Ok(paths)
}

/// Whether it is hidden, or something that Windows, macOS or a program keeps for itself.
fn is_of_a_system(name: &str) -> bool {
    const KNOWN: [&str; 10] = [
        "thumbs.db",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "desktop.ini",
        "icon\r",
        "__macosx",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "@eadir",
    ];
    name.starts_with('.') || KNOWN.contains(&name.to_lowercase().as_str())
}

#[cfg(test)]
mod tests;
