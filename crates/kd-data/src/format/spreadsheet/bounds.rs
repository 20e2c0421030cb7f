//! What a workbook that is an archive may grow to: its XML is unpacked before it is read, and no further than any other
//! packed file; and cells that OpenDocument says once and means often are counted.

use std::io::{self, Cursor, Read, Write};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::bounded::Bounded;
use crate::original::{LARGEST_GROWTH, largest};

/// A workbook whose parts are not compressed.
#[derive(Debug)]
pub(super) struct Workbook {
    pub(super) bytes: Vec<u8>,
    /// Whether it is one of OpenDocument, rather than Excel.
    pub(super) is_open_document: bool,
}

/// The parts of a workbook that tables are read from, stored as they are.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Workbook, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("cannot be read as a workbook: {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut parts = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let most = largest(bytes.len());
    let mut left = most;
    let mut is_open_document = false;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|error| unreadable(&error))?;
        let name = part.name().map_err(|error| unreadable(&error))?.into_owned();
        if name == "xl/workbook.bin" {
            return Err("is a binary workbook (.xlsb); save it as .xlsx".to_owned());
        }
        if part.is_dir() || !is_read(&name) {
            continue;
        }
        let mut content = Vec::new();
        Bounded::new(part, &mut left, LARGEST_GROWTH)
            .read_to_end(&mut content)
            .map_err(|error| format!("`{name}` in it cannot be read: {error}"))?;
        // Where a table does not end, the reader would not either.
        if name != "mimetype" && !is_whole(&content) {
            return Err(format!("`{name}` in it is damaged: its elements do not end where they should"));
        }
        if name == "content.xml" {
            is_open_document = true;
            if repeated(&content).is_none_or(|repeated| repeated > most) {
                return Err(format!(
                    "its cells grow to more than {LARGEST_GROWTH} times its size; save it as .xlsx"
                ));
            }
        }
        let written = parts.start_file(name, options).map_err(io::Error::from);
        written.and_then(|()| parts.write_all(&content)).map_err(|error| unreadable(&error))?;
    }
    let bytes = parts.finish().map_err(|error| unreadable(&error))?.into_inner();
    Ok(Workbook { bytes, is_open_document })
}

/// Whether every element ends, within the one that it begins in.
fn is_whole(xml: &[u8]) -> bool {
    let mut reader = Reader::from_reader(xml);
    let mut event = Vec::new();
    let mut depth = 0_u64;
    loop {
        match reader.read_event_into(&mut event) {
            Ok(Event::Start(_)) => depth += 1,
            // The reader refuses an end without a beginning, or of another name.
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => return depth == 0,
            Ok(_) => {}
            Err(_) => return false,
        }
        event.clear();
    }
}

fn is_read(name: &str) -> bool {
    name == "mimetype" || [".xml", ".rels"].iter().any(|end| name.ends_with(end))
}

/// Bytes of the cells of OpenDocument's tables, each as often as it is repeated; nothing if a number is none.
fn repeated(content: &[u8]) -> Option<u64> {
    /// What an empty cell takes.
    const CELL: u64 = 64;
    let mut all = 0_u64;
    for row in after(content, b"<table:table-row") {
        let (tag, _) = split_tag(row);
        let rows = times(tag, b"table:number-rows-repeated")?;
        let (mut width, mut bytes, mut empty) = (0_u64, 0_u64, 0_u64);
        for cell in
            after(row, b"<table:table-cell").into_iter().chain(after(row, b"<table:covered-table-cell"))
        {
            let (tag, rest) = split_tag(cell);
            let columns = times(tag, b"table:number-columns-repeated")?;
            // Empty cells count when others follow them.
            if tag.ends_with(b"/") && !has(tag, b"office:") && !has(tag, b"formula") {
                empty = empty.saturating_add(columns);
            } else {
                let own = CELL + 2 * (tag.len() + rest.len()) as u64;
                bytes = bytes.saturating_add(own.saturating_mul(columns));
                width = width.saturating_add(columns).saturating_add(empty);
                empty = 0;
            }
        }
        let row = width.saturating_mul(CELL).saturating_add(bytes);
        all = all.saturating_add(row.saturating_mul(if width > 0 { rows } else { 1 }));
    }
    Some(all)
}

/// What follows each place of `mark`, up to the next.
fn after<'a>(content: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(next) = content[from..].windows(mark.len()).position(|window| window == mark) {
        places.push(from + next + mark.len());
        from += next + mark.len();
    }
    let ends = places.iter().skip(1).map(|next| next - mark.len()).chain([content.len()]);
    places.iter().zip(ends).map(|(&start, end)| &content[start..end]).collect()
}

/// A tag up to its end, and what follows it.
fn split_tag(content: &[u8]) -> (&[u8], &[u8]) {
    let end = content.iter().position(|&byte| byte == b'>').unwrap_or(content.len());
    (&content[..end], content.get(end + 1..).unwrap_or_default())
}

fn has(tag: &[u8], word: &[u8]) -> bool {
    tag.windows(word.len()).any(|window| window == word)
}

/// How often a tag says that what it holds is there.
fn times(tag: &[u8], attribute: &[u8]) -> Option<u64> {
    let Some(place) = tag.windows(attribute.len()).position(|window| window == attribute) else {
        return Some(1);
    };
    let value = tag[place + attribute.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = value.iter().position(|byte| byte == quote)?;
    str::from_utf8(&value[..end]).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_must_end() {
        for (xml, whole) in [
            ("<?xml version=\"1.0\"?><a b='c'><d/>e<!-- <f> --></a>", true),
            ("<a><d></a>", false),
            ("<a><d></a></d>", false),
            ("<a>", false),
            ("</a>", false),
            ("<a b=\"c", false),
            ("", true),
        ] {
            assert_eq!(is_whole(xml.as_bytes()), whole, "{xml}");
        }
    }

    #[test]
    fn what_is_said_once_and_meant_often_is_counted() {
        let row = |rows: &str, cells: &str| {
            format!("<table:table-row {rows}>{cells}</table:table-row>").into_bytes()
        };
        let value = "<table:table-cell office:value=\"1\"/>";
        let wide = "<table:table-cell table:number-columns-repeated=\"16000\"/>";
        let once = repeated(&row("", value)).unwrap();
        assert!(once < 1000, "{once}");
        assert!(repeated(&row("table:number-rows-repeated='1000000'", value)).unwrap() > 64_000_000);
        assert!(repeated(&row("", &format!("{wide}{value}"))).unwrap() > 1_000_000);
        assert!(repeated(&row("", &format!("{value}{wide}"))).unwrap() < 1000, "nothing behind it");
        assert!(
            repeated(&row("table:number-rows-repeated='1000000'", wide)).unwrap() < 1000,
            "nothing in it"
        );
        assert_eq!(repeated(&row("table:number-rows-repeated=\"x\"", value)), None);
    }
}
