//! Workbooks as Excel and `LibreOffice` write them, in short.

use zip::CompressionMethod;

use super::*;
use crate::packing::tests::zip;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of Excel with these rows in its first sheet, `People`.
pub(in crate::format) fn xlsx(rows: &str) -> Vec<u8> {
    let package = "http://schemas.openxmlformats.org/package/2006";
    let parts = [
        ("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\"/>")),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"a\" Type=\"{RELATIONS}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"People\" sheetId=\"1\" \
                 r:id=\"b\"/><sheet name=\"Other\" sheetId=\"2\" r:id=\"c\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"b\" Type=\"{RELATIONS}/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"c\" Type=\"{RELATIONS}/worksheet\" \
                 Target=\"worksheets/sheet2.xml\"/><Relationship Id=\"d\" Type=\"{RELATIONS}/styles\" \
                 Target=\"styles.xml\"/><Relationship Id=\"e\" Type=\"{RELATIONS}/sharedStrings\" \
                 Target=\"sharedStrings.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs>\
                 </styleSheet>"
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<sst xmlns=\"{MAIN}\"><si><t>yes</t></si><si><t>no</t></si></sst>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
        (
            "xl/worksheets/sheet2.xml",
            format!(
                "<worksheet xmlns=\"{MAIN}\"><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>2</v></c></row>\
                 </sheetData></worksheet>"
            ),
        ),
    ];
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    zip(&parts, CompressionMethod::Deflated)
}

/// A workbook of `OpenDocument` with these rows in its sheet, `People`.
pub(in crate::format) fn ods(rows: &str) -> Vec<u8> {
    let names = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
                 xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
                 xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"";
    let content = format!(
        "<office:document-content {names}><office:body><office:spreadsheet><table:table table:name=\"People\">{rows}\
         </table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let manifest =
        "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    zip(
        &[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", manifest.as_bytes()),
            ("content.xml", content.as_bytes()),
        ],
        CompressionMethod::Deflated,
    )
}

/// A table from B2 on: a number or an error, a date, a formula, a class; with an empty row within and a name left out.
pub(in crate::format) const ROWS: &str = "\
    <row r=\"2\"><c r=\"B2\" t=\"inlineStr\"><is><t>age</t></is></c><c r=\"D2\" t=\"str\"><v>sum</v></c>\
    <c r=\"E2\" t=\"inlineStr\"><is><t>class</t></is></c></row>\
    <row r=\"3\"><c r=\"B3\"><v>39</v></c><c r=\"C3\" s=\"1\"><v>45443</v></c><c r=\"D3\"><f>B3*2</f><v>78.5</v></c>\
    <c r=\"E3\" t=\"s\"><v>0</v></c></row>\
    <row r=\"4\"></row>\
    <row r=\"5\"><c r=\"B5\" t=\"e\"><v>#N/A</v></c><c r=\"C5\" s=\"1\"><v>45443.5</v></c><c r=\"D5\" t=\"str\"><v>?</v></c>\
    <c r=\"E5\" t=\"s\"><v>1</v></c></row>";

/// The same for [`ods`], with rows and cells that are said once and meant often.
pub(in crate::format) const ODS_ROWS: &str = "\
    <table:table-row><table:table-cell office:value-type=\"string\"><text:p>age</text:p></table:table-cell>\
    <table:table-cell office:value-type=\"string\"><text:p>class</text:p></table:table-cell>\
    <table:table-cell table:number-columns-repeated=\"16382\"/></table:table-row>\
    <table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"float\" office:value=\"39\">\
    <text:p>39</text:p></table:table-cell><table:table-cell office:value-type=\"string\"><text:p>yes</text:p>\
    </table:table-cell></table:table-row>\
    <table:table-row><table:table-cell office:value-type=\"date\" office:date-value=\"2024-05-31\"><text:p>31/5</text:p>\
    </table:table-cell><table:table-cell office:value-type=\"string\"><text:p>no</text:p></table:table-cell>\
    </table:table-row><table:table-row table:number-rows-repeated=\"1048570\"><table:table-cell \
    table:number-columns-repeated=\"16384\"/></table:table-row>";

