//! The numbers of a figure as CSV.

use super::{Bounded, Figure, Point};

impl Figure {
    /// A row for each point, as it is drawn: what is measured, the panel where there are several, the line, the value with
    /// the ends of its interval, whether it is only a bound, and the values of single seeds between semicolons.
    pub(in crate::render) fn csv(&self) -> String {
        let panels = self.panels.len() > 1;
        let panel = if panels { "panel," } else { "" };
        let mut text = format!("measure,{panel}series,{},value,low,high,bound,seeds\n", self.x.column());
        for panel in &self.panels {
            for series in &panel.series {
                for point in &series.points {
                    let mut fields = vec![quoted(&self.y_label)];
                    fields.extend(panels.then(|| quoted(&panel.heading)));
                    fields.push(quoted(&series.name));
                    fields.extend(of_point(point));
                    text.push_str(&(fields.join(",") + "\n"));
                }
            }
        }
        text
    }
}

fn of_point(point: &Point) -> [String; 6] {
    let end = |end: Option<f64>| end.map_or_else(String::new, number);
    let bound = match point.bound {
        Bounded::Exact => "",
        Bounded::AtLeast => "at least",
        Bounded::AtMost => "at most",
    };
    let seeds: Vec<String> = point.seeds.iter().copied().map(number).collect();
    [
        number(point.x),
        number(point.y),
        end(point.ends.map(|(low, _)| low)),
        end(point.ends.map(|(_, high)| high)),
        bound.to_owned(),
        seeds.join(";"),
    ]
}

/// A number without the noise of binary fractions; `inf` and `-inf` beyond any.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.8}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A field of a CSV file, in quotes where it has to be (RFC 4180).
pub(in crate::render) fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Panel, Series};
    use super::*;

    #[test]
    fn every_point_is_a_row() {
        let points = vec![
            Point {
                x: 40.0,
                y: 93.1,
                ends: Some((90.0, 96.2)),
                seeds: vec![93.0, 93.2],
                bound: Bounded::Exact,
            },
            Point { x: 160.0, y: -0.0, bound: Bounded::AtLeast, ..Point::default() },
        ];
        let series = Series { name: "a, \"b\"".to_owned(), index: 0, dashed: false, points };
        let mut figure = Figure::over_samples(String::new(), "accuracy, %".to_owned(), vec![series.clone()]);
        assert_eq!(
            figure.csv(),
            "measure,series,M,value,low,high,bound,seeds\n\
             \"accuracy, %\",\"a, \"\"b\"\"\",40,93.1,90,96.2,,93;93.2\n\
             \"accuracy, %\",\"a, \"\"b\"\"\",160,0,,,at least,\n"
        );
        figure.panels.push(Panel { heading: "M = 40".to_owned(), series: vec![series] });
        assert!(figure.csv().contains("measure,panel,series,M,"));
        assert!(figure.csv().contains("\"accuracy, %\",M = 40,\"a"));
    }

    #[test]
    fn numbers_have_no_noise() {
        assert_eq!([0.1 + 0.2, 1e6, f64::INFINITY, -0.0].map(number), ["0.3", "1000000", "inf", "0"]);
    }
}
