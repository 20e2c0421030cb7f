//! Classes of which a student's samples hold no example.

use kd_data::{Dataset, Sampling};
use kd_doubt::{Doubt, Kind};

use crate::spec::{Draw, Origin};

/// A student's draw, and what it is drawn from.
pub(super) struct Drawn<'a> {
    /// The student's and the teacher's.
    pub(super) draws: [&'a Draw; 2],
    /// Every M, ascending.
    pub(super) sizes: &'a [u64],
    /// Those of students and of teachers, of which there is one for all or one for each.
    pub(super) seeds: [&'a [u64]; 2],
    pub(super) dataset: &'a Dataset,
    pub(super) pool: &'a [usize],
}

/// Above so many expected examples of the rarest class, a draw without one is not looked for.
const EXPECTED: f64 = 12.0;

/// From larger pools, drawing would keep people waiting.
const LARGEST: usize = 100_000;

/// Of an M, under how many seeds a class is missing, and the first such class.
struct Missing<'a> {
    samples: u64,
    seeds: usize,
    class: &'a str,
}

impl Drawn<'_> {
    /// That some seeds' samples lack a class. Only draws by chance are looked at, and of these what is small.
    pub(super) fn doubt(&self) -> Option<Doubt> {
        let is_by_chance = |draw: &Draw| match draw.sampling {
            Sampling::Uniform | Sampling::Stratified => true,
            Sampling::Balanced
            | Sampling::LongTailed(_)
            | Sampling::ByScore(_)
            | Sampling::KCentre(_)
            | Sampling::Herding(_) => draw.samples as usize == self.pool.len(),
        };
        let is_seen = self.draws.into_iter().all(is_by_chance) && self.pool.len() <= LARGEST;
        let missing = if is_seen { self.missing()? } else { return None };
        let classes = self.dataset.classes.len() as u64;
        let most = missing.last()?.samples;
        let evidence: Vec<String> = missing
            .iter()
            .map(|Missing { samples, seeds, class }| {
                format!("at M = {samples}, of {seeds} of {} seeds, such as `{class}`", self.seeds[0].len())
            })
            .collect();
        let advice = if most < classes {
            format!("more samples: there are {classes} classes")
        } else {
            "sampling = \"stratified\" of the student gives every class its share, \"balanced\" as much as any".to_owned()
        };
        let what = "a student's samples hold no example of some class";
        Some(Doubt::weak(Kind::MissingClass, "", what).seen(evidence.join("; ")).advise(advice))
    }

    fn missing(&self) -> Option<Vec<Missing<'_>>> {
        let labels = self.dataset.train.labels().ok()?;
        let mut counts = vec![0_usize; self.dataset.classes.len()];
        let [student, teacher] = self.draws;
        let drawable = Draw { from: Origin::All, ..student.clone() };
        let candidates = drawable.candidates(self.dataset, self.pool, self.pool);
        for &row in &candidates {
            counts[labels[row] as usize] += 1;
        }
        let there: Vec<usize> = (0..counts.len()).filter(|&class| counts[class] > 0).collect();
        let rarest = there.iter().map(|&class| counts[class]).min()? as f64 / candidates.len() as f64;
        let sizes: Vec<u64> =
            self.sizes.iter().copied().filter(|&size| size as f64 * rarest < EXPECTED).collect();
        let &largest = sizes.last()?;
        let mut missing: Vec<Missing> = Vec::new();
        let [seeds, teacher_seeds] = self.seeds;
        for (&seed, &teacher_seed) in seeds.iter().zip(teacher_seeds.iter().cycle()) {
            let before = Draw { seed: teacher_seed, ..teacher.clone() }
                .take(self.dataset, self.pool, self.pool)
                .ok()?;
            let draw = Draw { seed, samples: largest, ..student.clone() };
            let order = draw.order(self.dataset, &draw.candidates(self.dataset, self.pool, &before)).ok()?;
            for &samples in &sizes {
                let own = &order[..order.len().min(samples as usize)];
                let mut held = vec![false; counts.len()];
                for &row in own {
                    held[labels[row] as usize] = true;
                }
                let Some(&absent) = there.iter().find(|&&class| !held[class]) else { continue };
                match missing.iter_mut().find(|missing| missing.samples == samples) {
                    Some(missing) => missing.seeds += 1,
                    None => missing.push(Missing { samples, seeds: 1, class: &self.dataset.classes[absent] }),
                }
            }
        }
        missing.sort_by_key(|missing| missing.samples);
        Some(missing)
    }
}

#[cfg(test)]
mod tests {
    use crate::study::tests::study;

    fn told(changes: &[(&str, &str)]) -> Vec<String> {
        let doubts = study(changes).doubts.into_iter();
        doubts.map(|doubt| format!("{doubt}; {}; {}", doubt.evidence, doubt.setting)).collect()
    }

    #[test]
    fn a_class_that_no_sample_is_of_is_named_with_m_and_seeds() {
        let few = ("samples = [10]", "samples = [3]");
        let found = told(&[few, ("samples = [20, 10, \"all\"]", "samples = [80, \"all\"]")]);
        let [far] = &found[..] else { panic!("one doubt expected: {found:?}") };
        let start =
            "far: a student's samples hold no example of some class; at M = 3, of 2 of 2 seeds, such as `";
        assert!(far.starts_with(start) && far.ends_with("more samples: there are 4 classes"), "{far}");
    }

    #[test]
    fn what_is_stratified_or_large_has_every_class() {
        let large = ("samples = [20, 10, \"all\"]", "samples = [80, \"all\"]");
        let stratified = ("samples = [10]", "sampling = \"stratified\"\nsamples = [8]");
        assert_eq!(told(&[large, stratified]), [""; 0]);
    }
}
