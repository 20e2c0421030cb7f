use tch::{Kind, Tensor};

use super::{equal_shapes, inner, sum};
use crate::error::{Error, Result, finite};

/// How the dependence of two representations is estimated.
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
/// It holds two matrices `[n, n]`, whatever p and q: for many examples see [`CkaMeter`].
///
/// # Errors
/// On shapes that do not fit, too few examples, or numbers that are not finite.
pub fn linear_cka(a: &Tensor, b: &Tensor, estimator: Cka) -> Result<f64> {
    let [a, b] = same_examples(a, b)?;
    kernel_alignment(&a.f_matmul(&a.f_tr()?)?, &b.f_matmul(&b.f_tr()?)?, estimator)
}

/// Centred alignment of two symmetric kernel matrices `[n, n]` of the same examples, `<K, L> / √(<K, K> <L, L>)` of the
/// centred matrices or of its unbiased estimate, at most 1. NaN where one of them does not vary.
///
/// Cortes, Mohri & Rostamizadeh 2012, "Algorithms for Learning Kernels Based on Centered Alignment" (arXiv 1203.0550).
/// Of two [`empirical_ntk`](super::empirical_ntk)s, such as a student's and its teacher's or its own at initialisation, it
/// tells whether they learn alike (Baratin et al. 2021, arXiv 2008.00938).
///
/// # Errors
/// On shapes that do not fit, too few examples, or numbers that are not finite.
pub fn kernel_alignment(k: &Tensor, l: &Tensor, estimator: Cka) -> Result<f64> {
    let examples = k.size().first().copied().unwrap_or(0);
    if k.size() != [examples, examples] {
        let expected = "[examples, examples]".to_owned();
        return Err(Error::Shape { what: "kernels", expected, got: k.size() });
    }
    equal_shapes("kernels", l, "other", k)?;
    enough(examples, estimator)?;
    let (k, l) = (double("kernels", k)?, double("kernels", l)?);
    let dependence = |k: &Tensor, l: &Tensor| match estimator {
        Cka::Biased => biased(k, l),
        Cka::Unbiased => unbiased(k, l),
    };
    Ok(dependence(&k, &l)? / (dependence(&k, &k)? * dependence(&l, &l)?).sqrt())
}

/// `tr(K H L H)`, H being the centring matrix.
fn biased(k: &Tensor, l: &Tensor) -> Result<f64> {
    let centred = |gram: &Tensor| -> Result<Tensor> {
        let rows = gram.f_sub(&gram.f_mean_dim(0, true, None::<Kind>)?)?;
        Ok(rows.f_sub(&rows.f_mean_dim(1, true, None::<Kind>)?)?)
    };
    inner(&centred(k)?, &centred(l)?)
}

/// [`OffDiagonal`] of K and L themselves.
fn unbiased(k: &Tensor, l: &Tensor) -> Result<f64> {
    let off_diagonal = |gram: &Tensor| gram.f_sub(&gram.f_diag(0)?.f_diag(0)?);
    let (k, l) = (off_diagonal(k)?, off_diagonal(l)?);
    let row_sums = |gram: &Tensor| gram.f_sum_dim_intlist(-1, false, Kind::Double);
    let (k_sums, l_sums) = (row_sums(&k)?, row_sums(&l)?);
    let sums = OffDiagonal {
        products: inner(&k, &l)?,
        totals: [sum(&k_sums)?, sum(&l_sums)?],
        row_products: inner(&k_sums, &l_sums)?,
    };
    Ok(sums.unbiased(k.size()[0] as f64))
}

/// Sums of the kernel matrices K̃ and L̃, which are K and L without their diagonals.
struct OffDiagonal {
    /// `tr(K̃ L̃)`.
    products: f64,
    /// `1ᵀK̃1` and `1ᵀL̃1`.
    totals: [f64; 2],
    /// `1ᵀK̃L̃1`.
    row_products: f64,
}

impl OffDiagonal {
    /// `tr(K̃ L̃) + 1ᵀK̃1 1ᵀL̃1 / ((n-1)(n-2)) - 2/(n-2) 1ᵀK̃L̃1`: n(n-3) times the estimate of HSIC.
    fn unbiased(&self, n: f64) -> f64 {
        let [k_total, l_total] = self.totals;
        self.products + k_total * l_total / ((n - 1.0) * (n - 2.0)) - 2.0 / (n - 2.0) * self.row_products
    }
}

/// Takes two representations in parts and gives [`linear_cka`] of the whole, by either estimator. It holds one matrix
/// `[p + q + 3, p + q + 3]`, however many examples there are.
#[derive(Debug, Default)]
pub struct CkaMeter {
    sums: Option<Sums>,
}

impl CkaMeter {
    /// Adds representations `[B, p]` and `[B, q]` of the same examples.
    ///
    /// # Errors
    /// On shapes that do not fit each other or the parts before, no examples, or numbers that are not finite. The meter
    /// is then as it was.
    pub fn add(&mut self, a: &Tensor, b: &Tensor) -> Result<()> {
        let part = same_examples(a, b)?;
        if let Some(sums) = &mut self.sums {
            sums.add(&part)
        } else {
            self.sums = Some(Sums::of(&part)?);
            Ok(())
        }
    }

    /// What all parts make together.
    ///
    /// # Errors
    /// On too few examples.
    pub fn measure(&self, estimator: Cka) -> Result<f64> {
        let sums = self.sums.as_ref().ok_or(Error::Empty)?;
        enough(sums.examples()? as i64, estimator)?;
        let dependence = |x, y| match estimator {
            Cka::Biased => sums.biased(x, y),
            Cka::Unbiased => sums.unbiased(x, y),
        };
        Ok(dependence(0, 1)? / (dependence(0, 0)? * dependence(1, 1)?).sqrt())
    }
}

