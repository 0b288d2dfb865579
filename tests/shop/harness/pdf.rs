use std::{collections::HashMap, io::Read};

/// What can be read in a PDF of ours: its pages draw glyphs by number, and a table of each font says which letters they are.
pub fn read_pdf(pdf: &[u8]) -> String {
    let streams = inflated(pdf);
    let mut letters: Vec<HashMap<u16, String>> =
        streams.iter().filter(|text| text.contains("beginbfchar")).map(|text| table(text)).collect();
    letters.dedup();
    let drawn: Vec<Vec<u16>> = streams.iter().flat_map(|text| shown(text)).collect();
    let read = |font: &HashMap<u16, String>| {
        let word = |glyphs: &Vec<u16>| glyphs.iter().map(|glyph| font.get(glyph).map_or("\u{fffd}", String::as_str)).collect::<String>();
        drawn.iter().map(word).collect::<Vec<_>>().join(" ")
    };
    letters.iter().map(read).collect::<Vec<_>>().join("\n")
}

/// What in a PDF does something when it is opened, or leads elsewhere: ISO 32000-1, 12.6 (actions), 7.11.4 (files within).
pub fn active_parts(pdf: &[u8]) -> Vec<&'static str> {
    let plain: String = pdf.iter().copied().map(char::from).collect();
    let objects: String = inflated(pdf).into_iter().chain([plain]).collect();
    let parts = ["/JavaScript", "/JS", "/OpenAction", "/AA", "/Launch", "/EmbeddedFile", "/SubmitForm", "/GoToR", "/RichMedia", "/URI"];
    parts
        .into_iter()
        .filter(|part| objects.match_indices(part).any(|(at, _)| !objects[at + part.len()..].starts_with(char::is_alphabetic)))
        .collect()
}

/// The streams of a PDF, each byte as one letter.
fn inflated(pdf: &[u8]) -> Vec<String> {
    let find = |from: usize, what: &[u8]| pdf[from..].windows(what.len()).position(|window| window == what).map(|at| from + at);
    let (mut streams, mut at) = (vec![], 0);
    while let Some(begin) = find(at, b"stream\n").map(|begin| begin + 7) {
        let Some(end) = find(begin, b"endstream") else { break };
        let mut bytes = vec![];
        let _ = flate2::read::ZlibDecoder::new(&pdf[begin..end]).read_to_end(&mut bytes);
        streams.push(bytes.into_iter().map(char::from).collect());
        at = end + 9;
    }
    streams
}

/// Glyphs and letters of a font's table, as `<0012> <0034>`.
fn table(text: &str) -> HashMap<u16, String> {
    let mut letters = HashMap::new();
    for line in text.lines() {
        let mut parts = line.split('<').skip(1).filter_map(|part| part.split('>').next());
        if let (Some(glyph), Some(letter)) = (parts.next(), parts.next()) {
            let units: Vec<u16> =
                (0..letter.len() / 4).filter_map(|at| u16::from_str_radix(&letter[4 * at..4 * at + 4], 16).ok()).collect();
            letters.insert(u16::from_str_radix(glyph, 16).unwrap_or_default(), String::from_utf16_lossy(&units));
        }
    }
    letters
}

/// The glyphs of each piece of text that a page shows.
fn shown(text: &str) -> Vec<Vec<u16>> {
    let mut pieces = vec![];
    for line in text.lines().filter(|line| line.ends_with("Tj") || line.ends_with("TJ")) {
        let mut bytes = vec![];
        let mut rest = line.chars();
        while let Some(letter) = rest.next() {
            match letter {
                '(' => literal(&mut rest, &mut bytes),
                '<' => {
                    let digits: Vec<u8> =
                        rest.by_ref().take_while(|letter| *letter != '>').map(|digit| digit.to_digit(16).unwrap_or(0) as u8).collect();
                    bytes.extend(digits.chunks(2).map(|pair| pair[0] * 16 + pair.get(1).copied().unwrap_or(0)));
                }
                _ => {}
            }
        }
        pieces.push(bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect());
    }
    pieces
}

/// The bytes of `(…)`.
fn literal(rest: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) {
    let mut depth = 1;
    while let Some(letter) = rest.next() {
        let letter = match letter {
            '\\' => match rest.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some(digit @ '0'..='7') => {
                    let digits: String = std::iter::once(digit).chain(rest.by_ref().take(2)).collect();
                    char::from(u8::from_str_radix(&digits, 8).unwrap_or(b'?'))
                }
                Some(other) => other,
                None => return,
            },
            other => {
                depth += i32::from(other == '(') - i32::from(other == ')');
                if depth == 0 {
                    return;
                }
                other
            }
        };
        bytes.push(u8::try_from(letter).unwrap_or(b'?'));
    }
}
