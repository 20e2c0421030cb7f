//! Teachers that have been published: their models, and what a student is compared with.

use std::path::Path;
use std::rc::Rc;

use kd_core::objective::Objective;
use kd_core::random::{Concern, Stream};
use kd_core::supervision::Supervision;
use kd_data::Encoder;
use kd_models::Model;
use tch::{Device, Tensor};

use crate::error::{Error, Result};
use crate::spec::RunId;
use crate::store::{ENCODER, Store, StoreError, WEIGHTS};
use crate::train::outputs::Outputs;
use crate::train::prediction::rows;

/// A published teacher and its encoder; none if it is not a model of ours.
pub(super) fn teacher_model(
    store: &Store,
    teacher: &RunId,
    outputs: i64,
    device: Device,
) -> Result<Option<(Model, Encoder)>> {
    let folder = store.run_path(teacher);
    let damaged =
        |path: &Path, problem: String| Error::from(StoreError::Record { path: path.to_owned(), problem });
    let Some(record) = store.record(teacher)? else {
        return Err(damaged(&folder, "the teacher has not been published".to_owned()));
    };
    let Some(architecture) = record.spec.model.architecture() else { return Ok(None) };
    let path = store.verified(teacher, ENCODER)?;
    let encoder: Encoder =
        serde_json::from_slice(&fs_err::read(&path)?).map_err(|error| damaged(&path, error.to_string()))?;
    // Whatever it starts from is overwritten.
    let mut start = Stream::new(&[], Concern::Initialisation);
    let mut model = Model::new(architecture, encoder.input(), outputs, &mut start, device)?;
    let path = store.verified(teacher, WEIGHTS)?;
    model.load(&path).map_err(|error| damaged(&path, error.to_string()))?;
    Ok(Some((model, encoder)))
}

/// Of several members, what a student under `objective` is compared with: the ensemble if it learns from one, else the
/// first. None for no members.
pub(super) fn compared(objective: &Objective, members: &[Rc<Outputs>]) -> Result<Option<Outputs>> {
    if members.is_empty() {
        return Ok(None);
    }
    let supervisions = || objective.terms().into_iter().filter_map(Objective::supervision);
    let ensemble = supervisions().find(|own| own.needs_ensemble());
    let choose = |table: fn(&Outputs) -> &Tensor| -> Result<Tensor> {
        let tables = members.iter().map(|member| rows(table(member))).collect::<Result<Vec<_>>>()?;
        let chosen = ensemble.unwrap_or(&Supervision::FULL).choose(&tables, 1.0)?;
        Ok(chosen.f_view_as(table(&members[0]))?)
    };
    Ok(Some(Outputs { train: choose(|outputs| &outputs.train)?, test: choose(|outputs| &outputs.test)? }))
}

#[cfg(test)]
mod tests {
    use kd_core::loss::Distillation;
    use tch::Kind;

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
            let of = |objective: &Objective| compared(objective, &members).unwrap().unwrap().test;
            let mean = of(&Objective::Distillation(ensemble.clone()));
            assert_eq!(mean.size(), shape);
            assert!(!mean.allclose(&members[0].test, 1e-6, 1e-6, false));
            assert_eq!(of(&first), members[0].test);
        }
        assert!(compared(&first, &[]).unwrap().is_none());
    }
}
