//! Statistics on plain numbers: nothing here knows of arms or M.
//!
//! How often each is right is measured by `examples/simulate`.

mod best;
mod critical;
mod gamma;
mod holm;
mod isotonic;
mod moderated;
mod monotone;
mod ratio;
mod replicates;
mod seeds;
mod student;

pub(crate) use best::best_of;
pub(crate) use critical::Family;
pub(crate) use holm::holm;
pub use isotonic::isotonic;
pub(crate) use monotone::Monotone;
pub(crate) use ratio::{Ratio, Total};
pub(crate) use replicates::{Replicates, mean, minus, variance};
pub(crate) use seeds::more_seeds;
pub(crate) use student::{t_above, t_quantile};
