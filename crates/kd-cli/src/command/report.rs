use std::path::Path;

use kd_analysis::render;
use kd_study::{Result, Store, results};

use super::print;

pub(super) fn run(dir: &Path) -> Result<()> {
    let store = Store::open(dir)?;
    let findings = results::conclude(&store.plan()?, &store)?;
    print(&render::terminal(&findings, true))?;
    print(&format!("\nReport: {}\n", dir.join("report.html").display()))
}
