use std::fmt;

use super::digits;

/// A VAT number of the right form, with the right check digits where the country has any. Whether it is registered is another
/// question: see [`super::VatCheck`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VatNumber {
    /// ISO 3166-1, or `XI` for Northern Ireland.
    country: String,
    prefix: &'static str,
    /// Without its prefix.
    body: String,
}

struct Form {
    country: &'static str,
    prefix: &'static str,
    /// `A` a letter, `9` a digit, `*` either, `+` either or one of Ireland's old signs.
    shapes: &'static [&'static str],
    check: fn(&str) -> bool,
    example: &'static str,
}

const fn form(
    country: &'static str,
    prefix: &'static str,
    shapes: &'static [&'static str],
    check: fn(&str) -> bool,
    example: &'static str,
) -> Form {
    Form { country, prefix, shapes, check, example }
}

const BRITISH: &[&str] = &["999999999", "999999999999", "AA999"];

const FORMS: &[Form] = &[
    form("AT", "AT", &["U99999999"], digits::austria, "ATU13585627"),
    form("BE", "BE", &["0999999999", "1999999999"], digits::belgium, "BE0428759497"),
    form("BG", "BG", &["999999999", "9999999999"], digits::bulgaria, "BG175074752"),
    form("CY", "CY", &["99999999A"], digits::cyprus, "CY10259033P"),
    form("CZ", "CZ", &["99999999", "999999999", "9999999999"], digits::czechia, "CZ25123891"),
    form("DE", "DE", &["999999999"], digits::germany, "DE136695976"),
    form("DK", "DK", &["99999999"], digits::denmark, "DK13585628"),
    form("EE", "EE", &["999999999"], digits::estonia, "EE100931558"),
    form("ES", "ES", &["*9999999*"], digits::spain, "ESJ99216582"),
    form("FI", "FI", &["99999999"], digits::finland, "FI20774740"),
    form("FR", "FR", &["**999999999"], digits::france, "FR83404833048"),
    form("GB", "GB", BRITISH, digits::united_kingdom, "GB980780684"),
    form("XI", "XI", BRITISH, digits::united_kingdom, "XI980780684"),
    form("GR", "EL", &["999999999"], digits::greece, "EL094259216"),
    form("HR", "HR", &["99999999999"], digits::croatia, "HR33392005961"),
    form("HU", "HU", &["99999999"], digits::hungary, "HU12892312"),
    form("IE", "IE", &["9+99999A", "9999999AA"], digits::ireland, "IE6433435F"),
    form("IT", "IT", &["99999999999"], digits::italy, "IT00743110157"),
    form("LT", "LT", &["999999999", "999999999999"], digits::lithuania, "LT119511515"),
    form("LU", "LU", &["99999999"], digits::luxembourg, "LU15027442"),
    form("LV", "LV", &["99999999999"], digits::latvia, "LV40003521600"),
    form("MT", "MT", &["99999999"], digits::malta, "MT11679112"),
    form("NL", "NL", &["999999999B99"], digits::netherlands, "NL004495445B01"),
    form("PL", "PL", &["9999999999"], digits::poland, "PL8567346215"),
    form("PT", "PT", &["999999999"], digits::portugal, "PT501964843"),
    form(
        "RO",
        "RO",
        &["99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"],
        digits::romania,
        "RO18547290",
    ),
    form("SE", "SE", &["999999999999"], digits::sweden, "SE123456789701"),
    form("SI", "SI", &["99999999"], digits::slovenia, "SI50223054"),
    form("SK", "SK", &["9999999999"], digits::slovakia, "SK2022749619"),
];

impl VatNumber {
    /// Reads a number of this country (ISO 3166-1), with or without its prefix, whatever stands between its parts. An address in
    /// Northern Ireland is in `GB`; its numbers keep the prefix XI. A country without a known form takes what may be a number.
    ///
    /// # Errors
    /// A message for the field: the wrong country's, the wrong form, or mistyped.
    pub fn parse(text: &str, country: &str) -> Result<Self, String> {
        let bare = bare(text);
        if bare.is_empty() {
            return Err("Enter the VAT number, or leave it out".to_owned());
        }
        let Some(form) = form_for(&bare, country) else { return Self::unknown(bare, country) };
        let body = [form.prefix, form.country].iter().find_map(|prefix| bare.strip_prefix(prefix)).unwrap_or(&bare);
        // Older numbers of Belgium and Greece were written without the zero before them.
        let padded = matches!(form.country, "BE" | "GR").then(|| format!("0{body}"));
        for body in [Some(body.to_owned()), padded].into_iter().flatten() {
            if form.shapes.iter().any(|shape| fits(shape, &body)) {
                let number = Self { country: form.country.to_owned(), prefix: form.prefix, body };
                let wrong =
                    || another_country(&bare, form).unwrap_or_else(|| "Check the VAT number: a digit or letter in it is wrong".into());
                return if (form.check)(&number.body) { Ok(number) } else { Err(wrong()) };
            }
        }
        Err(another_country(&bare, form).unwrap_or_else(|| format!("Enter a VAT number in the form {}", form.example)))
    }

