//! Theories judged.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, at_sizes};
use super::share::{Explained, Share, ShareAt};
use super::{CARRIES, Explains, NO_PART, THEORIES, Test, Theory};
use crate::difference::{Difference, differences};
use crate::role::ControlKind;

/// What the data say of a theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// What it speaks of plays no part, or its prediction failed.
    Refuted,
    /// What it speaks of carries the gain, or a prediction that could have failed held.
    Supported,
    /// What it speaks of explains a part of the gain, established to be neither most of it nor none.
    Partly,
    /// The data do not tell.
    Undecided,
}

/// A theory's test on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The theory's name.
    pub theory: String,
    /// Its claim, as a sentence without its full stop.
    pub claim: String,
    /// Who put it forward.
    pub sources: String,
    /// What it predicts, as a sentence without its full stop.
    #[serde(default)]
    pub prediction: String,
    /// What its share is of.
    #[serde(default = "neither")]
    pub explains: Explains,
    /// The distilled arm it was tested on.
    pub arm: Option<String>,
    /// What the data say.
    pub judgement: Judgement,
    /// Why, in a sentence.
    pub because: String,
    /// What would decide it, in a sentence, where it is undecided and that can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle: Option<String>,
    /// The share of the gain that it explains, over every M at which there is one; of a theory that explains neither what an arm
    /// reproduces nor what one lacks, the share that it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// The contrasts it rests on.
    pub contrasts: Vec<Contrast>,
}

impl Verdict {
    /// The share of the gain that it explains, by which theories are ranked.
    #[must_use]
    pub fn share_of_gain(&self) -> Option<Share> {
        self.share.filter(|_| self.explains != Explains::Neither)
    }
}

fn neither() -> Explains {
    Explains::Neither
}

/// A distilled arm against another, over M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// The other, such as a control.
    pub control: String,
    /// What it leaves of distillation; none of what is no control.
    pub kind: Option<ControlKind>,
    /// Distilled minus control.
    pub differences: Vec<Difference>,
    /// The share of the gain that it tells of, at every M at which there is a gain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<ShareAt>,
    /// The same over all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overall: Option<Share>,
}

/// A theory that is not tested on a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untested {
    /// Its name.
    pub theory: String,
    /// Its claim.
    pub claim: String,
    /// Why, as a sentence without its full stop.
    pub because: String,
}

/// Fewer seeds than this are shown, and nothing is claimed.
pub const FEWEST_SEEDS: usize = 5;

/// A theory's test, before all tests of a study are settled together.
pub(crate) struct Tested {
    pub(crate) theory: &'static Theory,
    pub(crate) arm: String,
    /// The probability of what is seen, were it wrong to support, refute, or call it a part; 1 of what is not claimed.
    pub(crate) probabilities: Probabilities,
    /// What is seen, as a sentence without its full stop.
    pub(crate) because: String,
    /// Why nothing is claimed, where that is so.
    pub(crate) gap: Option<String>,
    pub(crate) more_seeds: Option<usize>,
    pub(crate) share: Option<Share>,
    pub(crate) contrasts: Vec<Contrast>,
}

/// See [`Tested`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probabilities {
    pub(crate) supported: f64,
    pub(crate) refuted: f64,
    pub(crate) partly: f64,
}

impl Probabilities {
    pub(crate) const NOTHING: Self = Self { supported: 1.0, refuted: 1.0, partly: 1.0 };

    /// The least of them.
    pub(crate) fn least(&self) -> f64 {
        self.supported.min(self.refuted).min(self.partly)
    }

    fn judgement(&self) -> Judgement {
        if self.least() >= 1.0 {
            Judgement::Undecided
        } else if self.supported <= self.refuted.min(self.partly) {
            Judgement::Supported
        } else if self.refuted <= self.partly {
            Judgement::Refuted
        } else {
            Judgement::Partly
        }
    }
}

impl Tested {
    /// The probability of what it would claim, were it wrong.
    pub(crate) fn probability(&self) -> f64 {
        if self.gap.is_some() { 1.0 } else { self.probabilities.least() }
    }

