use std::io::{self, Read};

/// A stream of which it is known how many lines have gone by, and whether an odd number of double quotes has.
pub(super) struct Lines<R> {
    stream: R,
    pub(super) has_odd_quotes: bool,
    /// What was read last, and the bytes and line breaks before it.
    last: Vec<u8>,
    bytes: u64,
    breaks: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn of(stream: R) -> Self {
        Self { stream, has_odd_quotes: false, last: Vec::new(), bytes: 0, breaks: 0 }
    }

    /// The line, counted from 1, in which a record begins that ends at a byte of what was read last.
    pub(super) fn first_line(&self, end: u64, record: &csv::ByteRecord) -> Option<u64> {
        let end = usize::try_from(end.checked_sub(self.bytes)?).ok()?;
        let before = self.last.get(..end)?;
        let own = breaks(record.as_slice()) + u64::from(before.ends_with(b"\n"));
        (1 + self.breaks + breaks(before)).checked_sub(own)
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.has_odd_quotes =
            buffer[..count].iter().fold(self.has_odd_quotes, |odd, &byte| odd ^ (byte == b'"'));
        if count > 0 {
            self.bytes += self.last.len() as u64;
            self.breaks += breaks(&self.last);
            self.last.clear();
            self.last.extend_from_slice(&buffer[..count]);
        }
        Ok(count)
    }
}

fn breaks(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |count, &byte| count + u64::from(byte == b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that gives so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    #[test]
    fn lines_are_those_of_the_file() {
        for (text, lines) in [
            ("a\nb\nc\n", &[1, 2, 3][..]),
            ("a\nb\nc", &[1, 2, 3]),
            ("a\r\nb\r\nc\r\n", &[1, 2, 3]),
            ("# x\n# y\na\n# z\nb", &[3, 5]),
            ("\n\na\n\nb\n\n", &[3, 5]),
            ("a,\"b\nb\"\nc,d\n", &[1, 3]),
            ("a,\"b\r\n\r\nb\"\r\nc,d\r\n", &[1, 4]),
        ] {
            for step in [1, 2, 3, 100] {
                let stream = Lines::of(Slow(text.as_bytes(), step));
                let mut builder = csv::ReaderBuilder::new();
                let mut reader =
                    builder.has_headers(false).flexible(true).comment(Some(b'#')).from_reader(stream);
                let mut record = csv::ByteRecord::new();
                let mut found = Vec::new();
                while reader.read_byte_record(&mut record).unwrap() {
                    found.extend(reader.get_ref().first_line(reader.position().byte(), &record));
                }
                assert_eq!(found, lines, "{text:?} in steps of {step}");
            }
        }
    }
}
