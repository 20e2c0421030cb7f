//! What a study file and a run both say, and what exactly a run is.
//!
//! A [`RunSpec`] is everything that decides what a run computes; its [`RunId`] follows from that.

mod amount;
mod data;
mod draw;
mod id;
mod keep;
mod limits;
mod name;
mod number;
mod optimizer;
mod predictor;
mod reading;
mod representation;
mod run;
mod schedule;
mod training;
mod validation;
mod view;
mod weights;

pub use amount::{Amount, Extra};
pub use data::DataSpec;
pub use draw::{Draw, Origin};
pub use id::RunId;
pub use kd_data::InputFile;
pub use keep::{Keep, Measure, Order, predictions_are_kept};
pub use limits::Limits;
pub use name::Name;
pub use number::{Fraction, NonNegative, Positive, Rate, WarmUp};
pub use optimizer::{AdamW, Lbfgs, LeastSquares, Optimizer, Sgd};
pub use predictor::{Predictor, Pretrained, Scaling};
pub use reading::{Reading, Scale};
pub use representation::RepresentationSpec;
pub use run::{Part, RunSpec, SCHEMA};
pub use schedule::{Cosine, Schedule};
pub(crate) use training::EVALUATIONS;
pub use training::{Budget, Precision, Training};
pub use validation::Validation;
pub use view::TeacherView;
pub use weights::{Trainable, Weights};
