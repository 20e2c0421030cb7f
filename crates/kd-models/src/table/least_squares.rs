use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use crate::Result;

/// The weights of linear regression with a ridge penalty, in closed form: `W`, `b` that minimise
/// `1/n sum ||W x + b - y||^2 + ridge ||W||^2`.
///
/// `inputs` is `[n, D]`, `targets` `[n, K]`. The result has the names of a perceptron without hidden layers,
/// `head.weight` `[K, D]` and `head.bias` `[K]`, for [`crate::Model::set_weights`]. It is computed in float64. With
/// `ridge = 0` and fewer than `D` independent examples it is the solution of least norm.
///
/// # Errors
/// If the shapes do not match.
pub fn least_squares(inputs: &Tensor, targets: &Tensor, ridge: f64) -> Result<BTreeMap<String, Tensor>> {
    let _no_grad = tch::no_grad_guard();
    let (x, y) = (inputs.f_to_kind(Kind::Double)?, targets.f_to_kind(Kind::Double)?);
    let mean = |rows: &Tensor| rows.f_mean_dim([0_i64].as_slice(), true, Kind::Double);
    let (mean_x, mean_y) = (mean(&x)?, mean(&y)?);
    let (x, y) = (x.f_sub(&mean_x)?, y.f_sub(&mean_y)?);
    // (X'X + n ridge I)^-1 X'Y from X = U S V', which does not square small singular values away.
    let (left, singular, right) = x.f_svd(true, true)?;
    let largest = singular.f_max()?.f_double_value(&[])?;
    let rounding = largest * inputs.size().into_iter().max().unwrap_or(1) as f64 * f64::EPSILON;
    let penalised = singular.f_square()?.f_add_scalar(ridge * x.size()[0] as f64)?;
    let inverse = singular.f_div(&penalised)?.f_masked_fill(&singular.f_le(rounding)?, 0.0)?;
    let weight =
        y.f_transpose(0, 1)?.f_matmul(&left)?.f_mul(&inverse)?.f_matmul(&right.f_transpose(0, 1)?)?;
    let bias = mean_y.f_sub(&mean_x.f_matmul(&weight.f_transpose(0, 1)?)?)?.f_squeeze_dim(0)?;
    Ok(BTreeMap::from([("head.weight".to_owned(), weight), ("head.bias".to_owned(), bias)]))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kd_core::random::{Concern, Stream};
    use tch::Device;

    use super::*;
    use crate::{Architecture, Input, Mlp, Mode, Model};

    fn draws(rows: i64, columns: i64) -> Tensor {
        let mut stream = Stream::new(&[7], Concern::Initialisation);
        let values: Vec<f64> = (0..rows * columns).map(|_| stream.normal()).collect();
        Tensor::from_slice(&values).view([rows, columns])
    }

    /// `X'(XW + b - Y) + n ridge W = 0` and the mean residual is 0.
    #[test]
    fn gradients_vanish_at_the_solution() {
        let (x, y) = (draws(20, 4), draws(20, 2) + 3.0);
        for ridge in [0.0, 0.3] {
            let weights = least_squares(&x, &y, ridge).unwrap();
            let (weight, bias) = (&weights["head.weight"], &weights["head.bias"]);
            let residual = x.matmul(&weight.tr()) + bias - &y;
            let gradient = x.tr().matmul(&residual) + weight.tr() * (20.0 * ridge);
            assert!(gradient.abs().max().double_value(&[]) < 1e-10);
            assert!(residual.sum_dim_intlist(0, false, Kind::Double).abs().max().double_value(&[]) < 1e-10);
        }
    }

    #[test]
    fn fewer_examples_than_columns_are_met_exactly_by_a_linear_model() {
        let (x, y) = (draws(3, 8).to_kind(Kind::Float), draws(3, 2).to_kind(Kind::Float));
        let architecture = Architecture::Mlp(Mlp::default());
        let mut stream = Stream::new(&[1], Concern::Initialisation);
        let input = Input::Features { width: 8 };
        let mut model = Model::new(&architecture, input, 2, &mut stream, Device::Cpu).unwrap();
        model.set_weights(&least_squares(&x, &y, 0.0).unwrap(), Path::new("least squares")).unwrap();
        assert!(model.forward(&x, Mode::Evaluate).unwrap().logits.allclose(&y, 1e-4, 1e-5, false));
    }
}