    /// The verdict, given whether its claim holds among all of the study's.
    pub(crate) fn settled(self, holds: bool) -> Verdict {
        let judgement =
            if holds && self.gap.is_none() { self.probabilities.judgement() } else { Judgement::Undecided };
        let undecided = judgement == Judgement::Undecided;
        let settle = self.more_seeds.filter(|_| undecided && self.gap.is_none()).map(|more| {
            format!("about {more} more seed{} would probably settle it", if more == 1 { "" } else { "s" })
        });
        Verdict {
            theory: self.theory.name.to_owned(),
            claim: self.theory.claim.to_owned(),
            sources: self.theory.sources.to_owned(),
            prediction: self.theory.prediction.to_owned(),
            explains: self.theory.explains(),
            arm: Some(self.arm),
            judgement,
            because: self.gap.unwrap_or(self.because),
            settle,
            share: self.share,
            contrasts: self.contrasts,
        }
    }
}

/// Every theory that can be tested on an arm, and those that cannot.
pub(crate) fn tested(evidence: &Evidence<'_>) -> (Vec<Tested>, Vec<Untested>) {
    let (mut tests, mut untested) = (Vec::new(), Vec::new());
    for &theory in THEORIES {
        let found = match theory.test {
            Test::Reproduces(kinds) | Test::Removes(kinds) => {
                by_controls(theory, kinds, evidence).into_iter().collect()
            }
            Test::Own(_, test) => test(evidence),
        };
        if found.is_empty() {
            untested.push(Untested {
                theory: theory.name.to_owned(),
                claim: theory.claim.to_owned(),
                because: untested_because(theory, evidence),
            });
        }
        tests.extend(found);
    }
    (tests, untested)
}

/// Why there is no test.
fn untested_because(theory: &Theory, evidence: &Evidence<'_>) -> String {
    let kinds = match theory.test {
        Test::Reproduces(kinds) | Test::Removes(kinds) => kinds,
        Test::Own(..) => &[],
    };
    let classes = evidence.here.info.classes;
    let is_there = |kind: ControlKind| evidence.cells().arms().any(|(role, _)| role.control() == Some(kind));
    if kinds.iter().any(|kind| kind.is_the_teacher_of(classes) && is_there(*kind)) {
        return "of two classes one is wrong: shuffled, or evened out, it is what it was, so that no control tells more than \
                confidence"
            .to_owned();
    }
    format!("the study has no {}", theory.needs)
}

/// What a control tells of a theory.
struct Of<'a> {
    kind: ControlKind,
    control: &'a str,
    explained: Option<Explained>,
}

/// A test by arms that keep, or lack, what a theory speaks of; none where there is no such arm.
fn by_controls(theory: &'static Theory, kinds: &[ControlKind], evidence: &Evidence<'_>) -> Option<Tested> {
    let cells = evidence.cells();
    let removes = theory.explains() == Explains::Removes;
    let of: Vec<Of<'_>> = cells
        .arms()
        .filter_map(|(role, control)| Some((role.control()?, role.control_of(), control)))
        .filter(|(kind, of, _)| {
            kinds.contains(kind)
                && !kind.is_the_teacher_of(evidence.here.info.classes)
                && (kind.is_of_every_arm() || of.is_none() || *of == Some(evidence.arm))
        })
        .map(|(kind, _, control)| {
            let kept = |samples| cells.paired(control, evidence.labels, samples);
            let lost = |samples| cells.paired(evidence.arm, control, samples);
            let whole = |samples| cells.paired(evidence.arm, evidence.labels, samples);
            let explained = if removes {
                Explained::of(cells, evidence.established, lost, whole)
            } else {
                Explained::of(cells, evidence.established, kept, whole)
            };
            Of { kind, control, explained }
        })
        .collect();
    if of.is_empty() {
        return None;
    }
    let contrasts: Vec<Contrast> = of.iter().map(|of| contrast(of, evidence)).collect();
    let missing = kinds.iter().filter(|kind| !of.iter().any(|of| of.kind == **kind)).count();
    let explained: Vec<&Explained> = of.iter().filter_map(|of| of.explained.as_ref()).collect();
    let gap = if evidence.established.is_empty() {
        Some("no gain over labels is established at any M, so there is nothing to explain".to_owned())
    } else if explained.len() < of.len() {
        let lacking = of.iter().find(|of| of.explained.is_none()).map_or("", |of| of.control);
        Some(format!(
            "`{lacking}` has fewer than three finished seeds in common with labels wherever there is a gain"
        ))
    } else {
        None
    };
    let probabilities =
        if gap.is_some() { Probabilities::NOTHING } else { probabilities(&explained, removes, missing > 0) };
    // What is said of a theory is what the control that speaks most for it, or least against it, says.
    let deciding = deciding(&explained, removes);
    Some(Tested {
        theory,
        arm: evidence.arm.to_owned(),
        probabilities,
        because: because(&of, evidence.established, removes, missing > 0),
        gap,
        more_seeds: deciding.and_then(|explained| explained.more_seeds),
        share: deciding.map(|explained| explained.overall),
        contrasts,
    })
}

