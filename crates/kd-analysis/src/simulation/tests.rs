//! The same with few studies and loose bounds, one truth of each kind.

use super::{Row, crossed, law, pooled, variance};

/// Within four standard errors of as many studies of what is wanted.
fn holds_loosely(rows: &[Row], studies: usize) {
    for row in rows.iter().filter(|row| row.wanted.1.is_finite()) {
        let error = (0.05_f64 * 0.95 / studies as f64).sqrt();
        let (low, high) = (row.wanted.0 - 4.0 * error, row.wanted.1 + 4.0 * error);
        assert!(low <= row.value && row.value <= high, "{row}");
    }
}

#[test]
fn exponents_floors_and_extrapolations_are_covered() {
    holds_loosely(&law::errors(60, &law::SIZES, 5, law::Truth::starting(0.5, 0.02)), 60);
}

#[test]
fn curves_without_a_law_are_said_to_have_none() {
    holds_loosely(&law::no_law(60, 5), 60);
}

#[test]
fn exponents_of_gaps_and_of_efficiency_are_covered() {
    holds_loosely(&law::gaps(100, 5), 100);
    holds_loosely(&law::efficiencies(100, 10), 100);
}

#[test]
fn means_and_claims_over_tasks_hold() {
    holds_loosely(&pooled::means(400, 5, 5, 1.0), 400);
    holds_loosely(&pooled::holding(400, 5, 5), 400);
    holds_loosely(&[pooled::improvement(400, 5, 3)], 400);
}

#[test]
fn gains_over_examples_are_covered() {
    let rows = crossed::coverage(100, 5, 200, 0.01);
    holds_loosely(&rows, 100);
    assert!(rows[1].value < rows[0].value, "an interval for one test set says less: {} {}", rows[0], rows[1]);
}

#[test]
fn shares_of_variance_are_covered() {
    holds_loosely(&variance::reduced(40, 5), 40);
}
