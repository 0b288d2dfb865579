use serde::Deserialize;

use super::model::{Pinned, SynonymRow};
use crate::base::{Problems, typed};

/// Words that mean the same, as staff typed them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SynonymForm {
    pub words: String,
    /// `both` or `first`.
    pub way: String,
}

impl SynonymForm {
    /// The words and whether they go one way only.
    pub fn parse(&self) -> Result<(Vec<String>, bool), Problems> {
        let mut words: Vec<String> = vec![];
        for word in self.words.split([',', '\n', ';']) {
            let word = word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
        let message = match () {
            () if words.len() < 2 => "Enter two words or more, separated by commas",
            () if words.len() > 20 => "Enter 20 words at most. Make a second entry for the others",
            () if words.iter().any(|word| word.chars().count() > 60) => "Shorten each word or phrase to 60 characters",
            () if words.iter().any(|word| !word.contains(char::is_alphanumeric)) => "Each word needs a letter or a digit",
            () => return Ok((words, self.way == "first")),
        };
        Err(Problems::of("words", message))
    }
}

impl From<SynonymRow> for SynonymForm {
    fn from(row: SynonymRow) -> Self {
        Self { words: row.listed(), way: if row.one_way { "first" } else { "both" }.to_owned() }
    }
}

/// Products to stand first, as staff typed them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PinForm {
    pub query: String,
    /// One on each line.
    pub skus: String,
}

impl PinForm {
    /// The search and the SKUs.
    pub fn parse(&self) -> Result<(String, Vec<String>), Problems> {
        let mut problems = Problems::default();
        let query = problems.take("query", typed::required(&self.query, 60, "Enter what is searched for"));
        let skus: Vec<String> = self.skus.lines().map(str::trim).filter(|sku| !sku.is_empty()).map(str::to_owned).collect();
        if skus.is_empty() {
            problems.add("skus", "Enter at least one SKU");
        } else if skus.len() > 50 {
            problems.add("skus", "Enter 50 SKUs at most");
        }
        match query {
            Some(query) if problems.is_empty() => Ok((super::rules::folded(&query), skus)),
            _ => Err(problems),
        }
    }
}

impl From<Pinned> for PinForm {
    fn from(pinned: Pinned) -> Self {
        let skus: Vec<String> = pinned.products.into_iter().map(|(_, sku, _)| sku).collect();
        Self { query: pinned.query, skus: skus.join("\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Vec<String>, Problems> {
        SynonymForm { words: words.to_owned(), way: "both".to_owned() }.parse().map(|(words, _)| words)
    }

    #[test]
    fn words_are_told_apart_by_commas_and_kept_once() {
        assert_eq!(parsed(" Spanner,  wrench,\nspanner, Box  Spanner").unwrap(), ["spanner", "wrench", "box spanner"]);
        for bad in ["", "one", "one, one", "a, !!"] {
            assert!(parsed(bad).unwrap_err().on("words").is_some(), "{bad}");
        }
    }
}
