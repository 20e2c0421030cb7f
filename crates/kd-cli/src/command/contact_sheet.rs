//! Examples of every class in one HTML page that needs no network.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kd_data::{Dataset, Inputs};
use kd_study::Result;
use maud::{DOCTYPE, html};

use super::examples::{by_class, target, text};

const EACH: usize = 12;
const WIDTH: usize = 400;
/// The browser's own colours are light or dark as the reader has it.
const STYLE: &str = ":root{color-scheme:light dark}\
body{font:16px/1.4 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText}\
h2{font-size:1rem;margin:1.5rem 0 .3rem}img{height:4rem;image-rendering:pixelated;margin:0 .3rem .3rem 0}\
p,li{overflow-wrap:anywhere}";

/// The page.
pub(super) fn render(dataset: &Dataset) -> Result<String> {
    let sections = by_class(dataset, EACH)
        .into_iter()
        .map(|(class, rows)| {
            Ok((class, rows.iter().map(|&row| picture(dataset, row)).collect::<Result<Vec<_>>>()?, rows))
        })
        .collect::<Result<Vec<_>>>()?;
    let about = &dataset.about;
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (about.title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { (about.title) }
                p { (dataset.train.len()) " training and " (dataset.test.len()) " test examples. " (about.citation) " " (about.licence) }
                @for (class, pictures, rows) in &sections {
                    h2 { (class.map_or("Examples", |class| dataset.classes[class].as_str())) }
                    @if pictures.iter().all(Option::is_some) {
                        @for picture in pictures.iter().flatten() { img src=(picture) alt=""; }
                    } @else {
                        ul {
                            @for &row in rows {
                                li {
                                    @if class.is_none() { @if let Some(target) = target(dataset, row) { b { (target) } " " } }
                                    (text(dataset, row, WIDTH))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    .into_string())
}

/// An image as an address that holds it; none of what is no image.
fn picture(dataset: &Dataset, row: usize) -> Result<Option<String>> {
    let Inputs::Images(images) = &dataset.train.inputs else { return Ok(None) };
    Ok(Some(format!("data:image/png;base64,{}", STANDARD.encode(images.png(row)?))))
}
