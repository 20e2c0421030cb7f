//! A scan: one pass over blocks of one or more components.

use super::bits::{Bits, Code};
use super::{Codes, Frame};

/// Why a scan could not be followed to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Short {
    /// Its data end after so many of its units.
    After { read: usize, of: usize },
    /// Its data are not such as an encoder writes.
    Wrong,
    /// It is of a kind that is not followed.
    Unknown,
}

/// What has been seen of a component.
#[derive(Default)]
pub(super) struct Coverage {
    /// Of a progressive picture, which coefficients of each block are not 0, a bit each.
    nonzero: Vec<u64>,
    /// Blocks in a row of them.
    across: usize,
    /// Of each coefficient, the bits that are still missing; none where it has not been seen.
    missing: Vec<Option<u8>>,
}

impl Coverage {
    pub(super) fn of(blocks: usize, across: usize, progressive: bool) -> Self {
        let nonzero = if progressive { vec![0; blocks] } else { Vec::new() };
        Self { nonzero, across, missing: vec![None; 64] }
    }

    /// Whether there is something of it.
    pub(super) fn is_begun(&self) -> bool {
        self.missing.first().is_some_and(Option::is_some)
    }

    /// Whether there is nothing that could still come.
    pub(super) fn is_whole(&self, progressive: bool) -> bool {
        if progressive { self.missing.iter().all(|missing| *missing == Some(0)) } else { self.is_begun() }
    }
}

/// The header of a scan.
pub(super) struct Scan {
    /// Places of components in the frame, with the numbers of their codes for first and further coefficients.
    parts: Vec<(usize, [usize; 2])>,
    /// The first and the last coefficient.
    first: usize,
    last: usize,
    /// Whether bits are added to what earlier scans began.
    refines: bool,
    low: u8,
}

