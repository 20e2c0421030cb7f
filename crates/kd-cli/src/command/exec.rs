//! The process around a worker: where its orders come from, and how it ends.

use std::sync::mpsc::channel;

use kd_study::Result;
use kd_study::engine::worker;
use kd_study::spec::Order;

use super::parse_device;
use super::servant::{end, serves, words};
use crate::servants::Exec;
use crate::signals;

/// Serves the process that started this one for as long as that lives.
pub(super) fn run(Exec { dir, device, threads, parent }: &Exec) -> Result<()> {
    // Ctrl-C reaches the whole process group; the parent decides what becomes of workers.
    signals::heard()?;
    if !serves(*parent)? {
        return Ok(());
    }
    let words = words()?;
    worker::serve(dir, parse_device(device)?, *threads as i32, orders(), words)
}

/// Orders, one in JSON a line of standard input. Where that ends, nobody is left to train for, and the
/// process ends in the middle of whatever it does.
fn orders() -> impl Iterator<Item = Result<Order>> {
    let (giver, orders) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            let order = line.map_err(Into::into).and_then(|line| Ok(serde_json::from_str(&line)?));
            if giver.send(order).is_err() {
                return;
            }
        }
        end();
    });
    orders.into_iter()
}
