//! What is in data sets, with examples of every class, in one HTML page that needs no network.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kd_data::Sight;
use kd_data::sight::Seen;
use kd_data::{Dataset, Inputs};
use kd_study::Result;
use maud::{DOCTYPE, Markup, html};

use super::examples::{by_class, target, text};
use super::show::Subject;
use super::text;

const EACH: usize = 12;
const WIDTH: usize = 400;
/// The browser's own colours are light or dark as the reader has it.
const STYLE: &str = ":root{color-scheme:light dark}\
body{font:16px/1.4 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText}\
h2{font-size:1rem;margin:1.5rem 0 .3rem}img{height:4rem;image-rendering:pixelated;margin:0 .3rem .3rem 0}\
p,li{overflow-wrap:anywhere}.scroll{overflow-x:auto}\
table{border-collapse:collapse;font-size:.9rem}th,td{text-align:left;padding:.15rem .7rem .15rem 0;border-bottom:1px solid color-mix(in srgb,CanvasText 15%,transparent)}\
.number{text-align:right;font-variant-numeric:tabular-nums}.doubts{border-left:4px solid #c77700;padding:.1rem 1rem}pre{overflow-x:auto}";

/// The page of these sections.
pub(super) fn render(title: &str, sections: &[Markup]) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { @for section in sections { (section) } }
        }
    }
    .into_string()
}

/// What is in one data set.
pub(super) fn section(subject: &Subject) -> Result<Markup> {
    let Subject { title, dataset, sight, ignored, doubts, guess } = subject;
    let about = &dataset.about;
    Ok(html! {
        h1 { (title) }
        p {
            (sight.train) " training, " (sight.validation) " validation and " (sight.test) " test examples: "
            (text::inputs(sight)) ". " (about.citation) " " (about.licence)
        }
        @if !ignored.is_empty() { p { "Left out: " (ignored.join(", ")) "." } }
        @if !doubts.is_empty() { div.doubts {
            h2 { "Doubts" }
            ul { @for doubt in doubts { li {
                (doubt.to_string())
                @if !doubt.evidence.is_empty() { " (" (doubt.evidence) ")" }
                @if !doubt.setting.is_empty() { br; small { (doubt.setting) } }
            } } }
        } }
        @if let Some(guess) = guess { h2 { "In a study file, as it was guessed" } pre { (guess) } }
        (columns(sight))
        (classes(sight))
        (examples(dataset)?)
    })
}

fn columns(sight: &Sight) -> Markup {
    let Seen::Table { columns, .. } = &sight.inputs else { return html! {} };
    html! {
        h2 { "Columns" }
        div.scroll { table {
            thead { tr { th { "column" } th { "missing" } th { "distinct" } th { "values" } th { "a model reads" } } }
            tbody { @for column in columns { tr {
                td { (column.name) } td.number { (column.missing) } td.number { (column.distinct) }
                td { (text::values(column)) } td { (column.becomes.to_string()) }
            } } }
        } }
    }
}

fn classes(sight: &Sight) -> Markup {
    html! { @if !sight.classes.is_empty() {
        h2 { "Classes, in their order" }
        div.scroll { table {
            thead { tr { th { "class" } th { "train" } th { "validation" } th { "test" } } }
            tbody { @for class in &sight.classes { tr {
                td { (class.name) } td.number { (class.train) } td.number { (class.validation) } td.number { (class.test) }
            } } }
        } }
    } }
}

fn examples(dataset: &Dataset) -> Result<Markup> {
    let sections = by_class(dataset, EACH)
        .into_iter()
        .map(|(class, rows)| {
            Ok((class, rows.iter().map(|&row| picture(dataset, row)).collect::<Result<Vec<_>>>()?, rows))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(html! {
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
    })
}

/// An image as an address that holds it; none of what is no image.
fn picture(dataset: &Dataset, row: usize) -> Result<Option<String>> {
    let Inputs::Images(images) = &dataset.train.inputs else { return Ok(None) };
    Ok(Some(format!("data:image/png;base64,{}", STANDARD.encode(images.png(row)?))))
}
