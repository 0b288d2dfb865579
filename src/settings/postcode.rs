//! What a postcode looks like, where a country has one shape. Source: the Universal Postal Union's addressing sheets.

use crate::base::typed;

/// `A` a letter, `9` a digit, `*` either; a blank stands for itself and is put in where it was left out.
struct Shape {
    country: &'static str,
    forms: &'static [&'static str],
    example: &'static str,
}

const SHAPES: &[Shape] = &[
    Shape { country: "GB", forms: &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"], example: "SY8 1AE" },
    Shape { country: "US", forms: &["99999", "99999-9999"], example: "90210" },
    Shape { country: "CA", forms: &["A9A 9A9"], example: "K1A 0B1" },
    Shape { country: "IE", forms: &["A9* ****"], example: "D02 AF30" },
    Shape { country: "NL", forms: &["9999 AA"], example: "1012 JS" },
    Shape { country: "SE", forms: &["999 99"], example: "114 55" },
    Shape { country: "PL", forms: &["99-999"], example: "00-950" },
    Shape { country: "PT", forms: &["9999-999"], example: "1000-205" },
    Shape { country: "JP", forms: &["999-9999"], example: "100-0001" },
    Shape { country: "BR", forms: &["99999-999"], example: "01310-100" },
    Shape { country: "CZ", forms: &["999 99"], example: "110 00" },
    Shape { country: "AU", forms: &["9999"], example: "2000" },
    Shape { country: "AT", forms: &["9999"], example: "1010" },
    Shape { country: "BE", forms: &["9999"], example: "1000" },
    Shape { country: "CH", forms: &["9999"], example: "8001" },
    Shape { country: "DK", forms: &["9999"], example: "1050" },
    Shape { country: "NO", forms: &["9999"], example: "0150" },
    Shape { country: "DE", forms: &["99999"], example: "10115" },
    Shape { country: "ES", forms: &["99999"], example: "28013" },
    Shape { country: "FI", forms: &["99999"], example: "00100" },
    Shape { country: "FR", forms: &["99999"], example: "75001" },
    Shape { country: "IT", forms: &["99999"], example: "00184" },
];

/// Countries without postcodes that shoppers there are often asked for in vain.
const WITHOUT: [&str; 5] = ["AE", "HK", "JM", "PA", "QA"];

/// The postcode as it is written on a parcel.
///
/// # Errors
/// A message for the field, with an example of that country.
pub fn parse(country: &str, text: &str) -> Result<String, String> {
    let text = typed::optional(text, 16)?.to_uppercase();
    let Some(shape) = SHAPES.iter().find(|shape| shape.country == country) else {
        let optional = WITHOUT.contains(&country) || !text.is_empty();
        return if optional { Ok(text) } else { Err("Enter the postcode, or a dash if your address has none".to_owned()) };
    };
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let written = shape.forms.iter().find_map(|form| write_as(form, &bare));
    written.ok_or_else(|| format!("Enter a postcode in the form {}", shape.example))
}

/// `bare` laid into `form`, or `None` where it doesn't fit.
fn write_as(form: &str, bare: &str) -> Option<String> {
    let mut given = bare.chars();
    let mut written = String::new();
    for place in form.chars() {
        let fits: fn(&char) -> bool = match place {
            'A' => char::is_ascii_alphabetic,
            '9' => char::is_ascii_digit,
            '*' => char::is_ascii_alphanumeric,
            fixed => {
                written.push(fixed);
                continue;
            }
        };
        written.push(given.next().filter(fits)?);
    }
    given.next().is_none().then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_are_written_as_the_country_writes_them() {
        for (country, typed, written) in [
            ("GB", "sy81ae", "SY8 1AE"),
            ("GB", "EC1A 1BB", "EC1A 1BB"),
            ("US", "902101234", "90210-1234"),
            ("CA", "k1a0b1", "K1A 0B1"),
            ("DE", " 10115 ", "10115"),
            ("PL", "00950", "00-950"),
            ("AE", "", ""),
            ("KE", "00100", "00100"),
        ] {
            assert_eq!(parse(country, typed).as_deref(), Ok(written), "{country} {typed}");
        }
    }

    #[test]
    fn a_wrong_postcode_is_refused_with_an_example() {
        assert_eq!(parse("GB", "SY8").unwrap_err(), "Enter a postcode in the form SY8 1AE");
        for (country, typed) in [("GB", "12345"), ("US", "9021"), ("DE", "1011A"), ("NL", "1012"), ("GB", ""), ("KE", "")] {
            assert!(parse(country, typed).is_err(), "{country} {typed}");
        }
    }
}
