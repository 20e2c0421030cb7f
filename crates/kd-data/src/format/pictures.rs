//! Images in files of their own, JPEG or PNG, brought together.

use std::path::{Path, PathBuf};

use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};
use tch::Tensor;

use super::original::Original;
use crate::error::Result;
use crate::source::{Answers, Raw};
use crate::{Images, Inputs};

/// The pixels of images of one size.
#[derive(Debug)]
pub(crate) struct Pictures {
    /// Height and width that images are brought to; none if all must have one size.
    size: Option<[u16; 2]>,
    grey: bool,
    /// Height and width of the first image.
    first: Option<[u32; 2]>,
    pixels: Vec<u8>,
}

impl Pictures {
    pub(crate) fn new(size: Option<[u16; 2]>, grey: bool) -> Self {
        Self { size, grey, first: None, pixels: Vec::new() }
    }

    /// Appends the image that a file holds.
    pub(crate) fn push(&mut self, original: &Original) -> Result<()> {
        let mut image = decode(original)?;
        if let Some([height, width]) = self.size {
            image = image.resize_exact(width.into(), height.into(), FilterType::Triangle);
        }
        let size = [image.height(), image.width()];
        if *self.first.get_or_insert(size) != size {
            return Err(original.fault(format!(
                "{}x{} pixels, unlike the images before it; `size` brings all to one",
                size[0], size[1]
            )));
        }
        self.pixels.extend(if self.grey { image.into_luma8().into_raw() } else { planes(image) });
        Ok(())
    }

    /// The images of these files and their classes.
    pub(crate) fn of_files(mut self, place: &Path, files: Vec<(String, PathBuf)>) -> Result<Raw> {
        let mut classes = Vec::with_capacity(files.len());
        for (class, path) in files {
            let name = path.display().to_string();
            self.push(&Original { name, ..Original::open(&path)? })?;
            classes.push(class);
        }
        let (inputs, answers) = (Inputs::Images(self.into_images()?), Answers::Names(classes));
        Ok(Raw { file: place.display().to_string(), first_row: 1, inputs, answers })
    }

    /// `[n, 1 or 3, height, width]`.
    pub(crate) fn into_images(self) -> Result<Images> {
        let [height, width] = self.first.unwrap_or_default().map(i64::from);
        let channels = if self.grey { 1 } else { 3 };
        let pixels = Tensor::f_from_slice(&self.pixels)?.f_view([-1, channels, height, width])?;
        Ok(Images { pixels, peak: u8::MAX })
    }
}

/// An image of at most 64 million pixels.
pub(crate) fn decode(original: &Original) -> Result<DynamicImage> {
    let fault = |error: image::ImageError| original.fault(format!("cannot be read as an image: {error}"));
    let format = image::guess_format(&original.bytes).map_err(fault)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png) {
        return Err(original.fault(format!("is {format:?}; JPEG and PNG are read")));
    }
    let mut reader = ImageReader::with_format(std::io::Cursor::new(&original.bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(8192), Some(8192));
    limits.max_alloc = Some(1 << 28);
    reader.limits(limits);
    reader.decode().map_err(fault)
}

/// Red, green and blue, plane after plane.
fn planes(image: DynamicImage) -> Vec<u8> {
    let interleaved = image.into_rgb8().into_raw();
    (0..3).flat_map(|plane| interleaved.iter().skip(plane).step_by(3).copied()).collect()
}
