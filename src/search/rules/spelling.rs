//! What a word that nobody sells was meant to be.

/// A word of the shop's own that may be meant, and how many products have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    pub word: String,
    pub products: u64,
}

/// How many slips a word of this length is forgiven. Short ones are forgiven none: everything is near to them.
pub fn reach(word: &str) -> u8 {
    match word.chars().count() {
        _ if word.starts_with(|c: char| c.is_ascii_digit()) => 0,
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    }
}

/// The likeliest of the words within reach: one slip is likelier than two, the first letter is seldom wrong, and what many
/// products have is meant more often. Two slips of which one is the first letter make another word of all but long ones.
pub fn best_guess(typed: &str, guesses: &[Guess]) -> Option<String> {
    let alike =
        |guess: &&Guess| typed.chars().next() == guess.word.chars().next() || typed.chars().count() > 8 || slips(typed, &guess.word) < 2;
    let likely = |guess: &Guess| {
        let slips = slips(typed, &guess.word);
        let first = typed.chars().next() == guess.word.chars().next();
        f64::from(u32::try_from(guess.products).unwrap_or(u32::MAX)).ln_1p() - 6.0 * f64::from(slips) + if first { 2.5 } else { 0.0 }
    };
    let best = guesses.iter().filter(alike).max_by(|a, b| likely(a).total_cmp(&likely(b)).then_with(|| b.word.cmp(&a.word)))?;
    Some(best.word.clone())
}

/// The ways to take a word for two that were written together, each half of three letters at least.
pub fn splits(word: &str) -> impl Iterator<Item = (&str, &str)> {
    let places: Vec<usize> = word.char_indices().map(|(at, _)| at).skip(3).collect();
    places.into_iter().map(|at| word.split_at(at)).filter(|(_, second)| second.chars().count() >= 3)
}

/// Letters left out, put in, wrong, or two neighbours swapped (optimal string alignment).
fn slips(typed: &str, meant: &str) -> u32 {
    let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), meant.chars().collect());
    let mut before: Vec<u32> = vec![];
    let mut row: Vec<u32> = (0..).take(b.len() + 1).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut next = vec![row[0] + 1];
        for (j, other) in b.iter().enumerate() {
            let wrong = row[j] + u32::from(letter != other);
            let mut least = wrong.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == *other {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn guess(word: &str, products: u64) -> Guess {
        Guess { word: word.to_owned(), products }
    }

    #[test]
    fn slips_are_counted_as_fingers_make_them() {
        for (typed, meant, count) in
            [("hamer", "hammer", 1), ("scredriver", "screwdriver", 1), ("chisle", "chisel", 1), ("saw", "saw", 0), ("", "ab", 2)]
        {
            assert_eq!(slips(typed, meant), count, "{typed} for {meant}");
        }
    }

    #[test]
    fn the_likeliest_word_is_near_begins_alike_and_is_sold_often() {
        assert_eq!(best_guess("hamer", &[guess("hamper", 2), guess("hammer", 60)]).as_deref(), Some("hammer"));
        assert_eq!(best_guess("hamer", &[guess("hammer", 3), guess("gamer", 30)]).as_deref(), Some("hammer"));
        assert_eq!(best_guess("planee", &[guess("plane", 2), guess("planter", 90)]).as_deref(), Some("plane"));
        assert_eq!(best_guess("wrench", &[guess("bench", 9)]), None);
        assert_eq!(best_guess("x", &[]), None);
    }

    #[test]
    fn short_words_and_numbers_are_taken_as_they_are() {
        assert_eq!((reach("saw"), reach("dril"), reach("hammmer"), reach("100mm")), (0, 1, 2, 0));
    }

    #[test]
    fn a_word_may_be_two() {
        assert_eq!(splits("clawsaw").collect::<Vec<_>>(), [("cla", "wsaw"), ("claw", "saw")]);
        assert_eq!(splits("ébéñiste").count(), 3);
        assert_eq!(splits("saw").count(), 0);
    }

    proptest! {
        #[test]
        fn slips_are_the_same_both_ways_and_none_only_for_the_same(a in "[a-d]{0,7}", b in "[a-d]{0,7}") {
            prop_assert_eq!(slips(&a, &b), slips(&b, &a));
            prop_assert_eq!(slips(&a, &b) == 0, a == b);
        }
    }
}
