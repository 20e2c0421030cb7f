//! Cells of several lines: texts may be such, and a stray quote makes such cells of the rows that follow it.

use kd_doubt::{Doubt, Kind};

/// The cells of several lines that have been met.
pub(super) struct LongCells {
    separator: u8,
    columns: usize,
    /// Cells with a line break in them.
    broken: usize,
    rows: Suspects,
    texts: Suspects,
}

/// Cells that may have swallowed rows.
#[derive(Default)]
struct Suspects {
    cells: usize,
    /// Their lines.
    lines: usize,
    /// Row and start of the first.
    first: Option<(u64, String)>,
}

/// A cell of more lines, but for blank ones, is a long one.
const LINES: usize = 4;

/// Of so many rows, one may hold several lines before that is how the texts are.
const COMMON: usize = 20;

impl LongCells {
    /// None yet, in a file of so many columns.
    pub(super) fn of(separator: char, columns: usize) -> Self {
        let separator = u8::try_from(separator).unwrap_or(b',');
        Self { separator, columns, broken: 0, rows: Suspects::default(), texts: Suspects::default() }
    }

    /// Notes the cells of a row.
    pub(super) fn look(&mut self, row: u64, record: &csv::ByteRecord) {
        if !record.as_slice().contains(&b'\n') {
            return;
        }
        for cell in record.iter().filter(|cell| cell.contains(&b'\n')) {
            self.broken += 1;
            let lines: Vec<&[u8]> = cell
                .split(|&byte| byte == b'\n')
                .map(<[u8]>::trim_ascii)
                .filter(|line| !line.is_empty())
                .collect();
            let looks_like_row = |line: &&&[u8]| self.separators(line) + 1 == self.columns;
            let alike = lines.iter().filter(looks_like_row).count();
            if self.columns > 1 && alike >= 2 && 2 * alike >= lines.len() {
                self.rows.add(row, &lines);
            } else if lines.len() > LINES {
                self.texts.add(row, &lines);
            }
        }
    }

    fn separators(&self, line: &[u8]) -> usize {
        line.iter().fold(0, |count, &byte| count + usize::from(byte == self.separator))
    }

    /// What there is to say of them in a file of so many rows.
    pub(super) fn doubt(self, file: &str, rows: usize) -> Option<Doubt> {
        let are_rows = self.rows.cells > 0;
        let suspects = if are_rows { self.rows } else { self.texts };
        let (row, start) = suspects.first?;
        if !are_rows && self.broken * COMMON > rows {
            return None;
        }
        let Suspects { cells, lines, .. } = suspects;
        let cells =
            if cells == 1 { "1 quoted cell holds".to_owned() } else { format!("{cells} quoted cells hold") };
        let why =
            if are_rows { ", which look like rows that a stray double quote has swallowed" } else { "" };
        Some(
            Doubt::mistake(Kind::LongCells, file, format!("{cells} {lines} lines{why}"))
                .seen(format!("the first is in row {row} and begins with `{start}`; {rows} rows are left"))
                .advise("quoting = \"none\" if double quotes are part of the text"),
        )
    }
}

impl Suspects {
    fn add(&mut self, row: u64, lines: &[&[u8]]) {
        self.cells += 1;
        self.lines += lines.len();
        self.first.get_or_insert_with(|| {
            let start = lines.first().map_or("".into(), |line| String::from_utf8_lossy(line));
            (row, start.chars().take(40).collect())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(separator: char, rows: &[&[&str]]) -> Option<String> {
        let mut cells = LongCells::of(separator, rows[0].len());
        for (row, record) in (2..).zip(rows) {
            cells.look(row, &csv::ByteRecord::from(record.to_vec()));
        }
        cells.doubt("a.tsv", rows.len() * 100).map(|doubt| format!("{doubt}; {}", doubt.evidence))
    }

    #[test]
    fn what_swallowed_rows_is_told_from_texts() {
        let swallowed = "a.tsv: 1 quoted cell holds 4 lines, which look like rows that a stray double quote has swallowed; \
                         the first is in row 3 and begins with `Word	x`; 200 rows are left";
        assert_eq!(said('\t', &[&["a", "x"], &["Word\tx\nb\ty\nc\tx\nd", "y"]]).as_deref(), Some(swallowed));
        for fine in [
            &[&["a", "b"][..]][..],
            &[&["\n\nWhere, then?\n\n\n", "b"]],
            &[&["Two lines, each\nwith a comma, or two, in it", "b"]],
            &[&["one\ntwo\nthree\nfour", "b"]],
        ] {
            assert_eq!(said(',', fine), None, "{fine:?}");
        }
        let long = said(',', &[&["one\ntwo\nthree\nfour\nfive", "b"]]).unwrap();
        assert!(long.starts_with("a.tsv: 1 quoted cell holds 5 lines; "), "{long}");
        let usual: Vec<&[&str]> = vec![&["one\ntwo\nthree\nfour\nfive", "b"]; 6];
        let mut cells = LongCells::of(',', 2);
        for record in usual {
            cells.look(2, &csv::ByteRecord::from(record.to_vec()));
        }
        assert!(cells.doubt("a.csv", 100).is_none(), "texts of several lines are how the file is");
    }
}
