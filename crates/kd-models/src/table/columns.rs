use std::num::NonZeroU32;

use crate::layer::{Builder, Columns, Layer, Tokens};
use crate::settings::size;
use crate::{Input, Result};

/// The columns of a table as one vector, and its width; levels of categories become rows of `embedding` numbers.
pub(super) fn joined(embedding: Option<NonZeroU32>, builder: &mut Builder<'_>) -> Result<(Vec<Layer>, i64)> {
    match (builder.input, embedding) {
        (Input::Features { .. }, Some(embedding)) => {
            Err(builder.refuse("embedding", &embedding, "none where categories are not embedded"))
        }
        (Input::Features { width }, None) => Ok((Vec::new(), width)),
        (Input::Table { categories, .. }, None) if categories > 0 => {
            Err(builder.refuse("embedding", &"none", "the size of a category's embedding, such as 8"))
        }
        (Input::Table { numeric, categories, levels }, embedding) => {
            let dimension = embedding.map_or(0, size);
            let table = if categories > 0 {
                Some(builder.uniform(
                    "category_embeddings.weight",
                    &[levels, dimension],
                    1.0 / (dimension as f64).sqrt(),
                )?)
            } else {
                None
            };
            let columns = Layer::Columns(Columns { numeric, levels: table, tokens: Tokens::Joined });
            Ok((vec![columns], numeric + categories * dimension))
        }
        (Input::Image { .. } | Input::Tokens { .. } | Input::Sequence { .. }, _) => {
            Err(builder.misfit("tables"))
        }
    }
}
