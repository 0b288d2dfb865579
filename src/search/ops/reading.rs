//! What was meant: words that nobody sells, and searches that find nothing as they were typed.

use crate::search::{
    index::{Outcome, View, Vocabulary, Words, stem},
    rules::{Clause, Marks, best_guess, clauses, reach, splits, spoken},
};

/// How much more often a word must be sold to be asked about.
const MUCH_MORE: u64 = 10;

/// Each word is sold, but nothing has them all: with one word mended, something may. A tap measure is a tape measure.
pub fn rescued(
    view: &View<'_>,
    words: &Words,
    ask: &impl Fn(&Words) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Option<(Words, Outcome)>> {
    let mut best: Option<(Words, Outcome)> = None;
    for (at, clause) in words.clauses.iter().enumerate().filter(|_| words.clauses.len() > 1) {
        let Clause::Word(word) = clause else { continue };
        if word.chars().count() < 3 || word.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let mut guesses = view.vocabulary().near(word, 1, false)?;
        guesses.retain(|guess| stem(&guess.word) != stem(word));
        let Some(guess) = best_guess(word, &guesses) else { continue };
        let mut other = Words { open: false, code: String::new(), ..words.clone() };
        if let Some(place) = other.clauses.get_mut(at) {
            *place = Clause::Word(guess);
        }
        let found = ask(&other)?;
        if found.unfiltered > best.as_ref().map_or(0, |(_, known)| known.unfiltered) {
            best = Some((other, found));
        }
    }
    Ok(best)
}

/// One word may be missing; else any of them will do.
pub fn loosest(words: &Words, ask: &impl Fn(&Words) -> anyhow::Result<Outcome>) -> anyhow::Result<Outcome> {
    let least = |least| Words { least: Some(least), code: String::new(), ..words.clone() };
    let most = words.clauses.len() - 1;
    let found = ask(&least(most))?;
    if found.unfiltered > 0 || most == 1 { Ok(found) } else { ask(&least(1)) }
}

/// The clauses with words that nobody sells replaced by what was meant. `doubting`: also words that few products have, by ones
/// that many more have.
pub fn mended(view: &View<'_>, words: &Words, doubting: bool) -> anyhow::Result<Vec<Clause>> {
    let vocabulary = view.vocabulary();
    let mut mended = vec![];
    for (at, clause) in words.clauses.iter().enumerate() {
        let Clause::Word(word) = clause else {
            mended.push(clause.clone());
            continue;
        };
        let last = words.open && at + 1 == words.clauses.len();
        let known = vocabulary.products(word);
        let is_right = view.is_synonym(word) || vocabulary.in_places(word) || known > 0 || (last && !vocabulary.endings(word)?.is_empty());
        if is_right && !doubting {
            mended.push(clause.clone());
            continue;
        }
        let meant =
            meant(&vocabulary, word, last)?.filter(|meant| !doubting || vocabulary.products(meant) > known.saturating_mul(MUCH_MORE));
        match meant {
            Some(meant) => mended.extend(clauses(&meant)),
            None => mended.push(clause.clone()),
        }
    }
    Ok(mended)
}

/// The likeliest word that is sold: one slip away, or two written as one, or two slips away, or the beginning of another.
fn meant(vocabulary: &Vocabulary<'_>, word: &str, last: bool) -> anyhow::Result<Option<String>> {
    let reach = reach(word);
    let near = |slips, beginning| -> anyhow::Result<Option<String>> {
        let mut guesses = if slips > 0 { vocabulary.near(word, slips, beginning)? } else { vec![] };
        guesses.retain(|guess| guess.word != word);
        Ok(best_guess(word, &guesses))
    };
    if let Some(guess) = near(reach.min(1), false)? {
        return Ok(Some(guess));
    }
    let halves = splits(word).map(|(first, second)| (vocabulary.exactly(first).min(vocabulary.exactly(second)), first, second));
    if let Some((_, first, second)) = halves.filter(|(products, ..)| *products > 0).max_by_key(|(products, ..)| *products) {
        return Ok(Some(format!("{first} {second}")));
    }
    let guess = if reach > 1 { near(reach, false)? } else { None };
    match guess {
        None if last && word.chars().count() > 4 => near(1, true),
        guess => Ok(guess),
    }
}

pub fn said(clauses: &[Clause]) -> String {
    let words = clauses.iter().map(|clause| match clause {
        Clause::Word(word) => spoken(word),
        Clause::Phrase(words) => format!("\"{}\"", words.join(" ")),
    });
    words.collect::<Vec<_>>().join(" ")
}

pub fn marks(words: &Words) -> Marks {
    let all = words.clauses.iter().flat_map(|clause| match clause {
        Clause::Word(word) => std::slice::from_ref(word),
        Clause::Phrase(words) => words.as_slice(),
    });
    let beginning = match words.clauses.last() {
        Some(Clause::Word(word)) if words.open && word.chars().count() >= 2 => Some(word.clone()),
        _ => None,
    };
    Marks { stems: all.map(|word| stem(word)).collect(), beginning }
}
