//! Text cut into words, with numbers and their units made alike: `10mm`, `10 mm` and `1 cm` are one word, and so are `½"` and
//! `0.5 inch`. What is looked for and what is found by go through the same rules, so whatever these make of a text, they agree.

/// Where the text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In what is to be found: a word counts in all its spellings.
    Found,
    /// In what somebody typed: a word counts in one spelling.
    Typed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// In small letters without accents.
    pub text: String,
    /// Bytes of the text that it was made of.
    pub from: usize,
    pub to: usize,
    /// Spellings of one word share a position.
    pub position: usize,
}

/// Longer words are cut off: nobody types them, and no index should hold them.
const LONGEST: usize = 40;

/// Units that are written in many ways: names, the unit they are counted in, and how many thousandths of it one is.
const UNITS: &[(&[&str], &str, i64)] = &[
    (&["mm", "millimetre", "millimetres", "millimeter", "millimeters"], "mm", 1_000),
    (&["cm", "centimetre", "centimetres", "centimeter", "centimeters"], "mm", 10_000),
    (&["m", "mtr", "metre", "metres", "meter", "meters"], "mm", 1_000_000),
    (&["in", "inch", "inches", "\"", "″", "”"], "in", 1_000),
    (&["ft", "foot", "feet", "'", "′"], "in", 12_000),
    (&["yd", "yard", "yards"], "in", 36_000),
    (&["mg"], "g", 1),
    (&["g", "gr", "gram", "grams", "gramme", "grammes"], "g", 1_000),
    (&["kg", "kilo", "kilos", "kilogram", "kilograms"], "g", 1_000_000),
    (&["oz", "ounce", "ounces"], "oz", 1_000),
    (&["lb", "lbs", "pound", "pounds"], "oz", 16_000),
    (&["ml", "millilitre", "millilitres", "milliliter", "milliliters"], "ml", 1_000),
    (&["cl"], "ml", 10_000),
    (&["l", "lt", "ltr", "litre", "litres", "liter", "liters"], "ml", 1_000_000),
    (&["w", "watt", "watts"], "w", 1_000),
    (&["kw", "kilowatt", "kilowatts"], "w", 1_000_000),
    (&["v", "volt", "volts"], "v", 1_000),
    (&["a", "amp", "amps", "ampere", "amperes"], "a", 1_000),
    (&["mah"], "ah", 1),
    (&["ah"], "ah", 1_000),
    (&["hz"], "hz", 1_000),
    (&["rpm"], "rpm", 1_000),
    (&["psi"], "psi", 1_000),
    (&["bar"], "bar", 1_000),
    (&["nm"], "nm", 1_000),
];

/// The words of a text, in their order.
pub fn tokens(text: &str, side: Side) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut cutter = Cutter { chars, length: text.len(), side, at: 0, position: 0, tokens: vec![] };
    while cutter.at < cutter.chars.len() {
        cutter.step();
    }
    cutter.tokens
}

/// A code as it is compared: capital letters and digits only, since people leave out its hyphens and blanks.
pub fn code(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).take(64).collect()
}

struct Cutter {
    chars: Vec<(usize, char)>,
    /// Of the text, in bytes.
    length: usize,
    side: Side,
    at: usize,
    position: usize,
    tokens: Vec<Token>,
}

/// Millionths, so that no fraction that stands on a tool is lost.
type Millionths = i64;

impl Cutter {
    fn step(&mut self) {
        let from = self.at;
        match self.peek(0) {
            Some(c) if c.is_ascii_digit() || fraction(c).is_some() => self.number(from),
            Some(c) if c.is_alphanumeric() => self.word(from),
            _ => self.at += 1,
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).map(|(_, c)| *c)
    }

    fn byte(&self, at: usize) -> usize {
        self.chars.get(at).map_or(self.length, |(byte, _)| *byte)
    }

