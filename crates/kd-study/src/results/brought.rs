//! Findings about a table of results that came from somewhere else.

use std::path::{Path, PathBuf};

use kd_analysis::table::{How, read};
use kd_analysis::{Findings, render};

use crate::error::Result;
use crate::store::{FINDINGS, REPORT_HTML, REPORT_MARKDOWN, Store, StoreError};

/// What a table means, and where that was written.
#[derive(Debug)]
pub struct OfTable {
    /// The findings.
    pub findings: Findings,
    /// How the table was understood, and what of it was left out.
    pub notes: Vec<String>,
    /// The folder of `report.html`, `report.md` and `findings.json`.
    pub folder: PathBuf,
}

/// Analyses the table at `path` and writes `report.html`, `report.md` and `findings.json` into `out`, or a folder
/// `NAME-report` beside the table.
///
/// # Errors
/// If the table cannot be read, says what cannot be, or the folder holds a report on something else.
pub fn conclude_table(path: &Path, how: &How, out: Option<&Path>) -> Result<OfTable> {
    let brought = read(path, &fs_err::read(path)?, how)?;
    let folder = out.map_or_else(|| beside(path), Path::to_owned);
    if Store::open(&folder).is_ok() {
        return Err(StoreError::Whole(folder).into());
    }
    let findings = Findings::of(&brought.study, &brought.rows, &[]);
    refuse_another(&folder, &findings)?;
    fs_err::create_dir_all(&folder)?;
    for (name, text) in [
        (REPORT_HTML, render::html(&findings)),
        (REPORT_MARKDOWN, render::markdown(&findings)),
        (FINDINGS, render::json(&findings)),
    ] {
        fs_err::write(folder.join(name), text)?;
    }
    Ok(OfTable { findings, notes: brought.notes, folder })
}

fn beside(table: &Path) -> PathBuf {
    let stem = table.file_stem().unwrap_or_default().to_string_lossy();
    table.with_file_name(format!("{stem}-report"))
}

/// A report on this table may be written again, and nothing else be written over.
fn refuse_another(folder: &Path, findings: &Findings) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let is_there = [REPORT_HTML, REPORT_MARKDOWN, FINDINGS].iter().any(|name| folder.join(name).exists());
    let is_ours = |known: serde_json::Value| {
        let study = &known["study"];
        study["name"] == findings.study.name.as_str() && study["provenance"][0][0] == "table"
    };
    let known = fs_err::read(folder.join(FINDINGS)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    if !folder.is_dir() || (is_there && !known.is_some_and(is_ours)) {
        return Err(StoreError::Taken(folder.to_owned()).into());
    }
    Ok(())
}
