//! A picture in a file of its own, of several the first: told from all else, and from one that is damaged.

use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits};

use super::jpeg;
use crate::error::Error;
use crate::original::Original;

/// Why a file gives no picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is, or was, a picture of a kind that is read.
    Damaged(String),
    /// It is something else, or too large.
    Unread(String),
}

impl Flaw {
    /// The same as an error of that file.
    pub(super) fn of(self, original: &Original, advice: &str) -> Error {
        match self {
            Self::Damaged(problem) => original.fault(format!("{problem}{advice}")),
            Self::Unread(problem) => original.fault(problem),
        }
    }
}

/// What is read, in words.
pub(super) const READ: &str = "JPEG, PNG, WebP, GIF and BMP are read";

/// A picture of at most 64 million pixels, whole.
pub(crate) fn decode(original: &Original) -> Result<DynamicImage, Flaw> {
    let picture = decode_as_is(original)?;
    match jpeg::flaw(&original.bytes).filter(|_| original.bytes.starts_with(JPEG)) {
        Some(flaw) => Err(Flaw::Damaged(format!("is a damaged JPEG: {flaw}"))),
        None => Ok(picture),
    }
}

/// The same of what may be damaged: what is missing is grey.
pub(super) fn decode_as_is(original: &Original) -> Result<DynamicImage, Flaw> {
    let bytes = original.bytes.as_slice();
    let format = match content(bytes) {
        Some("JPEG") => ImageFormat::Jpeg,
        Some("PNG") => ImageFormat::Png,
        Some("WebP") => ImageFormat::WebP,
        Some("GIF") => ImageFormat::Gif,
        Some("BMP") => ImageFormat::Bmp,
        Some(other) => return Err(Flaw::Unread(format!("is {other}; {READ}"))),
        None if bytes.is_empty() => return Err(Flaw::Damaged("is empty, and no picture".to_owned())),
        None if bytes.iter().all(|&byte| byte == 0) => {
            return Err(Flaw::Damaged(format!("is {} bytes that are all 0, and no picture", bytes.len())));
        }
        None => return Err(Flaw::Damaged("begins as no kind of picture does".to_owned())),
    };
    let mut reader = ImageReader::with_format(std::io::Cursor::new(bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(8192), Some(8192));
    limits.max_alloc = Some(1 << 28);
    reader.limits(limits);
    let name = content(bytes).unwrap_or("picture");
    reader.decode().map_err(|error| match error {
        ImageError::Decoding(_) | ImageError::IoError(_) => {
            Flaw::Damaged(format!("is a damaged {name}: {error}"))
        }
        ImageError::Limits(_) => {
            Flaw::Unread(format!("is too large; at most 8192 pixels on a side are read ({error})"))
        }
        ImageError::Encoding(_) | ImageError::Parameter(_) | ImageError::Unsupported(_) => {
            Flaw::Unread(format!("cannot be read as an image: {error}"))
        }
    })
}

const JPEG: &[u8] = &[0xff, 0xd8, 0xff];

/// What a file's first bytes are those of, if they are those of anything that lies among pictures.
pub(super) fn content(bytes: &[u8]) -> Option<&'static str> {
    const STARTS: [(&[u8], &str); 20] = [
        (JPEG, "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF8", "GIF"),
        (b"BM", "BMP"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"8BPS", "PSD"),
        (b"%PDF", "PDF"),
        (b"\0\0\x01\0", "ICO"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL ", "JPEG XL"),
        (b"\0\0\0\x0cjP  ", "JPEG 2000"),
        (b"v/1\x01", "OpenEXR"),
        (b"#?RADIANCE", "Radiance HDR"),
        (b"<svg", "SVG"),
        (b"<!DOCTYPE html", "a web page"),
        (b"<html", "a web page"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x93NUMPY", "an array of numpy"),
        (b"version https://git-lfs", "a pointer of Git LFS, and not the picture (`git lfs pull` brings it)"),
    ];
    let known = STARTS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
    known.or_else(|| match (bytes.get(4..8)?, bytes.get(8..12)?) {
        (b"ftyp", b"avif" | b"avis") => Some("AVIF"),
        (b"ftyp", b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1") => Some("HEIC"),
        (_, b"WEBP") if bytes.starts_with(b"RIFF") => Some("WebP"),
        _ if bytes.starts_with(b"<?xml") => {
            let start = &bytes[..bytes.len().min(1024)];
            start.windows(4).any(|word| word == b"<svg").then_some("SVG")
        }
        _ => None,
    })
}

/// The kind of picture, of those not read, that files of this ending are.
pub(super) fn unread_kind(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "heic" | "heif" => "HEIC",
        "tif" | "tiff" => "TIFF",
        "avif" => "AVIF",
        "jxl" => "JPEG XL",
        "jp2" | "j2k" | "jpx" => "JPEG 2000",
        "psd" => "PSD",
        "svg" => "SVG",
        "eps" => "EPS",
        "ico" => "ICO",
        "tga" => "TGA",
        "exr" => "OpenEXR",
        "hdr" => "Radiance HDR",
        "pbm" | "pgm" | "ppm" | "pnm" => "a portable anymap",
        "cr2" | "cr3" | "nef" | "arw" | "dng" | "raf" | "orf" | "rw2" => "raw camera data",
        "dcm" => "DICOM",
        "xcf" => "a drawing of GIMP",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
