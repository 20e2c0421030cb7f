//! What a file of Parquet announces: the parquet crate sets memory aside for it before it looks whether that much is
//! there, and where a damaged file announces gigabytes the program would end. So these are read before, as the crate
//! reads them: as much of Thrift's compact protocol as that takes.

/// What a page is said to hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// Bytes after its header.
    stored: u64,
    /// Bytes once these are decompressed.
    pub(super) bytes: u64,
    /// Values, or places where one may be missing.
    pub(super) values: u64,
    /// Whether these are a dictionary.
    pub(super) is_dictionary: bool,
    /// Whether lengths of texts are stored as differences, whose number the texts do not bound.
    pub(super) differences: bool,
}

/// Every page of a column chunk; none if their headers are damaged.
pub(super) fn pages(chunk: &[u8]) -> Option<Vec<Page>> {
    let mut rest = Compact(chunk);
    let mut pages = Vec::new();
    while !rest.0.is_empty() {
        let page = rest.page()?;
        rest.0 = rest.0.get(usize::try_from(page.stored).ok()?..)?;
        pages.push(page);
    }
    Some(pages)
}

/// Whether the schema in a file's metadata has as many elements as these say, and is no deeper than a stack.
pub(super) fn is_plausible(metadata: &[u8]) -> Option<bool> {
    const MOST_GROUPS: u64 = 1000;
    let mut rest = Compact(metadata);
    let (mut elements, mut children, mut groups) = (0, 0, 0);
    rest.fields(|rest, number, kind| match number {
        1 | 3 => rest.integer().map(drop),
        2 => (0..rest.list()?.1).try_for_each(|_| {
            let below = rest.schema_element()?;
            elements += 1;
            children += below;
            groups += u64::from(below > 0);
            Some(())
        }),
        _ => rest.skip(kind, DEPTH),
    })?;
    Some(children <= elements && groups <= MOST_GROUPS)
}

/// The type of a struct; others are known by what [`Compact::skip`] does.
const STRUCT: u8 = 12;

/// How deep the parquet crate goes.
const DEPTH: u8 = 64;

/// Bytes that are yet to be read.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    fn page(&mut self) -> Option<Page> {
        let mut page = Page::default();
        self.fields(|rest, number, kind| {
            match number {
                1 | 4 => _ = rest.integer()?,
                2 => page.bytes = rest.size()?,
                3 => page.stored = rest.size()?,
                // A page of data, a dictionary, and a page of data of version 2: integers, and what else there is.
                5 => rest.contents(4, 2, &mut page)?,
                7 => {
                    page.is_dictionary = true;
                    rest.contents(2, 2, &mut page)?;
                }
                8 => rest.contents(6, 4, &mut page)?,
                _ => rest.skip(kind, DEPTH)?,
            }
            Some(())
        })?;
        Some(page)
    }

    /// What a page's own header says: its first fields are integers, of which one is the encoding.
    fn contents(&mut self, integers: i16, encoding: i16, page: &mut Page) -> Option<()> {
        const DELTA_LENGTH_BYTE_ARRAY: i32 = 6;
        const DELTA_BYTE_ARRAY: i32 = 7;
        self.fields(|rest, number, kind| {
            if !(1..=integers).contains(&number) {
                rest.skip(kind, DEPTH)?;
            } else if number == 1 {
                page.values = page.values.max(rest.size()?);
            } else {
                let integer = rest.integer()?;
                page.differences |=
                    number == encoding && matches!(integer, DELTA_LENGTH_BYTE_ARRAY | DELTA_BYTE_ARRAY);
            }
            Some(())
        })
    }

    /// How many children an element of a schema has.
    fn schema_element(&mut self) -> Option<u64> {
        let mut children = 0;
        self.fields(|rest, number, kind| match number {
            1..=3 | 6..=9 => rest.integer().map(drop),
            5 => rest.size().map(|below| children = below),
            _ => rest.skip(kind, DEPTH),
        })?;
        Some(children)
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
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

    fn integer(&mut self) -> Option<i32> {
        let value = self.varint()?;
        Some(((value >> 1) as i64 ^ -((value & 1) as i64)) as i32)
    }

    /// An integer that may not be negative.
    fn size(&mut self) -> Option<u64> {
        u64::try_from(self.integer()?).ok()
    }

    /// Has `read` read each field of a struct, of which it is told number and type.
    fn fields(&mut self, mut read: impl FnMut(&mut Self, i16, u8) -> Option<()>) -> Option<()> {
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
    fn list(&mut self) -> Option<(u8, u64)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.varint()?,
            count => count.into(),
        };
        Some((header % 16, count))
    }

    fn advance(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Passes over a value that is no element of a list, where a truth would take a byte.
    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_pages_are_read_to_their_ends() {
        // A dictionary of 3 values in 12 bytes, stored in 2; a page of data with statistics and a flag, stored in 1.
        let dictionary = [0x15, 4, 0x15, 24, 0x15, 4, 0x4c, 0x15, 6, 0x15, 4, 0x11, 0, 0, 7, 7];
        let statistics = [0x1c, 0x18, 1, b'a', 0x21, 0];
        let data = [
            &[0x15, 0, 0x15, 200, 1, 0x15, 2, 0x2c, 0x15, 6, 0x15, 14, 0x15, 6, 0x15, 6][..],
            &statistics,
            &[0, 0, 9],
        ];
        let found = pages(&[&dictionary[..], &data.concat()].concat()).unwrap();
        let expected = [
            Page { stored: 2, bytes: 12, values: 3, is_dictionary: true, differences: false },
            Page { stored: 1, bytes: 100, values: 3, is_dictionary: false, differences: true },
        ];
        assert_eq!(found, expected);
        for length in 1..dictionary.len() {
            assert_eq!(pages(&dictionary[..length]), None, "{length}");
        }
    }

    #[test]
    fn what_goes_on_without_end_is_given_up() {
        let nested = [0x19, 0x1c].repeat(1000);
        assert_eq!(pages(&nested), None);
        assert_eq!(pages(&[0xff; 1000]), None);
        assert_eq!(is_plausible(&nested), None);
    }
}
