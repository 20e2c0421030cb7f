//! A figure alone as PDF and as PNG.

use std::sync::Arc;

use krilla::page::PageSettings;
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt, SvgSettings};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Pixels of a PNG for each unit of the drawing: 300 to an inch where a figure is as wide as a column of 17 cm.
const PIXELS: f32 = 3.0;

/// The drawing as a page of its own size, its text as text in a font that is part of the file.
pub(in crate::render) fn pdf(svg: &str) -> Result<Vec<u8>, String> {
    let tree = tree(svg)?;
    let size = krilla::geom::Size::from_wh(tree.size().width(), tree.size().height());
    let (Some(size), Some(settings)) =
        (size, PageSettings::from_wh(tree.size().width(), tree.size().height()))
    else {
        return Err("it has no size".to_owned());
    };
    // Nothing of the machine or the clock is in it, so that the same findings give the same bytes.
    let mut document =
        Document::new_with(SerializeSettings { xmp_metadata: false, ..SerializeSettings::default() });
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let drawn = surface.draw_svg(&tree, size, SvgSettings::default());
    surface.finish();
    page.finish();
    drawn.ok_or_else(|| "it could not be drawn".to_owned())?;
    document.finish().map_err(|error| format!("{error:?}"))
}

/// The drawing in pixels, on white.
pub(in crate::render) fn png(svg: &str) -> Result<Vec<u8>, String> {
    let tree = tree(svg)?;
    let (width, height) = ((tree.size().width() * PIXELS).ceil(), (tree.size().height() * PIXELS).ceil());
    let mut pixels = Pixmap::new(width as u32, height as u32).ok_or("it has no size")?;
    resvg::render(&tree, Transform::from_scale(PIXELS, PIXELS), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}

/// The drawing as shapes and glyphs.
fn tree(svg: &str) -> Result<Tree, String> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    if svg.chars().any(is_beyond_the_font) {
        fonts.load_system_fonts();
    }
    let options =
        Options { fontdb: Arc::new(fonts), font_family: "DejaVu Sans".to_owned(), ..Options::default() };
    Tree::from_str(svg, &options).map_err(|error| error.to_string())
}

/// Whether a character is of a script that the font which comes with the program lacks: names of arms and tasks can be
/// written in any. Fonts of the machine are looked at for those alone, so that files are else the same everywhere.
fn is_beyond_the_font(character: char) -> bool {
    !matches!(character, '\u{0}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}' | '\u{2000}'..='\u{23ff}')
}

#[cfg(test)]
mod tests {
    use super::super::{Figure, Point, Series};
    use super::*;

    fn svg() -> String {
        let points = [40.0, 160.0].map(|x| Point { x, y: x / 40.0, ..Point::default() }).to_vec();
        let series = Series { name: "labels ≥ κ".to_owned(), index: 0, dashed: false, points };
        Figure::over_samples("t".to_owned(), "η, %".to_owned(), vec![series]).alone().unwrap()
    }

    #[test]
    fn a_pdf_has_one_page_its_font_and_the_same_bytes_again() {
        let first = pdf(&svg()).unwrap();
        assert!(first.starts_with(b"%PDF-"));
        let text = String::from_utf8_lossy(&first);
        assert!(text.contains("DejaVuSans") && text.contains("/FontFile2"), "the font is in it");
        assert_eq!(text.matches("/Type /Page\n").count() + text.matches("/Type/Page/").count(), 1);
        assert!(!text.contains("/CreationDate"));
        assert_eq!(first, pdf(&svg()).unwrap());
    }

    #[test]
    fn a_png_has_its_size_and_ink_in_colours() {
        let png = png(&svg()).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        let pixels = Pixmap::decode_png(&png).unwrap();
        assert_eq!(pixels.width(), 2040);
        let ink = pixels.pixels().iter().filter(|pixel| pixel.red() < 0x40).count();
        assert!(ink > 2000, "{ink} pixels of labels' line and of text");
        let without = super::png(&svg().replace("labels ≥ κ", "")).unwrap();
        let bare = Pixmap::decode_png(&without).unwrap();
        assert!(bare.pixels().iter().filter(|pixel| pixel.red() < 0x40).count() < ink, "text is drawn");
    }

    #[test]
    fn letters_of_other_scripts_are_looked_for_on_the_machine() {
        assert!("éЖκ≥−→".chars().all(|character| !is_beyond_the_font(character)));
        assert!("蒸留".chars().all(is_beyond_the_font));
    }

    #[test]
    fn what_is_no_drawing_is_said() {
        assert!(pdf("<svg").is_err() && png("nothing").is_err());
    }
}
