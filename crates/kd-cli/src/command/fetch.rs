use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kd_data::fetch::{Event, Fetch, Mirror};
use kd_study::Result;

use crate::arguments::OriginalFiles;
use crate::style::{CALM, GOOD};
use crate::terminal::tell;

/// Brings what is missing or wrong, and says so file by file.
pub(super) fn run(files: &OriginalFiles, from: Option<&str>) -> Result<()> {
    let entries = files.entries()?;
    let fetch = Fetch::new(files.folder(), from.map(Mirror::from));
    // Hidden by itself when standard error is not a terminal.
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("    {bar:30.cyan} {bytes}/{total_bytes} {msg}") {
        bar.set_style(style);
    }
    for entry in entries {
        if entry.is_embedded() {
            tell(&format!("{CALM}{:>12}{CALM:#} {} · part of the program\n", "Kept", entry.name));
        }
        let brought = fetch.bring(entry, &mut |event| show(event, &bar));
        bar.finish_and_clear();
        brought?;
    }
    Ok(())
}

fn show(event: Event, bar: &ProgressBar) {
    match event {
        Event::Received { file, bytes, of } => {
            bar.set_message(file);
            bar.set_length(of);
            bar.set_position(bytes);
        }
        Event::Unpacking { file } => bar.set_message(format!("unpacking {file}")),
        Event::Kept { file } => {
            bar.suspend(|| tell(&format!("{CALM}{:>12}{CALM:#} {file}\n", "Kept")));
        }
        Event::Brought { file, verified } => {
            let doubt = if verified { "" } else { " · not verified, no checksum is known" };
            bar.suspend(|| tell(&format!("{GOOD}{:>12}{GOOD:#} {file}{doubt}\n", "Brought")));
        }
        _ => {}
    }
}
