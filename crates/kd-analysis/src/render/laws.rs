//! Laws over M in words, as a table and as a figure.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::figure::{COLOURS, Plate, legend_key};
use super::law_figure::{Line, Marked, plate};
use super::sentence::leading_gain;
use super::task_figures::index;
use super::text::{capital, count};
use crate::interval::Estimate;
use crate::law::{Fitted, GAP_EXPONENT, Law, LawPoint, Quantity, Span};
use crate::metric::Metric;
use crate::task::TaskFindings;

/// `0.47 [0.41, 0.53]`; an end that the data do not give is said to be open.
fn exponent(span: &Span) -> String {
    let end = |end: Option<f64>| end.map_or_else(|| "open".to_owned(), |end| format!("{end:.2}"));
    minus(&format!("{:.2} [{}, {}]", span.value, end(span.low), end(span.high)))
}

fn minus(text: &str) -> String {
    text.replace('-', "−")
}

/// `4.0 % [3.5, 4.6]`.
fn level(span: &Span, metric: &Metric) -> String {
    let end = |end: Option<f64>| end.map_or_else(|| "open".to_owned(), |end| metric.bare(end));
    let value = metric.value(&Estimate { mean: span.value, half_width: None, n: 0 });
    format!("{value} [{}, {}]", end(span.low), end(span.high))
}

/// `errors of labels`.
fn subject(law: &Law, metric: &Metric) -> String {
    let arm = &law.arm;
    match law.quantity {
        Quantity::Error => format!("the {} of {arm}", error(metric)),
        Quantity::FidelityGap => format!("the fidelity gap of {arm}"),
        Quantity::Efficiency => format!("the efficiency factor η of {arm}"),
    }
}

/// `error`, or what is measured where that is one.
fn error(metric: &Metric) -> String {
    // A loss of nil is an error of nil, a score of nil one of 1.
    if metric.error(0.0).is_some_and(|error| error < 0.5) {
        metric.name().to_owned()
    } else {
        "error".to_owned()
    }
}

fn variable(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Error => "M",
        Quantity::FidelityGap | Quantity::Efficiency => "κ",
    }
}

/// What is said of a law, as a sentence.
fn sentence(law: &Law, metric: &Metric) -> String {
    let subject = subject(law, metric);
    let variable = variable(law.quantity);
    let Some(fitted) = &law.fitted else {
        return capital(&format!("{subject} does not fall with {variable} in the way of a power law."));
    };
    let form = if fitted.floor.is_some() { "a M^−b + c" } else { "a κ^−b" };
    if let Some(misfit) = fitted.misfit.filter(|_| !fitted.fits) {
        return capital(&format!(
            "{subject} does not follow {form}: it misses that by more than seeds differ (F({}, {}) = {:.1}, p {}; {} off, root mean square), so no exponent is claimed.",
            misfit.degrees.0,
            misfit.degrees.1,
            misfit.f,
            probability(misfit.p),
            distance(law.quantity, misfit.distance, metric)
        ));
    }
    let verb = if fitted.exponent.value < 0.0 { "grows" } else { "falls" };
    let mut said = capital(&format!("{subject} {verb} as {form} with b = {}", exponent(&fitted.exponent)));
    if let Some(floor) = &fitted.floor {
        let _ = write!(said, " and a floor c = {}", level(floor, metric));
    }
    match law.quantity {
        Quantity::Error => {}
        Quantity::FidelityGap => said.push_str(if fitted.exponent.holds(GAP_EXPONENT) {
            ", which holds the ½ that theory gives"
        } else {
            ", which does not hold the ½ that theory gives"
        }),
        Quantity::Efficiency => {
            if fitted.exponent.holds(0.0) {
                said.push_str(", which allows for no change with κ");
            }
        }
    }
    said.push('.');
    if let Some(beyond) = &fitted.beyond {
        let _ = write!(
            said,
            " Extrapolated to M = {}, twice the largest, the law says {}; nothing was measured there.",
            count(beyond.samples as f64),
            level(&beyond.value, metric)
        );
    }
    said
}

fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("= {p:.3}") }
}

/// How far means lie from a law.
fn distance(quantity: Quantity, distance: f64, metric: &Metric) -> String {
    match quantity {
        Quantity::Error => metric.amount(distance),
        Quantity::FidelityGap => format!("{:.1} points", 100.0 * distance),
        Quantity::Efficiency => format!("{:.0} %", 100.0 * distance),
    }
}

