//! A drawing of another kind than lines over one quantity, with its numbers.

use std::fmt::Write as _;

use super::label::{self, LINE};
use super::numbers::{number, quoted};
use super::shapes::escape;
use super::{marker, palette};

/// A drawing, such as a forest plot: shapes whose colours come by class.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) struct Plate {
    pub(in crate::render) title: String,
    pub(in crate::render) width: f64,
    pub(in crate::render) height: f64,
    /// The elements.
    pub(in crate::render) body: String,
    /// Lines by their place in the palette; a page names them beside the drawing.
    pub(in crate::render) legend: Vec<(usize, String)>,
    /// Columns of its numbers.
    pub(in crate::render) head: Vec<&'static str>,
    /// Rows of them.
    pub(in crate::render) rows: Vec<Vec<Field>>,
}

/// A field of a table of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::render) enum Field {
    Words(String),
    Number(Option<f64>),
}

impl Plate {
    /// The drawing of a page, whose style sheet knows of its classes.
    pub(in crate::render) fn inline(&self) -> String {
        let (width, height, title) = (self.width, self.height, escape(&self.title));
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">{}</svg>",
            self.body
        )
    }

    /// The drawing alone, as a file: with its styles, its fonts and its legend.
    pub(in crate::render) fn alone(&self) -> String {
        let (legend, height) = self.legend();
        let (width, title, style) = (self.width, escape(&self.title), palette::style());
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" xmlns=\"http://www.w3.org/2000/svg\" \
             role=\"img\" aria-label=\"{title}\"><title>{title}</title><style>{style}</style>\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>{}{legend}</svg>\n",
            self.body
        )
    }

    /// Its numbers as CSV.
    pub(in crate::render) fn csv(&self) -> String {
        let field = |field: &Field| match field {
            Field::Words(words) => quoted(words),
            Field::Number(value) => value.map_or_else(String::new, number),
        };
        let rows = self.rows.iter().map(|row| row.iter().map(field).collect::<Vec<_>>().join(","));
        std::iter::once(self.head.join(",")).chain(rows).map(|line| line + "\n").collect()
    }

    /// Names in rows under the drawing, and the height with them.
    fn legend(&self) -> (String, f64) {
        if self.legend.is_empty() {
            return (String::new(), self.height);
        }
        let mut svg = String::new();
        let (left, mut x, mut y) = (14.0, 14.0, self.height + 8.0);
        for (index, name) in &self.legend {
            let room = label::width(name) + 40.0;
            if x > left && x + room > self.width {
                (x, y) = (left, y + LINE + 3.0);
            }
            let _ = write!(
                svg,
                "<g class=\"c{}\">{}</g><text class=\"name start\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                index % palette::COLOURS,
                marker::element(*index, (x + 6.0, y), "mark"),
                x + 16.0,
                y + 4.0,
                escape(name)
            );
            x += room;
        }
        (svg, y + 14.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alone_it_has_its_legend_and_its_numbers_are_a_table() {
        let plate = Plate {
            title: "a < b".to_owned(),
            width: 680.0,
            height: 100.0,
            body: "<g/>".to_owned(),
            legend: vec![(1, "one, two".to_owned()), (2, "x".repeat(80)), (3, "y".repeat(80))],
            head: vec!["arm", "value"],
            rows: vec![
                vec![Field::Words("one, two".to_owned()), Field::Number(Some(0.5))],
                vec![Field::Words("x".to_owned()), Field::Number(None)],
            ],
        };
        let alone = plate.alone();
        assert!(alone.contains("<title>a &lt; b</title>") && alone.contains(">one, two</text>"));
        assert_eq!(alone.matches("class=\"mark\"").count(), 3);
        assert!(!plate.inline().contains("one, two"));
        assert_eq!(plate.csv(), "arm,value\n\"one, two\",0.5\nx,\n");
    }
}
