use std::num::NonZeroU16;

use chrono::{Datelike, Timelike};
use krilla::{
    Document as File, SerializeSettings,
    color::rgb,
    configure::{Accessibility, Archival, ConfigurationBuilder},
    destination::XyzDestination,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, Node, TableHeaderScope, Tag, TagGroup, TagTree},
};

use super::{
    layout::{self, Ink, Laid, Piece, Role},
    model::Document,
    text::{Run, clean},
};
use crate::base::{Error, Result};

/// Draws a document: the same document gives the same bytes.
///
/// The file keeps to PDF/A-2 (ISO 19005-2), so that it can be read as long as the law wants it kept, and to PDF/UA-1 (ISO 14289-1),
/// so that a screen reader finds its headings and the cells of its tables.
///
/// # Errors
/// `Internal` when the file can't be written by those standards.
pub fn pdf(document: &Document) -> Result<Vec<u8>> {
    let laid = layout::lay(document);
    let mut file = File::new_with(settings()?);
    let size = PageSettings::from_wh(laid.size.0, laid.size.1).ok_or_else(|| Error::internal("a page without size"))?;
    let mut marks: Vec<Vec<Identifier>> = laid.nodes.iter().map(|_| vec![]).collect();
    for pieces in &laid.pages {
        let mut page = file.start_page_with(size.clone());
        let mut surface = page.surface();
        pieces.iter().for_each(|piece| draw(&mut surface, piece, &mut marks));
        surface.finish();
        page.finish();
    }
    file.set_tag_tree(tree(&laid, marks, &document.language));
    file.set_metadata(about(document));
    file.set_outline(outline(document, &laid));
    file.finish().map_err(|error| Error::internal(format!("a document can't be written: {error:?}")))
}

fn settings() -> Result<SerializeSettings> {
    let standards = ConfigurationBuilder::new().with_archival_validator(Archival::A2_A).with_accessibility_validator(Accessibility::UA1);
    let configuration = standards.finish().map_err(|error| Error::internal(format!("no such PDF: {error:?}")))?;
    Ok(SerializeSettings { configuration, ..SerializeSettings::default() })
}

fn about(document: &Document) -> Metadata {
    let at = document.created;
    let byte = |number: u32| u8::try_from(number).unwrap_or_default();
    let created = DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(byte(at.month()))
        .day(byte(at.day()))
        .hour(byte(at.hour()))
        .minute(byte(at.minute()))
        .second(byte(at.second()))
        .utc_offset_hour(0);
    Metadata::new()
        .title(clean(&document.title))
        .language(document.language.clone())
        .authors(vec![clean(&document.author)])
        .producer("Ironmonger".to_owned())
        .creation_date(created)
}

/// The list of headings beside the pages.
fn outline(document: &Document, laid: &Laid) -> Outline {
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(clean(&document.title), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
    let mut told = None;
    for (page, piece) in laid.pages.iter().enumerate().flat_map(|(page, pieces)| pieces.iter().map(move |piece| (page, piece))) {
        let Piece::Text { x, y, size, node: Some(node), .. } = piece else { continue };
        if let Some((Role::Heading(2, title), _)) = laid.nodes.get(*node).filter(|_| told != Some(*node)) {
            told = Some(*node);
            outline.push_child(OutlineNode::new(clean(title), XyzDestination::new(page, Point::from_xy(*x, y - size))));
        }
    }
    outline
}

fn draw(surface: &mut Surface<'_>, piece: &Piece, marks: &mut [Vec<Identifier>]) {
    match piece {
        Piece::Text { x, y, runs, size, ink, node } => {
            surface.set_fill(Some(fill(*ink)));
            match node.and_then(|node| marks.get_mut(node)) {
                Some(marks) => marks.push(surface.start_tagged(ContentTag::Other)),
                None => drop(surface.start_tagged(ornament())),
            }
            text(surface, *x, *y, runs, *size);
            surface.end_tagged();
        }
        Piece::Bar { x, y, width, height } => block(surface, Ink::Black, *x, *y, *width, *height),
        Piece::Rule { x, y, width, ink } => block(surface, *ink, *x, *y, *width, 0.6),
    }
}

fn text(surface: &mut Surface<'_>, mut x: f32, y: f32, runs: &[Run], size: f32) {
    for run in runs {
        surface.draw_glyphs(Point::from_xy(x, y), &run.glyphs, run.typeface.font.clone(), &run.text, size, false);
        x += run.width() * size;
    }
}

fn block(surface: &mut Surface<'_>, ink: Ink, x: f32, y: f32, width: f32, height: f32) {
    let mut path = PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        path.push_rect(rect);
    }
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ornament());
    surface.set_fill(Some(fill(ink)));
    surface.draw_path(&path);
    surface.end_tagged();
}

