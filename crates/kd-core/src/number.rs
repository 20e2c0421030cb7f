//! Numbers that are checked where they enter.
//!
//! A [`Number`] is known to lie in its [`Range`]: a setting holds one, and a wrong value is refused in its place, while
//! a file is read, with what was expected and what to do. A new kind of number is a [`Range`] and a name for it.
//!
//! ```
//! use std::ops::Bound::{Excluded, Included};
//!
//! use kd_core::number::{Limit, Number, Range};
//!
//! /// Sizes of nets.
//! pub enum Mesh {}
//!
//! impl Range for Mesh {
//!     const NAME: &str = "MeshSize";
//!     const LIMITS: [Limit; 2] = [Excluded(0.0), Included(1.0)];
//!     const EXPECTED: &str = "expected a mesh above 0 and at most 1 metre, found";
//!     const ADVICE: &str = "0.1 holds a trout";
//! }
//!
//! /// The size of a net's mesh, in `(0, 1]` metres.
//! pub type MeshSize = Number<Mesh>;
//!
//! const TROUT: MeshSize = MeshSize::constant(0.1); // 2.0 would not compile
//! assert_eq!(TROUT.get(), 0.1);
//! assert_eq!(
//!     MeshSize::new(2.0).unwrap_err().to_string(),
//!     "expected a mesh above 0 and at most 1 metre, found 2; 0.1 holds a trout"
//! );
//! ```

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Bound;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One end of a range.
pub type Limit = Bound<f64>;

/// Which numbers are accepted, and what is said of others.
pub trait Range {
    /// What the number is called in schemas and in debug output.
    const NAME: &str;
    /// The least and the greatest; only finite numbers are accepted anyway.
    const LIMITS: [Limit; 2];
    /// A refusal is `EXPECTED`, the number, and `ADVICE` after a semicolon.
    const EXPECTED: &str;
    /// What to write instead.
    const ADVICE: &str;

    /// What editors are told of it: the limits.
    #[must_use]
    fn schema() -> Schema {
        limited(Self::LIMITS)
    }
}

/// A range with a number that is meant when none is given.
pub trait Usual: Range {
    /// That number.
    const USUAL: f64;
}

/// A finite number in the range R.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64", bound = "R: Range")]
pub struct Number<R>(f64, PhantomData<fn() -> R>);

impl<R: Range> Number<R> {
    /// A checked number.
    ///
    /// # Errors
    /// [`Error::Number`] on one outside the range.
    pub fn new(number: f64) -> Result<Self> {
        Self::try_from(number).map_err(Error::Number)
    }

    /// A number that is written out in the code. As a `const`, one outside the range does not compile.
    ///
    /// # Panics
    /// On a number outside the range where this is no `const`; there, [`Number::new`] is what you want.
    #[must_use]
    pub const fn constant(number: f64) -> Self {
        assert!(lies_within(number, R::LIMITS), "a number that is written out in the code lies in its range");
        Self(number, PhantomData)
    }
}

impl<R> Number<R> {
    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

const fn lies_within(number: f64, [low, high]: [Limit; 2]) -> bool {
    let above = match low {
        Bound::Included(low) => number >= low,
        Bound::Excluded(low) => number > low,
        Bound::Unbounded => true,
    };
    let below = match high {
        Bound::Included(high) => number <= high,
        Bound::Excluded(high) => number < high,
        Bound::Unbounded => true,
    };
    number.is_finite() && above && below
}

/// A number as people write it, however large or small it is.
fn written(number: f64) -> String {
    let size = number.abs();
    let is_usual = size < f64::MIN_POSITIVE || (1e-5..1e9).contains(&size);
    if is_usual { number.to_string() } else { format!("{number:e}") }
}

fn limited([low, high]: [Limit; 2]) -> Schema {
    let mut schema = json_schema!({ "type": "number" });
    for (limit, included, excluded) in
        [(low, "minimum", "exclusiveMinimum"), (high, "maximum", "exclusiveMaximum")]
    {
        let (name, limit) = match limit {
            Bound::Included(limit) => (included, limit),
            Bound::Excluded(limit) => (excluded, limit),
            Bound::Unbounded => continue,
        };
        // Whole numbers as people write them.
        let is_whole = limit.fract().abs() < f64::MIN_POSITIVE;
        schema.insert(name.to_owned(), if is_whole { (limit as i64).into() } else { limit.into() });
    }
    schema
}

impl<R: Range> TryFrom<f64> for Number<R> {
    type Error = String;

    fn try_from(number: f64) -> std::result::Result<Self, String> {
        if lies_within(number, R::LIMITS) {
            Ok(Self(number, PhantomData))
        } else {
            Err(format!("{} {}; {}", R::EXPECTED, written(number), R::ADVICE))
        }
    }
}

impl<R: Usual> Default for Number<R> {
    fn default() -> Self {
        const { Self::constant(R::USUAL) }
    }
}

impl<R> From<Number<R>> for f64 {
    fn from(number: Number<R>) -> Self {
        number.0
    }
}

impl<R: Range> JsonSchema for Number<R> {
    fn schema_name() -> Cow<'static, str> {
        R::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        R::schema()
    }
}

impl<R: Range> fmt::Debug for Number<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(R::NAME).field(&self.0).finish()
    }
}

impl<R> fmt::Display for Number<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// By hand, because derived ones would ask the same of R.
impl<R> Clone for Number<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Number<R> {}

impl<R> PartialEq for Number<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<R> PartialOrd for Number<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Bound::{Excluded, Included, Unbounded};

    use super::*;

    enum Half {}

    impl Range for Half {
        const NAME: &str = "Half";
        const LIMITS: [Limit; 2] = [Excluded(0.0), Included(0.5)];
        const EXPECTED: &str = "expected at most a half, got";
        const ADVICE: &str = "0.5 is one";
    }

    #[test]
    fn ends_belong_to_a_range_or_do_not() {
        for (limits, least, zero, one, most) in [
            ([Included(0.0), Included(1.0)], false, true, true, false),
            ([Excluded(0.0), Excluded(1.0)], false, false, false, false),
            ([Excluded(0.0), Unbounded], false, false, true, true),
            ([Unbounded, Included(0.0)], true, true, false, false),
            ([Unbounded, Unbounded], true, true, true, true),
        ] {
            let accepted = [-2.0, 0.0, 1.0, 2.0].map(|number| lies_within(number, limits));
            assert_eq!(accepted, [least, zero, one, most], "{limits:?}");
            let endless = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
            assert!(!endless.into_iter().any(|number| lies_within(number, limits)), "{limits:?}");
        }
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let half: Number<Half> = serde_json::from_str("0.25").unwrap();
        assert_eq!(serde_json::to_string(&half).unwrap(), "0.25");
        assert_eq!((format!("{half}"), format!("{half:?}")), ("0.25".to_owned(), "Half(0.25)".to_owned()));
        let refused = serde_json::from_str::<Number<Half>>("0.75").unwrap_err().to_string();
        assert!(refused.starts_with("expected at most a half, got 0.75; 0.5 is one"), "{refused}");
    }

    #[test]
    fn large_numbers_are_told_in_short() {
        let said = |number: f64| Number::<Half>::try_from(number);
        for (number, expected) in
            [(1e30, "got 1e30;"), (-2e-7, "got -2e-7;"), (7.0, "got 7;"), (0.0, "got 0;")]
        {
            let refused = said(number).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn editors_are_told_the_limits() {
        let schema = serde_json::to_string(&Half::schema()).unwrap();
        assert_eq!(schema, r#"{"type":"number","exclusiveMinimum":0,"maximum":0.5}"#);
    }
}
