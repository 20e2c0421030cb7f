//! Monotone curves.

/// The non-decreasing sequence closest to `values` in squared error (pool adjacent violators; Ayer et al. 1955).
#[must_use]
pub fn isotonic(values: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::with_capacity(values.len());
    for &value in values {
        let (mut mean, mut size) = (value, 1);
        while let Some(&(before, count)) = blocks.last().filter(|(before, _)| *before > mean) {
            mean = (mean * size as f64 + before * count as f64) / (size + count) as f64;
            size += count;
            blocks.pop();
        }
        blocks.push((mean, size));
    }
    blocks.into_iter().flat_map(|(mean, size)| std::iter::repeat_n(mean, size)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn violators_are_pooled() {
        assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(isotonic(&[3.0, 2.0, 1.0]), [2.0; 3]);
        assert!(isotonic(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn the_fit_is_monotone_and_keeps_the_mean(values in prop::collection::vec(-5.0..5.0, 1..20)) {
            let fit = isotonic(&values);
            prop_assert!(fit.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
            let sum = |values: &[f64]| values.iter().sum::<f64>();
            prop_assert!((sum(&fit) - sum(&values)).abs() < 1e-9);
        }
    }
}
