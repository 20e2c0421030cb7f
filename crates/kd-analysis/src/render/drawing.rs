//! A figure in a page.

use maud::{Markup, PreEscaped, html};

use super::figure::{COLOURS, Figure, legend_key};

/// The drawing with its legend and what it shows; nothing where nothing is to be drawn.
pub(super) fn drawing(figure: &Figure, caption: &str) -> Markup {
    let drawings = figure.inline();
    html! {
        @if !drawings.is_empty() {
            figure.labelled[figure.is_labelled()] {
                (legend(figure))
                @if let ([drawing], Some(narrow)) = (drawings.as_slice(), figure.narrow()) {
                    div.drawing.wide { (PreEscaped(drawing)) }
                    div.drawing.narrow { (PreEscaped(narrow)) }
                } @else {
                    p.small { (figure.y_label) }
                    div.panels { @for drawing in &drawings { (PreEscaped(drawing)) } }
                }
                figcaption { (caption) }
            }
        }
    }
}

fn legend(figure: &Figure) -> Markup {
    html! { ul.legend { @for line in figure.named() {
        li class=(format!("c{}", line.index % COLOURS)) { (PreEscaped(legend_key(line.index, line.dashed))) b { (line.name) } }
    } } }
}
