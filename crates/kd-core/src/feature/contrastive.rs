use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor, nn};

use super::geometry::unit;
use super::projection::Projection;
use super::shape::rows;
use crate::error::{Error, Result};
use crate::parameter::{Probability, Temperature};
use crate::random::{Concern, Stream};

/// Telling the teacher's feature of an example from those of others (CRD, Tian et al. 2020).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contrastive {
    /// d, the dimension of the learnt embeddings of both features.
    #[serde(default = "usual_dimension")]
    pub dimension: NonZeroU32,
    /// K, how many other examples each is told from; drawn with replacement.
    #[serde(default = "usual_negatives")]
    pub negatives: NonZeroU32,
    /// τ, the divisor of cosines; smaller looks at the nearest alone.
    #[serde(default = "usual_temperature")]
    pub temperature: Temperature,
    /// How much of a remembered embedding stays when its example is seen again.
    #[serde(default = "usual_momentum")]
    pub momentum: Probability,
}

fn usual_dimension() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(127)
}

fn usual_negatives() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(16_383)
}

fn usual_temperature() -> Temperature {
    const { Temperature::constant(0.07) }
}

fn usual_momentum() -> Probability {
    const { Probability::constant(0.5) }
}

impl Default for Contrastive {
    fn default() -> Self {
        Self {
            dimension: usual_dimension(),
            negatives: usual_negatives(),
            temperature: usual_temperature(),
            momentum: usual_momentum(),
        }
    }
}

/// Noise-contrastive loss of embeddings `[B, d]` against a memory `[n, d]` of the other network's, both of rows of
/// length 1, `-1/B Σ_i (ln D(v_i, m_i) + Σ_k ln(1 - D(v_i, m_ik)))` in nats, with `D(v, m) = P / (P + K/n)` and
/// `P = exp(v·m / τ) / Z`.
///
/// `chosen` `[B, 1 + K]` int64 names the rows of memory: an example's own first, then those it is told from.
/// `log_normaliser` is ln Z.
///
/// Tian et al. 2020, "Contrastive Representation Distillation" (arXiv 1910.10699), in the form of their code. The loss of
/// [`Contrastive`] is the sum of two such, the student's embeddings against the memory of the teacher's and the other
/// way round. It learns a linear embedding of each feature, all numbers of an example taken as one vector; the memories
/// start from random directions and move towards the embeddings of every batch after its loss; Z is n times the mean of
/// `exp(v·m / τ)` over the first batch and stays. Others are drawn uniformly from all training examples but the own one.
///
/// Published code adds 10⁻⁷ to the denominators, which this does not; by default it draws others from other classes.
///
/// # Errors
/// On shapes that do not fit, or rows that the memory lacks.
pub fn contrastive(
    embedding: &Tensor,
    memory: &Tensor,
    chosen: &Tensor,
    temperature: f64,
    log_normaliser: f64,
) -> Result<Tensor> {
    let negatives = chosen.size().get(1).map_or(0, |chosen| chosen - 1);
    let log_noise = (negatives as f64 / memory.size()[0] as f64).ln();
    let log_odds =
        scores(embedding, memory, chosen, temperature)?.f_sub_scalar(log_normaliser + log_noise)?;
    let own = log_odds.f_narrow(1, 0, 1)?.f_log_sigmoid()?;
    let others = log_odds.f_narrow(1, 1, negatives)?.f_neg()?.f_log_sigmoid()?;
    let likelihood = Tensor::f_cat(&[own, others], 1)?.f_sum_dim_intlist(1, false, None::<Kind>)?;
    Ok(likelihood.f_mean(None::<Kind>)?.f_neg()?)
}

/// `[B, 1 + K]`: `v·m / τ` at the chosen rows.
fn scores(embedding: &Tensor, memory: &Tensor, chosen: &Tensor, temperature: f64) -> Result<Tensor> {
    // With every row first: n is rarely much more than K, and gathering rows would take d times the memory.
    Ok(embedding.f_matmul(&memory.f_tr()?)?.f_gather(1, chosen, false)?.f_div_scalar(temperature)?)
}

/// One network's side: its learnt embedding, and what it remembers of every training example.
#[derive(Debug)]
struct Side {
    projection: Projection,
    /// `[n, d]`, rows of length 1.
    memory: Tensor,
    /// ln Z of this side's embeddings against the other's memory, a scalar; -∞ before the first batch.
    log_normaliser: Tensor,
}

