use std::path::Path;

use kd_analysis::render;
use kd_study::{Plan, Result, Store, results};

use super::print;

pub(super) fn run(dir: &Path) -> Result<()> {
    let store = Store::open(dir)?;
    let study = store.load_study()?;
    let findings = results::conclude(&study, &Plan::new(&study)?, &store)?;
    print(&render::terminal(&findings, true))?;
    print(&format!("\nReport: {}\n", dir.join("report.html").display()))
}
