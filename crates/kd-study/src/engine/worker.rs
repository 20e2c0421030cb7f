//! The body of a worker process: takes orders, trains and publishes each, and says so.
//!
//! Processes rather than threads: libtorch's generator and thread count are global to a process, and a crash stays
//! in it.

use std::io::Write;
use std::path::Path;

use tch::Device;

use super::word::Word;
use crate::error::Result;
use crate::run::Runner;
use crate::spec::Order;
use crate::store::Store;

/// Trains what it is told to into the results folder at `root`, until `orders` end, and says to `output` how that goes.
///
/// # Errors
/// If the results folder cannot be written, an order is not one, or a measure cannot be taken.
pub fn serve(
    root: &Path,
    device: Device,
    threads: i32,
    orders: impl IntoIterator<Item = Result<Order>>,
    mut output: impl Write,
) -> Result<()> {
    kd_models::keep_freed_memory();
    if device.is_cuda() {
        kd_models::compute_reproducibly()?;
    }
    tch::set_num_threads(threads);
    let mut runner = Runner::new(Store::create(root)?, device);
    for order in orders {
        let order = order?;
        let run = order.spec.id()?;
        Word::Started { run: run.clone() }.say(&mut output)?;
        runner.run_telling(&order, &mut |milestone| {
            // Should nobody listen, the run is published all the same.
            let _ = Word::Milestone { run: run.clone(), milestone: *milestone }.say(&mut output);
        })?;
        Word::Published { run }.say(&mut output)?;
    }
    Ok(())
}
