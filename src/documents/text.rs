//! Text as glyphs: which font has a letter, in which order the letters stand, how wide they are, where lines end.

use std::{ops::Range, sync::LazyLock};

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, GlyphBuffer, ShapePlan, UnicodeBuffer, script, ttf_parser};
use unicode_bidi::BidiInfo;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Regular,
    Bold,
}

/// A font twice: to be measured with and to be embedded.
pub struct Typeface {
    face: Face<'static>,
    pub font: Font,
    /// How Latin letters are set. To find that out takes longer than to set a word, so it is kept.
    latin: ShapePlan,
}

/// Noto Sans, cut down to the scripts that it is here for. Under the SIL Open Font License, see `fonts/LICENSE-OFL.txt`.
/// The first font that has a letter gives it.
static REGULAR: LazyLock<Vec<Typeface>> = LazyLock::new(|| {
    typefaces([
        include_bytes!("fonts/NotoSans-Regular.ttf"),
        include_bytes!("fonts/NotoSansHebrew-Regular.ttf"),
        include_bytes!("fonts/NotoSansArabic-Regular.ttf"),
    ])
});

static BOLD: LazyLock<Vec<Typeface>> = LazyLock::new(|| {
    typefaces([
        include_bytes!("fonts/NotoSans-Bold.ttf"),
        include_bytes!("fonts/NotoSansHebrew-Bold.ttf"),
        include_bytes!("fonts/NotoSansArabic-Bold.ttf"),
    ])
});

/// Stands for a letter that no font has. Copied from the PDF, it is the letter itself.
const UNKNOWN: char = '□';

fn typefaces(files: [&'static [u8]; 3]) -> Vec<Typeface> {
    let typeface = |file: &'static [u8]| {
        let face = Face::from_slice(file, 0)?;
        let latin = ShapePlan::new(&face, Direction::LeftToRight, Some(script::LATIN), None, &[]);
        Some(Typeface { latin, font: Font::new(file.into(), 0)?, face })
    };
    files.into_iter().filter_map(typeface).collect()
}

fn fonts(weight: Weight) -> &'static [Typeface] {
    match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    }
}

/// Letters of one font in one direction, ready to be drawn. Measures are parts of the font's size.
pub struct Run {
    pub typeface: &'static Typeface,
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
}

impl Run {
    pub fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum()
    }
}

/// The text without what can't be seen but could do harm: control characters, and the marks by which one text can be made to
/// look like another (embeddings and overrides of the direction). Line breaks stay.
pub fn clean(text: &str) -> String {
    let is_trick = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    text.chars().filter(|c| *c == '\n' || !(c.is_control() || is_trick(*c))).collect()
}

/// One line, from left to right as it is seen.
pub fn shape(text: &str, weight: Weight) -> Vec<Run> {
    let fonts = fonts(weight);
    let bidi = BidiInfo::new(text, None);
    let mut runs = vec![];
    for paragraph in &bidi.paragraphs {
        let (levels, ranges) = bidi.visual_runs(paragraph, paragraph.range.clone());
        for range in ranges {
            let is_rtl = levels.get(range.start).is_some_and(|level| level.is_rtl());
            let mut parts = by_font(&text[range.clone()], fonts);
            if is_rtl {
                parts.reverse();
            }
            runs.extend(parts.into_iter().map(|(typeface, part)| run(typeface, &text[range.clone()][part], is_rtl)));
        }
    }
    runs
}

/// Splits a text wherever another font is needed. Spaces, marks and letters that nobody has stay with what they follow.
fn by_font(text: &str, fonts: &'static [Typeface]) -> Vec<(&'static Typeface, Range<usize>)> {
    let mut parts: Vec<(&'static Typeface, Range<usize>)> = vec![];
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let has = |typeface: &&Typeface| typeface.face.glyph_index(c).is_some();
        let typeface = match parts.last() {
            Some((last, _)) if has(last) => Some(*last),
            last => fonts.iter().find(has).or(last.map(|(last, _)| *last)).or(fonts.first()),
        };
        match (parts.last_mut(), typeface) {
            (Some((last, range)), Some(next)) if std::ptr::eq(*last, next) => range.end = end,
            (_, Some(next)) => parts.push((next, at..end)),
            (_, None) => {}
        }
    }
    parts
}

fn run(typeface: &'static Typeface, text: &str, is_rtl: bool) -> Run {
    let shaped = set(typeface, text, is_rtl);
    let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
    starts.push(text.len());
    starts.sort_unstable();
    starts.dedup();
    let em = typeface.face.units_per_em() as f32;
    let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, position)| {
        let start = info.cluster as usize;
        let end = starts.iter().copied().find(|next| *next > start).unwrap_or(text.len());
        let (id, advance) = if info.glyph_id == 0 { unknown(typeface) } else { (info.glyph_id, position.x_advance as f32) };
        let (x, y) = (position.x_offset as f32 / em, position.y_offset as f32 / em);
        KrillaGlyph::new(GlyphId::new(id), advance / em, x, y, position.y_advance as f32 / em, start..end, None)
    });
    Run { typeface, glyphs: glyphs.collect(), text: text.to_owned() }
}

