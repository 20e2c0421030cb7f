//! How many seeds a question takes.

use super::student::t_quantile;

/// More than this are not worth telling.
const MOST: usize = 200;
/// The probability with which a claim that is true should come out.
const POWER: f64 = 0.8;

/// How many seeds beyond `seeds` would probably settle a claim whose estimate is `distance` standard errors of as many seeds from
/// what it is held to, at a one-sided level of `alpha`; none if so many that the claim lies too near.
pub(crate) fn more_seeds(distance: f64, seeds: usize, alpha: f64) -> Option<usize> {
    let of_one = distance.abs() / (seeds as f64).sqrt();
    let enough = |count: &usize| {
        let degrees = (count - 1) as f64;
        of_one * (*count as f64).sqrt() >= t_quantile(1.0 - alpha, degrees) + t_quantile(POWER, degrees)
    };
    (seeds + 1..=MOST).find(enough).map(|count| count - seeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_told_takes_few_and_what_is_not_many() {
        // A deviation of 1 and a distance of 1: n = 10 has √10 = 3.16, and t(0.975, 9) + t(0.8, 9) = 2.262 + 0.883.
        assert_eq!(more_seeds(5.0_f64.sqrt(), 5, 0.025), Some(5));
        assert_eq!(more_seeds(-5.0_f64.sqrt(), 5, 0.025), Some(5));
        assert!(more_seeds(1.0, 5, 0.025) > Some(20));
        assert_eq!(more_seeds(0.1, 5, 0.025), None);
    }
}
