//! Whether a JPEG is whole. Decoders fill what is missing with grey and say nothing of it, so its scans are followed here,
//! without making a picture of them: all blocks of all components must be there (ITU-T T.81).
//!
//! What stands between segments, or after the end, is no flaw, nor is a missing end marker where nothing else is missing.

mod bits;
mod scan;

use bits::{Bits, Code};
use scan::{Coverage, Scan, Short};

/// What a JPEG that could be decoded lacks; nothing of one that is whole, or of a kind that is not followed here.
pub(super) fn flaw(bytes: &[u8]) -> Option<String> {
    let mut file = File { bytes, place: 2, frame: None, codes: Codes::default(), interval: 0, scans: 0 };
    file.follow().err()
}

/// Marker bytes; what is not named here has a length and is passed over.
mod marker {
    pub(super) const BASELINE: u8 = 0xc0;
    pub(super) const EXTENDED: u8 = 0xc1;
    pub(super) const PROGRESSIVE: u8 = 0xc2;
    pub(super) const CODES: u8 = 0xc4;
    pub(super) const OTHER_FRAMES: [u8; 11] =
        [0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
    pub(super) const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
    pub(super) const END: u8 = 0xd9;
    pub(super) const SCAN: u8 = 0xda;
    pub(super) const INTERVAL: u8 = 0xdd;
}

/// As many scans as decoders follow; more are an attack.
const MOST_SCANS: usize = 100;

/// No larger than what is decoded.
const LONGEST_SIDE: usize = 8192;

/// Huffman codes by their number, of first and of further coefficients.
type Codes = [[Option<Code>; 4]; 2];

struct File<'a> {
    bytes: &'a [u8],
    place: usize,
    frame: Option<Frame>,
    codes: Codes,
    /// Units between restart markers; 0 without.
    interval: usize,
    scans: usize,
}

/// A picture's components.
struct Frame {
    progressive: bool,
    /// In pixels.
    size: [usize; 2],
    /// The most blocks of a component in a unit, down and across.
    most: [usize; 2],
    components: Vec<Component>,
}

struct Component {
    id: u8,
    /// Blocks in a unit of all components, down and across.
    factors: [usize; 2],
    coverage: Coverage,
}

impl Frame {
    /// How many units of all components there are, down and across.
    fn units(&self) -> [usize; 2] {
        [0, 1].map(|axis| self.size[axis].div_ceil(8 * self.most[axis]))
    }

    /// How many blocks of a component there are, down and across, in a scan of it alone.
    fn blocks(&self, component: &Component) -> [usize; 2] {
        [0, 1].map(|axis| (self.size[axis] * component.factors[axis]).div_ceil(8 * self.most[axis]))
    }
}

/// Nothing is left to say: the file is whole, or of a kind that is not followed.
enum Next {
    Segment,
    Nothing,
}

