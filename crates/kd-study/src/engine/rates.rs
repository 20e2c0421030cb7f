//! How fast steps go: as they were seen to, and from that, where they were not.

use std::collections::HashMap;

use crate::plan::cost::Costs;
use crate::plan::shape::Shape;

/// Seconds of a step by shape.
#[derive(Clone)]
pub(super) struct Rates<'a> {
    costs: &'a Costs,
    /// Seconds, and the steps that took them.
    seen: HashMap<Shape, (f64, f64)>,
}

/// What is made of what was seen, for shapes that were not: seconds for a unit of cost.
pub(super) struct Scales<'a> {
    rates: &'a Rates<'a>,
    /// Of shapes of one family, sum of logarithms and their number.
    families: HashMap<&'a str, (f64, f64)>,
}

impl<'a> Rates<'a> {
    pub(super) fn new(costs: &'a Costs) -> Self {
        Self { costs, seen: HashMap::new() }
    }

    /// So many steps of this shape took so long.
    pub(super) fn see(&mut self, shape: &Shape, seconds: f64, steps: f64) {
        if steps > 0.0 {
            let seen = self.seen.entry(shape.clone()).or_default();
            *seen = (seen.0 + seconds, seen.1 + steps);
        }
    }

    /// Whether any step of this shape was seen.
    pub(super) fn has(&self, shape: &Shape) -> bool {
        self.seen.contains_key(shape)
    }

    fn seen(&self, shape: &Shape) -> Option<f64> {
        self.seen.get(shape).map(|(seconds, steps)| seconds / steps)
    }

    /// What to go by for now.
    pub(super) fn scales(&self) -> Scales<'_> {
        let mut families: HashMap<&str, (f64, f64)> = HashMap::new();
        for shape in self.seen.keys() {
            let ratio = self.seen(shape).map_or(1.0, |seconds| seconds / self.costs.step(shape));
            let of = families.entry(shape.family()).or_default();
            *of = (of.0 + ratio.ln(), of.1 + 1.0);
        }
        Scales { rates: self, families }
    }
}

impl Scales<'_> {
    /// Seconds of a step of this shape: as seen; else, as its cost is to those of its family that were seen, or of all.
    /// None before any was.
    pub(super) fn step(&self, shape: &Shape) -> Option<f64> {
        let guessed = || {
            let own = self.families.get(shape.family()).copied();
            let all = self.families.values().fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
            let (logarithms, shapes) = own.unwrap_or(all);
            (shapes > 0.0).then(|| (logarithms / shapes).exp() * self.rates.costs.step(shape))
        };
        self.rates.seen(shape).or_else(guessed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::plan;
    use crate::plan::shape::shapes;

    #[test]
    fn a_shape_that_was_not_seen_is_as_its_family_or_else_as_all() {
        let plan = plan();
        let shapes = shapes(&plan.runs);
        let (teacher, student) = (&shapes[&plan.runs[0].id], &shapes[&plan.runs[2].id]);
        let costs = Costs::default();
        let mut rates = Rates::new(&costs);
        assert_eq!(rates.scales().step(student), None);
        rates.see(teacher, 8.0, 4.0);
        let near = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-9;
        assert!(near(rates.scales().step(student), 2.0) && !rates.has(student));
        rates.see(student, 1.0, 2.0);
        rates.see(student, 5.0, 4.0);
        rates.see(student, 99.0, 0.0);
        assert!(near(rates.scales().step(student), 1.0) && near(rates.scales().step(teacher), 2.0));
        let other = &shapes[&plan.runs[3].id];
        assert!(near(rates.scales().step(other), 2_f64.sqrt()), "the geometric mean of 1 and 2");
    }

    #[test]
    fn costs_are_proportions() {
        let plan = plan();
        let shapes = shapes(&plan.runs);
        let (teacher, student) = (&shapes[&plan.runs[0].id], &shapes[&plan.runs[2].id]);
        let study = crate::Study::parse(crate::engine::tests::STUDY, "study.toml").unwrap();
        let costs = Costs::of(&study, &plan);
        let mut rates = Rates::new(&costs);
        rates.see(teacher, 1.0, 1.0);
        let expected = costs.step(student) / costs.step(teacher);
        assert!((rates.scales().step(student).unwrap() - expected).abs() < 1e-9);
    }
}
