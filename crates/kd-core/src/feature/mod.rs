//! Feature distillation: a named intermediate feature of the student is compared with one of the teacher. One file for
//! each loss.
//!
//! Features are `[B, D]` or `[B, C, H, W]`, those of the student first. All losses are scalars, averaged over the batch,
//! or over its pairs where examples are compared with one another; no gradient reaches the teacher. Features in half
//! precision are compared in float32. A feature of zeros or an example that coincides with another gives finite values
//! and gradients; NaN stays NaN.
//!
//! | loss | what it asks of the student's feature | source | held to values of |
//! |---|---|---|---|
//! | [`Hint`] | the teacher's, by a learnt regressor | Romero et al. 2015 | `RepDistiller`, RKD |
//! | [`mse`] | the teacher's numbers | | PyTorch; DED |
//! | [`cosine`] | the teacher's direction | | PyTorch |
//! | [`attention_transfer`] | to be strong where the teacher's is | Zagoruyko & Komodakis 2017 | `RepDistiller`, mdistiller, torchdistill, RKD |
//! | [`neuron_selectivity`] | channels that respond to the same regions | Huang & Wang 2017 | `RepDistiller`, mdistiller |
//! | [`similarity_preserving`] | similar examples where the teacher's are | Tung & Mori 2019 | `RepDistiller`, mdistiller |
//! | [`relational_distance`] | the teacher's relative distances | Park et al. 2019 | the authors' code, torchdistill |
//! | [`relational_angle`] | the teacher's angles | Park et al. 2019 | the authors' code, torchdistill |
//! | [`probabilistic_transfer`] | the teacher's neighbours | Passalis & Tefas 2018 | the authors' code, `RepDistiller`, mdistiller, torchdistill |
//! | [`correlation_congruence`] | the teacher's correlations under a Gaussian kernel | Peng et al. 2019 | torchdistill |
//! | [`feature_kernel`] | the teacher's correlations | He & Ozay 2022 | DED |
//! | [`cka`] | the teacher's geometry up to rotation and scale | Saha et al. 2022 | DED |
//! | [`variational`] | to tell as much as possible of the teacher's | Ahn et al. 2019 | `RepDistiller`, mdistiller, torchdistill |
//! | [`contrastive`] | to tell its example from others, by the teacher's | Tian et al. 2020 | `RepDistiller`, mdistiller |
//!
//! ```
//! use kd_core::feature::{FeatureLoss, Hint};
//! use kd_core::random::{Concern, Stream};
//! use tch::{Device, Kind, Tensor, nn};
//!
//! # fn main() -> Result<(), kd_core::Error> {
//! let loss = FeatureLoss::Hint(Hint::default());
//! let variables = nn::VarStore::new(Device::Cpu); // the regressor's, for the optimiser
//! let mut stream = Stream::new(&[11], Concern::Initialisation);
//! let mut criterion = loss.build(&[16], &[32], 100, &variables.root(), &mut stream)?;
//!
//! let student = Tensor::ones([8, 16], (Kind::Float, Device::Cpu)).set_requires_grad(true);
//! let teacher = Tensor::ones([8, 32], (Kind::Float, Device::Cpu));
//! let index = Tensor::arange(8, (Kind::Int64, Device::Cpu));
//! criterion.loss(&student, &teacher, &index)?.backward();
//! assert_eq!(student.grad().size(), [8, 16]);
//! assert_eq!(variables.trainable_variables()[0].size(), [32, 16]);
//! # Ok(())
//! # }
//! ```

mod attention_transfer;
mod cka;
mod contrastive;
mod correlation_congruence;
mod cosine;
mod feature_kernel;
mod geometry;
mod hint;
mod mse;
mod neuron_selectivity;
mod probabilistic_transfer;
mod projection;
mod relational_angle;
mod relational_distance;
mod shape;
mod similarity_preserving;
mod variational;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Tensor, nn};

