use zxcvbn::feedback::Warning;

/// Guesses that a password must withstand by zxcvbn's count. What can be tried at our door within the life of an account stays far
/// below; a stolen hash of argon2id costs about a tenth of a second for each.
const GUESSES: u64 = 100_000_000;

/// Characters of a password that are measured.
const MEASURED: usize = 48;

/// Why a password can't be used, in words for who chose it; `None`: it can. `about`: words of the person and of the shop, which
/// are what others would try first (ASVS 5.0, 6.2.4 and 6.2.11). The 30,000 passwords that are used most are among what zxcvbn
/// knows, also with capitals, digits in place of letters, and reversed.
pub fn weakness(password: &str, about: &[String]) -> Option<&'static str> {
    let about: Vec<&str> = about.iter().map(String::as_str).collect();
    let measured = zxcvbn::zxcvbn(beginning(password), &about);
    if measured.guesses() >= GUESSES {
        return None;
    }
    Some(measured.feedback().and_then(|feedback| feedback.warning()).map_or(GUESSED, words))
}

/// As much of a password as is measured. Measuring takes time that grows faster than its length, and what makes 48 characters hard to
/// guess makes the whole so.
fn beginning(password: &str) -> &str {
    password.char_indices().nth(MEASURED).map_or(password, |(end, _)| &password[..end])
}

/// What others would try who know these texts, an address, a name, the shop's name and host: the words in them, and the words of
/// each put together.
pub fn words_of(texts: &[&str]) -> Vec<String> {
    let texts = texts.iter().flat_map(|text| [Some(*text), text.split_once('@').map(|(name, _)| name)]).flatten();
    let words = texts.flat_map(|text| {
        let parts: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
        let joined = ["", " ", ".", "-", "_"].map(|between| parts.join(between));
        let single = parts.iter().filter(|part| part.chars().count() > 2).map(|part| (*part).to_owned());
        joined.into_iter().chain(single).chain([text.to_owned()]).collect::<Vec<_>>()
    });
    words.map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect()
}

const GUESSED: &str = "This password is easy to guess. Choose one of three or four words that have nothing to do with each other";

fn words(warning: Warning) -> &'static str {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => {
            "Keys that lie beside each other are easy to guess. Choose three or four words instead"
        }
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "What repeats itself is easy to guess. Choose three or four different words"
        }
        Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword => {
            "This password is one of the first that others would try. Choose another, such as three or four words"
        }
        Warning::ThisIsSimilarToACommonlyUsedPassword => {
            "This is much like a password that many use, which others would try first. Choose three or four words instead"
        }
        Warning::SequencesLikeAbcAreEasyToGuess => "Sequences such as abc or 6543 are easy to guess. Choose three or four words instead",
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => {
            "Years and dates are easy to guess. Choose three or four words instead"
        }
        Warning::AWordByItselfIsEasyToGuess => "A word by itself is easy to guess. Add two or three that have nothing to do with it",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            "Names are easy to guess. Choose three or four words instead"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the 3,000 that are used most (SecLists, 10-million-password-list), those with 8 characters or more come down to these
    /// kinds; ASVS 5.0, 6.2.4.
    const FAMOUS: [&str; 60] = [
        "password",
        "12345678",
        "123456789",
        "1234567890",
        "baseball",
        "football",
        "jennifer",
        "superman",
        "trustno1",
        "11111111",
        "qwertyui",
        "qwertyuiop",
        "sunshine",
        "iloveyou",
        "princess",
        "starwars",
        "whatever",
        "computer",
        "corvette",
        "passw0rd",
        "password1",
        "password123",
        "internet",
        "michelle",
        "88888888",
        "00000000",
        "123123123",
        "1q2w3e4r",
        "1qaz2wsx",
        "abcd1234",
        "welcome1",
        "letmein1",
        "qwerty123",
        "qwerty12",
        "asdfghjkl",
        "zaq12wsx",
        "monkey12",
        "dragon12",
        "master12",
        "changeme",
        "administrator",
        "liverpool",
        "manchester",
        "chocolate",
        "butterfly",
        "elephant",
        "mercedes",
        "scorpion",
        "garfield",
        "victoria",
        "P@ssw0rd",
        "PASSWORD",
        "drowssap",
        "Password1!",
        "Football1",
        "q1w2e3r4t5",
        "87654321",
        "66666666",
        "aaaaaaaa",
        "abcdefgh",
    ];

    #[test]
    fn what_others_would_try_first_is_refused_in_all_its_disguises() {
        for famous in FAMOUS {
            assert!(weakness(famous, &[]).is_some(), "{famous}");
        }
    }

    #[test]
    fn a_few_words_that_have_nothing_to_do_with_each_other_are_taken() {
        for good in ["three plain words", "a password of the shop", "alle meine entchen", "correct horse battery staple", "x9$Lq2!vTz"] {
            assert_eq!(weakness(good, &[]), None, "{good}");
        }
    }

    #[test]
    fn one_s_own_name_and_the_shop_s_are_guessed_first() {
        let about = words_of(&["annie.preece@example.com", "Annie Preece", "Ironmonger", "ironmonger.example"]);
        for own in ["anniepreece", "annie.preece", "Preece1987", "ironmonger1", "annie.preece@example.com", "Ironm0nger!"] {
            assert!(weakness(own, &about).is_some(), "{own}");
        }
    }

    #[test]
    fn of_a_long_password_the_beginning_is_measured() {
        for typed in ["4@8({[<3691!|10$5+72%".repeat(6), "é".repeat(128), "a".repeat(49)] {
            assert_eq!(beginning(&typed).chars().count(), MEASURED, "{typed}");
        }
        assert_eq!(beginning("three plain words"), "three plain words");
        assert_eq!(weakness(&"three plain words ".repeat(7), &[]), None);
        assert!(weakness(&"a".repeat(128), &[]).is_some());
    }
}
