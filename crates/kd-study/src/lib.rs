//! The engine: from a study file to findings.
//!
//! Data flows one way, and each step has a file of its own:
//!
//! | step | type | module |
//! |---|---|---|
//! | what a researcher wrote; may be wrong | [`file::StudyFile`] | [`mod@file`] |
//! | what passed every check | [`Study`] | [`study`] |
//! | which runs that takes | [`Plan`] | [`plan`] |
//! | what exactly a run trains, and its identity | [`spec::RunSpec`] | [`spec`] |
//! | training one | [`run::Runner`] | [`run`] |
//! | what came of it | [`record::RunRecord`] | [`record`] |
//! | where that is kept | [`Store`] | [`store`] |
//! | doing all of it on worker processes | [`execute::execute`] | [`execute`], [`worker`] |
//! | what it means | [`kd_analysis::Findings`] | [`results`] |
//!
//! Nothing here prints: progress is a stream of [`event::Event`]s.
//!
//! ```no_run
//! use kd_study::{Plan, Store, Study, results, run::Runner};
//!
//! # fn main() -> Result<(), kd_study::Error> {
//! let study = Study::read("digits.toml".as_ref())?;
//! let plan = Plan::new(&study)?;
//! let store = Store::create("results/digits".as_ref())?;
//! let mut runner = Runner::new(store.clone(), tch::Device::Cpu);
//! for run in &plan.runs {
//!     if store.record(&run.id)?.is_none() {
//!         runner.run(&run.spec)?;
//!     }
//! }
//! let findings = results::conclude(&study, &plan, &store)?;
//! assert_eq!(findings.tasks.len(), study.tasks.len());
//! # Ok(())
//! # }
//! ```

mod comparison;
pub mod draw;
mod error;
mod evaluate;
pub mod event;
pub mod execute;
pub mod file;
pub mod plan;
mod prediction;
pub mod predictor;
mod pretrained;
pub mod record;
pub mod representation;
pub mod results;
pub mod run;
mod samples;
pub mod schema;
mod signal;
mod solve;
pub mod spec;
pub mod store;
pub mod study;
pub mod task;
pub mod teacher;
mod train;
pub mod training;
mod validation;
mod view;
pub mod weights;
pub mod worker;

pub use error::{Error, InvalidStudy, Result};
pub use kd_models::{Architecture, Input, gpus};
pub use plan::Plan;
pub use prediction::Quality;
pub use store::Store;
pub use study::Study;
pub use validation::Validation;
pub use view::TeacherView;

/// The version of libtorch this program is linked with.
pub const LIBTORCH: &str = "2.11.0";