/// All laws in a line for a terminal: of labels and of the arm that stands for distillation.
pub(super) fn line(task: &TaskFindings, metric: &Metric) -> Option<String> {
    let leading = leading_gain(task).map(|gain| gain.arm.as_str());
    let labels = task.curves.iter().find(|curve| curve.role == crate::Role::Labels);
    let is_shown =
        |law: &&Law| Some(law.arm.as_str()) == leading || labels.is_some_and(|labels| labels.arm == law.arm);
    let short = |law: &Law| {
        let subject = subject(law, metric);
        match law.fitted.filter(|fitted| fitted.fits) {
            Some(fitted) => {
                format!("{subject} as {}^−b with b = {}", variable(law.quantity), exponent(&fitted.exponent))
            }
            None => format!("{subject} follows no power law"),
        }
    };
    let said: Vec<String> = task.laws.iter().filter(is_shown).map(short).collect();
    (!said.is_empty()).then(|| format!("Laws: {}.", said.join("; ")))
}

/// Every law as a list in Markdown.
pub(super) fn write_markdown(text: &mut String, task: &TaskFindings, metric: &Metric) {
    if task.laws.is_empty() {
        return;
    }
    text.push_str("\nLaws over M, each interval for itself:\n\n");
    for law in &task.laws {
        let _ = writeln!(text, "- {}", sentence(law, metric));
    }
}

/// Laws as sentences, figures and a table of what was measured, what the law says and what is left.
pub(super) fn section(task: &TaskFindings, metric: &Metric) -> Markup {
    html! { @if !task.laws.is_empty() {
        h3 { "Laws over M" }
        ul { @for law in &task.laws { li { (sentence(law, metric)) } } }
        @for plate in figures(task, metric).iter().map(|(_, plate)| plate) { (drawing(plate)) }
        (table(task, metric))
        p.small {
            "An exponent is in its interval unless the data contradict it: whatever the other numbers of the law are, seeds \
             have a mean of nil along what the exponent would move, and Student's t tells. That c cannot be below nil is used. \
             A law is said not to fit where means miss it by more than seeds differ (F test of lack of fit against pure error). \
             Each interval is for itself. η is taken of means over seeds, its interval from pseudo-values of the jackknife."
        }
    } }
}

fn figure(task: &TaskFindings, quantity: Quantity, metric: &Metric) -> Option<Plate> {
    let factor = scale(quantity, metric);
    let line = |law: &Law| {
        let at = |point: &LawPoint| Marked {
            samples: point.samples as f64,
            value: factor * point.measured,
            ends: point.ends.map(|(low, high)| (factor * low, factor * high)),
        };
        Line {
            name: law.arm.clone(),
            index: index(task, &law.arm),
            points: law.points.iter().map(at).collect(),
            law: law.fitted.map(|fitted| (factor, fitted)),
            reach: law.fitted.and_then(|fitted: Fitted| fitted.beyond).map(|beyond| beyond.samples as f64),
        }
    };
    let lines: Vec<Line> = task.laws.iter().filter(|law| law.quantity == quantity).map(line).collect();
    let (title, label) = match quantity {
        Quantity::Error => {
            (format!("{} against M and its law", capital(&error(metric))), metric.values(&error(metric)))
        }
        Quantity::FidelityGap => {
            ("Fidelity gap against M and its law".to_owned(), "train − test agreement, points".to_owned())
        }
        Quantity::Efficiency => ("η against M and its law".to_owned(), "η, times M".to_owned()),
    };
    plate(&format!("{title} on {}", task.name()), &label, &lines)
}

/// A figure for each quantity that has laws, with what it is called.
pub(super) fn figures(task: &TaskFindings, metric: &Metric) -> Vec<(&'static str, Plate)> {
    let all = [
        ("law", Quantity::Error),
        ("law-of-fidelity-gap", Quantity::FidelityGap),
        ("law-of-efficiency", Quantity::Efficiency),
    ];
    let drawn = all.into_iter().map(|(name, quantity)| Some((name, figure(task, quantity, metric)?)));
    drawn.flatten().collect()
}

fn drawing(plate: &Plate) -> Markup {
    html! { figure {
        ul.legend { @for (index, name) in &plate.legend { li class=(format!("c{}", index % COLOURS)) { (PreEscaped(legend_key(*index, false))) b { (name) } } } }
        div.scroll { (PreEscaped(plate.inline())) }
        figcaption {
            (plate.title) ", both axes logarithmic. Marks are means over seeds with intervals, lines the laws, dashed beyond what was \
            measured. Below: what is left of each mean when the law is taken off, in per cent of the law."
        }
    } }
}