impl Scan {
    /// The scan of this header; none of what is not followed.
    pub(super) fn of(header: &[u8], frame: &Frame) -> Option<Self> {
        let (&count, rest) = header.split_first()?;
        let (listed, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let &[first, last, bits] = rest.first_chunk()?;
        let mut parts = Vec::new();
        for &[id, codes] in listed.as_chunks().0 {
            let place = frame.components.iter().position(|component| component.id == id)?;
            parts.push((place, [codes >> 4, codes & 15].map(usize::from)));
        }
        let (first, last) = if frame.progressive { (first.into(), last.into()) } else { (0, 63) };
        let (high, low) = if frame.progressive { (bits >> 4, bits & 15) } else { (0, 0) };
        let is_fit = first <= last && last < 64 && (!frame.progressive || first > 0 || last == 0);
        let is_single = parts.len() == 1 || !frame.progressive || first == 0;
        (!parts.is_empty() && is_fit && is_single).then_some(Self {
            parts,
            first,
            last,
            refines: high > 0,
            low,
        })
    }

    /// Follows its data to their end.
    pub(super) fn follow(
        &self,
        frame: &mut Frame,
        codes: &Codes,
        interval: usize,
        bits: &mut Bits,
    ) -> Result<(), Short> {
        for &(place, _) in &self.parts {
            frame.components[place].coverage.missing[self.first..=self.last].fill(Some(self.low));
        }
        let alone = self.parts.len() == 1;
        let [down, across] =
            if alone { frame.blocks(&frame.components[self.parts[0].0]) } else { frame.units() };
        let mut run = 0;
        for unit in 0..down * across {
            if interval > 0 && unit > 0 && unit % interval == 0 {
                bits.restart(unit / interval - 1).map_err(|short| short.at(unit, down * across))?;
                run = 0;
            }
            let [row, column] = [unit / across, unit % across];
            for &(place, numbers) in &self.parts {
                let component = &mut frame.components[place];
                let [tall, wide] = if alone { [1, 1] } else { component.factors };
                for block in 0..tall * wide {
                    let [row, column] = [row * tall + block / wide, column * wide + block % wide];
                    let block = row * component.coverage.across + column;
                    let mut none = 0;
                    let nonzero = component.coverage.nonzero.get_mut(block).unwrap_or(&mut none);
                    let codes = [0, 1].map(|kind| codes[kind].get(numbers[kind]).and_then(Option::as_ref));
                    let read = if frame.progressive {
                        self.progressive(codes, nonzero, &mut run, bits)
                    } else {
                        whole_block(codes, bits)
                    };
                    read.map_err(|short| short.at(unit, down * across))?;
                }
            }
        }
        Ok(())
    }

    /// What a progressive scan holds of one block.
    fn progressive(
        &self,
        [first, further]: [Option<&Code>; 2],
        nonzero: &mut u64,
        run: &mut u32,
        bits: &mut Bits,
    ) -> Result<(), Short> {
        if self.first == 0 {
            if self.refines {
                return bits.take(1).map(|_| ());
            }
            return difference(first.ok_or(Short::Unknown)?, bits);
        }
        let code = further.ok_or(Short::Unknown)?;
        if self.refines {
            self.refined(code, nonzero, run, bits)
        } else {
            self.begun(code, nonzero, run, bits)
        }
    }

    /// The first bits of coefficients.
    fn begun(&self, code: &Code, nonzero: &mut u64, run: &mut u32, bits: &mut Bits) -> Result<(), Short> {
        if *run > 0 {
            *run -= 1;
            return Ok(());
        }
        let mut place = self.first;
        while place <= self.last {
            let symbol = bits.symbol(code)?;
            let (zeros, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            match (zeros, size) {
                (15, 0) => place += 16,
                (_, 0) => {
                    *run = (1 << zeros) - 1 + bits.take(zeros)?;
                    return Ok(());
                }
                _ => {
                    place += zeros as usize;
                    if place > self.last {
                        return Err(Short::Wrong);
                    }
                    bits.take(size)?;
                    *nonzero |= 1 << place;
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// One bit more of each coefficient that is not 0, and those that become so.
    fn refined(&self, code: &Code, nonzero: &mut u64, run: &mut u32, bits: &mut Bits) -> Result<(), Short> {
        let mut place = self.first;
        while *run == 0 && place <= self.last {
            let symbol = bits.symbol(code)?;
            let (mut zeros, size) = (u32::from(symbol >> 4), symbol & 15);
            match (zeros, size) {
                (15, 0) => {}
                (_, 0) => {
                    *run = (1 << zeros) + bits.take(zeros)?;
                    break;
                }
                _ => _ = bits.take(1)?,
            }
            while place <= self.last {
                if *nonzero >> place & 1 == 1 {
                    bits.take(1)?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                place += 1;
            }
            if size > 0 {
                if place > self.last {
                    return Err(Short::Wrong);
                }
                *nonzero |= 1 << place;
            }
            place += 1;
        }
        if *run > 0 {
            for place in place..=self.last {
                if *nonzero >> place & 1 == 1 {
                    bits.take(1)?;
                }
            }
            *run -= 1;
        }
        Ok(())
    }
}

impl Short {
    /// The same where it happened.
    fn at(self, read: usize, of: usize) -> Self {
        match self {
            Self::After { .. } => Self::After { read, of },
            Self::Wrong | Self::Unknown => self,
        }
    }
}

/// A block of a picture that is not progressive.
fn whole_block([first, further]: [Option<&Code>; 2], bits: &mut Bits) -> Result<(), Short> {
    difference(first.ok_or(Short::Unknown)?, bits)?;
    let code = further.ok_or(Short::Unknown)?;
    let mut place = 1;
    while place < 64 {
        let symbol = bits.symbol(code)?;
        let (zeros, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (zeros, size) {
            (15, 0) => place += 16,
            (_, 0) => return Ok(()),
            _ => {
                place += zeros + 1;
                if place > 64 {
                    return Err(Short::Wrong);
                }
                bits.take(size)?;
            }
        }
    }
    Ok(())
}

/// The first coefficient of a block, which is told by its difference from the one before.
fn difference(code: &Code, bits: &mut Bits) -> Result<(), Short> {
    match bits.symbol(code)? {
        size @ 0..=16 => bits.take(size.into()).map(|_| ()),
        17.. => Err(Short::Wrong),
    }
}