impl File<'_> {
    fn follow(&mut self) -> Result<(), String> {
        loop {
            let Some(marker) = self.marker() else { return self.end(false) };
            if marker == marker::END {
                return self.end(true);
            }
            if marker::RESTARTS.contains(&marker) || marker == 1 {
                continue; // a stray one, without a length
            }
            let Some(segment) = self.segment() else { return self.end(false) };
            match self.take(marker, segment)? {
                Next::Segment => {}
                Next::Nothing => return Ok(()),
            }
        }
    }

    /// The next marker, past whatever stands before it.
    fn marker(&mut self) -> Option<u8> {
        loop {
            let start = self.place + self.bytes.get(self.place..)?.iter().position(|&byte| byte == 0xff)?;
            let fill = self.bytes[start..].iter().take_while(|&&byte| byte == 0xff).count();
            self.place = start + fill + 1;
            match *self.bytes.get(start + fill)? {
                0 => {}
                marker => return Some(marker),
            }
        }
    }

    /// The content of a segment with a length; none if it is cut.
    fn segment(&mut self) -> Option<std::ops::Range<usize>> {
        let length = self.bytes.get(self.place..self.place + 2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
        let segment = self.place + 2..self.place + length;
        self.place = segment.end;
        (segment.end <= self.bytes.len()).then_some(segment)
    }

    fn take(&mut self, marker: u8, segment: std::ops::Range<usize>) -> Result<Next, String> {
        let content = &self.bytes[segment];
        match marker {
            marker::BASELINE | marker::EXTENDED | marker::PROGRESSIVE => {
                self.frame = frame(content, marker == marker::PROGRESSIVE);
                Ok(if self.frame.is_some() { Next::Segment } else { Next::Nothing })
            }
            marker::CODES => {
                let read = codes(content, &mut self.codes);
                Ok(if read.is_some() { Next::Segment } else { Next::Nothing })
            }
            marker::INTERVAL => {
                let interval = content.first_chunk().map_or(0, |&interval| u16::from_be_bytes(interval));
                self.interval = interval.into();
                Ok(Next::Segment)
            }
            marker::SCAN => self.scan(content),
            other if marker::OTHER_FRAMES.contains(&other) => Ok(Next::Nothing),
            _ => Ok(Next::Segment),
        }
    }

    fn scan(&mut self, header: &[u8]) -> Result<Next, String> {
        self.scans += 1;
        let Some(frame) = &mut self.frame else { return Ok(Next::Nothing) };
        let Some(scan) = Scan::of(header, frame).filter(|_| self.scans <= MOST_SCANS) else {
            return Ok(Next::Nothing);
        };
        let mut bits = Bits::new(self.bytes, self.place);
        let followed = scan.follow(frame, &self.codes, self.interval, &mut bits);
        self.place = bits.place();
        match followed {
            Ok(()) => Ok(Next::Segment),
            Err(Short::Unknown) => Ok(Next::Nothing),
            Err(Short::After { read, of }) => {
                let share = 100 * read / of.max(1);
                Err(match (frame.progressive, self.scans) {
                    (true, scans @ 2..) => format!("it breaks off within its scan {scans}"),
                    (true | false, _) => format!("it breaks off after {share} % of the picture"),
                })
            }
            Err(Short::Wrong) => Err("its data are not those of a picture".to_owned()),
        }
    }

    /// Whether there is nothing to miss at the end of a file.
    fn end(&self, is_marked: bool) -> Result<(), String> {
        let Some(frame) = &self.frame else { return Err("it holds no picture".to_owned()) };
        let is_there = |component: &Component| {
            if is_marked {
                component.coverage.is_begun()
            } else {
                component.coverage.is_whole(frame.progressive)
            }
        };
        if frame.components.iter().all(is_there) {
            return Ok(());
        }
        Err(if self.scans == 0 {
            "it breaks off before the picture"
        } else {
            "it breaks off between its scans"
        }
        .to_owned())
    }
}

/// The components of a frame of eight bits; none of what is not followed.
fn frame(content: &[u8], progressive: bool) -> Option<Frame> {
    let (&[precision, h1, h0, w1, w0, count], rest) = content.split_first_chunk()?;
    let size = [[h1, h0], [w1, w0]].map(|side| usize::from(u16::from_be_bytes(side)));
    let is_fit = precision == 8 && size.iter().all(|side| (1..=LONGEST_SIDE).contains(side));
    let listed =
        rest.as_chunks::<3>().0.get(..count.into()).filter(|_| is_fit && (1..=4).contains(&count))?;
    let mut components: Vec<Component> = Vec::new();
    for &[id, factors, _] in listed {
        let factors = [factors & 15, factors >> 4].map(usize::from);
        if factors.iter().any(|factor| !(1..=4).contains(factor)) {
            return None;
        }
        components.push(Component { id, factors, coverage: Coverage::default() });
    }
    let most = [0, 1].map(|axis| components.iter().map(|part| part.factors[axis]).max().unwrap_or(1));
    let mut frame = Frame { progressive, size, most, components: Vec::new() };
    let units = frame.units();
    for component in &mut components {
        let [down, across] = [0, 1].map(|axis| units[axis] * component.factors[axis]);
        component.coverage = Coverage::of(down * across, across, progressive);
    }
    frame.components = components;
    Some(frame)
}

/// Reads Huffman codes; none if they are not well formed.
fn codes(mut content: &[u8], codes: &mut Codes) -> Option<()> {
    while let Some((&place, rest)) = content.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>()?;
        let total = counts.iter().map(|&count| usize::from(count)).sum();
        let (symbols, rest) = rest.split_at_checked(total)?;
        let slot = codes.get_mut(usize::from(place >> 4))?.get_mut(usize::from(place & 15))?;
        *slot = Some(Code::of(counts, symbols)?);
        content = rest;
    }
    Some(())
}

#[cfg(test)]
mod tests;
