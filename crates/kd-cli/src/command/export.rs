use std::path::Path;

use kd_analysis::{Filter, Subject};
use kd_study::{Result, Store, results};

use super::print;
use crate::style;

pub(super) fn predictions(dir: &Path, only: &[String], out: &Path) -> Result<()> {
    let store = Store::open(dir)?;
    let plan = store.plan()?;
    let mut subjects = plan.subjects();
    subjects.extend(Subject::of_columns(&subjects));
    let filter = Filter::read(only, &subjects)?;
    let [there, gone] = results::export_predictions(&plan, &store, &filter, out)?;
    let mut text = format!("Predictions of {}: {}\n", style::runs(there), out.display());
    if gone > 0 {
        text.push_str(&format!(
            "{} kept none: they failed, or said more than 64 MB; `keep = [\"weights\"]` keeps what says it\n",
            style::runs(gone)
        ));
    }
    print(&text)
}
