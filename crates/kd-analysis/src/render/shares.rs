//! What theories explain over tasks, in words and as forest plots.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::figure::Plate;
use super::forest::{Branch, Kind, plate};
use super::text::{capital, judgement};
use crate::across::{FEWEST_TASKS, ShareOverTasks};
use crate::findings::Findings;
use crate::interval::Estimate;
use crate::place::named as named_at;
use crate::theory::{Explains, Judgement, Share, percent, whole};

fn as_share(estimate: &Estimate) -> Share {
    Share { value: estimate.mean, interval: estimate.low().zip(estimate.high()) }
}

fn title(over: &ShareOverTasks) -> String {
    format!("{}, tested on {}", capital(&over.claim), named_at(&over.arm, &over.factors))
}

/// What is said, as a sentence or two.
fn sentences(over: &ShareOverTasks) -> String {
    let way = match over.explains {
        Explains::Reproduces => "reproduced by it",
        Explains::Removes => "lost without it",
        Explains::Neither => "explained",
    };
    let tasks = over.tasks.len();
    let mut said = match (&over.mean, over.prediction) {
        (Some(mean), Some((low, high))) => format!(
            "Over {tasks} tasks, {} of the gain is {way} on average; on a new task like these it would be between {} and {} %.",
            percent(&as_share(mean)),
            whole(low),
            whole(high)
        ),
        _ => format!("{tasks} tasks have no mean: it takes {FEWEST_TASKS}."),
    };
    let judged = [Judgement::Supported, Judgement::Partly, Judgement::Refuted, Judgement::Undecided];
    let told = judged.into_iter().filter_map(|which| {
        let names: Vec<&str> =
            over.tasks.iter().filter(|task| task.judgement == which).map(|task| task.task.as_str()).collect();
        (!names.is_empty()).then(|| format!("{} on {}", judgement(which), names.join(", ")))
    });
    let _ = write!(said, " Verdicts: {}.", told.collect::<Vec<_>>().join("; "));
    said
}

/// A line for each theory in a terminal.
pub(super) fn lines(findings: &Findings) -> Vec<String> {
    findings.shares.iter().map(|over| format!("{}. {}", title(over), sentences(over))).collect()
}

/// The list in Markdown.
pub(super) fn write_markdown(text: &mut String, findings: &Findings) {
    if findings.shares.is_empty() {
        return;
    }
    text.push_str("### Theories over tasks\n\n");
    for over in &findings.shares {
        let _ = writeln!(text, "- **{}.** {}", title(over), sentences(over));
    }
    text.push('\n');
}

/// The section as HTML.
pub(super) fn section(findings: &Findings) -> Markup {
    html! { @if !findings.shares.is_empty() {
        h2 id="theories-over-tasks" { "Theories over tasks" }
        @for over in &findings.shares {
            h3 { (title(over)) }
            p { (sentences(over)) }
            @if let Some(plot) = plot(over) { figure { div.scroll { (PreEscaped(plot.inline())) } } }
        }
        p.small {
            "Shares of the gain, each a ratio of sums over every M with a gain (Fieller 1954), with an interval for itself. Tasks are \
             the observations of the mean. A share can be below 0, where an arm is worse than labels, and beyond 100 %."
        }
    } }
}

/// The forest plot.
pub(super) fn plot(over: &ShareOverTasks) -> Option<Plate> {
    let branch = |name: &str, share: &Share, kind| Branch {
        name: name.to_owned(),
        words: percent(share),
        value: 100.0 * share.value,
        ends: share.interval.map(|(low, high)| (100.0 * low, 100.0 * high)),
        kind,
    };
    let mut branches: Vec<Branch> =
        over.tasks.iter().map(|task| branch(&task.task, &task.share, Kind::Task)).collect();
    if let Some(mean) = &over.mean {
        branches.push(branch("mean over tasks", &as_share(mean), Kind::Mean));
        let new = Share { value: mean.mean, interval: over.prediction };
        branches.push(branch("a new task", &new, Kind::Prediction));
    }
    plate(&title(over), "share of the gain, %", &branches)
}