impl Side {
    fn new(
        path: &nn::Path<'_>,
        inputs: i64,
        samples: i64,
        dimension: i64,
        stream: &mut Stream,
    ) -> Result<Self> {
        let projection = Projection::new(&(path / "embedding"), inputs, dimension, stream)?;
        let draws: Vec<f32> = (0..samples * dimension).map(|_| stream.normal() as f32).collect();
        let mut memory = path.f_zeros_no_train("memory", &[samples, dimension])?;
        memory.f_copy_(&unit(&Tensor::f_from_slice(&draws)?.f_view([samples, dimension])?)?)?;
        let mut log_normaliser = path.f_zeros_no_train("log_normaliser", &[])?;
        let _ = log_normaliser.f_fill_(f64::NEG_INFINITY)?;
        Ok(Self { projection, memory, log_normaliser })
    }

    fn embed(&self, feature: &Tensor) -> Result<Tensor> {
        unit(&self.projection.forward(feature)?)
    }

    /// The loss of this side's embeddings against the other's memory; the first batch sets Z.
    fn against(
        &mut self,
        embedding: &Tensor,
        other: &Side,
        chosen: &Tensor,
        temperature: f64,
    ) -> Result<Tensor> {
        // A copy, as the memory changes before the gradient is taken.
        let memory = other.memory.f_to_dtype(embedding.kind(), false, true)?;
        if self.log_normaliser.f_double_value(&[])?.is_infinite() {
            let scores = scores(&embedding.f_detach()?, &memory, chosen, temperature)?.f_flatten(0, -1)?;
            let share = memory.size()[0] as f64 / scores.numel() as f64;
            self.log_normaliser.f_copy_(&scores.f_logsumexp([0], false)?.f_add_scalar(share.ln())?)?;
        }
        contrastive(embedding, &memory, chosen, temperature, self.log_normaliser.f_double_value(&[])?)
    }

    /// Moves what is remembered of the batch's examples towards their embeddings of now.
    fn remember(&mut self, embedding: &Tensor, index: &Tensor, momentum: f64) -> Result<()> {
        let now = embedding.f_detach()?.f_to_kind(self.memory.kind())?.f_mul_scalar(1.0 - momentum)?;
        let before = self.memory.f_index_select(0, index)?.f_mul_scalar(momentum)?;
        let _ = self.memory.f_index_copy_(0, index, &unit(&before.f_add(&now)?)?)?;
        Ok(())
    }
}

/// The state of CRD: both sides, and the stream that its negatives come from.
#[derive(Debug)]
pub(super) struct Contrast {
    config: Contrastive,
    student: Side,
    teacher: Side,
    stream: Stream,
}

impl Contrast {
    /// `inputs` are the numbers of an example's feature, of student and teacher.
    pub(super) fn new(
        config: Contrastive,
        inputs: [i64; 2],
        samples: i64,
        path: &nn::Path<'_>,
        stream: &mut Stream,
    ) -> Result<Self> {
        if samples < 2 {
            return Err(Error::TooFewExamples { examples: samples, least: 2 });
        }
        let dimension = i64::from(config.dimension.get());
        let student = Side::new(&(path / "student"), inputs[0], samples, dimension, stream)?;
        let teacher = Side::new(&(path / "teacher"), inputs[1], samples, dimension, stream)?;
        let stream = Stream::new(&[stream.next_u64()], Concern::BatchOrder);
        Ok(Self { config, student, teacher, stream })
    }

    /// The loss on features of the training examples `index` `[B]` int64, which are then remembered.
    pub(super) fn loss(&mut self, student: &Tensor, teacher: &Tensor, index: &Tensor) -> Result<Tensor> {
        let (student, teacher) = rows(student, teacher, 1)?;
        let chosen = self.choose(&student, index)?;
        let (student, teacher) = (self.student.embed(&student)?, self.teacher.embed(&teacher)?);
        let temperature = self.config.temperature.get();
        let of_student = self.student.against(&student, &self.teacher, &chosen, temperature)?;
        let of_teacher = self.teacher.against(&teacher, &self.student, &chosen, temperature)?;
        let (own, momentum) = (chosen.f_select(1, 0)?, self.config.momentum.get());
        self.student.remember(&student, &own, momentum)?;
        self.teacher.remember(&teacher, &own, momentum)?;
        Ok(of_student.f_add(&of_teacher)?)
    }

