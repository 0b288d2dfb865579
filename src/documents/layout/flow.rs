use crate::documents::{
    model::PaperSize,
    text::{self, Run, Weight},
};

/// Space at the sides and at the top, in points: 18 mm.
const MARGIN: f32 = 51.0;
/// Space at the bottom, with the footer in it.
const FOOT: f32 = 64.0;
/// Lines that a name, a value or a line of an address may take up.
const LONGEST: usize = 15;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Black,
    Grey,
    Pale,
}

#[derive(Clone, Copy)]
pub struct Style {
    pub size: f32,
    pub weight: Weight,
    pub ink: Ink,
}

impl Style {
    /// From one line to the next.
    pub fn leading(self) -> f32 {
        self.size * 1.4
    }
}

/// At which side of its room a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Start,
    End,
}

/// Room for a text: where it begins, how wide it is, at which side the text stands.
#[derive(Clone, Copy)]
pub struct Slot {
    pub x: f32,
    pub room: f32,
    pub shown: Shown,
}

impl Slot {
    pub fn start(x: f32, room: f32) -> Self {
        Self { x, room, shown: Shown::Start }
    }

    pub fn end(x: f32, room: f32) -> Self {
        Self { x, room, shown: Shown::End }
    }
}

/// Something drawn at a place on a page, in points from its top left corner.
pub enum Piece {
    /// `y` is the line on which letters stand. Without a node it is an ornament: repeated heads, footers.
    Text {
        x: f32,
        y: f32,
        runs: Vec<Run>,
        size: f32,
        ink: Ink,
        node: Option<usize>,
    },
    Bar {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
    },
    Rule {
        x: f32,
        y: f32,
        width: f32,
        ink: Ink,
    },
}

/// What a part of the document is, for those who have it read out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    Heading(u16, String),
    Paragraph,
    Table,
    Row,
    HeadCell,
    Cell,
}

/// Pages, and the tree of what is on them: each node with its parent.
pub struct Laid {
    pub size: (f32, f32),
    pub pages: Vec<Vec<Piece>>,
    pub nodes: Vec<(Role, Option<usize>)>,
}

/// The place where the next block goes.
pub struct Flow {
    pub laid: Laid,
    /// Below what stands on the page already.
    pub y: f32,
}

impl Flow {
    pub fn new(size: PaperSize) -> Self {
        Self { laid: Laid { size: size.points(), pages: vec![vec![]], nodes: vec![] }, y: MARGIN }
    }

    pub fn left(&self) -> f32 {
        MARGIN
    }

    pub fn width(&self) -> f32 {
        self.laid.size.0 - 2.0 * MARGIN
    }

    fn bottom(&self) -> f32 {
        self.laid.size.1 - FOOT
    }

    /// What is left of this page.
    pub fn room(&self) -> f32 {
        self.bottom() - self.y
    }

    /// What a page has room for.
    pub fn full_room(&self) -> f32 {
        self.bottom() - MARGIN
    }

    pub fn new_page(&mut self) {
        self.laid.pages.push(vec![]);
        self.y = MARGIN;
    }

    /// Begins a new page when there is less room than this left. On an empty page nothing is gained by that.
    pub fn need(&mut self, height: f32) {
        if height > self.room() && self.y > MARGIN {
            self.new_page();
        }
    }

    pub fn node(&mut self, role: Role) -> usize {
        self.child(role, None)
    }

    pub fn child(&mut self, role: Role, parent: Option<usize>) -> usize {
        self.laid.nodes.push((role, parent));
        self.laid.nodes.len() - 1
    }

    pub fn wrap(&self, text: &str, style: Style, room: f32) -> Vec<String> {
        text::wrap(text, style.weight, room / style.size)
    }

    /// The same for what is short by its nature and stands beside something else: it is cut off before it could fill a page.
    pub fn brief(&self, text: &str, style: Style, room: f32) -> Vec<String> {
        let mut lines = self.wrap(text, style, room);
        if lines.len() > LONGEST {
            lines.truncate(LONGEST - 1);
            lines.push("…".to_owned());
        }
        lines
    }

    pub fn piece(&mut self, piece: Piece) {
        if let Some(page) = self.laid.pages.last_mut() {
            page.push(piece);
        }
    }

    pub fn rule(&mut self, x: f32, width: f32, y: f32, ink: Ink) {
        self.piece(Piece::Rule { x, y, width, ink });
    }

    /// Lines that fit, one below the other.
    pub fn lines(&mut self, node: usize, lines: &[String], style: Style, slot: Slot) {
        for line in lines {
            self.y += style.leading();
            let piece = set(line, style, slot, self.y - style.size * 0.38, Some(node));
            self.piece(piece);
        }
    }

    /// One line at a height, which belongs to no node when it only repeats something.
    pub fn line_at(&mut self, text: &str, style: Style, slot: Slot, top: f32, node: Option<usize>) {
        let piece = set(text, style, slot, top + style.leading() - style.size * 0.38, node);
        self.piece(piece);
    }

    pub fn footer(&mut self, page: usize, text: &str, number: &str) {
        let y = self.laid.size.1 - FOOT + 26.0;
        let style = Style { size: 8.0, weight: Weight::Regular, ink: Ink::Grey };
        let (left, width) = (self.left(), self.width());
        if let Some(page) = self.laid.pages.get_mut(page) {
            page.push(Piece::Rule { x: left, y: y - 14.0, width, ink: Ink::Pale });
            page.push(set(text, style, Slot::start(left, width), y, None));
            page.push(set(number, style, Slot::end(left, width), y, None));
        }
    }
}

fn set(text: &str, style: Style, slot: Slot, y: f32, node: Option<usize>) -> Piece {
    // A part without letters would not be told of, and a row would miss a cell.
    let runs = text::shape(if text.is_empty() { " " } else { text }, style.weight);
    let wide: f32 = runs.iter().map(Run::width).sum::<f32>() * style.size;
    let x = if slot.shown == Shown::End { slot.x + slot.room - wide } else { slot.x };
    Piece::Text { x, y, runs, size: style.size, ink: style.ink, node }
}
