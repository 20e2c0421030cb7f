use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::{Part, check, stream};
use crate::error::Result;
use crate::splits::Splits;
use crate::{Examples, Inputs, Sequences, Targets};

/// A text from a Markov chain of order 1, for language modelling.
///
/// Each token's followers have probabilities softmax(concentration · ε), ε ~ N(0, 1). No model can predict the chain
/// with a cross-entropy below [`MarkovText::entropy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkovText {
    /// Number of training blocks.
    pub train: u32,
    /// Number of test blocks.
    pub test: u32,
    /// Number of tokens.
    pub vocabulary: u32,
    /// L: the number of tokens that are predicted in a block.
    pub block: u16,
    /// How uneven followers are: at 0 all are equally likely.
    pub concentration: f64,
    /// What is drawn.
    #[serde(default)]
    pub seed: u64,
}

impl MarkovText {
    /// p(next | token), a row for each token.
    #[must_use]
    pub fn transitions(&self) -> Vec<Vec<f64>> {
        let mut truth = stream(self.seed, Part::Truth);
        let mut row = || -> Vec<f64> {
            let weights: Vec<f64> =
                (0..self.vocabulary).map(|_| (self.concentration * truth.normal()).exp()).collect();
            let total: f64 = weights.iter().sum();
            weights.into_iter().map(|weight| weight / total).collect()
        };
        (0..self.vocabulary).map(|_| row()).collect()
    }

    /// Entropy rate in nats per token: H = -Σᵢ πᵢ Σⱼ pᵢⱼ ln pᵢⱼ with π the stationary distribution.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let transitions = self.transitions();
        let row_entropy =
            |row: &Vec<f64>| -row.iter().map(|&p| if p > 0.0 { p * p.ln() } else { 0.0 }).sum::<f64>();
        stationary(&transitions).iter().zip(&transitions).map(|(share, row)| share * row_entropy(row)).sum()
    }

    pub(crate) fn draw(&self) -> Result<Splits> {
        check(self.train > 0 && self.test > 0, "training and test blocks")?;
        check((2..=1024).contains(&self.vocabulary), "2 to 1024 tokens")?;
        check(self.block > 0, "a token in a block")?;
        check((0.0..=100.0).contains(&self.concentration), "a concentration from 0 to 100")?;
        let transitions = self.transitions();
        let start = stationary(&transitions);
        let draw = |part, count: u32| -> Result<Examples> {
            let mut stream = stream(self.seed, part);
            let mut ids = Vec::new();
            for _ in 0..count {
                let mut distribution = &start;
                for _ in 0..=self.block {
                    let token = choose(distribution, stream.uniform());
                    ids.push(token as i64);
                    distribution = &transitions[token];
                }
            }
            let blocks = Tensor::f_from_slice(&ids)?.f_view([-1, i64::from(self.block) + 1])?;
            let inputs = Inputs::Sequences(Sequences { blocks, vocabulary: self.vocabulary.into() });
            Ok(Examples { inputs, targets: Targets::NextToken })
        };
        Ok(Splits {
            classes: (0..self.vocabulary).map(|token| token.to_string()).collect(),
            train: draw(Part::Train, self.train)?,
            validation: None,
            test: draw(Part::Test, self.test)?,
            doubts: Vec::new(),
        })
    }
}

/// The item at which the running total passes `share`.
fn choose(distribution: &[f64], share: f64) -> usize {
    let mut total = 0.0;
    let passed = distribution.iter().position(|probability| {
        total += probability;
        share < total
    });
    passed.unwrap_or(distribution.len() - 1)
}

/// π = π P by repeated multiplication; every entry of P is positive, so it converges geometrically.
fn stationary(transitions: &[Vec<f64>]) -> Vec<f64> {
    let mut share = vec![1.0 / transitions.len() as f64; transitions.len()];
    for _ in 0..1000 {
        let mut next = vec![0.0; share.len()];
        for (from, row) in share.iter().zip(transitions) {
            next.iter_mut().zip(row).for_each(|(to, probability)| *to += from * probability);
        }
        let change: f64 = next.iter().zip(&share).map(|(a, b)| (a - b).abs()).sum();
        share = next;
        if change < 1e-14 {
            break;
        }
    }
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(concentration: f64) -> MarkovText {
        MarkovText { train: 500, test: 1, vocabulary: 7, block: 63, concentration, seed: 2 }
    }

    #[test]
    fn the_true_transitions_reach_the_entropy() {
        let task = task(1.5);
        let splits = task.draw().unwrap();
        let Inputs::Sequences(Sequences { blocks, .. }) = &splits.train.inputs else {
            panic!("sequences expected")
        };
        let ids: Vec<i64> = Vec::try_from(blocks.flatten(0, -1)).unwrap();
        let transitions = task.transitions();
        let losses: Vec<f64> = ids
            .chunks(64)
            .flat_map(|block| block.windows(2))
            .map(|pair| -transitions[pair[0] as usize][pair[1] as usize].ln())
            .collect();
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        assert!((mean - task.entropy()).abs() < 0.02, "{mean} against {}", task.entropy());
    }

    #[test]
    fn an_even_chain_has_the_largest_entropy() {
        assert!((task(0.0).entropy() - 7.0_f64.ln()).abs() < 1e-12);
        assert!(task(1.0).entropy() < 7.0_f64.ln());
    }
}
