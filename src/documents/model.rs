use chrono::{DateTime, Utc};

/// The sheet that it is printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperSize {
    A4,
    Letter,
}

impl PaperSize {
    /// What printers hold in this country (ISO 3166-1 alpha-2). Letter is the paper of those that never took up ISO 216, by the
    /// paper sizes of Unicode's CLDR.
    pub fn of_country(country: &str) -> Self {
        const LETTER: [&str; 14] = ["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"];
        if LETTER.contains(&country) { Self::Letter } else { Self::A4 }
    }

    /// Width and height in points, 72 to the inch.
    pub fn points(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// What is to be printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// In the window's title and in the file's own description.
    pub title: String,
    /// BCP 47, such as `en-GB`.
    pub language: String,
    /// Who wrote it, for the file's own description.
    pub author: String,
    /// Stands in the file, so that the same document gives the same bytes on whatever day it is made.
    pub created: DateTime<Utc>,
    pub size: PaperSize,
    /// Below every page, left of `Page 1 of 2`.
    pub footer: String,
    pub blocks: Vec<Block>,
}

/// A part of a page, one below the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Who writes: the name and the lines of an address, at the top.
    Letterhead {
        name: String,
        lines: Vec<String>,
    },
    /// The title of the document.
    Title(String),
    /// The title of a part. Never the last thing on a page.
    Heading(String),
    Paragraph {
        text: String,
        tone: Tone,
    },
    /// Side by side, such as two addresses; each has an equal share of the width.
    Panels(Vec<Panel>),
    /// Names and values, such as a number and a date.
    Facts(Vec<(String, String)>),
    Table(Table),
    /// At the right, below a table. Kept together on one page.
    Sums(Vec<Sum>),
    /// Code 128, with the text below it. Only printable ASCII can be coded; of anything else just the text is printed.
    Barcode(String),
    /// What follows begins on a new page.
    NewPage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Muted,
    Strong,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    pub title: String,
    pub lines: Vec<String>,
}

/// Its head is repeated on every page that it reaches. A row is never split, unless it is higher than a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub heading: String,
    pub width: Width,
    pub align: Align,
}

impl Column {
    pub fn new(heading: &str, width: Width, align: Align) -> Self {
        Self { heading: heading.to_owned(), width, align }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Width {
    /// Points.
    Fixed(f32),
    /// So many shares of what the fixed columns leave.
    Share(f32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    End,
}

/// As many cells as there are columns; missing ones stay empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text, with smaller ones below it.
    Text { text: String, notes: Vec<String> },
    /// A box to tick by hand.
    Tick,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), notes: vec![] }
    }

    /// Empty notes are left out.
    pub fn noted(text: impl Into<String>, notes: Vec<String>) -> Self {
        Self::Text { text: text.into(), notes: notes.into_iter().filter(|note| !note.is_empty()).collect() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    pub label: String,
    pub amount: String,
    /// The one that counts: larger, below a line.
    pub strong: bool,
}

impl Sum {
    pub fn new(label: impl Into<String>, amount: impl ToString) -> Self {
        Self { label: label.into(), amount: amount.to_string(), strong: false }
    }

    pub fn strong(label: impl Into<String>, amount: impl ToString) -> Self {
        Self { strong: true, ..Self::new(label, amount) }
    }
}