fn ornament() -> ContentTag<'static> {
    ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other))
}

fn fill(ink: Ink) -> Fill {
    let colour = match ink {
        Ink::Black => rgb::Color::new(30, 27, 23),
        Ink::Grey => rgb::Color::new(91, 84, 74),
        Ink::Pale => rgb::Color::new(217, 210, 197),
    };
    Fill { paint: colour.into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

/// What readers are told: headings, paragraphs and tables, in the order in which they were laid.
fn tree(laid: &Laid, mut marks: Vec<Vec<Identifier>>, language: &str) -> TagTree {
    let mut groups: Vec<Vec<Node>> = laid.nodes.iter().map(|_| vec![]).collect();
    let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
    let mut roots = vec![];
    // Children come after their parents, so from the end on each group is whole when it is given to its parent.
    for (at, (role, parent)) in laid.nodes.iter().enumerate().rev() {
        let own = std::mem::take(&mut marks[at]).into_iter().map(Node::from);
        let mut children: Vec<Node> = own.collect();
        children.extend(std::mem::take(&mut groups[at]).into_iter().rev());
        let group = group(role, children);
        match parent.and_then(|parent| groups.get_mut(parent)) {
            Some(siblings) => siblings.push(Node::from(group)),
            None => roots.push(group),
        }
    }
    roots.into_iter().rev().for_each(|group| tree.push(group));
    tree
}

fn group(role: &Role, children: Vec<Node>) -> TagGroup {
    match role {
        Role::Heading(level, title) => {
            TagGroup::with_children(Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(clean(title))), children)
        }
        Role::Paragraph => TagGroup::with_children(Tag::P, children),
        Role::Table => TagGroup::with_children(Tag::Table, children),
        Role::Row => TagGroup::with_children(Tag::TR, children),
        Role::HeadCell => TagGroup::with_children(Tag::TH(TableHeaderScope::Column), children),
        Role::Cell => TagGroup::with_children(Tag::TD, children),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::documents::{Align, Block, Cell, Column, PaperSize, Row, Sum, Table, Tone, Width};

    fn document(blocks: Vec<Block>) -> Document {
        Document {
            title: "Trial".to_owned(),
            language: "en-GB".to_owned(),
            author: "Corve Ironmongery".to_owned(),
            created: Utc.with_ymd_and_hms(2026, 11, 21, 12, 30, 0).unwrap(),
            size: PaperSize::A4,
            footer: "Corve Ironmongery".to_owned(),
            blocks,
        }
    }

    fn table(rows: usize, text: impl Fn(usize) -> String) -> Block {
        let columns = vec![Column::new("Item", Width::Share(1.0), Align::Start), Column::new("Price", Width::Fixed(80.0), Align::End)];
        let row = |nth| Row { cells: vec![Cell::text(text(nth)), Cell::text(format!("£{nth}.00"))] };
        Block::Table(Table { columns, rows: (0..rows).map(row).collect() })
    }

    fn paragraph(text: &str) -> Block {
        Block::Paragraph { text: text.to_owned(), tone: Tone::Plain }
    }

    /// The texts of each page as they were laid; those that are told of only.
    fn pages(document: &Document) -> Vec<Vec<String>> {
        let text = |piece: &Piece| match piece {
            Piece::Text { runs, node: Some(_), .. } => Some(runs.iter().map(|run| run.text.as_str()).collect()),
            _ => None,
        };
        layout::lay(document).pages.iter().map(|page| page.iter().filter_map(text).collect()).collect()
    }

    /// The file without its packing, for looking into.
    fn raw(document: &Document) -> String {
        String::from_utf8_lossy(&pdf(document).unwrap()).into_owned()
    }

    #[test]
    fn the_same_document_gives_the_same_bytes() {
        let trial = document(vec![Block::Title("Invoice".into()), table(3, |nth| format!("Hammer {nth}"))]);
        assert_eq!(pdf(&trial).unwrap(), pdf(&trial).unwrap());
    }

    #[test]
    fn a_file_says_what_it_is_to_archives_and_screen_readers() {
        let file = raw(&document(vec![Block::Title("Invoice".into()), table(2, |_| "Hammer".into())]));
        for said in ["%PDF-1.7", "/StructTreeRoot", "/Lang(en-GB)", "pdfaid:part", "pdfuaid:part", "2026-11-21T12:30:00"] {
            assert!(file.contains(said), "{said}");
        }
    }

    #[test]
    fn a_long_table_goes_over_many_pages_and_loses_no_row() {
        let trial = document(vec![table(300, |nth| format!("Hammer {nth}"))]);
        let pages = pages(&trial);
        assert!(pages.len() > 5, "{}", pages.len());
        let all: Vec<_> = pages.concat();
        assert!((0..300).all(|nth| all.contains(&format!("Hammer {nth}")) && all.contains(&format!("£{nth}.00"))));
        assert_eq!(raw(&trial).matches("/Type/Page/").count(), pages.len());
    }

    #[test]
    fn a_row_stands_on_one_page_as_a_whole() {
        let long = "A hammer with a handle of ash and a head of forged steel, for carpenters. ".repeat(5);
        for page in pages(&document(vec![table(60, |nth| format!("{nth} {long}"))])) {
            let prices = page.iter().filter(|text| text.starts_with('£')).count();
            let begins = page.iter().filter(|text| text.split(' ').next().is_some_and(|word| word.parse::<usize>().is_ok())).count();
            assert_eq!(begins, prices);
        }
    }

    #[test]
    fn a_row_higher_than_a_page_is_split_rather_than_cut_off() {
        let endless: String = (0..4000).map(|nth| format!("word{nth} ")).collect();
        let all = pages(&document(vec![table(1, |_| endless.clone())])).concat().join(" ");
        assert!((0..4000).all(|nth| all.contains(&format!("word{nth}"))));
    }

    #[test]
    fn nothing_is_drawn_beyond_the_paper() {
        let wild = format!("{} {} \u{202e}\u{0} 東京 שלום سلام", "W".repeat(900), "https://example.com/".repeat(40));
        let trial = document(vec![
            Block::Letterhead { name: wild.clone(), lines: vec![wild.clone()] },
            Block::Title(wild.clone()),
            Block::Facts(vec![(wild.clone(), wild.clone())]),
            Block::Sums(vec![Sum::strong(wild.clone(), &wild)]),
            Block::Barcode("ORDER-1".repeat(9)),
            table(2, |_| wild.clone()),
            paragraph(&wild),
        ]);
        let laid = layout::lay(&trial);
        for piece in laid.pages.iter().flatten() {
            let (left, right, y) = match piece {
                Piece::Text { x, y, runs, size, .. } => (*x, x + runs.iter().map(Run::width).sum::<f32>() * size, *y),
                Piece::Bar { x, y, width, height } => (*x, x + width, y + height),
                Piece::Rule { x, y, width, .. } => (*x, x + width, *y),
            };
            assert!(left >= 50.0 && right <= laid.size.0 - 50.0 && y > 0.0 && y < laid.size.1, "{left} {right} {y}");
        }
        pdf(&trial).unwrap();
    }

    #[test]
    fn markup_is_text_like_any_other() {
        let name = "<script>alert(1)</script> ) Tj (app) \\ <b>&amp; https://example.com";
        let trial = document(vec![paragraph(name)]);
        assert_eq!(pages(&trial), [[name.to_owned()]]);
        let file = raw(&Document { title: name.to_owned(), author: name.to_owned(), ..trial });
        for harm in ["/JavaScript", "/JS", "/OpenAction", "/URI", "/EmbeddedFile"] {
            assert!(!file.contains(harm), "{harm}");
        }
        assert!(
            file.contains("&lt;script&gt;") && file.contains("(<script>alert\\(1\\)"),
            "escaped in the description, a string in the title"
        );
    }

    #[test]
    fn a_heading_is_never_the_last_thing_on_a_page() {
        for lines in 30..60 {
            let mut blocks: Vec<_> = (0..lines).map(|_| paragraph("A line.")).collect();
            blocks.extend([Block::Heading("The end".into()), paragraph("And its words.")]);
            let pages = pages(&document(blocks));
            let page = pages.iter().find(|page| page.contains(&"The end".to_owned())).unwrap();
            assert!(page.contains(&"And its words.".to_owned()), "{lines}");
        }
    }

    #[test]
    fn a_document_of_nothing_is_an_empty_page() {
        assert_eq!(pages(&document(vec![])), [[""; 0]]);
        assert!(pdf(&document(vec![])).unwrap().len() > 500);
        pdf(&document(vec![table(0, |_| String::new()), Block::Sums(vec![]), Block::Facts(vec![]), Block::Panels(vec![])])).unwrap();
    }
}