    /// `[B, 1 + K]`: each example's own row and K others', drawn uniformly with replacement.
    fn choose(&mut self, student: &Tensor, index: &Tensor) -> Result<Tensor> {
        let examples = student.size()[0];
        if index.size() != [examples] {
            let expected = format!("[{examples}], one for each example");
            return Err(Error::Shape { what: "indices of examples", expected, got: index.size() });
        }
        let others = self.student.memory.size()[0] as u64 - 1;
        let negatives = self.config.negatives.get();
        let mut chosen = Vec::new();
        for own in Vec::<i64>::try_from(index)? {
            chosen.push(own);
            for _ in 0..negatives {
                let other = self.stream.below(others) as i64;
                chosen.push(other + i64::from(other >= own));
            }
        }
        let chosen = Tensor::f_from_slice(&chosen)?.f_view([examples, i64::from(negatives) + 1])?;
        Ok(chosen.f_to_device(student.device())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    fn contrast(samples: i64, negatives: u32) -> (nn::VarStore, Contrast) {
        let variables = nn::VarStore::new(Device::Cpu);
        let config = format!(r#"{{"dimension":3,"negatives":{negatives}}}"#);
        let config: Contrastive = serde_json::from_str(&config).unwrap();
        let mut stream = Stream::new(&[1], Concern::Initialisation);
        let contrast = Contrast::new(config, [2, 4], samples, &variables.root(), &mut stream).unwrap();
        (variables, contrast)
    }

    #[test]
    fn one_example_told_from_one_other() {
        // v·m / τ is 0 and 1; at ln Z = 0 and K/n = 1/2 the odds are 2 and 2e.
        let embedding = Tensor::from_slice2(&[[0.0, 1.0]]);
        let memory = Tensor::from_slice2(&[[0.0, 0.5], [1.0, 0.0]]);
        let loss = contrastive(&embedding, &memory, &Tensor::from_slice2(&[[1_i64, 0]]), 0.5, 0.0).unwrap();
        let expected = -(2.0_f64 / 3.0).ln() + (1.0 + 2.0 * 1.0_f64.exp()).ln();
        assert!((loss.double_value(&[]) - expected).abs() < 1e-15);
    }

    #[test]
    fn negatives_are_all_others_and_nothing_else() {
        let (_variables, mut contrast) = contrast(4, 3000);
        let features = Tensor::zeros([2, 2], (Kind::Float, Device::Cpu));
        let chosen = contrast.choose(&features, &Tensor::from_slice(&[2_i64, 0])).unwrap();
        assert_eq!(Vec::<i64>::try_from(chosen.select(1, 0)).unwrap(), [2, 0]);
        for (row, own) in [(0, 2), (1, 0)] {
            let mut counts = [0; 4];
            Vec::<i64>::try_from(chosen.get(row).narrow(0, 1, 3000))
                .unwrap()
                .iter()
                .for_each(|&i| counts[i as usize] += 1);
            assert_eq!(counts[own], 0);
            // Six standard deviations of a binomial around 1000.
            assert!((0..4).filter(|&i| i != own).all(|i| (845..1155).contains(&counts[i])), "{counts:?}");
        }
    }

    #[test]
    fn only_what_was_seen_is_remembered_anew() {
        let (variables, mut contrast) = contrast(3, 2);
        let before = contrast.teacher.memory.copy();
        let norms = before.square().sum_dim_intlist(1, false, Kind::Double);
        assert!((norms - 1.0).abs().max().double_value(&[]) < 1e-6);
        let student = Tensor::from_slice2(&[[1.0_f32, 2.0]]);
        let teacher = Tensor::from_slice2(&[[1.0_f32, -2.0, 0.0, 1.0]]);
        let _ = contrast.loss(&student, &teacher, &Tensor::from_slice(&[1_i64])).unwrap();
        let after = contrast.teacher.memory.copy();
        let embedding = contrast.teacher.embed(&teacher).unwrap();
        let expected = unit(&(before.get(1) * 0.5 + embedding.get(0) * 0.5)).unwrap();
        assert!((after.get(1) - expected).abs().max().double_value(&[]) < 1e-6);
        for untouched in [0, 2] {
            assert_eq!(after.get(untouched), before.get(untouched));
        }
        let trained = variables.trainable_variables().len();
        assert_eq!((variables.len(), trained), (8, 4), "memories and normalisers are saved but not trained");
    }

    #[test]
    fn what_cannot_be_contrasted_is_refused() {
        let (_variables, mut contrast) = contrast(3, 2);
        let (student, teacher) =
            (Tensor::from_slice2(&[[1.0_f32, 2.0]]), Tensor::from_slice2(&[[1.0_f32, -2.0, 0.0, 1.0]]));
        let mut loss = |index: &[i64]| contrast.loss(&student, &teacher, &Tensor::from_slice(index));
        assert!(matches!(loss(&[0, 1]), Err(Error::Shape { .. })));
        assert!(matches!(loss(&[3]), Err(Error::Torch(_))));
    }
}