    fn unknown(bare: String, country: &str) -> Result<Self, String> {
        if !(4..=18).contains(&bare.len()) || !bare.bytes().any(|c| c.is_ascii_digit()) {
            return Err("Enter the number as your tax office writes it, 4 to 18 letters and digits".to_owned());
        }
        Ok(Self { country: country.to_owned(), prefix: "", body: bare })
    }

    /// The state that gave it: ISO 3166-1 (`GR` for Greece's EL), or `XI` for Northern Ireland.
    pub fn country(&self) -> &str {
        &self.country
    }

    /// As VIES names the state: `EL` for Greece.
    pub fn prefix(&self) -> &str {
        self.prefix
    }

    /// Without its prefix.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// A number of that country for a hint; `None` where no form is known.
    pub fn example(country: &str) -> Option<&'static str> {
        FORMS.iter().find(|form| form.country == country).map(|form| form.example)
    }
}

impl fmt::Display for VatNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix, self.body)
    }
}

/// In capitals, without blanks, dots, dashes and strokes.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !".-/\u{a0}".contains(*c)).map(|c| c.to_ascii_uppercase()).collect()
}

fn form_for(bare: &str, country: &str) -> Option<&'static Form> {
    let country = match country {
        "GB" | "IM" if bare.starts_with("XI") => "XI",
        "IM" => "GB",
        "MC" => "FR",
        "EL" => "GR",
        other => other,
    };
    FORMS.iter().find(|form| form.country == country)
}

fn fits(shape: &str, body: &str) -> bool {
    let fit = |(place, c): (char, char)| match place {
        'A' => c.is_ascii_uppercase(),
        '9' => c.is_ascii_digit(),
        '*' => c.is_ascii_alphanumeric(),
        '+' => c.is_ascii_alphanumeric() || c == '+' || c == '*',
        fixed => c == fixed,
    };
    shape.len() == body.len() && shape.chars().zip(body.chars()).all(fit)
}

fn another_country(bare: &str, wanted: &Form) -> Option<String> {
    let body = |form: &Form| bare.strip_prefix(form.prefix).filter(|body| form.shapes.iter().any(|shape| fits(shape, body)));
    let other = FORMS.iter().find(|form| form.country != wanted.country && body(form).is_some())?;
    let prefix = other.prefix;
    Some(format!("This is a number of another country ({prefix}). Enter one of the address\u{2019}s country, such as {}", wanted.example))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_country_s_known_numbers_are_right() {
        for form in FORMS {
            let number = VatNumber::parse(form.example, form.country).unwrap_or_else(|said| panic!("{}: {said}", form.example));
            assert_eq!((number.to_string().as_str(), number.country()), (form.example, form.country));
        }
    }

    #[test]
    fn one_wrong_digit_is_noticed_in_every_country_s_numbers() {
        for form in FORMS {
            let body = &form.example[2..];
            let at = body.find(|c: char| c.is_ascii_digit()).unwrap() + 2;
            let digit = body[at..at + 1].parse::<u8>().unwrap();
            let wrong = format!("{}{}{}{}", form.prefix, &body[..at], (digit + 1) % 10, &body[at + 1..]);
            assert!(VatNumber::parse(&wrong, form.country).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_read_however_it_is_written() {
        for (typed, country, read) in [
            ("de 136.695.976", "DE", "DE136695976"),
            ("136695976", "DE", "DE136695976"),
            ("GR 094259216", "GR", "EL094259216"),
            ("94259216", "GR", "EL094259216"),
            ("BE 428.759.497", "BE", "BE0428759497"),
            ("XI 980 7806 84", "GB", "XI980780684"),
            ("FR 83 404 833 048", "MC", "FR83404833048"),
            ("CHE-123.456.788 MWST", "CH", "CHE123456788MWST"),
        ] {
            assert_eq!(VatNumber::parse(typed, country).map(|number| number.to_string()).as_deref(), Ok(read), "{typed}");
        }
    }

    #[test]
    fn a_wrong_number_is_told_with_its_mend() {
        let said = |typed, country| VatNumber::parse(typed, country).unwrap_err();
        assert_eq!(said("DE136695977", "DE"), "Check the VAT number: a digit or letter in it is wrong");
        assert_eq!(said("DE13669597", "DE"), "Enter a VAT number in the form DE136695976");
        assert!(said("DE136695976", "FR").contains("another country (DE)"));
        assert!(said("", "FR").contains("leave it out"));
        assert!(said("no number", "US").contains("tax office"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_answered(typed in "\\PC{0,20}", form in 0..FORMS.len()) {
            let _ = VatNumber::parse(&typed, FORMS[form].country);
        }

        #[test]
        fn whatever_has_the_right_shape_is_answered_and_read_again_the_same(
            body in "[0-9A-Z]{1,2}[0-9]{5,9}[0-9A-Z]{0,3}", form in 0..FORMS.len(),
        ) {
            let form = &FORMS[form];
            if let Ok(number) = VatNumber::parse(&format!("{}{body}", form.prefix), form.country) {
                prop_assert_eq!(VatNumber::parse(&number.to_string(), number.country()), Ok(number));
            }
        }
    }
}