pub use attention_transfer::{AttentionTransfer, attention_transfer};
pub use cka::{Cka, cka};
pub use contrastive::{Contrastive, contrastive};
pub use correlation_congruence::{CorrelationCongruence, correlation_congruence};
pub use cosine::{Cosine, cosine};
pub use feature_kernel::{FeatureKernel, feature_kernel};
pub use hint::Hint;
pub use mse::{Mse, mse};
pub use neuron_selectivity::{NeuronSelectivity, neuron_selectivity};
pub use probabilistic_transfer::{ProbabilisticTransfer, probabilistic_transfer};
pub use relational_angle::{RelationalAngle, relational_angle};
pub use relational_distance::{RelationalDistance, relational_distance};
pub use similarity_preserving::{SimilarityPreserving, similarity_preserving};
pub use variational::{Variational, variational};

use self::contrastive::Contrast;
use self::hint::hint;
use self::projection::Projection;
use self::variational::Likelihood;
use crate::error::Result;
use crate::random::Stream;

/// How a feature of the student is compared with one of the teacher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeatureLoss {
    /// Squared error after a learnt regressor.
    Hint(Hint),
    /// Squared error.
    Mse(Mse),
    /// The angle between the features.
    Cosine(Cosine),
    /// Where in the map the feature is strong.
    AttentionTransfer(AttentionTransfer),
    /// What regions the channels respond to.
    NeuronSelectivity(NeuronSelectivity),
    /// Which examples look alike.
    SimilarityPreserving(SimilarityPreserving),
    /// How far apart examples are.
    RelationalDistance(RelationalDistance),
    /// At which angles an example sees two others.
    RelationalAngle(RelationalAngle),
    /// Which neighbours an example has.
    ProbabilisticTransfer(ProbabilisticTransfer),
    /// How examples correlate under a Gaussian kernel.
    CorrelationCongruence(CorrelationCongruence),
    /// How examples correlate.
    FeatureKernel(FeatureKernel),
    /// Linear centred kernel alignment.
    Cka(Cka),
    /// Likelihood of the teacher's feature under a learnt Gaussian.
    Variational(Variational),
    /// Telling the teacher's feature of an example from those of others.
    Contrastive(Contrastive),
}

impl FeatureLoss {
    /// That features of these shapes, each of one example without the batch, can be compared.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape), which says what would fit.
    pub fn check(&self, student: &[i64], teacher: &[i64]) -> Result<()> {
        match self {
            Self::Hint(_) | Self::Variational(_) | Self::Cosine(Cosine { projection: true }) => {
                shape::projectable(student, teacher)
            }
            Self::Mse(_) | Self::Cosine(Cosine { projection: false }) => shape::equal(student, teacher),
            Self::AttentionTransfer(_) | Self::NeuronSelectivity(_) => shape::spatial(student, teacher),
            Self::SimilarityPreserving(_)
            | Self::RelationalDistance(_)
            | Self::RelationalAngle(_)
            | Self::ProbabilisticTransfer(_)
            | Self::CorrelationCongruence(_)
            | Self::FeatureKernel(_)
            | Self::Cka(_)
            | Self::Contrastive(_) => shape::not_empty(student, teacher),
        }
    }

    /// Whether it remembers examples of earlier batches, so that the same batch gives another loss when it comes again.
    #[must_use]
    pub fn remembers(&self) -> bool {
        match self {
            Self::Contrastive(_) => true,
            Self::Hint(_)
            | Self::Mse(_)
            | Self::Cosine(_)
            | Self::AttentionTransfer(_)
            | Self::NeuronSelectivity(_)
            | Self::SimilarityPreserving(_)
            | Self::RelationalDistance(_)
            | Self::RelationalAngle(_)
            | Self::ProbabilisticTransfer(_)
            | Self::CorrelationCongruence(_)
            | Self::FeatureKernel(_)
            | Self::Cka(_)
            | Self::Variational(_) => false,
        }
    }

