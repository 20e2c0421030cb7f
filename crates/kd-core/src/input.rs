use std::fmt;

/// What one example looks like to a model: what an encoder of data makes, and a network reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// `[B, channels, height, width]`, float.
    Image {
        /// Colour planes.
        channels: i64,
        /// Pixels.
        height: i64,
        /// Pixels.
        width: i64,
    },
    /// `[B, width]`, float.
    Features {
        /// Columns.
        width: i64,
    },
    /// `[B, numeric + categories]`, float: numbers, and behind them a level id in `0..levels` for each category, as
    /// a whole number. Ids count on from one category to the next, so no two share one.
    Table {
        /// Numeric columns.
        numeric: i64,
        /// Categorical columns.
        categories: i64,
        /// Levels of all categories together.
        levels: i64,
    },
    /// `[B, L]`, int64 token ids in `0..vocabulary`, 0 being padding.
    Tokens {
        /// Number of token ids, padding included.
        vocabulary: i64,
    },
    /// `[B, L]`, int64 token ids in `0..vocabulary` of running text, none of them padding. The model tells the next
    /// token at every place: logits `[B, L, vocabulary]`.
    Sequence {
        /// Number of token ids.
        vocabulary: i64,
        /// The largest L.
        length: i64,
    },
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { channels, height, width } => write!(f, "images of {channels}x{height}x{width}"),
            Self::Features { width } => write!(f, "{width} numeric features"),
            Self::Table { numeric, categories, levels } => {
                write!(f, "{numeric} numeric features and {categories} categories of {levels} levels")
            }
            Self::Tokens { vocabulary } => write!(f, "token ids from a vocabulary of {vocabulary}"),
            Self::Sequence { vocabulary, length } => {
                write!(f, "sequences of {length} token ids from a vocabulary of {vocabulary}")
            }
        }
    }
}
