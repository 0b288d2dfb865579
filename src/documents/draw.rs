use std::num::NonZeroU16;

use chrono::{Datelike, Timelike};
use krilla::{
    Document as File, SerializeSettings,
    color::rgb,
    configure::{Accessibility, Archival, ConfigurationBuilder},
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
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
    let mut file = File::new_with(settings(true)?);
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
    file.finish().map_err(|error| Error::internal(format!("a document can't be written: {error:?}")))
}

fn settings(compressed: bool) -> Result<SerializeSettings> {
    let standards = ConfigurationBuilder::new().with_archival_validator(Archival::A2_A).with_accessibility_validator(Accessibility::UA1);
    let configuration = standards.finish().map_err(|error| Error::internal(format!("no such PDF: {error:?}")))?;
    Ok(SerializeSettings { compress_content_streams: compressed, configuration, ..SerializeSettings::default() })
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
