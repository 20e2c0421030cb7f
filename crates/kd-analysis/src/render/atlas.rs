//! Studies side by side: a page, Markdown, and a summary for a terminal.

use std::fmt::Write as _;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::text::{capital, count};
use crate::atlas::{Answer, Atlas, AtlasStudy, AtlasTask, Claim, Over, Says};
use crate::study::Field;

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
                style { (PreEscaped(include_str!("style.css"))) (PreEscaped(include_str!("atlas.css"))) }
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

/// The same in Markdown: claims by field, what holds over all settings, every setting, factors, and a section for each claim.
#[must_use]
pub fn atlas_markdown(atlas: &Atlas) -> String {
    let mut text = "# Atlas of studies\n\n## Claims\n\n".to_owned();
    let fields = fields(atlas);
    let heads: Vec<&str> = fields.iter().map(|field| named(*field)).collect();
    let _ = writeln!(text, "| claim | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for claim in atlas.claims.iter().filter(|claim| is_judged(claim)) {
        let cells: Vec<String> = fields.iter().map(|field| by_field(atlas, claim, *field)).collect();
        let _ = writeln!(text, "| {} | {} |", claim.title, cells.join(" | "));
    }
    if !atlas.over.is_empty() {
        text.push_str("\n## Over all settings\n\n");
        atlas.over.iter().for_each(|over| {
            let _ = writeln!(text, "- {}", over_sentence(over));
        });
    }
    write_settings(&mut text, atlas);
    let factors: Vec<(&AtlasStudy, &String)> =
        atlas.studies.iter().flat_map(|study| study.factors.iter().map(move |line| (study, line))).collect();
    if !factors.is_empty() {
        text.push_str("\n## Factors\n\n");
        for (study, line) in factors {
            let _ = writeln!(text, "- [{}]({}): {line}", study.name, study.link);
        }
    }
    text.push_str("\n## Claim by claim\n");
    for claim in &atlas.claims {
        let tally = tally(claim);
        let counts = if tally.is_empty() { String::new() } else { format!("{tally}.\n\n") };
        let _ = writeln!(
            text,
            "\n### {}\n\n{counts}| study | task | answer | finding |\n|---|---|---|---|",
            claim.title
        );
        for (study, task, answer) in answers(atlas, claim).filter(|(.., answer)| answer.says != Says::Absent)
        {
            let words = answer.words.replace('|', "\\|");
            let (way, link) = (said(answer.says), &study.link);
            let _ = writeln!(text, "| [{}]({link}) | {} | {way} | {words} |", study.name, task.name);
        }
    }
    text.push_str("\n## Studies\n\n");
    for study in &atlas.studies {
        let _ = writeln!(
            text,
            "- [{}]({}) ({}): {} {}",
            study.name,
            study.link,
            study.study,
            study.question,
            standing(study)
        );
    }
    text
}

/// Every answer to a claim with its study and its task.
fn answers<'a>(
    atlas: &'a Atlas,
    claim: &'a Claim,
) -> impl Iterator<Item = (&'a AtlasStudy, &'a AtlasTask, &'a Answer)> {
    let of_study = |(study, answers): (&'a AtlasStudy, &'a Vec<Answer>)| {
        std::iter::zip(&study.tasks, answers).map(move |(task, answer)| (study, task, answer))
    };
    std::iter::zip(&atlas.studies, &claim.answers).flat_map(of_study)
}

/// Whether a claim is one that answers are for or against.
fn is_judged(claim: &Claim) -> bool {
    [Says::For, Says::Against, Says::Open].into_iter().any(|says| claim.count(says) > 0)
}

fn fields(atlas: &Atlas) -> Vec<Field> {
    let all = atlas.studies.iter().flat_map(|study| &study.tasks).map(|task| task.field);
    all.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

fn named(field: Field) -> &'static str {
    match field {
        Field::Vision => "vision",
        Field::Text => "text",
        Field::Tables => "tables",
        Field::Language => "language",
        Field::Numbers => "numbers",
        Field::Other => "other",
    }
}

/// `for 4, open 1, **against 1**`, of the tasks of a field.
fn by_field(atlas: &Atlas, claim: &Claim, field: Field) -> String {
    let of_field = |says: Says| {
        answers(atlas, claim).filter(|(_, task, answer)| task.field == field && answer.says == says).count()
    };
    let way = |(says, word): (Says, &str)| {
        let count = of_field(says);
        let told =
            if says == Says::Against { format!("**{word} {count}**") } else { format!("{word} {count}") };
        (count > 0).then_some(told)
    };
    let ways =
        [(Says::For, "for"), (Says::Against, "against"), (Says::Open, "open"), (Says::Number, "in part")];
    ways.into_iter().filter_map(way).collect::<Vec<_>>().join(", ")
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

/// A row for each task that varies nothing but M: what a reader asks first.
fn write_settings(text: &mut String, atlas: &Atlas) {
    const ASKED: [(&str, &str); 4] = [
        ("gain_at_smallest", "gain at the smallest M"),
        ("gain_at_largest", "at the largest"),
        ("worth_at_smallest", "η at the smallest M"),
        ("amplified", "amplified"),
    ];
    let asked = |name: &str| atlas.claims.iter().find(|claim| claim.name == name);
    let _ = writeln!(
        text,
        "\n## Settings\n\n| field | data | student | {} | study |\n|---|---|---|{}---|",
        ASKED.map(|(_, head)| head).join(" | "),
        "---|".repeat(ASKED.len())
    );
    for field in fields(atlas) {
        for (at, study) in atlas.studies.iter().enumerate() {
            for (of, task) in study.tasks.iter().enumerate() {
                if task.field != field || !task.factors.is_empty() || task.arm.is_none() {
                    continue;
                }
                let answer = |name: &str| Some(&asked(name)?.answers[at][of]);
                let cells = ASKED.map(|(name, _)| {
                    answer(name).map_or_else(String::new, |answer| match (name, said(answer.says)) {
                        ("amplified", "for") => "yes".to_owned(),
                        ("amplified", _) if answer.says == Says::Absent => String::new(),
                        ("amplified", way) => way.to_owned(),
                        _ => answer.words.clone(),
                    })
                });
                let (title, student) = (&task.title, &task.student);
                let _ = writeln!(
                    text,
                    "| {} | {title} | {student} | {} | [{}]({}) |",
                    named(field),
                    cells.join(" | "),
                    study.name,
                    study.link
                );
            }
        }
    }
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

    fn atlas() -> Atlas {
        let task = |name: &str| AtlasTask {
            name: name.to_owned(),
            factors: std::collections::BTreeMap::new(),
            title: "Digits".to_owned(),
            field: Field::Vision,
            student: "mlp 64".to_owned(),
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
        assert!(
            markdown.contains("| vision | Digits | mlp 64 |  |  |  | yes | [one](one/report.html) |\n"),
            "{markdown}"
        );
        assert!(
            markdown.contains("- [two](two/report.html): width, digits: distilled gains most"),
            "{markdown}"
        );
        let terminal = atlas_terminal(&atlas());
        assert!(terminal.contains("it is amplified: for in 1, open in 1\n"), "{terminal}");
        assert!(
            terminal.contains("  two · digits: not asked\n") && terminal.contains("  one · digits: 0.5 [")
        );
    }
}
