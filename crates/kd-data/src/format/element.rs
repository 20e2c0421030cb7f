//! Numbers as arrays in files hold them, and the tensors that they become.

use tch::{Kind, Tensor};

/// What an array is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Bool,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    BF16,
    F32,
    F64,
}

impl Element {
    /// What numpy calls so: a letter and a number of bytes.
    pub(super) fn of_numpy(code: &str) -> Result<Self, String> {
        Ok(match code {
            "b1" => Self::Bool,
            "u1" => Self::U8,
            "i1" => Self::I8,
            "u2" => Self::U16,
            "i2" => Self::I16,
            "u4" => Self::U32,
            "i4" => Self::I32,
            "u8" => Self::U64,
            "i8" => Self::I64,
            "f2" => Self::F16,
            "f4" => Self::F32,
            "f8" => Self::F64,
            other => return Err(unread(other)),
        })
    }

    /// Bytes of each.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 | Self::BF16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::BF16 => "bfloat16",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// A tensor of these sizes from little-endian bytes, which are as many as it takes. What libtorch cannot add up,
    /// halves and unsigned numbers of more than a byte, is of the next wider kind that holds it.
    ///
    /// # Errors
    /// If a number is too large for 64 bits with a sign, or libtorch refuses.
    pub(super) fn tensor(self, bytes: &[u8], sizes: &[i64]) -> Result<Tensor, String> {
        let of = |kind, bytes: &[u8]| {
            Tensor::f_from_data_size(bytes, sizes, kind).map_err(|error| error.to_string())
        };
        let wider = |from, to| of(from, bytes)?.f_to_kind(to).map_err(|error| error.to_string());
        match self {
            // A byte that is neither 0 nor 1 is no truth to libtorch.
            Self::Bool => of(Kind::Bool, &bytes.iter().map(|&byte| u8::from(byte != 0)).collect::<Vec<_>>()),
            Self::U8 => of(Kind::Uint8, bytes),
            Self::I8 => of(Kind::Int8, bytes),
            Self::I16 => of(Kind::Int16, bytes),
            Self::I32 => of(Kind::Int, bytes),
            Self::I64 => of(Kind::Int64, bytes),
            Self::F32 => of(Kind::Float, bytes),
            Self::F64 => of(Kind::Double, bytes),
            Self::F16 => wider(Kind::Half, Kind::Float),
            Self::BF16 => wider(Kind::BFloat16, Kind::Float),
            Self::U16 => of(Kind::Int, &widened(bytes, 2)),
            Self::U32 => of(Kind::Int64, &widened(bytes, 4)),
            Self::U64 => match bytes.chunks_exact(8).position(|number| number[7] > i8::MAX as u8) {
                None => of(Kind::Int64, bytes),
                Some(place) => Err(format!(
                    "value {place}, counted from 0, is beyond {}; write the array as int64 or float64",
                    i64::MAX
                )),
            },
        }
    }
}

/// Unsigned little-endian numbers of `width` bytes in twice as many.
fn widened(bytes: &[u8], width: usize) -> Vec<u8> {
    let mut wide = Vec::with_capacity(bytes.len() * 2);
    for number in bytes.chunks_exact(width) {
        wide.extend_from_slice(number);
        wide.resize(wide.len() + width, 0);
    }
    wide
}

/// What to say of numpy's other types.
fn unread(code: &str) -> String {
    let (kind, advice) = match code.as_bytes().first() {
        Some(b'c') => ("complex numbers", "write real and imaginary parts as columns of real ones"),
        Some(b'O') => (
            "Python objects, which only Python can read",
            "write an array of numbers, with `.astype(\"float32\")` or `numpy.stack`",
        ),
        Some(b'U' | b'S' | b'a') => {
            ("texts", "write the number of each class instead, with `numpy.unique(..., return_inverse=True)`")
        }
        Some(b'M' | b'm') => ("dates or durations", "write them as numbers, with `.astype(\"int64\")`"),
        Some(b'V') => ("records", "write an array of its own for each field"),
        Some(b'f') => ("floats of more than 64 bits", "write them with `.astype(\"float64\")`"),
        _ => return format!("values of type `{code}` are not read; write them with `.astype(\"float32\")`"),
    };
    format!("holds {kind} (`{code}`), which are not read; {advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_to_its_ends() {
        let cases: [(Element, &[u8], &[f64]); 12] = [
            (Element::Bool, &[0, 1, 7], &[0.0, 1.0, 1.0]),
            (Element::U8, &[0, 255], &[0.0, 255.0]),
            (Element::I8, &[0x80, 127], &[-128.0, 127.0]),
            (Element::U16, &[255, 255, 1, 0], &[65_535.0, 1.0]),
            (Element::I16, &[0, 0x80, 1, 0], &[-32_768.0, 1.0]),
            (Element::U32, &[255, 255, 255, 255], &[4_294_967_295.0]),
            (Element::I32, &[255, 255, 255, 255], &[-1.0]),
            (Element::U64, &[1, 0, 0, 0, 1, 0, 0, 0], &[4_294_967_297.0]),
            (Element::I64, &[254, 255, 255, 255, 255, 255, 255, 255], &[-2.0]),
            (Element::F16, &[0, 0x3c, 0, 0xc1], &[1.0, -2.5]),
            (Element::BF16, &[0x80, 0x3f, 0x20, 0xc0], &[1.0, -2.5]),
            (Element::F32, &[0, 0, 0x20, 0xc0], &[-2.5]),
        ];
        for (element, bytes, expected) in cases {
            let tensor = element.tensor(bytes, &[expected.len() as i64]).unwrap();
            let found: Vec<f64> = Vec::try_from(tensor.to_kind(Kind::Double)).unwrap();
            assert_eq!(found, expected, "{}", element.name());
            assert_eq!(bytes.len(), element.size() * expected.len(), "{}", element.name());
        }
        let beyond = Element::U64.tensor(&[255; 16], &[2]).unwrap_err();
        assert!(beyond.starts_with("value 0, counted from 0, is beyond"), "{beyond}");
    }

    #[test]
    fn other_types_are_named() {
        for (code, name) in [
            ("c8", "holds complex numbers (`c8`)"),
            ("O", "holds Python objects"),
            ("U5", "holds texts"),
            ("M8[D]", "holds dates"),
            ("V9", "holds records"),
            ("f16", "holds floats of more than 64 bits"),
            ("x", "values of type `x`"),
        ] {
            let problem = Element::of_numpy(code).unwrap_err();
            assert!(problem.starts_with(name), "{problem}");
        }
    }
}
