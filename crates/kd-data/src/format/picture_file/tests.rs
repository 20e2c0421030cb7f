use super::*;

fn file(bytes: &[u8]) -> Original {
    Original { name: "a.jpg".to_owned(), bytes: bytes.to_vec() }
}

fn written(format: ImageFormat) -> Vec<u8> {
    let picture =
        image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, (x * y) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn damage(bytes: &[u8]) -> String {
    match decode(&file(bytes)) {
        Err(Flaw::Damaged(problem)) => problem,
        other => panic!("damage expected: {other:?}"),
    }
}

#[test]
fn whole_pictures_are_decoded() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        assert!(decode(&file(&written(format))).is_ok());
    }
}

#[test]
fn damage_is_told_from_another_kind() {
    let (jpeg, png) = (written(ImageFormat::Jpeg), written(ImageFormat::Png));
    for (name, bytes, expected) in [
        ("a third of a JPEG", &jpeg[..jpeg.len() / 3 + 400], "is a damaged JPEG: "),
        ("a JPEG's second half", &jpeg[jpeg.len() / 2..], "begins as no kind of picture does"),
        ("nothing but its start", &jpeg[..20], "is a damaged JPEG: "),
        ("half a PNG", &png[..png.len() / 2], "is a damaged PNG: "),
        ("a PNG without its end", &png[..png.len() - 30], "is a damaged PNG: "),
        ("nothing", &[], "is empty, and no picture"),
        ("zeros", &[0; 64], "is 64 bytes that are all 0, and no picture"),
        ("words", b"not found", "begins as no kind of picture does"),
    ] {
        let problem = damage(bytes);
        assert!(problem.starts_with(expected), "{name}: {problem}");
    }
    let mut flipped = png.clone();
    let middle = png.len() / 2;
    flipped[middle] ^= 0x55;
    assert!(damage(&flipped).starts_with("is a damaged PNG: "));
}

#[test]
fn what_is_no_picture_that_is_read_is_named() {
    for (bytes, expected) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "HEIC"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"8BPS\0\x01", "PSD"),
        (b"<?xml version=\"1.0\"?>\n<svg width=\"1\"/>", "SVG"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
    ] {
        match decode(&file(bytes)) {
            Err(Flaw::Unread(problem)) => {
                assert!(
                    problem.starts_with(&format!("is {expected}")) && problem.ends_with(READ),
                    "{problem}"
                );
            }
            other => panic!("{expected} expected: {other:?}"),
        }
    }
}
