//! Rows of a CSV file as they come, and what can be wrong with a file as such: its encoding, a quotation mark that never
//! ends, fields without end, zero bytes, rows of the wrong length. One row is held at a time, of a bounded size.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, Chain, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};

use super::report::quoted;
use crate::base::{Error, Result};

/// Bytes that one row may have. A quotation mark without an end makes the rest of the file one field; it must not be held whole.
const LONGEST_ROW: usize = 4 * 1024 * 1024;

/// Bytes that one cell may have: some sixty pages of description.
const LONGEST_CELL: usize = 200_000;

/// Bytes that the rows of one product, or of one order, may have together: they are held until it is written.
pub const MOST_OF_ONE: usize = 8 * 1024 * 1024;

/// What a row takes besides its text, about.
const OF_A_ROW: usize = 500;

/// A row with as many fields as the header, all of them text.
#[derive(Clone, Debug, Default)]
pub struct TableRow {
    /// Line of the file where it begins; the header is 1.
    pub line: u64,
    /// Byte of the file where it begins.
    pub byte: u64,
    pub fields: StringRecord,
}

impl TableRow {
    /// About how much memory it takes, whatever is made of it.
    pub fn bytes(&self) -> usize {
        self.fields.as_slice().len() + OF_A_ROW
    }

    /// The field without space around it; empty when there is none.
    pub fn text(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.fields.get(index)).unwrap_or_default().trim()
    }
}

/// Which addresses a file has had. Of each only a hash is held: eight bytes, with a chance of less than one in ten million that
/// two of a million are taken for one.
#[derive(Debug, Default)]
pub struct Seen {
    hashes: HashSet<u64>,
    of: RandomState,
}

impl Seen {
    pub fn is_first(&mut self, text: &str) -> bool {
        self.hashes.insert(self.of.hash_one(text))
    }
}

/// A file as rows. What is wrong with one is told with its line, and the next is read all the same.
pub struct Table<R> {
    csv: csv::Reader<Bounded<Chain<R, &'static [u8]>>>,
    left: Arc<AtomicUsize>,
    pub header: StringRecord,
    ended: bool,
}

impl<R: Read> Table<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// `Invalid` on `file` when it has none, or none that can be read.
    pub fn new(file: R) -> Result<Self> {
        let left = Arc::new(AtomicUsize::new(LONGEST_ROW));
        // Rows end with a line feed alone, and the last one surely does, so that lines can be counted; the carriage return
        // before it falls to the trimming of fields.
        let file = Bounded { file: file.chain(&b"\n"[..]), left: left.clone() };
        let mut csv = ReaderBuilder::new().has_headers(false).flexible(true).terminator(Terminator::Any(b'\n')).from_reader(file);
        let mut header = ByteRecord::new();
        csv.read_byte_record(&mut header).map_err(|error| Error::invalid("file", format!("The file can't be read: {error}")))?;
        let not_text = || Error::invalid("file", "The file's header is not UTF-8. Save it as \"CSV UTF-8\"");
        let header = StringRecord::from_byte_record(header).map_err(|_| not_text())?;
        if header.iter().any(|name| name.contains('\0')) {
            return Err(Error::invalid("file", "The file is no text: it holds zero bytes. Save it as \"CSV UTF-8\""));
        }
        if header.len() < 2 && !header.iter().any(|name| name.contains([';', '\t'])) {
            return Err(Error::invalid("file", "The file is no table: its first line must name the columns, with commas between them"));
        }
        Ok(Self { csv, left, header, ended: false })
    }

    /// Where the record began. The reader's own position is that of empty lines before it, so it is counted from the end.
    fn line_of(&self, record: &ByteRecord) -> u64 {
        let inside: usize = record.iter().map(|field| field.iter().filter(|byte| **byte == b'\n').count()).sum();
        let from = record.position().map_or(1, csv::Position::line);
        self.csv.position().line().saturating_sub(1 + inside as u64).max(from)
    }
}

impl<R: Read> Iterator for Table<R> {
    type Item = Result<TableRow, (u64, String)>;

