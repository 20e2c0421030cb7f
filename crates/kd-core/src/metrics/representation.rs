use tch::{Kind, Tensor};

use super::{equal_shapes, inner};
use crate::error::{Error, Result, finite};

/// Cosine of the angle between two representations of the same shape, all their numbers taken as one vector, in
/// `[-1, 1]`: unlike [`linear_cka`](super::linear_cka) it tells directions apart, as for a student and its own
/// initialisation.
///
/// # Errors
/// On shapes that differ or numbers that are not finite.
pub fn alignment(a: &Tensor, b: &Tensor) -> Result<f64> {
    equal_shapes("features", b, "other", a)?;
    let flat = |x: &Tensor| -> Result<Tensor> {
        finite("features", x)?;
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
    }
}
