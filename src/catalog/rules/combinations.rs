//! All combinations of options' values, and those that are missing.

use std::collections::HashSet;

/// Variants of one product at most.
pub const MOST_VARIANTS: usize = 2000;

/// The combinations that nobody has made yet, the first option slowest. `Err`: there would be more variants than a product may have.
pub fn missing(values: &[Vec<String>], made: &HashSet<Vec<String>>) -> Result<Vec<Vec<String>>, String> {
    let all = values.iter().map(Vec::len).try_fold(1usize, usize::checked_mul).filter(|_| !values.is_empty()).unwrap_or(0);
    if all > MOST_VARIANTS {
        return Err(format!("That would make {all} combinations. A product can have {MOST_VARIANTS} variants"));
    }
    if values.is_empty() || values.iter().any(Vec::is_empty) {
        return Ok(vec![]);
    }
    let mut combinations: Vec<Vec<String>> = vec![vec![]];
    for values in values {
        let longer =
            |start: &Vec<String>| values.iter().map(|value| [start.as_slice(), std::slice::from_ref(value)].concat()).collect::<Vec<_>>();
        combinations = combinations.iter().flat_map(longer).collect();
    }
    combinations.retain(|combination| !made.contains(combination));
    if made.len() + combinations.len() > MOST_VARIANTS {
        return Err(format!("That would make {} variants. A product can have {MOST_VARIANTS}", made.len() + combinations.len()));
    }
    Ok(combinations)
}

/// A SKU for a combination: `HINGE-100-MM-BRASS`.
pub fn sku(base: &str, values: &[String]) -> String {
    let made = slug::slugify(format!("{base} {}", values.join(" "))).to_uppercase();
    made.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn what_is_made_already_is_not_made_again() {
        let values = [words(&["S", "L"]), words(&["Red", "Blue"])];
        let made = HashSet::from([words(&["S", "Blue"])]);
        assert_eq!(missing(&values, &made).unwrap(), [words(&["S", "Red"]), words(&["L", "Red"]), words(&["L", "Blue"])]);
    }

    #[test]
    fn without_values_there_is_nothing_to_combine_and_too_many_are_refused() {
        assert!(missing(&[words(&["S"]), vec![]], &HashSet::new()).unwrap().is_empty());
        assert!(missing(&[], &HashSet::new()).unwrap().is_empty());
        let many: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        assert!(missing(&[many.clone(), many], &HashSet::new()).unwrap_err().contains("2500"));
    }

    #[test]
    fn a_sku_is_made_of_the_combination() {
        assert_eq!(sku("Butt hinge", &words(&["100 mm", "Brass"])), "BUTT-HINGE-100-MM-BRASS");
    }
}
