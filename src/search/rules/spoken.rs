//! Words as people write them, where the index has them in a form of its own.

/// The unit that the index counts in, and the larger one that people speak of.
const LARGER: [(&str, &str, u64); 4] = [("mm", "m", 1000), ("g", "kg", 1000), ("ml", "l", 1000), ("w", "kW", 1000)];

/// `5000mm` is `5 m`, and `10mm` stays what it is.
pub fn spoken(word: &str) -> String {
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (number, unit) = word.split_at(digits);
    let larger = LARGER.into_iter().find(|(counted, ..)| *counted == unit);
    match (number.parse::<u64>(), larger) {
        (Ok(number), Some((_, larger, so_many))) if number >= so_many && number % so_many == 0 => format!("{} {larger}", number / so_many),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_measures_are_said_in_large_units() {
        assert_eq!((spoken("5000mm"), spoken("2000g"), spoken("1500mm")), ("5 m".into(), "2 kg".into(), "1500mm".into()));
        assert_eq!(
            (spoken("10mm"), spoken("hammer"), spoken("0mm"), spoken("18v")),
            ("10mm".into(), "hammer".into(), "0mm".into(), "18v".into())
        );
    }
}
