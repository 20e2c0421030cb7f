//! Bits of entropy-coded data, and the Huffman codes in them.

use super::scan::Short;

/// Bits up to the next marker. An `ff` in them is followed by a `00` that means nothing.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    place: usize,
    /// Those read and not yet taken, the next in the highest of `left` bits.
    buffer: u64,
    left: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], place: usize) -> Self {
        Self { bytes, place, buffer: 0, left: 0 }
    }

    /// Where the next byte is that has not been read.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// Reads bytes until at least 32 bits are there, or a marker or the end is reached.
    fn fill(&mut self) {
        while self.left <= 48 {
            let Some(&byte) = self.bytes.get(self.place) else { return };
            if byte == 0xff {
                match self.bytes.get(self.place + 1) {
                    Some(0) => self.place += 1,
                    Some(0xff) => {
                        self.place += 1;
                        continue;
                    }
                    Some(_) | None => return,
                }
            }
            self.place += 1;
            self.buffer = self.buffer << 8 | u64::from(byte);
            self.left += 8;
        }
    }

    /// The next 16 bits, zeros beyond the last.
    fn peek(&mut self) -> u16 {
        if self.left < 16 {
            self.fill();
        }
        if self.left < 16 {
            (self.buffer << (16 - self.left)) as u16
        } else {
            (self.buffer >> (self.left - 16)) as u16
        }
    }

    fn drop(&mut self, count: u32) -> Result<(), Short> {
        self.left = self.left.checked_sub(count).ok_or(Short::After { read: 0, of: 0 })?;
        Ok(())
    }

    /// The next bits, at most 16, as a number.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Short> {
        let bits = u32::from(self.peek());
        self.drop(count)?;
        Ok(if count == 0 { 0 } else { bits >> (16 - count) })
    }

    pub(super) fn symbol(&mut self, code: &Code) -> Result<u8, Short> {
        let next = self.peek();
        let Some((length, symbol)) = code.find(next) else {
            return Err(if self.left < 16 { Short::After { read: 0, of: 0 } } else { Short::Wrong });
        };
        self.drop(length)?;
        Ok(symbol)
    }

    /// Goes on behind the restart marker of this number, if it is the next marker.
    pub(super) fn restart(&mut self, number: usize) -> Result<(), Short> {
        (self.buffer, self.left) = (0, 0);
        loop {
            match self.bytes.get(self.place..self.place + 2) {
                Some(&[0xff, marker]) if marker != 0 && marker != 0xff => {
                    let is_next = usize::from(marker) == 0xd0 + number % 8;
                    self.place += 2;
                    return if is_next { Ok(()) } else { Err(Short::After { read: 0, of: 0 }) };
                }
                Some(_) => self.place += 1,
                None => return Err(Short::After { read: 0, of: 0 }),
            }
        }
    }
}

/// A Huffman code of at most 16 bits.
pub(super) struct Code {
    /// Of each length, the first code beyond those of it, shifted to 16 bits.
    limits: [u32; 16],
    /// What is to be added to a code of each length to have its place among the symbols.
    offsets: [i32; 16],
    symbols: Vec<u8>,
    /// Length and symbol by the first eight bits; length 0 of longer codes.
    short: Box<[(u8, u8); 256]>,
}

impl Code {
    /// The code with so many symbols of each length; none if there is not room for as many.
    pub(super) fn of(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let (mut limits, mut offsets) = ([0; 16], [0; 16]);
        let mut short = Box::new([(0, 0); 256]);
        let (mut code, mut place) = (0_u32, 0_usize);
        for (index, &count) in counts.iter().enumerate() {
            let length = index as u32 + 1;
            offsets[index] = place as i32 - code as i32;
            for _ in 0..count {
                if code >= 1 << length {
                    return None;
                }
                if length <= 8 {
                    let first = (code << (8 - length)) as usize;
                    short[first..first + (1 << (8 - length))].fill((length as u8, *symbols.get(place)?));
                }
                (code, place) = (code + 1, place + 1);
            }
            limits[index] = code << (16 - length);
            code <<= 1;
        }
        Some(Self { limits, offsets, symbols: symbols.to_vec(), short })
    }

    /// Length and symbol of the code that these bits begin with.
    fn find(&self, bits: u16) -> Option<(u32, u8)> {
        let (length, symbol) = self.short[usize::from(bits >> 8)];
        if length > 0 {
            return Some((length.into(), symbol));
        }
        let bits = u32::from(bits);
        let index = (8..16).find(|&index| bits < self.limits[index])?;
        let place = (bits >> (15 - index)) as i32 + self.offsets[index];
        Some((index as u32 + 1, *self.symbols.get(usize::try_from(place).ok()?)?))
    }
}