    /// Letters and digits from `from` on; apostrophes within fall away, and so does a genitive.
    fn word(&mut self, from: usize) {
        let text = self.run();
        let end = self.at;
        if let Some((before, after)) = times(&text) {
            return self.push_all(&[before, after], from, end);
        }
        self.push(&text, from, end);
        let joined = self.hyphenated(&text);
        if self.side == Side::Found
            && let Some(joined) = joined
        {
            self.push(&joined, from, end);
        }
        self.position += 1;
    }

    /// `ball-pein` is two words, and found as `ballpein` too.
    fn hyphenated(&self, text: &str) -> Option<String> {
        let next = matches!(self.peek(0), Some('-' | '‐' | '–' | '/')) && self.peek(1).is_some_and(char::is_alphabetic);
        let ahead = next.then(|| Self { chars: self.chars.clone(), at: self.at + 1, tokens: vec![], ..*self });
        ahead.map(|mut ahead| format!("{text}{}", ahead.run()))
    }

    fn run(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek(0) {
            let within = matches!(c, '\'' | '’') && !text.is_empty() && self.peek(1).is_some_and(char::is_alphabetic);
            if within {
                let genitive = matches!(self.peek(1), Some('s' | 'S')) && !self.peek(2).is_some_and(char::is_alphanumeric);
                self.at += if genitive { 2 } else { 1 };
                continue;
            }
            if !c.is_alphanumeric() || fraction(c).is_some() {
                break;
            }
            fold(c, &mut text);
            self.at += 1;
        }
        text.chars().take(LONGEST).collect()
    }

    /// A number, with the unit behind it where there is one.
    fn number(&mut self, from: usize) {
        let value = self.value();
        let end = self.at;
        let plain = printed(value);
        if let Some((unit, thousandths)) = self.unit() {
            let measure = format!("{}{unit}", printed((i128::from(value) * i128::from(thousandths) / 1000) as Millionths));
            let end = self.at;
            self.push(&measure, from, end);
            if self.side == Side::Found {
                self.push(&plain, from, end);
            }
            self.position += 1;
            return;
        }
        let rest = if self.peek(0).is_some_and(char::is_alphabetic) && fraction_free(self.peek(0)) { self.run() } else { String::new() };
        if let Some(after) = rest.strip_prefix('x').filter(|after| after.starts_with(|c: char| c.is_ascii_digit())) {
            // `8x50mm`: two numbers; the second is cut anew, for it may have a unit.
            let back = after.chars().count();
            self.at -= back;
            self.push(&plain, from, end);
            self.position += 1;
            return;
        }
        let end = self.at;
        self.push(&format!("{plain}{rest}"), from, end);
        self.position += 1;
    }

