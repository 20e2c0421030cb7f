//! Theories: ranked by what they explain, then one by one with their controls.

use maud::{Markup, html};

use super::caveats;
use super::text::{capital, count, judgement};
use crate::findings::Findings;
use crate::task::TaskFindings;
use crate::theory::{Explains, Share, Verdict, percent};

/// The ranking, and every theory.
pub(super) fn section(task: &TaskFindings, findings: &Findings) -> Markup {
    html! {
        (ranking(task))
        @for verdict in &task.verdicts { (theory(verdict, task, findings)) }
        @if !task.untested.is_empty() { details { summary { (task.untested.len()) " theories that this study does not test" } ul {
            @for theory in &task.untested { li { (theory.claim) ": " (theory.because) "." } }
        } } }
    }
}

/// All theories that explain a share of the gain, those that explain most first.
fn ranking(task: &TaskFindings) -> Markup {
    let ranked: Vec<(&Verdict, Share)> =
        task.verdicts.iter().filter_map(|verdict| Some((verdict, verdict.share_of_gain()?))).collect();
    html! { @if ranked.len() > 1 { div.scroll { table {
        thead { tr { th.words { "theory" } th { "share of the gain explained" } th.words { "because it is" } th.words { "tested on" } th.words { "verdict" } } }
        tbody { @for (verdict, share) in ranked { tr {
            td.words { (verdict.claim) } td { (percent(&share)) } td.words { (way(verdict)) }
            td.words { (verdict.arm.as_deref().unwrap_or_default()) } td.words { (judgement(verdict.judgement)) }
        } } }
    } } } }
}

fn way(verdict: &Verdict) -> &'static str {
    match verdict.explains {
        Explains::Reproduces => "reproduced by it",
        Explains::Removes => "lost without it",
        Explains::Neither => "",
    }
}

fn theory(verdict: &Verdict, task: &TaskFindings, findings: &Findings) -> Markup {
    html! { div.theory {
        p {
            strong { (verdict.claim) } " "
            span class=(format!("badge {}", judgement(verdict.judgement))) { (judgement(verdict.judgement)) }
        }
        @if !verdict.prediction.is_empty() { p.small { "Predicts that " (verdict.prediction) "." } }
        p { @if let Some(arm) = &verdict.arm { "Tested on " (arm) ": " } (verdict.because) "." @if let Some(settle) = &verdict.settle { " " (capital(settle)) "." } }
        @if let Some(caveat) = caveats::of_verdict(verdict, task, findings) { p.caveat { (caveat) "." } }
        (shares(verdict))
        p.small { (verdict.sources) }
    } }
}

/// The share at each M, a column for each control.
fn shares(verdict: &Verdict) -> Markup {
    let told: Vec<_> = verdict.contrasts.iter().filter(|contrast| !contrast.shares.is_empty()).collect();
    let mut sizes: Vec<u64> =
        told.iter().flat_map(|contrast| &contrast.shares).map(|share| share.samples).collect();
    sizes.sort_unstable();
    sizes.dedup();
    html! { @if !told.is_empty() { details { summary { "The share at each M" } div.scroll { table {
        thead { tr { th { "M" } @for contrast in &told { th { (contrast.control) } } } }
        tbody { @for samples in sizes { tr {
            td { (count(samples as f64)) }
            @for contrast in &told {
                td { @if let Some(found) = contrast.shares.iter().find(|found| found.samples == samples) { (percent(&found.share)) } }
            }
        } } }
    } } } } }
}
