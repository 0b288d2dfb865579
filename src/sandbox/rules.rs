use chrono::{Datelike, NaiveDate};

use super::model::RefundBehaviour;
use crate::base::Keys;

/// What a card number leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken at once, or set aside where the merchant takes it later.
    Approved,
    /// The bank decides a little later: for or against.
    Processing { approves: bool },
    /// With the reason, in words for the shopper.
    Declined(&'static str),
    /// The shopper has to confirm at their bank first.
    Verify,
}

/// A number with a fixed outcome, as listed on the payment page.
pub struct TestCard {
    pub number: &'static str,
    pub label: &'static str,
    outcome: Outcome,
    refunds: RefundBehaviour,
}

impl TestCard {
    const fn new(number: &'static str, label: &'static str, outcome: Outcome) -> Self {
        Self { number, label, outcome, refunds: RefundBehaviour::Succeeds }
    }
}

pub const TEST_CARDS: [TestCard; 8] = [
    TestCard::new("4242 4242 4242 4242", "Pays", Outcome::Approved),
    TestCard::new("4000 0000 0000 0002", "Declined", Outcome::Declined("Your card was declined")),
    TestCard::new("4000 0000 0000 9995", "Too little money", Outcome::Declined("Your card has insufficient funds")),
    TestCard::new("4000 0000 0000 3220", "Asks to confirm", Outcome::Verify),
    TestCard::new("4000 0000 0000 0077", "Pays after a moment", Outcome::Processing { approves: true }),
    TestCard::new("4000 0000 0000 0259", "Declined after a moment", Outcome::Processing { approves: false }),
    TestCard { number: "4000 0000 0000 5126", label: "Pays; refunds fail", outcome: Outcome::Approved, refunds: RefundBehaviour::Fails },
    TestCard {
        number: "4000 0000 0000 7726",
        label: "Pays; refunds take a moment",
        outcome: Outcome::Approved,
        refunds: RefundBehaviour::Waits,
    },
];

/// The digits of a card that could exist. Without `Debug`, so that no log can show it.
pub struct CardNumber(String);

impl CardNumber {
    /// Spaces and hyphens don't matter. ISO/IEC 7812 allows up to 19 digits; none in use has fewer than 12.
    ///
    /// # Errors
    /// A message for the field.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let digits = without_separators(text);
        if digits.is_empty() {
            return Err("Enter the number on the front of your card");
        }
        if !is_digits(&digits) || !(12..=19).contains(&digits.len()) {
            return Err("Enter a card number of 12 to 19 digits, such as 4242 4242 4242 4242");
        }
        if passes_luhn(&digits) { Ok(Self(digits)) } else { Err("Check the card number: one of its digits is wrong") }
    }

    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }

    pub fn outcome(&self) -> Outcome {
        self.listed().map_or(Outcome::Approved, |card| card.outcome)
    }

    pub fn refund_behaviour(&self) -> RefundBehaviour {
        self.listed().map_or(RefundBehaviour::Succeeds, |card| card.refunds)
    }

    fn listed(&self) -> Option<&'static TestCard> {
        TEST_CARDS.iter().find(|card| without_separators(card.number) == self.0)
    }
}

fn without_separators(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The check digit of ISO/IEC 7812-1, annex B: every second digit from the right counts double, by its digit sum.
fn passes_luhn(digits: &str) -> bool {
    let weighed = digits.bytes().rev().enumerate().map(|(at, digit)| {
        let digit = u32::from(digit - b'0');
        if at % 2 == 0 { digit } else { digit * 2 / 10 + digit * 2 % 10 }
    });
    weighed.sum::<u32>().is_multiple_of(10)
}

/// A card is good through the last day of its month. Reads `09/29`, `09 / 2029` and `0929`.
///
/// # Errors
/// A message for the field.
pub fn check_expiry(text: &str, today: NaiveDate) -> Result<(), &'static str> {
    if text.trim().is_empty() {
        return Err("Enter the expiry date on your card");
    }
    let end = month_and_year(text).ok_or("Enter the expiry date as month and year, such as 09/29")?;
    if end < (today.year(), today.month()) { Err("This card has expired. Check the date or use another card") } else { Ok(()) }
}

fn month_and_year(text: &str) -> Option<(i32, u32)> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (month, year) = plain.split_once(['/', '-']).or_else(|| plain.split_at_checked(2))?;
    if !is_digits(month) || !is_digits(year) {
        return None;
    }
    let century = match year.len() {
        2 => 2000,
        4 => 0,
        _ => return None,
    };
    let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    Some((century + year.parse::<i32>().ok()?, month))
}

