//! Check digits of VAT numbers, country by country, on numbers whose shape has been matched already.
//!
//! The rules are those that the states publish for their tax numbers (for Spain's NIF, France's SIREN and the Dutch BSN those of
//! the register that gives them). Where a state leaves some numbers without a check digit, or its rule is uncertain, the number
//! is let through: a wrong refusal costs a sale, and VIES may still be asked.

/// Digits of a text; anything else counts as 0.
fn digits(text: &str) -> Vec<u32> {
    text.chars().map(|c| c.to_digit(10).unwrap_or(0)).collect()
}

/// Σ digit × weight, as far as there are weights.
fn weighted(text: &str, weights: &[u32]) -> u32 {
    digits(text).iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

fn last(text: &str) -> u32 {
    digits(text).last().copied().unwrap_or(0)
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

/// Luhn: every second digit from the right doubled, sums of digits, divisible by 10. ISO/IEC 7812.
fn luhn_sum(text: &str) -> u32 {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    digits(text).iter().rev().enumerate().map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum()
}

fn luhn(text: &str) -> bool {
    luhn_sum(text).is_multiple_of(10)
}

/// ISO 7064, MOD 11,10.
fn mod_11_10(text: &str) -> bool {
    let digits = digits(text);
    let Some((check, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *check
}

pub fn austria(n: &str) -> bool {
    // As Luhn, but the last digit before the check digit is the first that is not doubled; moved by 4.
    (luhn_sum(&n[1..8]) + 4 + last(n)).is_multiple_of(10)
}

pub fn belgium(n: &str) -> bool {
    97 - number(&n[..8]) % 97 == number(&n[8..])
}

pub fn bulgaria(n: &str) -> bool {
    if n.len() == 10 { bulgarian_person(n) } else { bulgarian_firm(n) }
}

fn bulgarian_firm(n: &str) -> bool {
    let check = match weighted(n, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11 {
        10 => weighted(n, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
        check => check,
    };
    check == last(n)
}

/// A citizen's number, a foreigner's or another's.
fn bulgarian_person(n: &str) -> bool {
    let citizen = weighted(n, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10;
    let foreigner = weighted(n, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10;
    let other = 11 - weighted(n, &[4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    [citizen, foreigner].contains(&last(n)) || (other != 10 && other % 11 == last(n))
}

pub fn croatia(n: &str) -> bool {
    mod_11_10(n)
}

pub fn cyprus(n: &str) -> bool {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let sum: u32 = digits(&n[..8]).iter().enumerate().map(|(at, digit)| if at % 2 == 0 { ODD[*digit as usize] } else { *digit }).sum();
    !n.starts_with("12") && n.as_bytes()[8] == b'A' + (sum % 26) as u8
}

/// Firms have 8 digits; people 9 or 10, of which 9 beginning with 6 are special and other 9 have no check digit.
pub fn czechia(n: &str) -> bool {
    match n.len() {
        8 => {
            let check = (11 - weighted(n, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
            !n.starts_with('9') && (if check == 0 { 1 } else { check % 10 }) == last(n)
        }
        9 if n.starts_with('6') => {
            let check = weighted(&n[1..], &[8, 7, 6, 5, 4, 3, 2]) % 11;
            (8 + 11 - (10 + 11 - check) % 11) % 11 % 10 == last(n)
        }
        10 => number(&n[..9]) % 11 % 10 == u64::from(last(n)),
        _ => true,
    }
}

pub fn denmark(n: &str) -> bool {
    !n.starts_with('0') && weighted(n, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

pub fn estonia(n: &str) -> bool {
    weighted(n, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

pub fn finland(n: &str) -> bool {
    weighted(n, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11)
}

/// Two characters before the SIREN: digits are its remainder by 97, a newer key has letters without I and O.
pub fn france(n: &str) -> bool {
    let (key, siren) = n.split_at(2);
    // Monaco's numbers begin with 000 and are no SIREN.
    if !siren.starts_with("000") && !luhn(siren) {
        return false;
    }
    if key.bytes().all(|c| c.is_ascii_digit()) {
        return number(&format!("{siren}12")) % 97 == number(key);
    }
    let at = |c: char| "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ".chars().position(|known| known == c).map(|at| at as u64);
    let key: Option<Vec<u64>> = key.chars().map(at).collect();
    let check = match key.as_deref() {
        Some([first, second]) if *first < 10 => (first * 24 + second).checked_sub(10),
        Some([first, second]) => (first * 34 + second).checked_sub(100),
        _ => None,
    };
    check.is_some_and(|check| (number(siren) + 1 + check / 11) % 11 == check % 11)
}

pub fn germany(n: &str) -> bool {
    !n.starts_with('0') && mod_11_10(n)
}

pub fn greece(n: &str) -> bool {
    weighted(n, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == last(n)
}

pub fn hungary(n: &str) -> bool {
    weighted(n, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10)
}

/// Seven digits and a letter; since 2013 perhaps a second letter; old ones have a sign at their second place.
pub fn ireland(n: &str) -> bool {
    const LETTERS: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let old = !n.as_bytes()[1].is_ascii_digit();
    let body = if old { format!("0{}{}", &n[2..7], &n[..1]) } else { n[..7].to_owned() };
    let second = n.as_bytes().get(8).and_then(|letter| LETTERS.iter().position(|known| known == letter));
    if n.len() == 9 && second.is_none() {
        return false;
    }
    let sum = weighted(&body, &[8, 7, 6, 5, 4, 3, 2]) + 9 * second.unwrap_or(0) as u32;
    LETTERS[(sum % 23) as usize] == n.as_bytes()[7]
}

pub fn italy(n: &str) -> bool {
    let office = number(&n[7..10]);
    let known = (1..=100).contains(&office) || [120, 121, 888, 999].contains(&office);
    !n.starts_with("0000000") && known && luhn(n)
}

/// Firms have 11 digits beginning with 4 to 9. A person's have a date of birth, or begin with 32 and have no check digit.
pub fn latvia(n: &str) -> bool {
    if n.as_bytes()[0] > b'3' {
        return weighted(n, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]) % 11 == 3;
    }
    n.starts_with("32") || (1 + weighted(n, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9])) % 11 % 10 == last(n)
}

/// 9 digits, or 12 for those registered for a time; the last but one is 1.
pub fn lithuania(n: &str) -> bool {
    let weights = |shift: u32| (0..n.len() as u32 - 1).map(|at| 1 + (at + shift) % 9).collect::<Vec<_>>();
    let check = match weighted(n, &weights(0)) % 11 {
        10 => weighted(n, &weights(2)) % 11 % 10,
        check => check,
    };
    n.as_bytes()[n.len() - 2] == b'1' && check == last(n)
}

pub fn luxembourg(n: &str) -> bool {
    number(&n[..6]) % 89 == number(&n[6..])
}

pub fn malta(n: &str) -> bool {
    !n.starts_with('0') && weighted(n, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37)
}

/// Divisible by 11 as a citizen's service number is, or since 2020 by ISO 7064 MOD 97,10 with `NL` before it.
pub fn netherlands(n: &str) -> bool {
    let by_11 = (weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2]) + 10 * digits(n)[8]).is_multiple_of(11);
    let by_97 = format!("NL{n}").chars().fold(0, |rest, c| {
        let value = c.to_digit(36).unwrap_or(0);
        (rest * if value > 9 { 100 } else { 10 } + value) % 97
    });
    by_11 || by_97 == 1
}

pub fn poland(n: &str) -> bool {
    weighted(n, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == last(n)
}

pub fn portugal(n: &str) -> bool {
    !n.starts_with('0') && (11 - weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10 == last(n)
}

pub fn romania(n: &str) -> bool {
    !n.starts_with('0') && weighted(&format!("{n:0>10}"), &[7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10 % 11 % 10 == last(n)
}

/// People may still have their birth number, of which nothing but this is certain.
pub fn slovakia(n: &str) -> bool {
    number(n).is_multiple_of(11)
}

pub fn slovenia(n: &str) -> bool {
    let check = 11 - weighted(n, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    !n.starts_with('0') && check != 11 && check % 10 == last(n)
}

/// People by the remainder by 23, firms by a Luhn sum that is a digit, a letter or either, by their kind.
pub fn spain(n: &str) -> bool {
    let (kind, check) = (n.as_bytes()[0], n.as_bytes()[8]);
    let letter_of = |digits: String| b"TRWAGMYFPDXBNJZSQVHLCKE"[(number(&digits) % 23) as usize];
    match kind {
        b'0'..=b'9' => letter_of(n[..8].to_owned()) == check,
        b'X' | b'Y' | b'Z' => letter_of(format!("{}{}", kind - b'X', &n[1..8])) == check,
        b'K' | b'L' | b'M' => letter_of(n[1..8].to_owned()) == check,
        _ => spanish_firm(kind, &n[1..8], check),
    }
}

fn spanish_firm(kind: u8, body: &str, check: u8) -> bool {
    let value = (10 - luhn_sum(&format!("{body}0")) % 10) % 10;
    let (digit, letter) = (b'0' + value as u8, b"JABCDEFGHI"[value as usize]);
    match kind {
        b'A' | b'B' | b'E' | b'H' => check == digit,
        b'N' | b'P' | b'Q' | b'R' | b'S' | b'W' => check == letter,
        b'C' | b'D' | b'F' | b'G' | b'J' | b'U' | b'V' => check == digit || check == letter,
        _ => false,
    }
}

/// The organisation's number by Luhn, then which of its registrations.
pub fn sweden(n: &str) -> bool {
    luhn(&n[..10]) && (1..=94).contains(&number(&n[10..]))
}

/// 9 digits, or 12 with a branch; departments of government GD000 to GD499, health authorities HA500 to HA999.
pub fn united_kingdom(n: &str) -> bool {
    match &n[..2] {
        "GD" => number(&n[2..]) < 500,
        "HA" => number(&n[2..]) >= 500,
        _ => {
            let sum = weighted(n, &[8, 7, 6, 5, 4, 3, 2, 10, 1]) % 97;
            // Numbers given since 2010 are moved by 55.
            sum == 0 || number(&n[..3]) >= 100 && (sum == 42 || sum == 55)
        }
    }
}
