//! Studies side by side: a page, Markdown, and a summary for a terminal.

mod markdown;

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use self::markdown::{atlas_markdown, atlas_summary};
use super::text::{capital, count};
use crate::atlas::{Answer, Atlas, AtlasStudy, Claim, Over, Says};

fn said(says: Says) -> &'static str {
    match says {
        Says::For => "for",
        Says::Against => "against",
        Says::Open => "open",
        Says::Number => "",
        Says::Absent => "not asked",
    }
}

/// The class of a badge, whose colours are those of verdicts.
fn class(says: Says) -> &'static str {
    match says {
        Says::For => "supported",
        Says::Against => "refuted",
        Says::Open | Says::Number | Says::Absent => "undecided",
    }
}

/// `for in 3, against in 1, open in 2`, of the tasks that were asked.
fn tally(claim: &Claim) -> String {
    let ways = [Says::For, Says::Against, Says::Open].into_iter();
    let counted = ways.map(|says| (said(says), claim.count(says))).filter(|(_, number)| *number > 0);
    counted.map(|(way, number)| format!("{way} in {number}")).collect::<Vec<_>>().join(", ")
}

/// What is to be known of a study before its answers are read.
fn standing(study: &AtlasStudy) -> String {
    let mut parts =
        vec![format!("{} seeds", study.seeds), format!("intervals at {:.0} %", 100.0 * study.confidence)];
    let counted =
        [(study.missing as usize, "runs missing"), (study.failed, "runs failed"), (study.doubts, "doubts")];
    parts.extend(
        counted
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", count(*number as f64))),
    );
    parts.join(", ")
}

/// The page: no script, no request to any network.
#[must_use]
pub fn atlas_html(atlas: &Atlas) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Atlas of studies" }
                style { (PreEscaped(include_str!("../style.css"))) (PreEscaped(include_str!("../atlas.css"))) }
            }
            body { main.wide {
                h1 { "Atlas of studies" }
                p.question { (count(atlas.claims.len() as f64)) " claims, " (count(atlas.studies.len() as f64)) " studies" }
                h2 { "Studies" }
                ul { @for study in &atlas.studies { li {
                    a href=(study.link) { (study.name) } " (" (study.study) "): " @if !study.question.is_empty() { (study.question) " " }
                    span.small { (standing(study)) }
                } } }
                @if !atlas.over.is_empty() {
                    h2 { "Over all settings" }
                    @for over in &atlas.over { p { (over_sentence(over)) } }
                }
                @let factors = || atlas.studies.iter().flat_map(|study| study.factors.iter().map(move |line| (study, line)));
                @if factors().next().is_some() {
                    h2 { "Factors" }
                    ul { @for (study, line) in factors() { li { a href=(study.link) { (study.name) } ": " (line) } } }
                }
                h2 { "Claims" }
                div.scroll { (table(atlas)) }
                p.small {
                    "Each cell is the answer of one task: gains hold jointly over the M of their curve, at the level of their study; other \
                     intervals are each for itself. Answers are about the distilled arm named in the head. Counts say how many answers point which way, and that few are open is no proof that all are alike."
                }
            } }
        }
    };
    page.into_string()
}

fn table(atlas: &Atlas) -> Markup {
    let tasks = || atlas.studies.iter().flat_map(|study| study.tasks.iter().map(move |task| (study, task)));
    html! { table.atlas {
        thead {
            tr { th.words { "claim" } @for study in &atlas.studies { @if !study.tasks.is_empty() {
                th.words colspan=(study.tasks.len()) { a href=(study.link) { (study.name) } }
            } } }
            tr { th {} @for (study, task) in tasks() { th.words {
                a href=(anchor(study, &task.name)) { (task.name) }
                @if let Some(arm) = &task.arm { br; span.small { (arm) } }
            } } }
        }
        tbody { @for claim in &atlas.claims { tr {
            th.words { (claim.title) @let tally = tally(claim); @if !tally.is_empty() { br; span.small { (tally) } } }
            @for (study, answers) in std::iter::zip(&atlas.studies, &claim.answers) {
                @for (task, answer) in std::iter::zip(&study.tasks, answers) { (cell(answer, &anchor(study, &task.name))) }
            }
        } } }
    } }
}

fn anchor(study: &AtlasStudy, task: &str) -> String {
    format!("{}#{}", study.link, task.replace(' ', "-"))
}

fn cell(answer: &Answer, link: &str) -> Markup {
    let way = said(answer.says);
    html! { td.words { @if answer.says == Says::Absent { span.small { (way) } } @else {
        @if !way.is_empty() { a class=(format!("badge {}", class(answer.says))) href=(link) { (way) } br; }
        span.small { (answer.words) }
    } } }
}

/// `Gain at the smallest M, over 18 settings: +8.1 [+5.0, +11.2] points; ...`.
fn over_sentence(over: &Over) -> String {
    let points = |share: f64| format!("{:+.1}", 100.0 * share).replace('-', "−");
    let pooled = &over.pooled;
    let settings = pooled.tasks.len();
    let mut told = format!("{}, over {settings} settings", capital(&over.title));
    if let (Some(mean), Some((low, high))) = (&pooled.mean, pooled.prediction) {
        let half = mean.half_width.unwrap_or(f64::INFINITY);
        let _ = write!(
            told,
            ": {} [{}, {}] points on average; a new setting like these would have between {} and {}",
            points(mean.mean),
            points(mean.mean - half),
            points(mean.mean + half),
            points(low),
            points(high)
        );
    }
    let _ = write!(
        told,
        ". It is established to be above nil in {} of them, all at once, and below in {}.",
        pooled.above.len(),
        pooled.below.len()
    );
    told
}

