use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{Builder, Layer};
use crate::Result;
use crate::pass::Pass;

/// Recurrent cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Hochreiter & Schmidhuber 1997, "Long Short-Term Memory".
    #[default]
    Lstm,
    /// Cho et al. 2014, arXiv 1406.1078.
    Gru,
}

/// A recurrent network over `[B, L, D]` that gives the last layer's state after each text's last token, of both
/// directions if there are two: `[B, H]` or `[B, 2 H]`. Padding is skipped by packing.
#[derive(Debug)]
pub(crate) struct Recurrent {
    pub(crate) cell: Cell,
    pub(crate) hidden: i64,
    pub(crate) layers: i64,
    pub(crate) bidirectional: bool,
    /// Probability of dropping an activation between layers in training.
    pub(crate) dropout: f64,
    parameters: Vec<Tensor>,
}

impl Recurrent {
    /// Fills a description with parameters named `NAME.weight_ih_l0`, ... and uniform in `±1 / sqrt(hidden)`, as
    /// `torch.nn.LSTM` and `torch.nn.GRU` do.
    pub(crate) fn layer(
        cell: Cell,
        [inputs, hidden, layers]: [i64; 3],
        bidirectional: bool,
        dropout: f64,
        builder: &mut Builder<'_>,
    ) -> Result<Layer> {
        let (name, gates) = match cell {
            Cell::Lstm => ("lstm", 4),
            Cell::Gru => ("gru", 3),
        };
        let bound = 1.0 / (hidden as f64).sqrt();
        let directions = if bidirectional { &["", "_reverse"][..] } else { &[""] };
        let mut parameters = Vec::new();
        for layer in 0..layers {
            let width = if layer == 0 { inputs } else { hidden * directions.len() as i64 };
            for direction in directions {
                for (kind, shape) in [
                    ("weight_ih", vec![gates * hidden, width]),
                    ("weight_hh", vec![gates * hidden, hidden]),
                    ("bias_ih", vec![gates * hidden]),
                    ("bias_hh", vec![gates * hidden]),
                ] {
                    let name = format!("{name}.{kind}_l{layer}{direction}");
                    parameters.push(builder.uniform(&name, &shape, bound)?);
                }
            }
        }
        Ok(Layer::Recurrent(Self { cell, hidden, layers, bidirectional, dropout, parameters }))
    }

    /// How many weights each token meets.
    pub(super) fn weights(&self) -> i64 {
        self.parameters
            .iter()
            .filter(|parameter| parameter.dim() == 2)
            .map(|weight| weight.numel() as i64)
            .sum()
    }

    pub(super) fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let (batch, length) = (x.size()[0], x.size()[1]);
        let lengths = match &pass.present {
            Some(present) => present.f_sum_dim_intlist(1, false, Kind::Int64)?.f_clamp_min(1)?,
            None => Tensor::f_full([batch], length, (Kind::Int64, x.device()))?,
        };
        // Packing wants the longest text first.
        let (lengths, order) = lengths.f_sort(0, true)?;
        let (data, sizes) = x
            .f_index_select(0, &order)?
            .f_internal_pack_padded_sequence(&lengths.f_to_device(tch::Device::Cpu)?, true)?;
        let directions = 1 + i64::from(self.bidirectional);
        let zeros = Tensor::f_zeros([self.layers * directions, batch, self.hidden], (x.kind(), x.device()))?;
        let (dropout, trains) = (self.dropout, pass.trains());
        let state = match self.cell {
            Cell::Lstm => {
                Tensor::f_lstm_data(
                    &data,
                    &sizes,
                    &[&zeros, &zeros],
                    &self.parameters.iter().collect::<Vec<_>>(),
                    true,
                    self.layers,
                    dropout,
                    trains,
                    self.bidirectional,
                )?
                .1
            }
            Cell::Gru => {
                Tensor::f_gru_data(
                    &data,
                    &sizes,
                    &zeros,
                    &self.parameters,
                    true,
                    self.layers,
                    dropout,
                    trains,
                    self.bidirectional,
                )?
                .1
            }
        };
        let last = state.f_narrow(0, (self.layers - 1) * directions, directions)?;
        let last = last.f_transpose(0, 1)?.f_reshape([batch, directions * self.hidden])?;
        Ok(last.f_index_select(0, &order.f_argsort(0, false)?)?)
    }
}