    /// The next row that holds anything.
    fn next(&mut self) -> Option<Self::Item> {
        let mut record = ByteRecord::new();
        while !self.ended {
            self.left.store(LONGEST_ROW, Ordering::Relaxed);
            match self.csv.read_byte_record(&mut record) {
                Ok(true) if record.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Ok(true) => {
                    let (line, byte) = (self.line_of(&record), record.position().map_or(0, csv::Position::byte));
                    let fields = checked(record, &self.header).map_err(|message| (line, message));
                    return Some(fields.map(|fields| TableRow { line, byte, fields }));
                }
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err((self.csv.position().line(), format!("the file can't be read any further: {error}"))));
                }
            }
        }
        None
    }
}

/// The record as text, with as many fields as there are columns.
///
/// # Errors
/// Tells what is wrong with it.
pub fn checked(mut record: ByteRecord, header: &StringRecord) -> Result<StringRecord, String> {
    let columns = header.len();
    // Spreadsheets leave empty columns behind the last one.
    let spare_is_empty = record.iter().skip(columns).all(<[u8]>::is_empty);
    if record.len() < columns || !spare_is_empty {
        return Err(format!("the row has {} fields where the header has {columns}; is a quotation mark missing?", record.len()));
    }
    record.truncate(columns);
    let fields = StringRecord::from_byte_record(record).map_err(|_| "the row is not UTF-8; save the file as \"CSV UTF-8\"")?;
    if fields.iter().any(|field| field.contains('\0')) {
        return Err("the row holds a zero byte".to_owned());
    }
    if let Some((name, cell)) = header.iter().zip(&fields).find(|(_, cell)| cell.len() > LONGEST_CELL) {
        let (name, size, most) = (quoted(name), cell.len() / 1000, LONGEST_CELL / 1000);
        return Err(format!("the column {name} holds {size} KB of text, and {most} are the most; is a quotation mark missing?"));
    }
    Ok(fields)
}

/// Gives no more than is left; the rows' reader allows more with each row.
struct Bounded<R> {
    file: R,
    left: Arc<AtomicUsize>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("a row is longer than 4 MB; is a quotation mark missing?"));
        }
        let most = buffer.len().min(left);
        let read = self.file.read(&mut buffer[..most])?;
        self.left.store(left - read, Ordering::Relaxed);
        Ok(read)
    }
}

