//! The engine: from a study file to findings.
//!
//! Data flows one way. Each step is a folder, which uses only those above it:
//!
//! | folder | question | type |
//! |---|---|---|
//! | [`spec`] | what exactly a run trains, and its identity | [`spec::RunSpec`] |
//! | [`mod@file`] | what a researcher wrote; may be wrong | [`file::StudyFile`] |
//! | [`study`] | what passed every check | [`Study`] |
//! | `train` | how a model is trained, what it hears and sees | |
//! | `check` | what is wrong with a file, and where | [`Problem`] |
//! | [`plan`] | which runs a study takes | [`Plan`] |
//! | [`store`] | where they are kept, and what came of each | [`Store`], [`store::record::RunRecord`] |
//! | [`run`] | training one | [`run::Runner`] |
//! | [`engine`] | doing all of it, on worker processes | [`engine::execute`] |
//! | [`results`] | what it means | [`kd_analysis::Findings`] |
//!
//! A TorchScript module is a program. Whoever calls this crate says how it runs those, [`modules::run_by`]; until then a
//! study that has one is refused.
//!
//! Nothing here prints: progress is a stream of [`engine::event::Event`]s.
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
//!         runner.run(&run.order())?;
//!     }
//! }
//! let findings = results::conclude(&plan, &store)?;
//! assert_eq!(findings.tasks.len(), study.tasks.len());
//! # Ok(())
//! # }
//! ```

pub mod check;
pub mod engine;
mod error;
pub mod file;
pub mod plan;
mod problem;
pub mod results;
pub mod run;
pub mod spec;
pub mod store;
pub mod study;
mod train;

pub use error::{Error, InvalidStudy, Passage, Result};
pub use kd_models::{Architecture, Input, gpus};
pub use plan::Plan;
pub use problem::Problem;
pub use store::Store;
pub use study::Study;
pub use train::{Convergence, Milestone, Quality, TrainError, modules};

/// The version of libtorch this program is linked with.
pub const LIBTORCH: &str = "2.11.0";
