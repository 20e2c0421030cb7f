//! What a file of Parquet announces: the parquet crate sets memory aside for it before it looks whether that much is
//! there, and where a damaged file announces gigabytes the program would end. So these are read before, as the crate
//! reads them.

use super::compact::{Compact, DEPTH};

/// What a page is said to hold.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// Where it begins in its chunk, after its header.
    pub(super) start: usize,
    /// Bytes after its header.
    pub(super) stored: u64,
    /// Bytes once these are decompressed.
    pub(super) bytes: u64,
    /// Values, or places where one may be missing.
    pub(super) values: u64,
    /// Whether these are a dictionary.
    pub(super) is_dictionary: bool,
    /// Whether lengths of texts are stored as differences, whose number the texts do not bound.
    pub(super) differences: bool,
    /// Bytes before the values that are not compressed with them.
    pub(super) levels: u64,
    /// Whether it is not compressed though its column is.
    pub(super) is_plain: bool,
}

/// Every page of a column chunk; none if their headers are damaged.
pub(super) fn pages(chunk: &[u8]) -> Option<Vec<Page>> {
    let mut rest = Compact(chunk);
    let mut pages = Vec::new();
    while !rest.0.is_empty() {
        let mut page = rest.page()?;
        page.start = chunk.len() - rest.0.len();
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
                // Of version 2 alone: whether it is compressed, true or false.
                page.is_plain |= (integers, number, kind) == (6, 7, 2);
                rest.skip(kind, DEPTH)?;
            } else if number == 1 {
                page.values = page.values.max(rest.size()?);
            } else {
                let integer = rest.integer()?;
                page.differences |=
                    number == encoding && matches!(integer, DELTA_LENGTH_BYTE_ARRAY | DELTA_BYTE_ARRAY);
                // Lengths of both kinds of levels, in version 2.
                if (integers, number) == (6, 5) || (integers, number) == (6, 6) {
                    page.levels = page.levels.checked_add(u64::try_from(integer).ok()?)?;
                }
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
            Page { start: 14, stored: 2, bytes: 12, values: 3, is_dictionary: true, ..Page::default() },
            Page { start: 40, stored: 1, bytes: 100, values: 3, differences: true, ..Page::default() },
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
