//! A shape for each line, so that lines are told apart without their colours.

/// Shapes, in the order of series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Pentagon,
    TriangleDown,
    Cross,
    Star,
}

const MARKERS: [Marker; 8] = [
    Marker::Circle,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::TriangleDown,
    Marker::Pentagon,
    Marker::Cross,
    Marker::Star,
];

/// The shape of a series. Beyond the palette, a colour comes back with another shape.
fn of(index: usize) -> Marker {
    MARKERS[(index + index / super::palette::COLOURS) % MARKERS.len()]
}

/// The shape of a series around a place, as an element of a class.
pub(in crate::render) fn element(index: usize, (x, y): (f64, f64), class: &str) -> String {
    let around = |corners: &[(f64, f64)]| {
        let corners = corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy));
        format!("<polygon class=\"{class}\" points=\"{}\"/>", corners.collect::<Vec<_>>().join(" "))
    };
    match of(index) {
        Marker::Circle => format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.7\"/>"),
        Marker::Square => around(&[(-3.4, -3.4), (3.4, -3.4), (3.4, 3.4), (-3.4, 3.4)]),
        Marker::Triangle => around(&[(0.0, -4.8), (4.4, 3.2), (-4.4, 3.2)]),
        Marker::TriangleDown => around(&[(0.0, 4.8), (4.4, -3.2), (-4.4, -3.2)]),
        Marker::Diamond => around(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)]),
        Marker::Pentagon => around(&polygon(5, 4.6, 4.6)),
        Marker::Star => around(&polygon(10, 5.6, 2.4)),
        Marker::Cross => around(&[
            (-4.4, -1.6),
            (-1.6, -1.6),
            (-1.6, -4.4),
            (1.6, -4.4),
            (1.6, -1.6),
            (4.4, -1.6),
            (4.4, 1.6),
            (1.6, 1.6),
            (1.6, 4.4),
            (-1.6, 4.4),
            (-1.6, 1.6),
            (-4.4, 1.6),
        ]),
    }
}

/// So many corners, the first at the top, by turns at one distance and at another.
fn polygon(corners: usize, even: f64, odd: f64) -> Vec<(f64, f64)> {
    let corner = |index: usize| {
        let radius = if index.is_multiple_of(2) { even } else { odd };
        let (sine, cosine) = (std::f64::consts::TAU * index as f64 / corners as f64).sin_cos();
        (radius * sine, -radius * cosine)
    };
    (0..corners).map(corner).collect()
}

/// A short piece of a series' line with its marker, as it stands in a page's legend.
pub(in crate::render) fn legend_key(index: usize, dashed: bool) -> String {
    let dashed = if dashed { " class=\"dashed\"" } else { "" };
    format!(
        "<svg class=\"key\" width=\"28\" height=\"12\" viewBox=\"0 0 28 12\" aria-hidden=\"true\"><g{dashed}>\
         <polyline class=\"line\" points=\"1,6 27,6\"/>{}</g></svg>",
        element(index, (14.0, 6.0), "mark")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_of_many_series_look_alike() {
        let looks = |index: usize| (index % super::super::palette::COLOURS, of(index) as u8);
        let mut seen: Vec<_> = (0..40).map(looks).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 40);
        let mut shapes: Vec<String> = (0..8).map(|index| element(index, (9.0, 9.0), "mark")).collect();
        shapes.dedup();
        assert_eq!(shapes.len(), 8, "the first eight are told apart without colours");
    }
}
