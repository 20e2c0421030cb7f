//! Folders with a subfolder for each class, of images or of text files.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::class_folders::{Listed, Wanted, listed};
use super::damaged::Damaged;
use super::image_list;
use super::pictures::{Pictures, Shape};
use crate::Inputs;
use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::{Answers, Raw, TestSplit};

/// Images (JPEG, PNG, WebP, GIF or BMP) in a folder for each class. What systems leave in folders is passed over, and so are other files,
/// which are reported; an image of another kind is an error. In Tiny-ImageNet's layout, which is read too, training images lie
/// one folder deeper, in `images`, and validation images are listed in `val_annotations.txt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageFolder {
    /// The folder of the training classes' folders.
    pub path: PathBuf,
    /// Where the test examples come from.
    pub test: TestSplit,
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

/// Text files in a folder for each class: files `.txt` or, where there are none, files without an ending. Other files are
/// passed over and reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextFolder {
    /// The folder of the training classes' folders.
    pub path: PathBuf,
    /// Where the test examples come from.
    pub test: TestSplit,
    /// The classes whose folders are read. Left out: all that are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// How bytes become characters.
    #[serde(default)]
    pub charset: Charset,
}

impl ImageFolder {
    pub(crate) fn read(&self, folder: &Path) -> Result<Raw> {
        let annotations = folder.join("val_annotations.txt");
        let Listed { files, doubts } = if annotations.is_file() {
            let files = image_list::named(&annotations, &folder.join("images"), "")?;
            Listed { files, doubts: Vec::new() }
        } else {
            listed(folder, &[], Wanted::Pictures)?
        };
        let shape = Shape { size: self.size, crop: self.crop, grey: self.grey };
        let mut raw = Pictures::of_files(shape, self.damaged, folder, &files)?;
        raw.doubts.extend(doubts);
        Ok(raw)
    }
}

impl TextFolder {
    pub(crate) fn read(&self, folder: &Path) -> Result<Raw> {
        let mut texts = Vec::new();
        let mut classes = Vec::new();
        let Listed { files, doubts } = listed(folder, &self.classes, Wanted::Texts)?;
        for (class, path) in files {
            texts.push(Original::open(&path)?.text(self.charset)?.into_owned());
            classes.push(class);
        }
        let (inputs, answers) = (Inputs::Texts(texts), Answers::Names(classes));
        Ok(Raw { file: folder.display().to_string(), first_row: 1, inputs, answers, doubts })
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};
    use tch::Tensor;

    use super::*;

    /// A folder with classes `cat` and `dog` of one PNG each, of these widths.
    fn pictures(widths: [u32; 2]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (class, width) in ["dog", "cat"].into_iter().zip(widths) {
            fs_err::create_dir_all(folder.path().join(class)).unwrap();
            let image = RgbImage::from_fn(width, 1, |x, _| Rgb([x as u8, 10 + x as u8, 20 + x as u8]));
            image.save(folder.path().join(class).join("0.png")).unwrap();
        }
        folder
    }

    fn layout(size: Option<[u16; 2]>, grey: bool) -> ImageFolder {
        ImageFolder {
            path: PathBuf::new(),
            test: TestSplit::Fraction(0.5),
            size,
            crop: false,
            grey,
            damaged: Damaged::Refuse,
        }
    }

    #[test]
    fn images_become_planes_in_order_of_class() {
        let raw = layout(None, false).read(pictures([2, 2]).path()).unwrap();
        assert_eq!(raw.answers, Answers::Names(vec!["cat".into(), "dog".into()]));
        let Inputs::Images(images) = raw.inputs else { panic!("images expected") };
        assert_eq!(images.pixels.get(1), Tensor::from_slice(&[0_u8, 1, 10, 11, 20, 21]).view([3, 1, 2]));
    }

    #[test]
    fn sizes_agree_or_are_brought_together() {
        let folder = pictures([2, 3]);
        let message = layout(None, false).read(folder.path()).unwrap_err().to_string();
        assert!(
            message.ends_with("1x2 pixels, unlike the images before it; `size` brings all to one"),
            "{message}"
        );
        let Inputs::Images(images) = layout(Some([4, 4]), true).read(folder.path()).unwrap().inputs else {
            panic!("images expected")
        };
        assert_eq!(images.pixels.size(), [2, 1, 4, 4]);
    }

    #[test]
    fn what_does_not_fit_is_cut_off_on_both_sides() {
        let folder = pictures([5, 3]);
        let cut = |size| ImageFolder { crop: true, ..layout(size, false) }.read(folder.path());
        assert!(cut(None).unwrap_err().to_string().contains("`size`, which is not given"));
        let Inputs::Images(images) = cut(Some([1, 3])).unwrap().inputs else { panic!("images expected") };
        // The cat is three pixels wide, the dog's outer two of five are cut.
        let red: Vec<u8> = Vec::try_from(images.pixels.narrow(1, 0, 1).flatten(0, -1)).unwrap();
        assert_eq!(red, [0, 1, 2, 1, 2, 3]);
    }

    #[test]
    fn texts_are_read_whole_and_strays_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut layout = TextFolder {
            path: PathBuf::new(),
            test: TestSplit::Fraction(0.5),
            classes: Vec::new(),
            charset: Charset::Utf8,
        };
        assert!(
            layout
                .read(folder.path())
                .unwrap_err()
                .to_string()
                .contains("no class folders with files in them")
        );
        fs_err::create_dir_all(folder.path().join("pos")).unwrap();
        fs_err::write(folder.path().join("pos/1_9.txt"), "good\nfilm").unwrap();
        fs_err::write(folder.path().join("pos/.hidden"), "x").unwrap();
        let Inputs::Texts(texts) = layout.read(folder.path()).unwrap().inputs else {
            panic!("texts expected")
        };
        assert_eq!(texts, ["good\nfilm"]);
        fs_err::create_dir_all(folder.path().join("unsup")).unwrap();
        fs_err::write(folder.path().join("unsup/1.txt"), "film").unwrap();
        assert_eq!(layout.read(folder.path()).unwrap().inputs.len(), 2);
        layout.classes = vec!["neg".to_owned(), "pos".to_owned()];
        assert_eq!(layout.read(folder.path()).unwrap().inputs.len(), 1);
        fs_err::write(folder.path().join("pos/notes.md"), "x").unwrap();
        let raw = layout.read(folder.path()).unwrap();
        assert_eq!((raw.inputs.len(), raw.doubts.len()), (1, 1), "{:?}", raw.doubts);
    }
}
