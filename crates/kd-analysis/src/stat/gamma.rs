//! The derivative of the digamma function, which statrs leaves out.

/// ψ′(x) for positive x: the recurrence ψ′(x) = ψ′(x + 1) + 1/x² up to 10, then the asymptotic series (Abramowitz and Stegun 6.4.12).
pub(crate) fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = 1.0 / 6.0 - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square / 30.0));
    sum + 1.0 / x + square / 2.0 + series * square / x
}

/// The x at which ψ′(x) = `value`, for a positive value: Newton's steps on 1/ψ′, which is nearly a line (Smyth 2004, appendix).
pub(crate) fn inverse_trigamma(value: f64) -> f64 {
    if value > 1e7 {
        return 1.0 / value.sqrt();
    }
    if value < 1e-6 {
        return 1.0 / value;
    }
    let mut x = 0.5 + 1.0 / value;
    for _ in 0..50 {
        let here = trigamma(x);
        let step = here * (1.0 - here / value) / tetragamma(x);
        x += step;
        if (step / x).abs() < 1e-10 {
            break;
        }
    }
    x
}

/// ψ″(x) for positive x, as [`trigamma`].
fn tetragamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 10.0 {
        sum -= 2.0 / (x * x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    sum - square - square / x - square * square * (0.5 - square * (1.0 / 6.0 - square / 6.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_tables() {
        // ψ′(1) = π²/6, ψ′(1/2) = π²/2, ψ′(2) = π²/6 − 1; ψ″(1) = −2 ζ(3).
        let pi = std::f64::consts::PI;
        assert!((trigamma(1.0) - pi * pi / 6.0).abs() < 1e-9);
        assert!((trigamma(0.5) - pi * pi / 2.0).abs() < 1e-9);
        assert!((trigamma(2.0) - (pi * pi / 6.0 - 1.0)).abs() < 1e-9);
        assert!((tetragamma(1.0) + 2.404_113_806_319_189).abs() < 1e-8);
    }

    #[test]
    fn the_inverse_is_one() {
        for x in [0.01, 0.3, 1.0, 2.0, 7.5, 40.0, 1e4] {
            assert!((inverse_trigamma(trigamma(x)) / x - 1.0).abs() < 1e-6, "{x}");
        }
        assert!((inverse_trigamma(1e-8) - 1e8).abs() < 1.0 && (inverse_trigamma(1e8) - 1e-4).abs() < 1e-8);
    }
}
