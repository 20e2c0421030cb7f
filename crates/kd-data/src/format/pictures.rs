//! Images in files of their own, brought together.

use std::io::Write;
use std::path::{Path, PathBuf};

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use rayon::prelude::*;
use tch::Tensor;

use super::damaged::{self, ADVICE, Damaged};
use super::picture_file::{Flaw, decode, decode_as_is};
use super::pixel_cache::{self, Written};
use crate::error::{Error, Result};
use crate::original::Original;
use crate::splits::{Answers, Raw};
use crate::{Images, Inputs};

/// What images become.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    /// Height and width that they are brought to; none if all must have one size.
    pub(crate) size: Option<[u16; 2]>,
    /// Whether what does not fit the shape of `size` is cut off rather than squeezed.
    pub(crate) crop: bool,
    pub(crate) grey: bool,
}

impl Shape {
    /// Pixels brought to another size as by Pillow, but for rounding: its bilinear filter widens with the step between
    /// pixels. torchvision resizes so with `antialias`.
    fn resized(
        self,
        pixels: Vec<u8>,
        from: [u32; 2],
        to: [u32; 2],
        kind: PixelType,
    ) -> std::result::Result<Vec<u8>, String> {
        let source = Image::from_vec_u8(from[1], from[0], pixels, kind).map_err(|error| error.to_string())?;
        let mut target = Image::new(to[1], to[0], kind);
        let mut options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        if self.crop {
            options = options.fit_into_destination(None);
        }
        Resizer::new().resize(&source, &mut target, &options).map_err(|error| error.to_string())?;
        Ok(target.into_vec())
    }

    /// What tells these images, brought to this shape, from all others: BLAKE3 over their files' bytes, and what is made
    /// of damaged ones. What was kept before these were looked for is as [`Damaged::Keep`] has it.
    fn key(self, damaged: Damaged, files: &[(String, PathBuf)]) -> Result<String> {
        let Self { size, crop, grey } = self;
        let hash = |(_, path): &(String, PathBuf)| Ok(blake3::hash(&fs_err::read(path)?));
        let hashes: Vec<Result<blake3::Hash>> = files.par_iter().map(hash).collect();
        let mut hasher = blake3::Hasher::new_derive_key("kd pixels 1");
        hasher.update(format!("{size:?} {crop} {grey}").as_bytes());
        hasher.update(match damaged {
            Damaged::Refuse => b" whole".as_slice(),
            Damaged::Skip => b" the whole ones",
            Damaged::Keep => b"",
        });
        for hash in hashes {
            hasher.update(hash?.as_bytes());
        }
        Ok(hasher.finalize().to_hex().to_string())
    }
}

/// The pixels of images of one size.
#[derive(Debug)]
pub(crate) struct Pictures {
    shape: Shape,
    damaged: Damaged,
    /// What is said of a damaged picture, behind what is wrong with it.
    advice: &'static str,
    /// Height and width of the first image.
    first: Option<[u32; 2]>,
    pixels: Vec<u8>,
    /// Files that have been met.
    met: usize,
    /// Which of them are damaged and left out.
    left_out: Vec<u64>,
}

/// The pixels of one image, plane after plane.
struct Picture {
    original: String,
    size: [u32; 2],
    pixels: Vec<u8>,
}

/// So many images are decoded at a time, on all cores: they lie in memory twice.
const TOGETHER: usize = 1024;

/// More images than these, in files of their own, are decoded once for all processes and studies.
const MANY: usize = 10_000;

impl Pictures {
    /// Of images that must be whole.
    pub(crate) fn new(shape: Shape) -> Self {
        Self::with(shape, Damaged::Refuse, "")
    }

    fn with(shape: Shape, damaged: Damaged, advice: &'static str) -> Self {
        Self { shape, damaged, advice, first: None, pixels: Vec::new(), met: 0, left_out: Vec::new() }
    }

    /// Appends the images that files hold.
    pub(crate) fn extend<T: Sync>(
        &mut self,
        files: &[T],
        open: impl Fn(&T) -> Result<Original> + Sync,
    ) -> Result<()> {
        for files in files.chunks(TOGETHER) {
            let pictures: Vec<Result<Option<Picture>>> =
                files.par_iter().map(|file| self.picture(&open(file)?)).collect();
            for picture in pictures {
                match picture? {
                    Some(picture) => self.push(picture)?,
                    None => self.left_out.push(self.met as u64),
                }
                self.met += 1;
            }
        }
        Ok(())
    }

    /// The picture that a file holds; none if it is damaged and to be left out.
    fn picture(&self, original: &Original) -> Result<Option<Picture>> {
        if self.shape.crop && self.shape.size.is_none() {
            return Err(Error::Source(
                "`crop` cuts images to the shape of `size`, which is not given".to_owned(),
            ));
        }
        let decoded = match self.damaged {
            Damaged::Keep => decode_as_is(original),
            Damaged::Refuse | Damaged::Skip => decode(original),
        };
        let image = match decoded {
            Ok(image) => image.into_rgb8(),
            Err(Flaw::Damaged(_)) if self.damaged == Damaged::Skip => return Ok(None),
            Err(flaw) => return Err(flaw.of(original, self.advice)),
        };
        let mut size = [image.height(), image.width()];
        let mut pixels = image.into_raw();
        let (channels, kind) = if self.shape.grey { (1, PixelType::U8) } else { (3, PixelType::U8x3) };
        if self.shape.grey {
            pixels = grey(&pixels);
        }
        if let Some(wanted) = self.shape.size.map(|size| size.map(u32::from)).filter(|&wanted| wanted != size)
        {
            pixels =
                self.shape.resized(pixels, size, wanted, kind).map_err(|problem| original.fault(problem))?;
            size = wanted;
        }
        Ok(Some(Picture { original: original.name.clone(), size, pixels: planes(&pixels, channels) }))
    }