fn set(typeface: &Typeface, text: &str, is_rtl: bool) -> GlyphBuffer {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    if !is_rtl && text.chars().all(is_latin) {
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        return rustybuzz::shape_with_plan(&typeface.face, &typeface.latin, buffer);
    }
    buffer.guess_segment_properties();
    buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
    rustybuzz::shape(&typeface.face, &[], buffer)
}

/// Latin letters, digits, punctuation and currency signs.
fn is_latin(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{24f}' | '\u{2000}'..='\u{206f}' | '\u{20a0}'..='\u{20cf}')
}

/// The glyph of a letter that is not there, and its width.
fn unknown(typeface: &Typeface) -> (u32, f32) {
    let known = typeface.face.glyph_index(UNKNOWN).or(typeface.face.glyph_index('?'));
    let id = known.unwrap_or(ttf_parser::GlyphId(0));
    (u32::from(id.0), f32::from(typeface.face.glyph_hor_advance(id).unwrap_or(500)))
}

/// In parts of the font's size.
pub fn width(text: &str, weight: Weight) -> f32 {
    shape(text, weight).iter().map(Run::width).sum()
}

/// Breaks a text into lines no wider than `room` (parts of the font's size): at its own line breaks, then between words, and
/// within a word only when it is wider than a line.
pub fn wrap(text: &str, weight: Weight, room: f32) -> Vec<String> {
    clean(text).split('\n').flat_map(|line| wrap_line(line, weight, room)).collect()
}

fn wrap_line(text: &str, weight: Weight, room: f32) -> Vec<String> {
    let space = width(" ", weight);
    let mut lines = vec![];
    let (mut line, mut used) = (String::new(), 0.0);
    for word in text.split([' ', '\t', '\r']).filter(|word| !word.is_empty()) {
        for part in fitting(word, weight, room) {
            let wide = width(&part, weight);
            if line.is_empty() {
                (line, used) = (part, wide);
            } else if used + space + wide <= room {
                line.extend([" ", &part]);
                used += space + wide;
            } else {
                lines.push(std::mem::replace(&mut line, part));
                used = wide;
            }
        }
    }
    lines.push(line);
    lines
}

/// The word, or as many parts of it as it takes to fit.
fn fitting(word: &str, weight: Weight, room: f32) -> Vec<String> {
    if width(word, weight) <= room {
        return vec![word.to_owned()];
    }
    let mut parts = vec![String::new()];
    let mut used = 0.0;
    for c in word.chars() {
        let wide = width(c.encode_utf8(&mut [0; 4]), weight);
        // A mark has no width of its own, so it never begins a line.
        if used > 0.0 && used + wide > room {
            parts.push(String::new());
            used = 0.0;
        }
        used += wide;
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> String {
        shape(text, Weight::Regular).iter().map(|run| run.text.as_str()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn lines_end_between_words_and_long_words_are_broken() {
        assert_eq!(wrap("one two", Weight::Regular, 100.0), ["one two"]);
        let room = width("a hammer", Weight::Regular);
        assert_eq!(wrap("a hammer and nails\nglue", Weight::Regular, room), ["a hammer", "and nails", "glue"]);
        let parts = wrap(&"W".repeat(100), Weight::Bold, 10.0);
        assert_eq!(parts.concat().len(), 100);
        assert!(parts.iter().all(|part| width(part, Weight::Bold) <= 10.0));
        assert_eq!(wrap("", Weight::Regular, 5.0), [""]);
        assert_eq!(wrap("ab", Weight::Regular, 0.0).concat(), "ab", "no room at all loses no letter");
    }

    #[test]
    fn control_characters_and_tricks_with_the_direction_are_dropped() {
        assert_eq!(clean("a\u{0}b\u{7}c\u{202e}d\r\u{2066}e\nf"), "abcde\nf");
    }

    #[test]
    fn hebrew_and_arabic_stand_from_right_to_left_with_their_numbers_unturned() {
        assert_eq!(seen("Ludlow שלום 12"), "Ludlow |12|שלום ");
        let joined = shape("سلام", Weight::Regular);
        assert_eq!(joined.len(), 1);
        assert!(joined[0].glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0), "every letter is found");
        assert!(joined[0].glyphs.first().unwrap().text_range.start > 0, "the last letter stands first");
    }

    #[test]
    fn the_scripts_and_currencies_of_our_customers_are_known() {
        for text in ["Straße Ærøskøbing Łódź Çeşme", "Ελληνικά", "Кириллица", "£€$¥₹₺₴₽₩₫", "Tiếng Việt", "1–2 “x” …"]
        {
            let runs = shape(text, Weight::Regular);
            assert_eq!(runs.iter().map(|run| run.text.as_str()).collect::<String>(), text);
            let face = &runs[0].typeface.face;
            assert!(text.chars().all(|c| face.glyph_index(c).is_some()), "{text}");
        }
    }

    #[test]
    fn letters_that_no_font_has_are_boxes_and_keep_their_text() {
        let runs = shape("東京 5", Weight::Regular);
        assert_eq!(runs.iter().map(|run| run.text.as_str()).collect::<String>(), "東京 5");
        assert!(runs.iter().flat_map(|run| &run.glyphs).all(|glyph| glyph.glyph_id.to_u32() != 0));
    }
}