    /// The loss with its learnt parts, if it has any, created under `path` and drawn from `stream`.
    ///
    /// Shapes are those of one example, without the batch; `samples` is the number of training examples, of which a
    /// contrastive loss remembers each.
    ///
    /// # Errors
    /// As [`check`](Self::check), and on a contrastive loss of a single training example.
    pub fn build(
        &self,
        student: &[i64],
        teacher: &[i64],
        samples: i64,
        path: &nn::Path<'_>,
        stream: &mut Stream,
    ) -> Result<FeatureCriterion> {
        self.check(student, teacher)?;
        let projection = |name, stream| Projection::new(&(path / name), student[0], teacher[0], stream);
        Ok(FeatureCriterion(match self {
            Self::Hint(_) => Criterion::Hint(projection("regressor", stream)?),
            Self::Mse(_) => Criterion::Plain(mse),
            Self::Cosine(Cosine { projection: false }) => Criterion::Plain(cosine),
            Self::Cosine(Cosine { projection: true }) => {
                Criterion::ProjectedCosine(projection("projection", stream)?)
            }
            Self::AttentionTransfer(config) => Criterion::AttentionTransfer(config.clone()),
            Self::NeuronSelectivity(_) => Criterion::Plain(neuron_selectivity),
            Self::SimilarityPreserving(_) => Criterion::Plain(similarity_preserving),
            Self::RelationalDistance(_) => Criterion::Plain(relational_distance),
            Self::RelationalAngle(_) => Criterion::Plain(relational_angle),
            Self::ProbabilisticTransfer(_) => Criterion::Plain(probabilistic_transfer),
            Self::CorrelationCongruence(config) => Criterion::CorrelationCongruence(config.clone()),
            Self::FeatureKernel(config) => Criterion::FeatureKernel(config.clone()),
            Self::Cka(_) => Criterion::Plain(cka),
            Self::Variational(_) => {
                Criterion::Variational(Likelihood::new(path, student[0], teacher[0], stream)?)
            }
            Self::Contrastive(config) => {
                let inputs = [student, teacher].map(|shape| shape.iter().product());
                let contrast = Contrast::new(config.clone(), inputs, samples, path, stream)?;
                Criterion::Contrastive(Box::new(contrast))
            }
        }))
    }
}

/// A [`FeatureLoss`] ready to train: it owns what the loss learns and remembers.
#[derive(Debug)]
pub struct FeatureCriterion(Criterion);

#[derive(Debug)]
enum Criterion {
    /// Nothing is set, learnt or remembered.
    Plain(fn(&Tensor, &Tensor) -> Result<Tensor>),
    AttentionTransfer(AttentionTransfer),
    CorrelationCongruence(CorrelationCongruence),
    FeatureKernel(FeatureKernel),
    Hint(Projection),
    ProjectedCosine(Projection),
    Variational(Likelihood),
    Contrastive(Box<Contrast>),
}

impl FeatureCriterion {
    /// The loss on a batch of features, a scalar. `index` `[B]` int64 says which training examples they are of; only a
    /// contrastive loss, which remembers them, looks at it.
    ///
    /// # Errors
    /// On batches that do not fit one another or the shapes this was built for, or too small for the loss.
    pub fn loss(&mut self, student: &Tensor, teacher: &Tensor, index: &Tensor) -> Result<Tensor> {
        match &mut self.0 {
            Criterion::Plain(loss) => loss(student, teacher),
            Criterion::AttentionTransfer(config) => attention_transfer(student, teacher, config.power),
            Criterion::CorrelationCongruence(config) => {
                correlation_congruence(student, teacher, config.gamma.get(), config.order)
            }
            Criterion::FeatureKernel(config) => feature_kernel(student, teacher, config.regularisation.get()),
            Criterion::Hint(regressor) => hint(student, teacher, regressor),
            Criterion::ProjectedCosine(projection) => {
                let (student, teacher) = shape::at_smaller_size(student, teacher)?;
                cosine(&projection.forward(&student)?, &teacher)
            }
            Criterion::Variational(likelihood) => likelihood.loss(student, teacher),
            Criterion::Contrastive(contrast) => contrast.loss(student, teacher, index),
        }
    }
}