pub(in crate::format) fn layout() -> Spreadsheet {
    let columns = Columns { target: "class".to_owned(), ..Columns::default() };
    Spreadsheet::new("damaged", TestSplit::Last(0.5), columns)
}

fn grid(layout: &Spreadsheet, bytes: Vec<u8>) -> Result<Grid> {
    layout.grid(&Original::from_bytes("people.xlsx", bytes)?)
}

fn column(grid: &Grid, name: &str) -> Vec<Option<String>> {
    grid.column(grid.find(name).unwrap()).map(|cell| cell.map(str::to_owned)).collect()
}

fn texts(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

#[test]
fn a_sheet_of_excel_is_a_table() {
    let grid = grid(&layout(), xlsx(ROWS)).unwrap();
    assert_eq!(grid.names, ["age", "C", "sum", "class"]);
    assert_eq!(column(&grid, "age"), texts(&["39", ""]));
    assert_eq!(column(&grid, "C"), texts(&["2024-05-31", "2024-05-31T12:00:00"]));
    assert_eq!(column(&grid, "sum"), texts(&["78.5", ""]));
    assert_eq!(column(&grid, "class"), texts(&["yes", "no"]));
    assert_eq!(grid.first_row, 3);
}

#[test]
fn another_sheet_and_one_without_header() {
    let other = Spreadsheet { sheet: Some("Other".to_owned()), header: false, ..layout() };
    let read = grid(&other, xlsx(ROWS)).unwrap();
    assert_eq!(read.names, ["1", "2"]);
    assert_eq!(column(&read, "2"), texts(&["2"]));
    let absent = Spreadsheet { sheet: Some("people".to_owned()), ..layout() };
    let message = grid(&absent, xlsx(ROWS)).unwrap_err().to_string();
    assert_eq!(message, "people.xlsx: has no sheet `people`; its sheets are People, Other");
}

#[test]
fn a_sheet_of_open_document_is_a_table() {
    let read = grid(&layout(), ods(ODS_ROWS)).unwrap();
    assert_eq!(read.names, ["age", "class"]);
    assert_eq!(column(&read, "age"), texts(&["39", "39", "2024-05-31"]));
    assert_eq!(column(&read, "class"), texts(&["yes", "yes", "no"]));
}

#[test]
fn what_is_no_table_is_refused_before_it_takes_memory() {
    let far = format!("{ROWS}<row r=\"9\"><c r=\"XFD9\"><v>1</v></c></row>");
    let row = |row| format!("<row r=\"{row}\"><c r=\"B{row}\"><v>1</v></c></row>");
    let many = (6..2000).map(row).collect::<Vec<_>>().concat();
    let often = ODS_ROWS.replacen("rows-repeated=\"2\"", "rows-repeated=\"900000\"", 1);
    for (bytes, expected) in [
        (xlsx(""), "its sheet is empty"),
        (xlsx("<row>"), "`xl/worksheets/sheet1.xml` in it is damaged"),
        (
            xlsx(&format!("{ROWS}{many}<row r=\"2001\"><c r=\"XFD2001\"><v>1</v></c></row>")),
            "is there a stray cell",
        ),
        (xlsx(&format!("{far}{ROWS}")), "the cells of row 2 are not in order"),
        (xlsx(&" ".repeat(4 << 20)), "it grows to more than 200 times its size"),
        (ods(&often), "its cells grow to more than 200 times its size"),
        (b"a,b\n".to_vec(), "is not a workbook"),
        (zip(&[("xl/workbook.bin", b"x"), ("y", b"")], CompressionMethod::Stored), "binary workbook (.xlsb)"),
    ] {
        let message = grid(&layout(), bytes).unwrap_err().to_string();
        assert!(message.starts_with("people.xlsx: ") && message.contains(expected), "{expected}: {message}");
    }
}

#[test]
fn columns_are_called_by_their_letters() {
    assert_eq!([0, 25, 26, 701, 702, 16_383].map(letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
}
