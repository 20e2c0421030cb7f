//! Directions and angles of rows.

use tch::Tensor;

use crate::error::Result;

/// Rows of length 1 along the last axis. A row of zeros, which has no direction, stays as it is and gets no gradient.
pub(super) fn unit(rows: &Tensor) -> Result<Tensor> {
    let norms = rows.f_norm_scalaropt_dim(2, [-1], true)?;
    Ok(rows.f_div(&norms.f_masked_fill(&norms.f_eq(0.0)?, f64::INFINITY)?)?)
}

/// `[B, B]`: inner products of the rows of `[B, D]`.
pub(super) fn gram(rows: &Tensor) -> Result<Tensor> {
    Ok(rows.f_matmul(&rows.f_tr()?)?)
}

/// `[B, B]`: cosines of the angles between the rows of `[B, D]`.
pub(super) fn cosines(rows: &Tensor) -> Result<Tensor> {
    gram(&unit(rows)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_no_direction_and_no_gradient() {
        let rows = Tensor::from_slice2(&[[3.0, 4.0], [0.0, 0.0], [-2e-30, 0.0]]).set_requires_grad(true);
        let directions = unit(&rows).unwrap();
        assert_eq!(Vec::<f64>::try_from(directions.view(-1)).unwrap(), [0.6, 0.8, 0.0, 0.0, -1.0, 0.0]);
        (directions * Tensor::from_slice(&[1.0, 0.0])).sum(tch::Kind::Double).backward();
        let gradient = Vec::<f64>::try_from(rows.grad().view(-1)).unwrap();
        // (1 - 0.6²) / 5 and -0.6 · 0.8 / 5.
        assert!((gradient[0] - 0.128).abs() < 1e-15 && (gradient[1] + 0.096).abs() < 1e-15);
        assert_eq!(gradient[2..4], [0.0, 0.0]);
    }
}
