//! Exact measures over a whole set, one family a file. Logits are `[n, K]`, labels `[n]` int64; sums are in float64.
//!
//! | measures | of | in parts |
//! |---|---|---|
//! | [`Classification`] | predictions against labels | [`ClassificationMeter`] |
//! | [`Reliability`] | confidence against accuracy, bin by bin | [`ClassificationMeter::reliability`] |
//! | [`perplexity`], [`bits`] | likelihood of tokens | [`ClassificationMeter`], of its `nll` |
//! | [`Fidelity`] | a student against its teacher | [`FidelityMeter`] |
//! | [`Regression`] | predicted numbers | [`RegressionMeter`] |
//! | [`linear_cka`] | representations of the same examples | [`CkaMeter`] |
//! | [`NeuralCollapse`] | last features of each class | |
//! | [`empirical_ntk`], [`kernel_alignment`] | how networks learn | |
//! | [`alignment`], [`parameter_distance`] | representations and weights, number by number | |
//!
//! A meter takes a set in parts and measures it as a whole: the result does not depend on the parts but for rounding.
//! Logits that are not finite are an error, never averaged away. [`METRICS`] tells unit, range and direction of each.

mod calibration;
mod cka;
mod classification;
mod collapse;
mod fidelity;
mod moments;
mod ntk;
mod regression;
mod representation;

pub use calibration::{Bin, Binning, Reliability};
pub use cka::{Cka, CkaMeter, kernel_alignment, linear_cka};
pub use classification::{Classification, ClassificationMeter, accuracy};
pub use collapse::{ClassMeans, NeuralCollapse};
pub use fidelity::{Fidelity, FidelityMeter};
pub use ntk::empirical_ntk;
pub use regression::{Regression, RegressionMeter};
pub use representation::{alignment, parameter_distance};

use tch::{Kind, Tensor};

use crate::error::{Error, Result, finite, shape_of};

/// What a metric's number means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its field or function.
    pub name: &'static str,
    /// Unit; empty for shares and other plain numbers.
    pub unit: &'static str,
    /// Smallest possible value.
    pub low: f64,
    /// Largest possible value.
    pub high: f64,
    /// Which way is better.
    pub better: Better,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More.
    Higher,
    /// Less.
    Lower,
    /// Neither: it describes.
    Neither,
}

const fn metric(name: &'static str, unit: &'static str, low: f64, high: f64, better: Better) -> Metric {
    Metric { name, unit, low, high, better }
}

/// Every metric with its unit, range and direction.
pub const METRICS: [Metric; 28] = [
    metric("accuracy", "", 0.0, 1.0, Better::Higher),
    metric("top5_accuracy", "", 0.0, 1.0, Better::Higher),
    metric("balanced_accuracy", "", 0.0, 1.0, Better::Higher),
    metric("macro_f1", "", 0.0, 1.0, Better::Higher),
    metric("nll", "nats", 0.0, f64::INFINITY, Better::Lower),
    metric("brier", "", 0.0, 2.0, Better::Lower),
    metric("ece", "", 0.0, 1.0, Better::Lower),
    metric("ece_equal_mass", "", 0.0, 1.0, Better::Lower),
    metric("entropy", "nats", 0.0, f64::INFINITY, Better::Neither),
    metric("agreement", "", 0.0, 1.0, Better::Higher),
    metric("kl", "nats", 0.0, f64::INFINITY, Better::Lower),
    metric("hellinger", "", 0.0, 1.0, Better::Lower),
    metric("total_variation", "", 0.0, 1.0, Better::Lower),
    metric("exaggeration_slope", "", f64::NEG_INFINITY, f64::INFINITY, Better::Neither),
    metric("linear_cka", "", -1.0, 1.0, Better::Higher),
    metric("kernel_alignment", "", -1.0, 1.0, Better::Higher),
    metric("alignment", "", -1.0, 1.0, Better::Higher),
    metric("parameter_distance", "", 0.0, f64::INFINITY, Better::Neither),
    metric("within", "", 0.0, f64::INFINITY, Better::Neither),
    metric("norms", "", 0.0, f64::INFINITY, Better::Neither),
    metric("angles", "", 0.0, 2.0, Better::Neither),
    metric("classifier", "", 0.0, 4.0, Better::Neither),
    metric("disagreement", "", 0.0, 1.0, Better::Neither),
    metric("rmse", "of the target", 0.0, f64::INFINITY, Better::Lower),
    metric("mae", "of the target", 0.0, f64::INFINITY, Better::Lower),
    metric("r2", "", f64::NEG_INFINITY, 1.0, Better::Higher),
    metric("perplexity", "", 1.0, f64::INFINITY, Better::Lower),
    metric("bits", "bits", 0.0, f64::INFINITY, Better::Lower),
];

/// Perplexity of a mean negative log-likelihood in nats per token.
#[must_use]
pub fn perplexity(nll: f64) -> f64 {
    nll.exp()
}

/// Bits that so many nats are, as in bits per token.
#[must_use]
pub fn bits(nats: f64) -> f64 {
    nats / std::f64::consts::LN_2
}

/// That there is something to measure and all of it is finite.
fn measurable(what: &'static str, logits: &Tensor) -> Result<()> {
    let (examples, _) = shape_of(what, logits)?;
    if examples == 0 {
        return Err(Error::Empty);
    }
    finite(what, logits)
}

/// That `tensor` has the shape of `other`.
fn equal_shapes(what: &'static str, tensor: &Tensor, others: &str, other: &Tensor) -> Result<()> {
    if tensor.size() == other.size() {
        Ok(())
    } else {
        let expected = format!("{:?} like the {others}", other.size());
        Err(Error::Shape { what, expected, got: tensor.size() })
    }
}

fn sum(table: &Tensor) -> Result<f64> {
    Ok(table.f_sum(Kind::Double)?.f_double_value(&[])?)
}

/// Sum of the products of all entries.
fn inner(a: &Tensor, b: &Tensor) -> Result<f64> {
    sum(&a.f_mul(b)?)
}