/// A summary for a terminal.
#[must_use]
pub fn atlas_terminal(atlas: &Atlas) -> String {
    let mut text = String::new();
    for study in &atlas.studies {
        let _ = writeln!(text, "{} ({}): {}", study.name, study.study, standing(study));
    }
    for claim in &atlas.claims {
        let tally = tally(claim);
        let counts = if tally.is_empty() { String::new() } else { format!(": {tally}") };
        let _ = writeln!(text, "\n{}{counts}", claim.title);
        for (study, answers) in std::iter::zip(&atlas.studies, &claim.answers) {
            for (task, answer) in std::iter::zip(&study.tasks, answers) {
                let way = said(answer.says);
                let gap = if way.is_empty() || answer.words.is_empty() { "" } else { " – " };
                let _ = writeln!(text, "  {} · {}: {way}{gap}{}", study.name, task.name, answer.words);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atlas::AtlasTask;
    use crate::study::Field;

    fn atlas() -> Atlas {
        let task = |name: &str| AtlasTask {
            name: name.to_owned(),
            factors: std::collections::BTreeMap::new(),
            title: name.to_owned(),
            field: Field::Vision,
            student: "mlp 64".to_owned(),
            sizes: 2,
            arm: Some("distilled".to_owned()),
        };
        let study = |name: &str, tasks: &[&str], missing| AtlasStudy {
            name: name.to_owned(),
            study: format!("study {name}"),
            question: String::new(),
            link: format!("{name}/report.html"),
            seeds: 5,
            confidence: 0.95,
            missing,
            failed: 0,
            doubts: 0,
            factors: vec!["width, digits: distilled gains most at width = 8 for M = 40.".to_owned()],
            tasks: tasks.iter().map(|name| task(name)).collect(),
        };
        let answer = |says, words: &str| Answer { says, words: words.to_owned() };
        Atlas {
            studies: vec![study("one", &["digits", "letter box"], 0), study("two", &["digits"], 3)],
            claims: vec![
                Claim {
                    name: "amplified".to_owned(),
                    title: "it is amplified".to_owned(),
                    answers: vec![
                        vec![answer(Says::For, "+1 [0, 2] | points"), answer(Says::Open, "<0>")],
                        vec![answer(Says::Absent, "")],
                    ],
                },
                Claim {
                    name: "law".to_owned(),
                    title: "b".to_owned(),
                    answers: vec![
                        vec![answer(Says::Number, "0.5 [0.4, 0.6]"), answer(Says::Number, "no such law")],
                        vec![answer(Says::Number, "0.4 [0.3, 0.5]")],
                    ],
                },
            ],
            over: Vec::new(),
        }
    }

    #[test]
    fn a_page_has_a_cell_for_each_claim_and_task_with_links() {
        let page = atlas_html(&atlas());
        assert_eq!(page.matches("<td class=\"words\">").count(), 6);
        assert!(page.contains("href=\"one/report.html#letter-box\""), "{page}");
        assert!(page.contains("colspan=\"2\"") && page.contains("&lt;0&gt;"));
        assert!(page.contains("for in 1, open in 1") && page.contains("3 runs missing"));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn markdown_and_terminal_say_the_same() {
        let markdown = atlas_markdown(&atlas());
        assert!(
            markdown.contains("| [one](one/report.html) | digits | for | +1 [0, 2] \\| points |"),
            "{markdown}"
        );
        assert!(!markdown.contains("not asked"), "{markdown}");
        assert!(
            markdown.contains("| claim | vision |\n|---|---|\n| it is amplified | for 1, open 1 |\n"),
            "{markdown}"
        );
        assert!(markdown.contains("| [one](one/report.html) | letter box | open | <0> |"), "{markdown}");
        assert!(
            markdown.contains("[two](two/report.html): \n\n- width, digits: distilled gains most"),
            "{markdown}"
        );
        let terminal = atlas_terminal(&atlas());
        assert!(terminal.contains("it is amplified: for in 1, open in 1\n"), "{terminal}");
        assert!(
            terminal.contains("  two · digits: not asked\n") && terminal.contains("  one · digits: 0.5 [")
        );
    }

    #[test]
    fn a_setting_is_told_by_a_study_with_a_curve_before_others() {
        let law = |atlas: &Atlas| {
            let page = atlas_markdown(atlas);
            page.lines()
                .filter(|line| line.contains("| digits |  | 0."))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let mut atlas = atlas();
        assert_eq!(law(&atlas), ["| [one](one/report.html) | digits |  | 0.5 [0.4, 0.6] |"]);
        atlas.studies[0].tasks[0].sizes = 1;
        assert_eq!(law(&atlas), ["| [two](two/report.html) | digits |  | 0.4 [0.3, 0.5] |"]);
    }
}