/// Of what keeps alone: any of its arms may carry the gain, and all must be without a part to refute it. Of what is removed: all
/// must show that it carries the gain, and each kind be there, while any may show that it plays no part.
fn probabilities(explained: &[&Explained], removes: bool, lacks_a_kind: bool) -> Probabilities {
    let count = explained.len() as f64;
    let any = |of: fn(&Explained) -> f64| {
        (count * explained.iter().map(|each| of(each)).fold(1.0, f64::min)).min(1.0)
    };
    let all = |of: fn(&Explained) -> f64| explained.iter().map(|each| of(each)).fold(0.0, f64::max);
    let partly = deciding(explained, removes).map_or(1.0, |each| (count * each.between).min(1.0));
    if removes {
        let supported = if lacks_a_kind { 1.0 } else { all(|each| each.carries) };
        Probabilities { supported, refuted: any(|each| each.no_part), partly }
    } else {
        Probabilities { supported: any(|each| each.carries), refuted: all(|each| each.no_part), partly }
    }
}

fn deciding<'a>(explained: &[&'a Explained], removes: bool) -> Option<&'a Explained> {
    let value = |each: &&&Explained| if removes { -each.overall.value } else { each.overall.value };
    explained.iter().max_by(|a, b| value(a).total_cmp(&value(b))).copied()
}

fn contrast(of: &Of<'_>, evidence: &Evidence<'_>) -> Contrast {
    let cells = evidence.cells();
    let pairs = cells.pairs(evidence.arm, of.control);
    Contrast {
        control: of.control.to_owned(),
        kind: Some(of.kind),
        differences: differences(&pairs, cells.floor(), cells.confidence()),
        shares: of.explained.as_ref().map_or_else(Vec::new, |explained| explained.at.clone()),
        overall: of.explained.as_ref().map(|explained| explained.overall),
    }
}

/// `smoothed reproduces 4 % [−3, 11] of the gain at M = 40 and 80`.
fn because(of: &[Of<'_>], established: &[u64], removes: bool, lacks_a_kind: bool) -> String {
    let verb = if removes { "of the gain is lost with" } else { "of the gain is reproduced by" };
    let each: Vec<String> = of
        .iter()
        .filter_map(|of| {
            let explained = of.explained.as_ref()?;
            Some(format!("{} {verb} {}", percent(&explained.overall), of.control))
        })
        .collect();
    let lacking = if removes && lacks_a_kind {
        "; to support it takes both a control that shuffles wrong classes and one of matched entropy"
    } else {
        ""
    };
    format!("at {}, where there is a gain, {}{lacking}", at_sizes(established), each.join(", "))
}

/// `34`, in per cent.
pub(crate) fn whole(value: f64) -> String {
    let text = format!("{:.0}", 100.0 * value);
    if text == "-0" { "0".to_owned() } else { text.replace('-', "−") }
}

/// `34 % [28, 41]`.
pub(crate) fn percent(share: &Share) -> String {
    let interval =
        share.interval.map(|(low, high)| format!(" [{}, {}]", whole(low), whole(high))).unwrap_or_default();
    format!("{} %{interval}", whole(share.value))
}

/// How thresholds are told in a glossary.
pub(crate) fn thresholds() -> String {
    format!(
        "Supported where more than {:.0} % of the gain is established to be explained, refuted where less than {:.0} %, partly where the share is established to lie between.",
        100.0 * CARRIES,
        100.0 * NO_PART
    )
}