/// # Errors
/// A message for the field.
pub fn check_cvc(text: &str) -> Result<(), &'static str> {
    let digits = text.trim();
    if digits.is_empty() {
        return Err("Enter the security code of your card");
    }
    if is_digits(digits) && (3..=4).contains(&digits.len()) { Ok(()) } else { Err("Enter a security code of 3 or 4 digits") }
}

/// What stands in `Sandbox-Signature`: the time in Unix seconds, and under `v1` the HMAC-SHA256 in hex of time, point and body.
/// The time is signed too, so that a message caught on its way can't be played back later.
pub fn signature(secret: &str, at: i64, body: &[u8]) -> String {
    let signed = [at.to_string().as_bytes(), b".", body].concat();
    format!("t={at},v1={}", Keys::sign_with(secret.as_bytes(), &signed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(number: &str) -> &'static str {
        CardNumber::parse(number).err().unwrap()
    }

    #[test]
    fn each_test_card_leads_to_its_outcome_however_it_is_spaced() {
        let outcome = |number| CardNumber::parse(number).ok().unwrap().outcome();
        assert_eq!(outcome("4242424242424242"), Outcome::Approved);
        assert_eq!(outcome("4000-0000-0000-0002"), Outcome::Declined("Your card was declined"));
        assert_eq!(outcome(" 4000 0000 0000 9995 "), Outcome::Declined("Your card has insufficient funds"));
        assert_eq!(outcome("4000 0000 0000 3220"), Outcome::Verify);
        assert_eq!(outcome("4000 0000 0000 0077"), Outcome::Processing { approves: true });
    }

    #[test]
    fn every_listed_card_is_a_number_that_can_exist() {
        for card in &TEST_CARDS {
            assert!(CardNumber::parse(card.number).is_ok(), "{}", card.number);
        }
        let refunds = |number| CardNumber::parse(number).ok().unwrap().refund_behaviour();
        assert_eq!((refunds("4000000000005126"), refunds("4242424242424242")), (RefundBehaviour::Fails, RefundBehaviour::Succeeds));
    }

    #[test]
    fn any_other_number_with_a_right_check_digit_pays() {
        assert_eq!(CardNumber::parse("5555 5555 5555 4444").ok().unwrap().outcome(), Outcome::Approved);
        assert_eq!(CardNumber::parse("378282246310005").ok().unwrap().last_four(), "0005");
    }

    #[test]
    fn a_number_that_no_card_has_is_refused_with_the_mend() {
        assert!(refusal("  ").contains("front of your card"));
        assert!(refusal("4242 4242 4242 4241").contains("digits is wrong"));
        for number in ["4242", "4242x4242y4242z42", "42424242424242424242", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"] {
            assert!(refusal(number).contains("12 to 19 digits"), "{number}");
        }
    }

    #[test]
    fn a_card_is_good_through_the_month_on_it() {
        let today = NaiveDate::from_ymd_opt(2029, 9, 30).unwrap();
        for text in ["09/29", "9/29", " 09 / 2029", "0929", "10-29", "01/30"] {
            assert_eq!(check_expiry(text, today), Ok(()), "{text}");
        }
        assert!(check_expiry("08/29", today).unwrap_err().contains("expired"));
    }

    #[test]
    fn what_is_no_date_is_refused_with_an_example() {
        let today = NaiveDate::from_ymd_opt(2029, 9, 30).unwrap();
        for text in ["13/30", "00/30", "9", "09/3", "+9/30", "é9/30", "09/30/31"] {
            assert!(check_expiry(text, today).unwrap_err().contains("09/29"), "{text}");
        }
        assert_eq!(check_expiry(" ", today), Err("Enter the expiry date on your card"));
    }

    #[test]
    fn a_security_code_has_three_or_four_digits() {
        assert_eq!((check_cvc("123"), check_cvc(" 1234 ")), (Ok(()), Ok(())));
        assert!(["12", "12345", "12a", ""].iter().all(|text| check_cvc(text).is_err()));
    }

    #[test]
    fn a_signature_covers_the_time_and_the_body() {
        let signed = signature("secret", 1_700_000_000, b"{}");
        assert!(signed.starts_with("t=1700000000,v1=") && signed.len() == "t=1700000000,v1=".len() + 64);
        assert_ne!(signed, signature("secret", 1_700_000_000, b"{ }"));
        assert_ne!(signed[16..], signature("secret", 1_700_000_001, b"{}")[16..]);
        assert_ne!(signed, signature("another", 1_700_000_000, b"{}"));
    }
}
