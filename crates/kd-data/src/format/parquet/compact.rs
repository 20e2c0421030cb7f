//! Thrift's compact protocol, as much of it as a file of Parquet takes.

/// The type of a struct; others are known by what [`Compact::skip`] does.
const STRUCT: u8 = 12;

/// How deep the parquet crate goes.
pub(super) const DEPTH: u8 = 64;

/// Bytes that are yet to be read.
pub(super) struct Compact<'a>(pub(super) &'a [u8]);

impl<'a> Compact<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    pub(super) fn varint(&mut self) -> Option<u64> {
        let (mut value, mut shift) = (0, 0_u32);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift += 7;
        }
    }

    pub(super) fn integer(&mut self) -> Option<i32> {
        Some(self.wide_integer()? as i32)
    }

    pub(super) fn wide_integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// An integer that may not be negative.
    pub(super) fn size(&mut self) -> Option<u64> {
        u64::try_from(self.integer()?).ok()
    }

    /// Has `read` read each field of a struct, of which it is told number and type.
    pub(super) fn fields(&mut self, mut read: impl FnMut(&mut Self, i16, u8) -> Option<()>) -> Option<()> {
        const STOP: u8 = 0;
        let mut number = 0_i16;
        loop {
            let header = self.byte()?;
            let (step, kind) = (header >> 4, header % 16);
            if kind == STOP {
                return Some(());
            }
            number = if step == 0 { self.integer()? as i16 } else { number.checked_add(step.into())? };
            read(self, number, kind)?;
        }
    }

    /// Type and number of a list's elements.
    pub(super) fn list(&mut self) -> Option<(u8, u64)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.varint()?,
            count => count.into(),
        };
        Some((header % 16, count))
    }

    /// So many bytes.
    pub(super) fn take(&mut self, bytes: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(bytes).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn advance(&mut self, bytes: u64) -> Option<()> {
        self.take(bytes).map(drop)
    }

    /// Passes over a value that is no element of a list, where a truth would take a byte.
    pub(super) fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        let deeper = depth.checked_sub(1)?;
        match kind {
            // True and false.
            1 | 2 => {}
            3 => _ = self.byte()?,
            4..=6 => _ = self.varint()?,
            7 => self.advance(8)?,
            // Bytes.
            8 => {
                let length = self.varint()?;
                self.advance(length)?;
            }
            // Lists and sets.
            9 | 10 => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(kind, deeper))?;
            }
            // Maps.
            11 => {
                let count = self.varint()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, deeper)?;
                    self.skip_element(kinds % 16, deeper)
                })?;
            }
            STRUCT => {
                self.fields(|rest, _, kind| rest.skip(kind, deeper))?;
            }
            13 => self.advance(16)?,
            _ => return None,
        }
        Some(())
    }

    fn skip_element(&mut self, kind: u8, depth: u8) -> Option<()> {
        match kind {
            1 | 2 => self.byte().map(drop),
            _ => self.skip(kind, depth),
        }
    }
}
