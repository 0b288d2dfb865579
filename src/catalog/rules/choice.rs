//! What a shopper can choose, worked out from the values there are and the few combinations that differ from what is chosen in one
//! of them: a product may have 2,000 variants, and nobody needs to see them all to decide.

use std::collections::HashMap;

/// What a shopper can choose, and what is chosen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub options: Vec<Option_>,
    /// The chosen values in words: `100 mm · Brass`.
    pub label: String,
}

/// One thing to choose, such as the length. (Spelt with an underscore, since Rust has an `Option` of its own.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Option_ {
    pub name: String,
    pub values: Vec<OptionValue>,
}

/// Values that are offered as links; more of them are offered in a list that opens.
const LINKS: usize = 24;

impl Option_ {
    pub fn is_long(&self) -> bool {
        self.values.len() > LINKS
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValue {
    pub text: String,
    pub state: OptionState,
    /// The query that chooses this value and keeps the others: `o1=100+mm&o2=Brass`.
    pub query: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionState {
    Chosen,
    Available,
    /// Made, but with the other choices there is none left.
    SoldOut,
    /// With the other choices there is no such thing.
    NotMade,
}

impl OptionValue {
    pub fn is_chosen(&self) -> bool {
        self.state == OptionState::Chosen
    }

    pub fn is_sold_out(&self) -> bool {
        self.state == OptionState::SoldOut
    }

    pub fn is_not_made(&self) -> bool {
        self.state == OptionState::NotMade
    }
}

/// What of the address's wishes there is at all. `values` are those of each option.
pub fn wishes(values: &[Vec<String>], asked: &[Option<String>]) -> Vec<Option<String>> {
    let known = |(at, values): (usize, &Vec<String>)| asked.get(at).cloned().flatten().filter(|wish| values.contains(wish));
    values.iter().enumerate().map(known).collect()
}

/// What is chosen: the variant that fits best. Where none fits, the wishes stand as they are, so that the page can say that this
/// combination is not made, and what is not wished is the first there is.
pub fn chosen(values: &[Vec<String>], wishes: &[Option<String>], best: Option<&[String]>) -> Vec<String> {
    let of = |at: usize| {
        let fitting = best.and_then(|best| best.get(at).cloned());
        fitting.or_else(|| wishes.get(at).cloned().flatten()).or_else(|| values[at].first().cloned()).unwrap_or_default()
    };
    (0..values.len()).map(of).collect()
}

/// The combinations that differ from what is chosen in one option at most.
pub fn neighbours(values: &[Vec<String>], chosen: &[String]) -> Vec<Vec<String>> {
    let mut near = if values.is_empty() { vec![] } else { vec![chosen.to_vec()] };
    for (at, values) in values.iter().enumerate() {
        near.extend(values.iter().filter(|value| **value != chosen[at]).map(|value| with(chosen, at, value)));
    }
    near
}

fn with(chosen: &[String], at: usize, value: &str) -> Vec<String> {
    let mut wished = chosen.to_vec();
    value.clone_into(&mut wished[at]);
    wished
}

/// Lays out the options. `made` says of the neighbours that are made whether some are left.
pub fn lay_out(names: &[String], values: &[Vec<String>], chosen: &[String], made: &HashMap<Vec<String>, bool>) -> Choice {
    let options = names.iter().enumerate().map(|(at, name)| {
        let values = values.get(at).map(Vec::as_slice).unwrap_or_default();
        Option_ { name: name.clone(), values: values.iter().map(|value| option_value(at, value, chosen, made)).collect() }
    });
    Choice { options: options.collect(), label: chosen.iter().filter(|value| !value.is_empty()).cloned().collect::<Vec<_>>().join(" · ") }
}

fn option_value(at: usize, value: &str, chosen: &[String], made: &HashMap<Vec<String>, bool>) -> OptionValue {
    let wished = with(chosen, at, value);
    let state = match made.get(&wished) {
        _ if chosen[at] == value => OptionState::Chosen,
        None => OptionState::NotMade,
        Some(false) => OptionState::SoldOut,
        Some(true) => OptionState::Available,
    };
    OptionValue { text: value.to_owned(), state, query: query_of(&wished) }
}

fn query_of(values: &[String]) -> String {
    let pairs: Vec<_> = values.iter().enumerate().map(|(at, value)| (format!("o{}", at + 1), value)).collect();
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    /// 100 mm in brass and steel, 150 mm in steel alone, of which none is left.
    fn hinge(chosen: &[&str]) -> Choice {
        let made = [(words(&["100 mm", "Steel"]), true), (words(&["100 mm", "Brass"]), true), (words(&["150 mm", "Steel"]), false)];
        let values = [words(&["100 mm", "150 mm"]), words(&["Steel", "Brass"])];
        lay_out(&words(&["Length", "Finish"]), &values, &words(chosen), &made.into_iter().collect())
    }

    fn states(choice: &Choice) -> Vec<Vec<OptionState>> {
        choice.options.iter().map(|option| option.values.iter().map(|value| value.state).collect()).collect()
    }

    #[test]
    fn each_value_tells_whether_it_can_be_had_with_the_other_choices() {
        use OptionState::{Available, Chosen, NotMade, SoldOut};
        assert_eq!(states(&hinge(&["100 mm", "Brass"])), [[Chosen, NotMade], [Available, Chosen]]);
        let choice = hinge(&["100 mm", "Steel"]);
        assert_eq!(states(&choice), [[Chosen, SoldOut], [Chosen, Available]]);
        assert_eq!(choice.options[0].values[1].query, "o1=150+mm&o2=Steel");
    }

    #[test]
    fn a_combination_that_nobody_makes_is_kept_in_words() {
        let values = [words(&["100 mm", "150 mm"]), words(&["Steel", "Brass"])];
        let wished = wishes(&values, &[Some("150 mm".into()), Some("Brass".into())]);
        assert_eq!(chosen(&values, &wished, None), ["150 mm", "Brass"]);
        assert_eq!(hinge(&["150 mm", "Brass"]).label, "150 mm · Brass");
    }

    #[test]
    fn values_that_do_not_exist_are_as_good_as_none() {
        let values = [words(&["100 mm"]), words(&["Steel"])];
        assert_eq!(wishes(&values, &[Some("9 km".into()), None]), [None, None]);
        assert_eq!(chosen(&values, &[None, None], None), ["100 mm", "Steel"]);
    }

    #[test]
    fn only_combinations_that_differ_in_one_value_need_to_be_looked_up() {
        let values = [words(&["1", "2", "3"]), words(&["a", "b"])];
        let near = neighbours(&values, &words(&["1", "a"]));
        assert_eq!(near, [words(&["1", "a"]), words(&["2", "a"]), words(&["3", "a"]), words(&["1", "b"])]);
        assert!(neighbours(&[], &[]).is_empty());
    }
}
