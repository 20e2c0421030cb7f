//! From what a teacher from elsewhere says to logits with the classes in the order of the data.

use tch::{Kind, Tensor};

use super::error::TrainError;
use crate::error::Result;
use crate::spec::{Reading, Scale};

/// Less probable than that is nothing: what is stored as 0 would be an infinite logit.
const LEAST: f64 = 1e-7;

/// How far a sum of probabilities, stored in half precision, is from 1.
const ROUNDED: f64 = 1e-2;

impl Reading {
    /// Logits of what was said, `[..., K]`; `what` names that in errors.
    pub(crate) fn logits(&self, what: &str, said: &Tensor) -> Result<Tensor> {
        let ordered = if self.columns.is_empty() {
            said.shallow_clone()
        } else {
            said.f_index_select(-1, &Tensor::f_from_slice(&self.columns)?)?
        };
        match self.scale {
            Scale::Logits => Ok(ordered),
            Scale::Probabilities => {
                if let Some(row) = first_improbable(&ordered)? {
                    let problem = format!(
                        "are no probabilities in row {row}, counted from 0: expected numbers of 0 to 1 that sum to 1; \
                         leave out as = \"probabilities\" if they are logits"
                    );
                    return Err(TrainError::Outputs { what: what.to_owned(), problem }.into());
                }
                Ok(ordered.f_clamp(LEAST, 1.0)?.f_log()?)
            }
        }
    }
}

/// Whether all of `said`, `[..., K]`, are probabilities.
pub(crate) fn are_probabilities(said: &Tensor) -> Result<bool> {
    Ok(first_improbable(said)?.is_none())
}

/// The first row, along the first axis, that does not hold probabilities.
fn first_improbable(said: &Tensor) -> Result<Option<i64>> {
    let outside = said.f_lt(-1e-4)?.f_logical_or(&said.f_gt(1.0 + 1e-4)?)?.f_any_dim(-1, false)?;
    let far = said
        .f_sum_dim_intlist([-1_i64].as_slice(), false, Kind::Double)?
        .f_sub_scalar(1.0)?
        .f_abs()?
        .f_gt(ROUNDED)?;
    let wrong = outside.f_logical_or(&far)?.f_nonzero()?;
    Ok(if wrong.size()[0] == 0 { None } else { Some(wrong.f_int64_value(&[0, 0])?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_put_into_the_order_of_the_data() {
        let said = Tensor::from_slice2(&[[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let reading = Reading { columns: vec![2, 0, 1], scale: Scale::Logits };
        let ordered = Tensor::from_slice2(&[[3.0_f32, 1.0, 2.0], [6.0, 4.0, 5.0]]);
        assert_eq!(reading.logits("these", &said).unwrap(), ordered);
        assert_eq!(Reading::default().logits("these", &said).unwrap(), said);
        let tokens = said.unsqueeze(0);
        assert_eq!(reading.logits("these", &tokens).unwrap(), ordered.unsqueeze(0));
    }

    #[test]
    fn probabilities_become_their_logarithms_and_nothing_else_does() {
        let reading = Reading { scale: Scale::Probabilities, ..Reading::default() };
        let said = Tensor::from_slice2(&[[0.25_f32, 0.75], [1.0, 0.0]]);
        let logits = reading.logits("these", &said).unwrap();
        assert!((logits.softmax(-1, Kind::Float) - &said).abs().max().double_value(&[]) < 1e-6);
        assert!(logits.isfinite().all().int64_value(&[]) == 1);
        assert!(are_probabilities(&said).unwrap());
        for wrong in [[0.25_f32, 0.8], [1.5, -0.5], [2.0, 3.0]] {
            let said = Tensor::from_slice2(&[[0.5, 0.5], wrong]);
            assert!(!are_probabilities(&said).unwrap());
            let error = reading.logits("these", &said).unwrap_err().to_string();
            assert!(error.starts_with("these are no probabilities in row 1"), "{error}");
        }
        assert!(
            !are_probabilities(&said.log_softmax(-1, Kind::Float)).unwrap(),
            "their logarithms are logits"
        );
    }

    #[test]
    fn a_plain_reading_is_not_written() {
        let json = |reading: &Reading| serde_json::to_string(reading).unwrap();
        assert_eq!(json(&Reading::default()), "{}");
        let reading = Reading { columns: vec![1, 0], scale: Scale::Probabilities };
        assert_eq!(json(&reading), r#"{"columns":[1,0],"as":"probabilities"}"#);
    }
}
