//! Decisions about products that need nothing but the product.

use std::collections::HashSet;

/// What a shopper can choose, and what is chosen so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    pub options: Vec<Option_>,
    /// Index of the variant that fits all that is chosen; `None` when nobody makes that combination.
    pub variant: Option<usize>,
    /// The chosen values in words: `100 mm · Brass`.
    pub label: String,
}

/// One thing to choose, such as the length. (Spelt with an underscore, since Rust has an `Option` of its own.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Option_ {
    pub name: String,
    pub values: Vec<OptionValue>,
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

/// Lays out the options of a product. `variants` are its option values and whether some are left; `asked` are the values
/// that the address names, which may be wrong or missing. Nothing asked: the first variant that is left is chosen.
pub fn choose(names: &[String], variants: &[(&[String], bool)], asked: &[Option<String>]) -> Choice {
    let chosen = chosen_values(names.len(), variants, asked);
    let variant = variants.iter().position(|(values, _)| *values == chosen.as_slice());
    let options = names.iter().enumerate().map(|(at, name)| lay_out(at, name, variants, &chosen)).collect();
    Choice { options, variant, label: chosen.join(" · ") }
}

fn chosen_values(options: usize, variants: &[(&[String], bool)], asked: &[Option<String>]) -> Vec<String> {
    let known = |at: usize, value: &String| variants.iter().any(|(values, _)| values.get(at) == Some(value));
    let wish = |at: usize| asked.get(at).cloned().flatten().filter(|value| known(at, value));
    let fits = |values: &[String]| (0..options).all(|at| wish(at).is_none_or(|wish| values.get(at) == Some(&wish)));
    let fitting: Vec<_> = variants.iter().filter(|(values, _)| fits(values)).collect();
    let best = fitting.iter().find(|(_, left)| *left).or(fitting.first()).map(|(values, _)| *values);
    // Where no variant fits, the wishes stand as they are, so that the page can say that this combination is not made.
    let fallback = |at: usize| wish(at).or_else(|| variants.first().and_then(|(values, _)| values.get(at).cloned())).unwrap_or_default();
    (0..options).map(|at| best.and_then(|values| values.get(at).cloned()).unwrap_or_else(|| fallback(at))).collect()
}

fn lay_out(at: usize, name: &str, variants: &[(&[String], bool)], chosen: &[String]) -> Option_ {
    let mut seen = HashSet::new();
    let values = variants.iter().filter_map(|(values, _)| values.get(at)).filter(|value| seen.insert(*value));
    let values = values.map(|value| {
        let mut wished = chosen.to_vec();
        wished[at].clone_from(value);
        let made = variants.iter().find(|(values, _)| *values == wished.as_slice());
        let state = match made {
            _ if chosen[at] == *value => OptionState::Chosen,
            None => OptionState::NotMade,
            Some((_, false)) => OptionState::SoldOut,
            Some((_, true)) => OptionState::Available,
        };
        OptionValue { text: value.clone(), state, query: query_of(&wished) }
    });
    Option_ { name: name.to_owned(), values: values.collect() }
}

fn query_of(values: &[String]) -> String {
    let pairs: Vec<_> = values.iter().enumerate().map(|(at, value)| (format!("o{}", at + 1), value)).collect();
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

/// HTML that may stand on our pages: text, lists, tables, links; no scripts, styles, forms or frames.
pub fn clean_html(html: &str) -> String {
    ammonia::Builder::default().link_rel(Some("noopener nofollow")).clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    /// 100 mm in brass and steel, 150 mm in steel alone, of which none is left.
    fn hinge(asked: &[Option<&str>]) -> Choice {
        let made = [(words(&["100 mm", "Steel"]), true), (words(&["100 mm", "Brass"]), true), (words(&["150 mm", "Steel"]), false)];
        let made: Vec<_> = made.iter().map(|(values, left)| (values.as_slice(), *left)).collect();
        let asked: Vec<_> = asked.iter().map(|value| value.map(str::to_owned)).collect();
        choose(&words(&["Length", "Finish"]), &made, &asked)
    }

    #[test]
    fn with_nothing_asked_the_first_variant_that_is_left_is_chosen() {
        let choice = hinge(&[]);
        assert_eq!((choice.variant, choice.label.as_str()), (Some(0), "100 mm · Steel"));
    }

    #[test]
    fn each_value_tells_whether_it_can_be_had_with_the_other_choices() {
        let choice = hinge(&[Some("100 mm"), Some("Brass")]);
        let states: Vec<Vec<_>> = choice.options.iter().map(|option| option.values.iter().map(|value| value.state).collect()).collect();
        assert_eq!(states, [[OptionState::Chosen, OptionState::NotMade], [OptionState::Available, OptionState::Chosen]]);
        let choice = hinge(&[Some("100 mm"), Some("Steel")]);
        assert_eq!(choice.options[0].values[1].state, OptionState::SoldOut);
        assert_eq!(choice.options[0].values[1].query, "o1=150+mm&o2=Steel");
    }

    #[test]
    fn a_combination_that_nobody_makes_is_kept_in_words_and_is_no_variant() {
        let choice = hinge(&[Some("150 mm"), Some("Brass")]);
        assert_eq!((choice.variant, choice.label.as_str()), (None, "150 mm · Brass"));
    }

    #[test]
    fn values_that_do_not_exist_are_as_good_as_none() {
        assert_eq!(hinge(&[Some("9 km"), None]).variant, Some(0));
    }

    #[test]
    fn a_product_without_options_has_its_only_variant_chosen() {
        let none: Vec<String> = vec![];
        let choice = choose(&[], &[(&none, false)], &[]);
        assert_eq!((choice.variant, choice.options.len()), (Some(0), 0));
    }

    #[test]
    fn descriptions_lose_scripts_and_keep_lists() {
        let cleaned = clean_html("<p onclick=x>Ash</p><script>alert(1)</script><ul><li>one</li></ul><a href='javascript:x'>y</a>");
        assert!(cleaned.contains("<p>Ash</p>") && cleaned.contains("<li>one</li>"));
        assert!(!cleaned.contains("script") && !cleaned.contains("onclick"), "{cleaned}");
    }
}