/// The file's text, whatever its encoding: UTF-16 is told by its mark and turned into UTF-8.
///
/// # Errors
/// `Invalid` on `file` when it is packed or no text.
pub fn as_text(mut file: Box<dyn BufRead + Send>) -> Result<Box<dyn BufRead + Send>> {
    let unreadable = |error: io::Error| Error::invalid("file", format!("The file can't be read: {error}"));
    let start = file.fill_buf().map_err(unreadable)?;
    match start {
        [0x1f, 0x8b, ..] | [b'P', b'K', 3 | 5, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => Err(Error::invalid(
            "file",
            "The file is packed, or is a spreadsheet. Unpack it, or save it as \"CSV UTF-8\", and choose the .csv file",
        )),
        [0xff, 0xfe, ..] => Ok(Box::new(io::BufReader::new(Utf16::new(file, u16::from_le_bytes)))),
        [0xfe, 0xff, ..] => Ok(Box::new(io::BufReader::new(Utf16::new(file, u16::from_be_bytes)))),
        _ => Ok(file),
    }
}

/// Turns UTF-16 into UTF-8, mark and all.
struct Utf16<R> {
    file: R,
    order: fn([u8; 2]) -> u16,
    /// The first half of a pair that the last chunk ended with.
    half: Option<u16>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Utf16<R> {
    fn new(file: R, order: fn([u8; 2]) -> u16) -> Self {
        Self { file, order, half: None, ready: vec![], given: 0 }
    }

    fn more(&mut self) -> io::Result<()> {
        let mut bytes = vec![];
        (&mut self.file).take(8192).read_to_end(&mut bytes)?;
        let mut units: Vec<u16> = self.half.take().into_iter().collect();
        units.extend(bytes.as_chunks::<2>().0.iter().map(|pair| (self.order)(*pair)));
        if !bytes.is_empty() && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            self.half = units.pop();
        }
        self.ready = char::decode_utf16(units).map(|read| read.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes();
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.more()?;
        }
        let count = buffer.len().min(self.ready.len() - self.given);
        buffer[..count].copy_from_slice(&self.ready[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(bytes: &[u8]) -> Vec<Result<Vec<String>, (u64, String)>> {
        let file = as_text(Box::new(io::Cursor::new(bytes.to_vec()))).unwrap();
        let table = Table::new(file).unwrap();
        table.map(|row| row.map(|row| row.fields.iter().map(str::to_owned).collect())).collect()
    }

    fn refusal(bytes: &[u8]) -> String {
        let file = as_text(Box::new(io::Cursor::new(bytes.to_vec())));
        file.and_then(Table::new).err().unwrap().to_string()
    }

    #[test]
    fn utf_16_is_read_as_what_it_is() {
        let text = "\u{feff}SKU,Title\nA,Hämmer 🔨\n";
        for bytes in
            [text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), text.encode_utf16().flat_map(u16::to_be_bytes).collect()]
        {
            assert_eq!(rows(&bytes), [Ok(vec!["A".to_owned(), "Hämmer 🔨".to_owned()])]);
        }
    }

    #[test]
    fn another_encoding_is_told_by_row_and_the_rest_is_read() {
        let told = rows(b"a,b\n1,H\xe4mmer\n2,Nail\n3,x\0y\n");
        assert!(told[0].as_ref().unwrap_err().1.contains("not UTF-8") && told[1].is_ok());
        assert_eq!(told[2].as_ref().unwrap_err(), &(4, "the row holds a zero byte".to_owned()));
    }

    #[test]
    fn a_quotation_mark_without_an_end_is_told_and_not_held_in_memory() {
        let mut file = b"a,b\n1,\"begun".to_vec();
        file.resize(3 * LONGEST_ROW, b'x');
        let told = rows(&file);
        assert_eq!(told.len(), 1);
        assert!(told[0].as_ref().unwrap_err().1.contains("quotation mark"), "{told:?}");
    }

    #[test]
    fn a_cell_beyond_all_bounds_is_refused_by_its_row_and_the_rest_is_read() {
        let file = format!("a,b\n1,{}\n2,{}\n", "x".repeat(LONGEST_CELL + 1000), "y".repeat(LONGEST_CELL));
        let told = rows(file.as_bytes());
        assert_eq!(
            told[0],
            Err((2, "the column \"b\" holds 201 KB of text, and 200 are the most; is a quotation mark missing?".to_owned()))
        );
        assert!(told[1].is_ok());
    }

    #[test]
    fn what_is_packed_or_no_table_is_refused_with_the_mend() {
        assert!(refusal(b"PK\x03\x04rest").contains("Unpack it"));
        assert!(refusal(b"\x1f\x8b\x08rest").contains("Unpack it"));
        assert!(refusal(b"hello\n").contains("name the columns"));
        assert!(refusal(b"a\0,b\0\n").contains("zero bytes"));
        assert!(refusal(b"").contains("name the columns"));
    }

    /// Pieces that a file is made of, right and wrong, and bytes of any kind.
    fn files() -> impl Strategy<Value = Vec<u8>> {
        let pieces =
            ["a,b\n", "1,2\n", "\"", "\"\"", ",", "\n", "\r\n", "\r", ";", "\0", "\u{feff}", "é", "=1+1", "\\", " ", "\t", ",,,\n"];
        let piece = prop_oneof![
            6 => prop::sample::select(pieces.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
            1 => any::<[u8; 3]>().prop_map(|bytes| bytes.to_vec()),
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn any_file_is_refused_or_read_as_rows_of_its_header_each_with_its_line(rest in files(), has_header in any::<bool>()) {
            let file = if has_header { [b"SKU,Title\n".to_vec(), rest].concat() } else { rest };
            let table = as_text(Box::new(io::Cursor::new(file.clone()))).and_then(Table::new);
            let Ok(table) = table else { return Ok(()) };
            let (columns, mut before, mut held) = (table.header.len(), 0, 0);
            for row in table {
                let line = match row {
                    Ok(row) => {
                        prop_assert_eq!(row.fields.len(), columns);
                        prop_assert!(row.fields.iter().all(|field| !field.contains('\0') && field.len() <= LONGEST_CELL));
                        held += row.fields.as_slice().len();
                        row.line
                    }
                    Err((line, message)) => {
                        prop_assert!(!message.is_empty());
                        line
                    }
                };
                prop_assert!(line >= before, "line {} behind {}", line, before);
                before = line;
            }
            // UTF-16 takes up to three bytes where it took two.
            prop_assert!(held <= 2 * file.len(), "{} bytes of {}", held, file.len());
        }
    }
}