/// By how much values grow on the page.
fn scale(quantity: Quantity, metric: &Metric) -> f64 {
    match quantity {
        Quantity::Error => metric.factor(),
        Quantity::FidelityGap => 100.0,
        Quantity::Efficiency => 1.0,
    }
}

fn table(task: &TaskFindings, metric: &Metric) -> Markup {
    let number = |law: &Law, value: f64| {
        let value = scale(law.quantity, metric) * value;
        let decimals = if value.abs() < 10.0 { 2 } else { 1 };
        minus(&format!("{value:.decimals$}"))
    };
    let what = |law: &Law| match law.quantity {
        Quantity::Error => metric.values(&error(metric)),
        Quantity::FidelityGap => "fidelity gap, points".to_owned(),
        Quantity::Efficiency => "η".to_owned(),
    };
    html! { details { summary { "What was measured and what laws say as a table" } div.scroll { table {
        thead { tr { th.words { "quantity" } th.words { "arm" } th { "M" } th { "measured" } th { "law" } th { "left" } } }
        tbody { @for law in &task.laws { @for point in &law.points { tr {
            td.words { (what(law)) } td.words { (law.arm) } td { (count(point.samples as f64)) } td { (number(law, point.measured)) }
            td { @if let Some(value) = point.law { (number(law, value)) } }
            td { @if let Some(value) = point.law { (number(law, point.measured - value)) } }
        } } } }
    } } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{Beyond, Misfit};
    use crate::made_up::study;

    fn law(quantity: Quantity, exponent: Span, fits: bool) -> Law {
        let has_floor = quantity == Quantity::Error;
        let span = |value| Span { value, low: Some(value - 0.01), high: None };
        let fitted = Fitted {
            exponent,
            factor: 1.0,
            floor: has_floor.then(|| span(0.021)),
            misfit: Some(Misfit { f: 7.13, degrees: (4, 16), p: 0.0017, distance: 0.008 }),
            fits,
            beyond: has_floor.then(|| Beyond { samples: 7646, value: span(0.04) }),
        };
        Law { quantity, arm: "labels".to_owned(), seeds: 5, points: Vec::new(), fitted: Some(fitted) }
    }

    fn say(law: &Law) -> String {
        let study = study(&[10], 0);
        sentence(law, &Metric::of(&study, &study.tasks[0]))
    }

    const HALF: Span = Span { value: 0.47, low: Some(0.41), high: Some(0.53) };

    #[test]
    fn a_law_is_told_with_its_floor_and_what_is_beyond_is_marked() {
        assert_eq!(
            say(&law(Quantity::Error, HALF, true)),
            "The error of labels falls as a M^−b + c with b = 0.47 [0.41, 0.53] and a floor c = 2.1 % [1.1, open]. \
             Extrapolated to M = 7,646, twice the largest, the law says 4.0 % [3.0, open]; nothing was measured there."
        );
    }

    #[test]
    fn what_does_not_fit_or_fall_claims_no_exponent() {
        assert_eq!(
            say(&law(Quantity::Error, HALF, false)),
            "The error of labels does not follow a M^−b + c: it misses that by more than seeds differ (F(4, 16) = 7.1, p = \
             0.002; 0.8 points off, root mean square), so no exponent is claimed."
        );
        let none = Law { fitted: None, ..law(Quantity::Error, HALF, true) };
        assert_eq!(say(&none), "The error of labels does not fall with M in the way of a power law.");
    }

    #[test]
    fn theory_is_held_against_the_gap_and_nil_against_efficiency() {
        let ends = |quantity, exponent| say(&law(quantity, exponent, true));
        let other = Span { value: -0.2, low: None, high: Some(0.1) };
        assert!(ends(Quantity::FidelityGap, HALF).ends_with("0.53], which holds the ½ that theory gives."));
        let grows = "The fidelity gap of labels grows as a κ^−b with b = −0.20 [open, 0.10], which does not hold the ½ that \
                     theory gives.";
        assert_eq!(ends(Quantity::FidelityGap, other), grows);
        assert!(ends(Quantity::Efficiency, other).ends_with("0.10], which allows for no change with κ."));
        assert!(ends(Quantity::Efficiency, HALF).ends_with("0.47 [0.41, 0.53]."));
    }
}
