//! Whether `converged` means it: stored histories of runs, each with what ten times the steps brought, the mean over three
//! seeds. `cargo run --example convergence` makes them from results of `studies/budgets/`.
#![allow(clippy::unwrap_used)] // a test stops where something is missing
#![allow(clippy::print_stdout)] // how often it is right is told with --nocapture

use kd_study::{Convergence, Milestone};
use serde::Deserialize;

/// A history.
#[derive(Deserialize)]
struct Stored {
    setting: String,
    /// Whether the rule was fitted on it.
    fitted: bool,
    hears_teacher: bool,
    steps: u64,
    /// Points of test accuracy that ten times the steps brought.
    gain: f64,
    loss: Vec<f64>,
    score: Vec<f64>,
}

impl Stored {
    fn milestones(&self) -> Vec<Milestone> {
        let at = |place: usize, parts: usize| ((place as u64 + 1) * self.steps).div_ceil(parts as u64);
        let milestone =
            |step, loss, validation_score| Milestone { step, loss, gradient_norm: None, validation_score };
        let losses = self.loss.iter().enumerate();
        let losses = losses.map(|(place, &loss)| milestone(at(place, self.loss.len()), Some(loss), None));
        let scores = self.score.iter().enumerate();
        let scores = scores.map(|(place, &score)| milestone(at(place, self.score.len()), None, Some(score)));
        let mut all: Vec<Milestone> = losses.chain(scores).collect();
        all.sort_by_key(|milestone| milestone.step);
        all
    }

    /// Whether it had converged: more than 0.75 points more is no, less than 0.25 is yes, and between them it is open.
    fn truth(&self) -> Option<bool> {
        match self.gain {
            ..0.25 => Some(true),
            0.25..=0.75 => None,
            _ => Some(false),
        }
    }
}

/// How many of those that had converged are said to, and of those that had not are said not to, as `(right, all)`.
fn judged(histories: &[&Stored]) -> [(usize, usize); 2] {
    [true, false].map(|truth| {
        let own: Vec<&&Stored> = histories.iter().filter(|stored| stored.truth() == Some(truth)).collect();
        let right = own.iter().filter(|stored| {
            let told = Convergence::of(&stored.milestones(), stored.hears_teacher).unwrap();
            told.converged == truth
        });
        (right.count(), own.len())
    })
}

#[test]
fn converged_is_right_of_nine_in_ten_that_it_was_not_fitted_on() {
    let text = include_str!("fixtures/convergence.json");
    let histories: Vec<Stored> = serde_json::from_str(text).unwrap();
    let (fitted, others): (Vec<&Stored>, Vec<&Stored>) = histories.iter().partition(|stored| stored.fitted);
    let settings = |histories: &[&Stored]| {
        let mut names: Vec<&str> = histories.iter().map(|stored| stored.setting.as_str()).collect();
        names.dedup();
        names.len()
    };
    println!("fitted on {} settings: {:?}", settings(&fitted), judged(&fitted));
    let [sensitive, specific] = judged(&others);
    println!("others, {} settings: {sensitive:?} {specific:?}", settings(&others));
    assert!(sensitive.1 + specific.1 >= 60, "{sensitive:?} {specific:?}");
    for (right, all) in [sensitive, specific] {
        assert!(right as f64 >= 0.9 * all as f64, "{sensitive:?} {specific:?}");
    }
}
