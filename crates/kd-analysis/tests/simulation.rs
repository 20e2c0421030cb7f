//! How often the analysis is right where the truth is known: `examples/simulate` in small, with bounds that chance does not cross, and
//! the shapes that the literature shows.

#![allow(dead_code, clippy::print_stdout)] // the example prints more than is held here

use kd_analysis::{Form, Gain, render};

#[path = "../examples/simulate/factors.rs"]
mod factors;
#[path = "../examples/simulate/intervals.rs"]
mod intervals;
#[path = "../examples/simulate/theories.rs"]
mod theories;
#[path = "../examples/simulate/verdicts.rs"]
mod verdicts;
#[path = "../examples/simulate/world.rs"]
mod world;

use world::{Arm, World};

#[test]
fn intervals_cover_the_truth() {
    let (_, world) = intervals::worlds().remove(0);
    let found = intervals::coverage(&world, 5, 60);
    for (name, count) in [
        ("alone", found.alone),
        ("jointly", found.jointly),
        ("eta", found.worth),
        ("peak", found.peak),
        ("crossing", found.crossing),
    ] {
        assert!(count.all >= 30 && count.share() >= 85.0, "{name}: {} of {}", count.right, count.all);
    }
}

#[test]
fn slopes_of_factors_are_covered_and_best_levels_named() {
    for (name, world) in factors::worlds() {
        let found = factors::found(&world, 5, 40);
        for (what, count) in
            [("slopes", found.slopes), ("interaction", found.interaction), ("best", found.best)]
        {
            assert!(count.share() >= 80.0, "{name}, {what}: {} of {}", count.right, count.all);
        }
        let is_moving = name.contains("shrinks") || name.contains("moves");
        let share = found.depends.share();
        assert!(if is_moving { share >= 90.0 } else { share <= 20.0 }, "{name}: {share} %");
    }
}

#[test]
fn what_is_true_comes_out_and_what_is_not_does_not() {
    for (name, world, holds, is_false) in verdicts::asked() {
        let share = verdicts::share(&world, 10, 10, holds);
        if is_false {
            assert!(share <= 30.0, "{name}: {share} %");
        } else {
            assert!(share >= 60.0, "{name}: {share} %");
        }
    }
}

#[test]
fn no_theory_has_a_wrong_verdict() {
    let truths = theories::truths();
    let mut names: Vec<&str> = truths.iter().map(|truth| truth.theory).collect();
    names.dedup();
    assert!(names.len() >= 12, "{names:?}");
    for truth in truths {
        let [right, wrong] = theories::judged(&truth, 20, 2);
        assert!(
            wrong < 1.0 && right > 99.0,
            "{}, {}: right {right} %, wrong {wrong} %",
            truth.theory,
            truth.told
        );
    }
}

/// Means in per cent at each M, read off published plots, with the noise of five seeds.
fn plotted(samples: &[u64], teacher_samples: u64, distilled: &[f64], labels: &[f64]) -> (Gain, String) {
    let gains = std::iter::zip(distilled, labels).map(|(distilled, labels)| (distilled - labels) / 100.0);
    let world = World {
        sizes: samples.to_vec(),
        teacher_samples,
        labels: labels.iter().map(|labels| labels / 100.0).collect(),
        deviations: vec![0.004; samples.len()],
        ..World::of(vec![Arm::new("distilled", "distilled", gains.collect())])
    };
    let found = world.findings(5, 1);
    (found.tasks[0].gains[0].clone(), render::terminal(&found, false))
}

#[test]
fn published_shapes_are_told_for_what_they_are() {
    // CIFAR-100, ResNet-18, N = 50,000.
    let sizes = [1200, 6000, 12_000, 24_000, 48_000];
    let (gain, said) =
        plotted(&sizes, 50_000, &[22.0, 61.0, 70.0, 74.5, 76.5], &[12.5, 35.0, 53.0, 65.5, 74.0]);
    assert_eq!(gain.shape.unwrap().form, Form::Peaks { at: 6000 });
    assert!(said.contains("the gain peaks between, at M = 6000"), "{said}");
    // CIFAR-10 of five million, N = 60,000: beyond twice as many samples as the teacher, it holds the student back.
    let sizes = [1200, 6000, 12_000, 24_000, 48_000, 60_000, 120_000, 600_000];
    let (gain, said) = plotted(
        &sizes,
        60_000,
        &[59.0, 79.5, 83.5, 85.0, 86.0, 86.0, 86.0, 85.7],
        &[57.0, 74.0, 79.0, 82.0, 84.5, 85.0, 87.0, 90.0],
    );
    assert_eq!(gain.shape.as_ref().unwrap().form, Form::Peaks { at: 6000 });
    let crossing = gain.crossing.unwrap().samples;
    assert!((60_000.0..120_000.0).contains(&crossing), "{crossing}");
    assert!(
        gain.points[7].is_loss() && said.contains("distilled is beaten by labels at M = 120000"),
        "{said}"
    );
    // ImageNet, ResNet-50.
    let sizes = [64_000, 96_000, 128_000, 256_000];
    let (gain, said) = plotted(&sizes, 1_280_000, &[48.0, 59.5, 65.0, 70.0], &[14.5, 43.0, 49.0, 61.0]);
    assert_eq!(gain.shape.unwrap().form, Form::Amplified);
    assert!(said.contains("the gain is amplified as data shrink: at M = 64000 it is larger"), "{said}");
}

#[test]
fn a_gain_that_is_always_or_never_there_is_not_amplified() {
    let sizes = [40, 160, 640, 2560];
    let labels = [60.0, 70.0, 80.0, 90.0];
    for distilled in [[63.0, 73.0, 83.0, 93.0], [60.0, 69.0, 78.0, 87.0]] {
        let (gain, said) = plotted(&sizes, 2560, &distilled, &labels);
        assert_eq!(gain.shape.unwrap().form, Form::NotAmplified);
        assert!(said.contains("the gain is not amplified"), "{said}");
    }
}