    /// `1½`, `1 1/2`, `0.5`, `0,5`, `1,000`.
    fn value(&mut self) -> Millionths {
        let mut value = self.decimal();
        if self.peek(0) == Some('/') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) && value % 1_000_000 == 0 {
            self.at += 1;
            let below = self.decimal();
            return if below == 0 { value } else { (i128::from(value) * 1_000_000 / i128::from(below)) as Millionths };
        }
        if let Some(part) = self.peek(0).and_then(fraction) {
            self.at += 1;
            value += part;
        } else if let Some(part) = self.fraction_behind() {
            value += part;
        }
        value
    }

    /// `1/2` behind a blank or a hyphen.
    fn fraction_behind(&mut self) -> Option<Millionths> {
        let (Some(' ' | '-'), Some(over), Some('/'), Some(below)) = (self.peek(0), self.peek(1), self.peek(2), self.peek(3)) else {
            return None;
        };
        let (over, below) = (over.to_digit(10)?, below.to_digit(10).filter(|below| *below > 0)?);
        let (below, length) = match self.peek(4).and_then(|c| c.to_digit(10)) {
            Some(more) => (below * 10 + more, 5),
            None => (below, 4),
        };
        self.at += length;
        Some(i64::from(over) * 1_000_000 / i64::from(below))
    }

    fn decimal(&mut self) -> Millionths {
        let mut whole: i64 = 0;
        let mut part: Option<i64> = None;
        while let Some(c) = self.peek(0) {
            match c.to_digit(10) {
                Some(digit) => match &mut part {
                    Some(unit) => {
                        whole += i64::from(digit) * *unit;
                        *unit /= 10;
                    }
                    None => whole = whole.saturating_mul(10).saturating_add(i64::from(digit) * 1_000_000).min(1_000_000_000_000_000),
                },
                None if c == ',' && part.is_none() && self.is_thousand() => {}
                None if matches!(c, '.' | ',') && part.is_none() && self.peek(1).is_some_and(|c| c.is_ascii_digit()) => {
                    part = Some(100_000)
                }
                None => break,
            }
            self.at += 1;
        }
        whole
    }

    /// Whether the comma here is followed by three digits and no fourth.
    fn is_thousand(&self) -> bool {
        (1..=3).all(|ahead| self.peek(ahead).is_some_and(|c| c.is_ascii_digit())) && !self.peek(4).is_some_and(|c| c.is_ascii_digit())
    }

    /// The unit behind a number; a blank or a hyphen may stand between.
    fn unit(&mut self) -> Option<(&'static str, i64)> {
        let gap = usize::from(matches!(self.peek(0), Some(' ' | '-' | '\u{a0}' | '\u{202f}')));
        let mut name = String::new();
        let mut length = 0;
        match self.peek(gap)? {
            sign @ ('"' | '″' | '”' | '\'' | '′') if gap == 0 => {
                name.push(sign);
                length = 1;
            }
            _ => {
                while let Some(c) = self.peek(gap + length).filter(|c| c.is_alphabetic() && length < 12) {
                    fold(c, &mut name);
                    length += 1;
                }
            }
        }
        let ends = !self.peek(gap + length).is_some_and(char::is_alphanumeric) || name == "'" || name == "\"";
        let (_, unit, thousandths) = UNITS.iter().find(|(names, ..)| ends && names.contains(&name.as_str()))?;
        self.at += gap + length;
        Some((unit, *thousandths))
    }

    fn push_all(&mut self, texts: &[String], from: usize, to: usize) {
        for text in texts {
            self.push(text, from, to);
            self.position += 1;
        }
    }

    fn push(&mut self, text: &str, from: usize, to: usize) {
        if !text.is_empty() {
            let (from, to) = (self.byte(from), self.byte(to));
            self.tokens.push(Token { text: text.to_owned(), from, to, position: self.position });
        }
    }
}

fn fraction_free(c: Option<char>) -> bool {
    c.and_then(fraction).is_none()
}

/// `m8x50` is `m8` and `50`.
fn times(text: &str) -> Option<(String, String)> {
    let (before, after) = text.split_once('x')?;
    let ends_in_digit = before.ends_with(|c: char| c.is_ascii_digit());
    (ends_in_digit && !after.is_empty() && after.chars().all(|c| c.is_ascii_digit())).then(|| (before.to_owned(), after.to_owned()))
}

fn fraction(c: char) -> Option<Millionths> {
    Some(match c {
        '½' => 500_000,
        '¼' => 250_000,
        '¾' => 750_000,
        '⅓' => 333_333,
        '⅔' => 666_666,
        '⅛' => 125_000,
        '⅜' => 375_000,
        '⅝' => 625_000,
        '⅞' => 875_000,
        _ => return None,
    })
}

fn printed(value: Millionths) -> String {
    let (whole, part) = (value / 1_000_000, value % 1_000_000);
    if part == 0 { whole.to_string() } else { format!("{whole}.{part:06}").trim_end_matches('0').to_owned() }
}