/// `Σ r rᵀ` over examples of rows `r = (x, y, ‖x‖², ‖y‖², 1)`, all that either estimator asks of linear kernels. x and
/// y are features less those of the first example: neither estimator minds the shift, and large means cost no digits.
#[derive(Debug)]
struct Sums {
    /// `[1, p]` and `[1, q]`.
    origins: [Tensor; 2],
    products: Tensor,
}

/// Where squared norms and the 1 are in a row of [`Sums`]; the features are columns 0 and 1.
const NORMS: usize = 2;
const ONE: usize = 4;

impl Sums {
    fn of(part: &[Tensor; 2]) -> Result<Self> {
        let [a, b] = part;
        let width = a.size()[1] + b.size()[1] + 3;
        let mut sums = Self {
            origins: [a.f_narrow_copy(0, 0, 1)?, b.f_narrow_copy(0, 0, 1)?],
            products: Tensor::f_zeros([width, width], (Kind::Double, a.device()))?,
        };
        sums.add(part)?;
        Ok(sums)
    }

    fn add(&mut self, part: &[Tensor; 2]) -> Result<()> {
        let mut features = Vec::new();
        for (part, origin) in part.iter().zip(&self.origins) {
            if part.size()[1] != origin.size()[1] {
                let expected = format!("[examples, {}] like the parts before", origin.size()[1]);
                return Err(Error::Shape { what: "features", expected, got: part.size() });
            }
            features.push(part.f_sub(origin)?);
        }
        let [x, y] = [&features[0], &features[1]];
        let norms = |x: &Tensor| x.f_square()?.f_sum_dim_intlist(-1, true, None::<Kind>);
        let norms = [norms(x)?, norms(y)?];
        let rows = Tensor::f_cat(&[x, y, &norms[0], &norms[1], &norms[0].f_ones_like()?], 1)?;
        self.products = self.products.f_add(&rows.f_tr()?.f_matmul(&rows)?)?;
        Ok(())
    }

    /// `Σ u vᵀ`, u and v being two of the five columns of rows.
    fn products(&self, u: usize, v: usize) -> Result<Tensor> {
        let widths = [self.origins[0].size()[1], self.origins[1].size()[1], 1, 1, 1];
        let start = |column| widths[..column].iter().sum();
        Ok(self.products.f_narrow(0, start(u), widths[u])?.f_narrow(1, start(v), widths[v])?)
    }

    /// The same where both columns are one number wide.
    fn product(&self, u: usize, v: usize) -> Result<f64> {
        sum(&self.products(u, v)?)
    }

    fn examples(&self) -> Result<f64> {
        self.product(ONE, ONE)
    }

    /// `‖Σ (x - mean) (y - mean)ᵀ‖²`, which is `tr(K H L H)`.
    fn biased(&self, x: usize, y: usize) -> Result<f64> {
        let of_means = self.products(x, ONE)?.f_matmul(&self.products(ONE, y)?)?;
        let centred = self.products(x, y)?.f_sub(&of_means.f_div_scalar(self.examples()?)?)?;
        inner(&centred, &centred)
    }

    /// With `K = x xᵀ`: `tr(K L) = ‖Σ x yᵀ‖²`, `K 1 = x Σ x`, and the diagonals of K and L are the squared norms.
    fn unbiased(&self, x: usize, y: usize) -> Result<f64> {
        let (k, l) = (NORMS + x, NORMS + y);
        let (xy, x_sum, y_sum) = (self.products(x, y)?, self.products(x, ONE)?, self.products(y, ONE)?);
        let diagonals = self.product(k, l)?;
        let sums = OffDiagonal {
            products: inner(&xy, &xy)? - diagonals,
            totals: [
                inner(&x_sum, &x_sum)? - self.product(k, ONE)?,
                inner(&y_sum, &y_sum)? - self.product(l, ONE)?,
            ],
            row_products: inner(&x_sum, &xy.f_matmul(&y_sum)?)?
                - inner(&x_sum, &self.products(x, l)?)?
                - inner(&y_sum, &self.products(y, k)?)?
                + diagonals,
        };
        Ok(sums.unbiased(self.examples()?))
    }
}

/// Both in float64, if they are tables of the same examples.
fn same_examples(a: &Tensor, b: &Tensor) -> Result<[Tensor; 2]> {
    let shape = |expected: String, got: &Tensor| Error::Shape { what: "features", expected, got: got.size() };
    let [examples, _] = a.size()[..] else {
        return Err(shape("[examples, features]".to_owned(), a));
    };
    if b.dim() != 2 || b.size()[0] != examples {
        return Err(shape(format!("[{examples}, features], as many examples as the other"), b));
    }
    if examples == 0 {
        return Err(Error::Empty);
    }
    Ok([double("features", a)?, double("features", b)?])
}

/// In float64, if all of it is finite.
fn double(what: &'static str, table: &Tensor) -> Result<Tensor> {
    finite(what, table)?;
    Ok(table.f_detach()?.f_to_kind(Kind::Double)?)
}

fn enough(examples: i64, estimator: Cka) -> Result<()> {
    if estimator == Cka::Unbiased && examples < 4 {
        let expected = "at least 4 for the unbiased estimator".to_owned();
        return Err(Error::Shape { what: "examples", expected, got: vec![examples] });
    }
    Ok(())
}
