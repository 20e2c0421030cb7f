//! Images as people look at them.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use tch::Kind;

use crate::Images;
use crate::error::{Error, Result};

impl Images {
    /// Height and width in pixels.
    ///
    /// # Errors
    /// If they are not of four dimensions.
    pub fn size(&self) -> Result<[usize; 2]> {
        let (_, _, height, width) = self.pixels.size4()?;
        Ok([height as usize, width as usize])
    }

    /// Red, green and blue of an image, row after row, 255 being the peak. One that has not three channels is shown in
    /// grey by its first.
    ///
    /// # Errors
    /// If there is no such image.
    pub fn rgb(&self, row: usize) -> Result<Vec<[u8; 3]>> {
        let (length, channels, _, _) = self.pixels.size4()?;
        if row >= length as usize {
            return Err(Error::NoSuchExample { row, length: length as usize });
        }
        let image = self.pixels.f_get(row as i64)?.f_to_kind(Kind::Uint8)?;
        let plane = |channel| -> Result<Vec<u8>> {
            let values: Vec<u8> = Vec::try_from(image.f_get(channel)?.f_contiguous()?.f_flatten(0, -1)?)?;
            let scaled = |value: u8| (u32::from(value) * 255 / u32::from(self.peak.max(1))).min(255) as u8;
            Ok(values.into_iter().map(scaled).collect())
        };
        let red = plane(0)?;
        if channels != 3 {
            return Ok(red.into_iter().map(|grey| [grey; 3]).collect());
        }
        let (green, blue) = (plane(1)?, plane(2)?);
        Ok(red.into_iter().zip(green).zip(blue).map(|((red, green), blue)| [red, green, blue]).collect())
    }

    /// An image as a PNG file.
    ///
    /// # Errors
    /// If there is no such image.
    pub fn png(&self, row: usize) -> Result<Vec<u8>> {
        let ([height, width], pixels) = (self.size()?, self.rgb(row)?);
        let picture = RgbImage::from_fn(width as u32, height as u32, |x, y| {
            Rgb(pixels[y as usize * width + x as usize])
        });
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, ImageFormat::Png).map_err(std::io::Error::other)?;
        Ok(file.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;

    #[test]
    fn pixels_are_scaled_to_the_peak() {
        let grey = Images { pixels: Tensor::from_slice(&[0_u8, 8, 16, 4]).view([1, 1, 2, 2]), peak: 16 };
        assert_eq!(grey.rgb(0).unwrap(), [[0; 3], [127; 3], [255; 3], [63; 3]]);
        assert!(matches!(grey.rgb(1), Err(Error::NoSuchExample { row: 1, length: 1 })));
    }

    #[test]
    fn a_picture_is_the_image() {
        let colours =
            Images { pixels: Tensor::from_slice(&[1_u8, 2, 3, 4, 5, 6]).view([1, 3, 1, 2]), peak: 255 };
        assert_eq!(colours.rgb(0).unwrap(), [[1, 3, 5], [2, 4, 6]]);
        let read = image::load_from_memory(&colours.png(0).unwrap()).unwrap().into_rgb8();
        assert_eq!((read.width(), read.height(), read.as_raw().as_slice()), (2, 1, &[1, 3, 5, 2, 4, 6][..]));
    }
}
