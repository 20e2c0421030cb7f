use tch::{Kind, Tensor};

use super::measurable;
use crate::error::{Error, Result};

/// How [`linear_cka`] estimates the dependence of two representations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cka {
    /// From centred Gram matrices (Kornblith et al. 2019, arXiv 1905.00414): too high for few examples.
    Biased,
    /// With the unbiased estimator of HSIC (Song et al. 2012; Nguyen et al. 2021, arXiv 2010.15327); takes four examples
    /// and may be slightly negative.
    Unbiased,
}

/// Linear centred kernel alignment of two representations `[n, p]` and `[n, q]` of the same examples, at most 1; 1 where
/// they agree up to an orthogonal map and a scale. NaN where one of them does not vary.
///
/// # Errors
/// On shapes that do not fit, too few examples, or numbers that are not finite.
pub fn linear_cka(a: &Tensor, b: &Tensor, estimator: Cka) -> Result<f64> {
    let examples = a.size().first().copied().unwrap_or(0);
    if b.size().first() != a.size().first() {
        let expected = format!("[{examples}, features], as many examples as the other");
        return Err(Error::Shape { what: "features", expected, got: b.size() });
    }
    let gram = |x: &Tensor| -> Result<Tensor> {
        measurable("features", x)?;
        let x = x.f_detach()?.f_to_kind(Kind::Double)?;
        Ok(x.f_matmul(&x.f_tr()?)?)
    };
    let (k, l) = (gram(a)?, gram(b)?);
    let dependence = |k: &Tensor, l: &Tensor| match estimator {
        Cka::Biased => biased(k, l),
        Cka::Unbiased => unbiased(k, l),
    };
    if estimator == Cka::Unbiased && examples < 4 {
        let expected = "at least 4 examples for the unbiased estimator".to_owned();
        return Err(Error::Shape { what: "features", expected, got: a.size() });
    }
    Ok(dependence(&k, &l)? / (dependence(&k, &k)? * dependence(&l, &l)?).sqrt())
}

fn inner(a: &Tensor, b: &Tensor) -> Result<f64> {
    Ok(a.f_mul(b)?.f_sum(Kind::Double)?.f_double_value(&[])?)
}

/// `tr(K H L H)`, H being the centring matrix.
fn biased(k: &Tensor, l: &Tensor) -> Result<f64> {
    let centred = |gram: &Tensor| -> Result<Tensor> {
        let rows = gram.f_sub(&gram.f_mean_dim(0, true, None::<Kind>)?)?;
        Ok(rows.f_sub(&rows.f_mean_dim(1, true, None::<Kind>)?)?)
    };
    inner(&centred(k)?, &centred(l)?)
}

/// `tr(K̃ L̃) + 1ᵀK̃1 1ᵀL̃1 / ((n-1)(n-2)) - 2/(n-2) 1ᵀK̃L̃1`, K̃ and L̃ without their diagonals.
fn unbiased(k: &Tensor, l: &Tensor) -> Result<f64> {
    let n = k.size()[0] as f64;
    let off_diagonal = |gram: &Tensor| gram.f_sub(&gram.f_diag(0)?.f_diag(0)?);
    let (k, l) = (off_diagonal(k)?, off_diagonal(l)?);
    let row_sums = |gram: &Tensor| gram.f_sum_dim_intlist(-1, false, Kind::Double);
    let (k_sums, l_sums) = (row_sums(&k)?, row_sums(&l)?);
    let total = |sums: &Tensor| -> Result<f64> { Ok(sums.f_sum(Kind::Double)?.f_double_value(&[])?) };
    let product = total(&k_sums)? * total(&l_sums)?;
    Ok(inner(&k, &l)? + product / ((n - 1.0) * (n - 2.0)) - 2.0 / (n - 2.0) * inner(&k_sums, &l_sums)?)
}

/// Cosine of the angle between two representations of the same shape, all their numbers taken as one vector, in
/// `[-1, 1]`: unlike [`linear_cka`] it tells directions apart, as for a student and its own initialisation.
///
/// # Errors
/// On shapes that differ or numbers that are not finite.
pub fn alignment(a: &Tensor, b: &Tensor) -> Result<f64> {
    if a.size() != b.size() {
        let expected = format!("{:?} like the other", a.size());
        return Err(Error::Shape { what: "features", expected, got: b.size() });
    }
    let flat = |x: &Tensor| -> Result<Tensor> {
        crate::error::finite("features", x)?;
        Ok(x.f_detach()?.f_to_kind(Kind::Double)?.f_flatten(0, -1)?)
    };
    let (a, b) = (flat(a)?, flat(b)?);
    Ok(inner(&a, &b)? / (inner(&a, &a)? * inner(&b, &b)?).sqrt())
}

/// Euclidean distance between two lists of weights, all their numbers taken as one vector.
///
/// # Errors
/// On lists or shapes that differ.
pub fn parameter_distance(a: &[Tensor], b: &[Tensor]) -> Result<f64> {
    let shapes = |weights: &[Tensor]| weights.iter().map(Tensor::size).collect::<Vec<_>>();
    if shapes(a) != shapes(b) {
        let expected = format!("{:?}", shapes(a));
        return Err(Error::Shape { what: "weights", expected, got: shapes(b).concat() });
    }
    let mut squared = 0.0;
    for (a, b) in a.iter().zip(b) {
        let difference =
            a.f_detach()?.f_to_kind(Kind::Double)?.f_sub(&b.f_detach()?.f_to_kind(Kind::Double)?)?;
        squared += inner(&difference, &difference)?;
    }
    Ok(squared.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_and_angles_by_hand() {
        let (a, b) = (Tensor::from_slice2(&[[3.0, 0.0]]), Tensor::from_slice2(&[[0.0, 4.0]]));
        assert!(
            (parameter_distance(&[a.shallow_clone()], &[b.shallow_clone()]).unwrap() - 5.0).abs() < 1e-12
        );
        assert!(alignment(&a, &b).unwrap().abs() < 1e-12);
        assert!((alignment(&a, &(&a * -2.0)).unwrap() + 1.0).abs() < 1e-12);
        assert!(parameter_distance(&[a.shallow_clone()], &[]).is_err());
        assert!(linear_cka(&a.repeat([3, 1]), &b.repeat([3, 1]), Cka::Unbiased).is_err(), "three examples");
    }
}