/// Small letters, without the accents that people leave out.
fn fold(c: char, text: &mut String) {
    for c in c.to_lowercase() {
        let plain = match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
            'ç' | 'ć' | 'č' => "c",
            'ď' | 'đ' => "d",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
            'ğ' => "g",
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
            'ł' => "l",
            'ñ' | 'ń' | 'ň' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
            'ř' => "r",
            'ś' | 'š' | 'ş' | 'ș' => "s",
            'ť' | 'ț' => "t",
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
            'ý' | 'ÿ' => "y",
            'ź' | 'ż' | 'ž' => "z",
            'æ' => "ae",
            'œ' => "oe",
            'ß' => "ss",
            // What a small letter is made of besides, such as the dot of İ.
            '\u{300}'..='\u{36f}' => "",
            other => {
                text.push(other);
                continue;
            }
        };
        text.push_str(plain);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(text: &str) -> Vec<String> {
        tokens(text, Side::Typed).into_iter().map(|token| token.text).collect()
    }

    fn found(text: &str) -> Vec<String> {
        tokens(text, Side::Found).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn a_number_and_its_unit_are_one_word_however_they_are_written() {
        for ten in ["10mm", "10 mm", "10-mm", "10MM", "1cm", "1 cm", "0.01 m", "10.0 mm"] {
            assert_eq!(typed(ten), ["10mm"], "{ten}");
        }
        for half in ["½\"", "1/2\"", "0.5 inch", "0,5 in", "1/2 inches", "½ in"] {
            assert_eq!(typed(half), ["0.5in"], "{half}");
        }
        for more in ["1½ in", "1 1/2 in", "1-1/2\"", "1.5 inch"] {
            assert_eq!(typed(more), ["1.5in"], "{more}");
        }
        assert_eq!(typed("6ft"), ["72in"]);
        assert_eq!(typed("6'"), ["72in"]);
        assert_eq!((typed("1kg"), typed("1000 g")), (vec!["1000g".to_owned()], vec!["1000g".to_owned()]));
        assert_eq!((typed("2 lbs"), typed("750ml")), (vec!["32oz".to_owned()], vec!["750ml".to_owned()]));
        assert_eq!(typed("1,000 mm tape"), ["1000mm", "tape"]);
    }

    #[test]
    fn what_has_a_measure_is_found_by_the_bare_number_too() {
        assert_eq!(found("Chisel 25 mm"), ["chisel", "25mm", "25"]);
        assert_eq!(typed("m8x50"), ["m8", "50"]);
        assert_eq!(typed("8x50mm"), ["8", "50mm"]);
        assert_eq!(typed("3d 2way"), ["3d", "2way"]);
    }

    #[test]
    fn words_lose_capitals_accents_and_apostrophes() {
        assert_eq!(typed("Crème BRÛLÉE"), ["creme", "brulee"]);
        assert_eq!(typed("carpenter's joiners’ don't"), ["carpenter", "joiners", "dont"]);
        assert_eq!(found("Ball-pein hammer"), ["ball", "ballpein", "pein", "hammer"]);
        assert_eq!(typed("Ball-pein"), ["ball", "pein"]);
        assert_eq!(code("ab-12 / 3"), "AB123");
    }

    #[test]
    fn a_word_knows_where_it_stood() {
        let text = "Größe 10 mm!";
        let parts: Vec<&str> = tokens(text, Side::Typed).iter().map(|token| &text[token.from..token.to]).collect();
        assert_eq!(parts, ["Größe", "10 mm"]);
    }

    proptest! {
        #[test]
        fn any_text_is_cut_without_fault_and_both_sides_agree(text in "\\PC{0,40}") {
            let found = found(&text);
            for token in tokens(&text, Side::Typed) {
                prop_assert!(text.get(token.from..token.to).is_some());
                prop_assert!(found.contains(&token.text), "{:?} is not in {:?}", token.text, found);
            }
        }

        #[test]
        fn any_number_agrees_with_itself_in_another_unit(number in 1_u32..100_000) {
            prop_assert_eq!(typed(&format!("{number} cm")), typed(&format!("{}mm", u64::from(number) * 10)));
            prop_assert_eq!(typed(&format!("{number}kg")), typed(&format!("{} g", u64::from(number) * 1000)));
        }
    }
}
