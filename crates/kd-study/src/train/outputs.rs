//! What is said of many examples.

use std::rc::Rc;

use kd_core::objective::Objective;
use kd_core::supervision::Supervision;
use tch::Tensor;

use super::prediction::rows;
use crate::error::Result;

/// Logits, or numbers, on training examples (of a teacher all of them, of any run its own samples) and on all test
/// examples.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) train: Tensor,
    pub(crate) test: Tensor,
}

impl Outputs {
    /// How many numbers they are.
    pub(crate) fn numbers(&self) -> u64 {
        (self.train.numel() + self.test.numel()) as u64
    }

    /// Of several members, what a student under `objective` is compared with: the ensemble if it learns from one, else
    /// the first. None for no members.
    pub(crate) fn compared(objective: &Objective, members: &[Rc<Self>]) -> Result<Option<Self>> {
        if members.is_empty() {
            return Ok(None);
        }
        let supervisions = || objective.terms().into_iter().filter_map(Objective::supervision);
        let ensemble = supervisions().find(|own| own.needs_ensemble());
        let choose = |table: fn(&Self) -> &Tensor| -> Result<Tensor> {
            let tables = members.iter().map(|member| rows(table(member))).collect::<Result<Vec<_>>>()?;
            let chosen = ensemble.unwrap_or(&Supervision::FULL).choose(&tables, 1.0)?;
            Ok(chosen.f_view_as(table(&members[0]))?)
        };
        Ok(Some(Self { train: choose(|outputs| &outputs.train)?, test: choose(|outputs| &outputs.test)? }))
    }
}

#[cfg(test)]
mod tests {
    use kd_core::loss::Distillation;
    use tch::{Device, Kind};

    use super::*;

    #[test]
    fn an_ensemble_is_compared_with_as_a_whole_also_token_by_token() {
        let ensemble =
            Distillation { supervision: Supervision::ensemble(), ..Distillation::at(2.0).unwrap() };
        let first = Objective::distillation(2.0).unwrap();
        for shape in [&[6, 3][..], &[2, 4, 3]] {
            let member = |scale: f64| {
                let count: i64 = shape.iter().product();
                let table = (Tensor::arange(count, (Kind::Float, Device::Cpu)) * scale).reshape(shape);
                Rc::new(Outputs { train: table.shallow_clone(), test: table })
            };
            let members = [member(0.1), member(0.7)];
            let of = |objective: &Objective| Outputs::compared(objective, &members).unwrap().unwrap().test;
            let mean = of(&Objective::Distillation(ensemble.clone()));
            assert_eq!(mean.size(), shape);
            assert!(!mean.allclose(&members[0].test, 1e-6, 1e-6, false));
            assert_eq!(of(&first), members[0].test);
        }
        assert!(Outputs::compared(&first, &[]).unwrap().is_none());
    }
}