    fn push(&mut self, picture: Picture) -> Result<()> {
        let Picture { original, size, pixels } = picture;
        if *self.first.get_or_insert(size) != size {
            let problem = format!(
                "{}x{} pixels, unlike the images before it; `size` brings all to one",
                size[0], size[1]
            );
            return Err(Error::file(original, problem));
        }
        self.pixels.extend(pixels);
        Ok(())
    }

    /// The images of these files, brought to this shape, and their classes.
    pub(crate) fn of_files(
        shape: Shape,
        damaged: Damaged,
        place: &Path,
        files: &[(String, PathBuf)],
    ) -> Result<Raw> {
        let write = |to: &mut dyn Write| Self::with(shape, damaged, ADVICE).write(files, to);
        let (images, left_out) = match pixel_cache::folder() {
            Some(folder) if files.len() > MANY => {
                pixel_cache::images(&folder, &shape.key(damaged, files)?, write)?
            }
            _ => pixel_cache::decoded(write)?,
        };
        let file = place.display().to_string();
        let is_left_out = |row: &usize| left_out.binary_search(&(*row as u64)).is_ok();
        let (out, kept): (Vec<usize>, Vec<usize>) = (0..files.len()).partition(is_left_out);
        let names: Vec<String> = out.iter().map(|&row| files[row].1.display().to_string()).collect();
        let doubts = damaged::left_out(&file, &names, files.len()).into_iter().collect();
        let classes = kept.into_iter().map(|row| files[row].0.clone()).collect();
        let (inputs, answers) = (Inputs::Images(images), Answers::Names(classes));
        Ok(Raw { file, first_row: 1, inputs, answers, doubts })
    }

    fn write(mut self, files: &[(String, PathBuf)], to: &mut dyn Write) -> Result<Written> {
        for some in files.chunks(TOGETHER) {
            self.extend(some, |(_, path)| {
                Ok(Original { name: path.display().to_string(), ..Original::open(path)? })
            })?;
            to.write_all(&self.pixels)?;
            self.pixels.clear();
        }
        let [channels, height, width] = self.sizes();
        let count = files.len() - self.left_out.len();
        if let ([(_, first), ..], 0) = (files, count) {
            let problem = format!("is damaged, and so is every other of {} pictures", files.len());
            return Err(Error::file(first.display().to_string(), problem));
        }
        Ok(Written { sizes: [count, channels, height, width], left_out: self.left_out })
    }

    /// Of one image: channels, height and width.
    fn sizes(&self) -> [usize; 3] {
        let [height, width] = self.first.unwrap_or_default().map(|size| size as usize);
        [if self.shape.grey { 1 } else { 3 }, height, width]
    }

    /// `[n, 1 or 3, height, width]`.
    pub(crate) fn into_images(self) -> Result<Images> {
        let [channels, height, width] = self.sizes().map(|size| size as i64);
        let pixels = Tensor::f_from_slice(&self.pixels)?.f_view([-1, channels, height, width])?;
        Ok(Images { pixels, peak: u8::MAX })
    }
}

/// Luma of red, green and blue as Pillow computes it (ITU-R BT.601).
fn grey(pixels: &[u8]) -> Vec<u8> {
    let luma = |pixel: &[u8]| {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
        ((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as u8
    };
    pixels.chunks_exact(3).map(luma).collect()
}

/// Interleaved channels, one after the other.
fn planes(pixels: &[u8], channels: usize) -> Vec<u8> {
    let mut planes = Vec::with_capacity(pixels.len());
    for channel in 0..channels {
        planes.extend(pixels[channel.min(pixels.len())..].iter().step_by(channels));
    }
    planes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_by_content_order_and_shape_and_not_by_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, bytes).unwrap();
            ("class".to_owned(), path)
        };
        let [a, b, copy] = [file("a", "one"), file("b", "two"), file("copy", "one")];
        let shape = Shape { size: Some([8, 8]), ..Shape::default() };
        let key = |shape: Shape, files: &[(String, PathBuf)]| shape.key(Damaged::Refuse, files).unwrap();
        let first = key(shape, &[a.clone(), b.clone()]);
        assert_eq!(first, key(shape, &[copy, b.clone()]));
        let others = [
            key(shape, &[b.clone(), a.clone()]),
            key(shape, std::slice::from_ref(&a)),
            key(Shape { size: None, ..shape }, &[a.clone(), b.clone()]),
            key(Shape { crop: true, ..shape }, &[a.clone(), b.clone()]),
            key(Shape { grey: true, ..shape }, &[a.clone(), b.clone()]),
            shape.key(Damaged::Skip, &[a.clone(), b.clone()]).unwrap(),
            shape.key(Damaged::Keep, &[a, b]).unwrap(),
        ];
        assert!(!others.contains(&first));
    }
}
