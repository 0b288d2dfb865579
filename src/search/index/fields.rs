use tantivy::{
    Index, IndexSettings, TantivyDocument,
    schema::{FAST, Field, INDEXED, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
    store::Compressor,
    tokenizer::{Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer},
};

use crate::search::{
    model::{Goods, Place},
    rules::{Side, code, tokens},
};

/// Part of the folder's name. Count up with every change of fields or of `rules::tokens`: servers then build anew.
pub const VERSION: u32 = 4;

/// Between a facet's name and its value. No text has it, since control characters are taken out of what is typed.
pub const BETWEEN: char = '\u{1f}';

#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The product's id; products only.
    pub id: Field,
    /// Stems of the title.
    pub title: Field,
    /// Stems of all there is: title, maker, kind, tags, categories, options, description.
    pub text: Field,
    /// Whole words of all that but the description: beginnings are completed and slips mended to these.
    pub word: Field,
    /// SKUs and barcodes, without their hyphens and blanks.
    pub code: Field,
    pub facet: Field,
    /// Minor units of the shop's currency.
    pub price: Field,
    /// The title's first sixteen letters, as two numbers that sort as they do.
    pub sort: [Field; 2],
    /// A category's or page's id, told apart by [`Place::key`]; these only.
    pub place: Field,
    pub place_title: Field,
    pub place_text: Field,
}

pub fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let indexed = |tokenizer: &str, detail, norms| {
        let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(detail).set_fieldnorms(norms);
        TextOptions::default().set_indexing_options(indexing)
    };
    let fields = Fields {
        id: schema.add_i64_field("id", INDEXED | FAST),
        title: schema.add_text_field("title", indexed("stems", IndexRecordOption::WithFreqs, true)),
        text: schema.add_text_field("text", indexed("stems", IndexRecordOption::WithFreqsAndPositions, true)),
        word: schema.add_text_field("word", indexed("words", IndexRecordOption::Basic, false)),
        code: schema.add_text_field("code", STRING),
        facet: schema.add_text_field("facet", indexed("raw", IndexRecordOption::Basic, false).set_fast("raw")),
        price: schema.add_i64_field("price", FAST),
        sort: [schema.add_u64_field("sort1", FAST), schema.add_u64_field("sort2", FAST)],
        place: schema.add_i64_field("place", INDEXED | FAST),
        place_title: schema.add_text_field("place_title", indexed("stems", IndexRecordOption::WithFreqsAndPositions, true)),
        place_text: schema.add_text_field("place_text", indexed("stems", IndexRecordOption::WithFreqsAndPositions, true)),
    };
    (schema.build(), fields)
}

/// Nothing is read back from the index but ids, so nothing is stored in it.
pub fn settings() -> IndexSettings {
    IndexSettings { docstore_compression: Compressor::None, ..IndexSettings::default() }
}

pub fn register(index: &Index) {
    index.tokenizers().register("words", TextAnalyzer::builder(Words).build());
    index.tokenizers().register("stems", TextAnalyzer::builder(Words).filter(Stemmer::new(Language::English)).build());
}

/// The stem of a word that `rules::tokens` gave: hammers, hammer.
pub fn stem(word: &str) -> String {
    let mut analyzer = TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(Language::English)).build();
    let mut stream = analyzer.token_stream(word);
    stream.next().map_or_else(|| word.to_owned(), |token| token.text.clone())
}

/// Cuts text as `rules` do.
#[derive(Clone)]
struct Words;

struct Cut {
    tokens: std::vec::IntoIter<Token>,
    token: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Cut;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cut {
        let cut = tokens(text, Side::Found).into_iter().map(|token| Token {
            offset_from: token.from,
            offset_to: token.to,
            position: token.position,
            text: token.text,
            position_length: 1,
        });
        Cut { tokens: cut.collect::<Vec<_>>().into_iter(), token: Token::default() }
    }
}

impl TokenStream for Cut {
    fn advance(&mut self) -> bool {
        self.tokens.next().map(|token| self.token = token).is_some()
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Fields {
    pub fn goods(&self, goods: &Goods) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_i64(self.id, goods.id.0);
        document.add_text(self.title, &goods.title);
        for text in std::iter::once(&goods.title).chain(&goods.words) {
            document.add_text(self.text, text);
            document.add_text(self.word, text);
        }
        document.add_text(self.text, &goods.description);
        for text in goods.codes.iter().map(|text| code(text)).filter(|code| !code.is_empty()) {
            document.add_text(self.code, text);
        }
        for (name, value) in &goods.facets {
            document.add_text(self.facet, facet_term(name, value));
        }
        if let Some(price) = goods.price {
            document.add_i64(self.price, price);
        }
        for (field, part) in self.sort.into_iter().zip(title_keys(&goods.title)) {
            document.add_u64(field, part);
        }
        document
    }

    pub fn place(&self, place: &Place) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_i64(self.place, place.key());
        document.add_text(self.place_title, &place.title);
        document.add_text(self.place_text, &place.text);
        document
    }
}

pub fn facet_term(name: &str, value: &str) -> String {
    format!("{name}{BETWEEN}{value}")
}

fn title_keys(title: &str) -> [u64; 2] {
    let lower = title.to_lowercase();
    let mut letters = lower.bytes().chain(std::iter::repeat(0));
    let mut part = || letters.by_ref().take(8).fold(0, |key, letter| key << 8 | u64::from(letter));
    [part(), part()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_sort_by_their_letters_whatever_their_case() {
        assert!(title_keys("anvil") < title_keys("Bolt"));
        assert!(title_keys("Claw hammer 10") < title_keys("claw hammer 20"));
        assert!(title_keys("Saw") < title_keys("Saws"));
    }

    #[test]
    fn words_of_one_stem_are_one() {
        assert_eq!(stem("hammers"), stem("hammer"));
        assert_eq!(stem("10mm"), "10mm");
    }
}
