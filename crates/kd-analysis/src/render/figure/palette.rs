//! Colours of lines and the styles of a figure that stands alone.
//!
//! Hues are near those of Okabe and Ito (2008, "Color Universal Design"), moved so that every two of a palette are told
//! apart as far as they can be by readers without red, green or blue cones too, on white and on a dark page.

use std::fmt::Write as _;

/// How many lines have a colour of their own.
pub(in crate::render) const COLOURS: usize = 8;

/// On white.
const LIGHT: [&str; COLOURS] =
    ["#222831", "#0298f8", "#9a5a00", "#048070", "#da5db8", "#99961c", "#0633a4", "#613908"];

/// On a dark page, as the page's style sheet has them.
#[cfg(test)]
const DARK: [&str; COLOURS] =
    ["#e6eaf1", "#7a9bfe", "#c94b2c", "#6eea8f", "#c5b2cf", "#e9930b", "#576ec1", "#a0808d"];

/// Fonts by name, with those that stand in for the first; the first is the one that is set in PDF and PNG.
pub(super) const FONTS: &str = "'DejaVu Sans','Verdana','Helvetica','Arial',sans-serif";

/// The styles of a figure alone: on white, with colours written out, as programs that draw SVG seldom know variables.
pub(super) fn style() -> String {
    let mut style = format!(
        ".paper{{fill:#ffffff}}text{{font-family:{FONTS};font-size:12px;fill:#4d5663;text-anchor:middle}}\
         .end{{text-anchor:end}}.start{{text-anchor:start}}.name{{fill:#1c2330}}\
         .grid{{stroke:#dde2ea}}.zero{{stroke:#5c6675}}.axis{{stroke:#5c6675}}\
         .level{{fill:none;stroke:#5c6675;stroke-dasharray:7 4}}\
         .band{{stroke:none;fill-opacity:0.12}}.line{{fill:none;stroke-width:2.2;stroke-linejoin:round}}\
         .dashed .line{{stroke-dasharray:5 4;stroke-width:1.8}}.whisker{{stroke-width:1.3;stroke-opacity:0.6}}\
         .dot{{stroke:none;fill-opacity:0.4}}.mark{{stroke:#ffffff;stroke-width:0.8}}.leader{{fill:none;stroke-width:0.8;stroke-opacity:0.6}}"
    );
    for (index, colour) in LIGHT.iter().enumerate() {
        let _ = write!(
            style,
            ".c{index} .band,.c{index} .dot,.c{index} .mark,.c{index} .heat{{fill:{colour}}}\
             .c{index} .line,.c{index} .whisker,.c{index} .leader{{stroke:{colour}}}\
             .c{index} .open{{fill:#ffffff;stroke:{colour};stroke-width:2}}"
        );
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How linear red, green and blue are seen without one kind of cones (Machado, Oliveira and Fernandes 2009).
    const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
        ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "deuteranopia",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
        (
            "protanopia",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "tritanopia",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_900],
            ],
        ),
    ];

    fn linear(colour: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn times(matrix: [[f64; 3]; 3], colour: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(colour).map(|(a, b)| a * b).sum::<f64>())
    }

    /// A place in Oklab, in which distances are about those that are seen (Ottosson 2020).
    fn oklab(colour: [f64; 3]) -> [f64; 3] {
        let cones = times(
            [
                [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
                [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
                [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
            ],
            colour.map(|value| value.clamp(0.0, 1.0)),
        );
        times(
            [
                [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
                [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
                [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
            ],
            cones.map(f64::cbrt),
        )
    }

    fn luminance(colour: &str) -> f64 {
        linear(colour).iter().zip([0.2126, 0.7152, 0.0722]).map(|(value, weight)| value * weight).sum()
    }

    #[test]
    fn every_two_colours_are_told_apart_whatever_cones_are_missing() {
        for palette in [LIGHT, DARK] {
            for (sight, matrix) in SIGHTS {
                let seen = palette.map(|colour| oklab(times(matrix, linear(colour))));
                for a in 0..COLOURS {
                    for b in 0..a {
                        let distance =
                            seen[a].iter().zip(seen[b]).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
                        // That of Okabe and Ito's own eight is 0.076 at its smallest.
                        assert!(distance > 0.1, "{} and {} with {sight}: {distance}", palette[a], palette[b]);
                    }
                }
            }
        }
    }

    #[test]
    fn every_colour_stands_out_from_its_page() {
        let contrast = |a: &str, b: &str| {
            let (a, b) = (luminance(a), luminance(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        // 3 : 1 is what WCAG 2.2 asks of graphics.
        for (palette, page) in [(LIGHT, "#ffffff"), (DARK, "#12161d")] {
            for colour in palette {
                assert!(contrast(colour, page) >= 2.99, "{colour} on {page}: {}", contrast(colour, page));
            }
        }
    }

    #[test]
    fn the_page_has_the_same_colours() {
        let css = include_str!("../style.css");
        for (palette, scheme) in [(LIGHT, "light"), (DARK, "dark")] {
            for (index, colour) in palette.iter().enumerate() {
                assert!(css.contains(&format!("--c{index}:{colour}")), "--c{index}:{colour} of {scheme}");
            }
        }
    }
}
