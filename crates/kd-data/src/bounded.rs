use std::borrow::BorrowMut;
use std::io::{self, Read};

/// What is decompressed, which fails where a bomb would go on.
pub(crate) struct Bounded<R, L> {
    inner: R,
    /// Bytes that may still come; several readers may share them.
    left: L,
    growth: u64,
}

impl<R: Read, L: BorrowMut<u64>> Bounded<R, L> {
    /// At most `left` bytes, since more would be over `growth` times what they are decompressed from.
    pub(crate) fn new(inner: R, left: L, growth: u64) -> Self {
        Self { inner, left, growth }
    }
}

impl<R: Read, L: BorrowMut<u64>> Read for Bounded<R, L> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.borrow_mut();
        *left = left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::other(format!("it grows to more than {} times its size", self.growth))
        })?;
        Ok(count)
    }
}
