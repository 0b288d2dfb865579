//! A collection as staff typed it: its words, and its products or rules.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    base::{
        AttributeId, CategoryId, Currency, Money, Problems, ProductTypeId,
        meanwhile::{self, Fields, Parts, ticked},
        typed,
    },
    catalog::model::{ChosenBy, Collection, CollectionChange, CollectionInput, NamedRule, RuleInput, Sort, Subject},
};

/// Each list of `rule_…` has one for every row, whether or not its subject needs it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CollectionForm {
    pub title: String,
    pub slug: String,
    pub description: String,
    pub seo_title: String,
    pub seo_description: String,
    pub shown: Option<String>,
    pub position: String,
    pub sort: String,
    pub chosen_by: String,
    /// `any` or `all`.
    pub joined: String,
    /// SKUs or ends of addresses, one a line.
    pub products: String,
    pub rule_subject: Vec<String>,
    /// Id of a category, product type or attribute.
    pub rule_of: Vec<String>,
    pub rule_low: Vec<String>,
    pub rule_high: Vec<String>,
    pub rule_text: Vec<String>,
    pub new_subject: String,
    /// What the button that was pressed does, if not saving: `add`, `remove-2`, `preview`.
    pub act: Option<String>,
    /// What it showed when it was opened.
    pub was: String,
}

/// A row of the form.
pub struct RuleRow<'a> {
    pub subject: Subject,
    pub of: &'a str,
    pub low: &'a str,
    pub high: &'a str,
    pub text: &'a str,
}

impl RuleRow<'_> {
    pub fn is(&self, subject: &str) -> bool {
        self.subject.as_str() == subject
    }
}

/// What each line names: a SKU or the end of an address. Whole addresses are understood as well.
pub fn names(text: &str) -> Vec<String> {
    let end = |line: &str| line.trim().rsplit("/products/").next().unwrap_or_default().trim().to_owned();
    text.lines().map(end).filter(|name| !name.is_empty() && !name.contains('\0')).collect()
}

impl CollectionForm {
    pub fn new() -> Self {
        Self { chosen_by: "rules".into(), joined: "all".into(), sort: "newest".into(), new_subject: "price".into(), ..Self::default() }
    }

    pub fn is_by_hand(&self) -> bool {
        self.chosen_by == "hand"
    }

    /// What a button other than the one that saves asks for is done to the rows. `false`: it saves, or wants a preview.
    pub fn turn_rows(&mut self) -> bool {
        match self.act.as_deref().unwrap_or_default() {
            "add" => {
                let new = self.new_subject.clone();
                self.rule_subject.push(new);
                let rows = self.rule_subject.len();
                self.lists().into_iter().for_each(|list| list.resize(rows, String::new()));
                true
            }
            act => {
                let row = act.strip_prefix("remove-").and_then(|row| row.parse::<usize>().ok());
                let Some(row) = row.filter(|row| *row < self.rule_subject.len()) else { return false };
                self.rule_subject.remove(row);
                self.lists().into_iter().filter(|list| row < list.len()).for_each(|list| {
                    list.remove(row);
                });
                true
            }
        }
    }

    fn lists(&mut self) -> [&mut Vec<String>; 4] {
        [&mut self.rule_of, &mut self.rule_low, &mut self.rule_high, &mut self.rule_text]
    }

    pub fn fields(&self) -> Parts {
        let text = |text: &String| text.clone();
        let joined = if self.joined == "any" { "Any of" } else { "All of" };
        let rules = self.rows().iter().map(RuleRow::words).collect::<Vec<_>>().join("; ");
        vec![
            ("title", text(&self.title)),
            ("slug", text(&self.slug)),
            ("description", text(&self.description)),
            ("seo_title", text(&self.seo_title)),
            ("seo_description", text(&self.seo_description)),
            ("shown", ticked(&self.shown).to_owned()),
            ("position", text(&self.position)),
            ("sort", text(&self.sort)),
            ("products", names(&self.products).join("\n")),
            ("rules", if rules.is_empty() { rules } else { format!("{joined}: {rules}") }),
        ]
    }

    pub fn wants_preview(&self) -> bool {
        self.act.as_deref() == Some("preview")
    }

    /// The rows whose subject is known.
    pub fn rows(&self) -> Vec<RuleRow<'_>> {
        let of = |(at, subject): (usize, &String)| {
            Some(RuleRow {
                subject: subject.parse().ok()?,
                of: self.rule_of.get(at).map_or("", String::as_str),
                low: self.rule_low.get(at).map_or("", String::as_str),
                high: self.rule_high.get(at).map_or("", String::as_str),
                text: self.rule_text.get(at).map_or("", String::as_str),
            })
        };
        self.rule_subject.iter().enumerate().filter_map(of).collect()
    }

    pub fn parse(&self, currency: Currency) -> Result<CollectionInput, Problems> {
        let mut problems = Problems::default();
        let title = problems.take("title", typed::required(&self.title, 120, "Enter the collection's name"));
        let slug = problems.take("slug", typed::slug(&self.slug, &self.title));
        let description = problems.take("description", typed::long(&self.description, 5000));
        let seo_title = problems.take("seo_title", typed::optional(&self.seo_title, 120));
        let seo_description = problems.take("seo_description", typed::long(&self.seo_description, 300));
        let position = problems.take("position", typed::whole_or_none(&self.position, 0..=10_000_000));
        let chosen_by = problems.take("chosen_by", self.chosen_by.parse::<ChosenBy>().map_err(|_| "Choose how products come into it"));
        let sort = problems.take("sort", self.sort(chosen_by));
        let mut rules = vec![];
        if chosen_by == Some(ChosenBy::Rules) {
            for (at, row) in self.rows().iter().enumerate() {
                rules.extend(problems.take(&format!("rule-{at}"), row.parse(currency)).map(|rule| (at, rule)));
            }
        }
        let change = || {
            Some(CollectionChange {
                slug: slug?,
                title: title?,
                description: description?,
                seo_title: seo_title?,
                seo_description: seo_description?,
                shown: self.shown.is_some(),
                position: position?,
                sort: sort?,
                chosen_by: chosen_by?,
                any_rule: self.joined == "any",
            })
        };
        match change() {
            Some(change) if problems.is_empty() => Ok(CollectionInput { change, products: names(&self.products), rules }),
            _ => Err(problems),
        }
    }

    fn sort(&self, chosen_by: Option<ChosenBy>) -> Result<Sort, &'static str> {
        match self.sort.parse() {
            Ok(Sort::Chosen) if chosen_by == Some(ChosenBy::Rules) => {
                Err("Only products that you choose yourself have an order of their own")
            }
            Ok(sort) => Ok(sort),
            Err(_) => Err("Choose how it is sorted"),
        }
    }

    /// `products`: ends of addresses, in order.
    pub fn of(collection: Collection, products: &[String], rules: &[NamedRule], currency: Currency) -> Self {
        let mut form = Self {
            shown: collection.shown.then(|| "on".to_owned()),
            title: collection.title,
            slug: collection.slug,
            description: collection.description,
            seo_title: collection.seo_title,
            seo_description: collection.seo_description,
            position: collection.position.to_string(),
            sort: collection.sort.as_str().to_owned(),
            chosen_by: collection.chosen_by.as_str().to_owned(),
            joined: if collection.any_rule { "any" } else { "all" }.to_owned(),
            products: products.join("\n"),
            ..Self::new()
        };
        rules.iter().for_each(|rule| form.add(rule, currency));
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }

    fn add(&mut self, NamedRule { rule, brand, choice }: &NamedRule, currency: Currency) {
        let minor = |bound: &Option<Decimal>| {
            let minor = bound.and_then(|bound| i64::try_from(bound).ok());
            minor.map(|minor| Money::new(minor, currency).plain()).unwrap_or_default()
        };
        let number = |bound: &Option<Decimal>| bound.map(|bound| bound.normalize().to_string()).unwrap_or_default();
        let (of, low, high, text) = match rule.subject {
            Subject::Price => (String::new(), minor(&rule.low), minor(&rule.high), String::new()),
            Subject::Brand => (String::new(), String::new(), String::new(), brand.clone().unwrap_or_default()),
            Subject::Category => {
                (rule.category_id.map(|id| id.to_string()).unwrap_or_default(), String::new(), String::new(), String::new())
            }
            Subject::Type => {
                (rule.product_type_id.map(|id| id.to_string()).unwrap_or_default(), String::new(), String::new(), String::new())
            }
            Subject::Attribute => {
                let range =
                    if rule.low == rule.high { number(&rule.high) } else { format!("{}-{}", number(&rule.low), number(&rule.high)) };
                let value = choice.clone().or_else(|| rule.text.clone()).unwrap_or(range);
                (rule.attribute_id.map(|id| id.to_string()).unwrap_or_default(), String::new(), String::new(), value)
            }
            Subject::New => (String::new(), String::new(), number(&rule.high), String::new()),
            Subject::Tag | Subject::Title | Subject::Sale | Subject::Stock => {
                (String::new(), String::new(), String::new(), rule.text.clone().unwrap_or_default())
            }
        };
        self.rule_subject.push(rule.subject.as_str().to_owned());
        self.lists().into_iter().zip([of, low, high, text]).for_each(|(list, value)| list.push(value));
    }
}

impl RuleRow<'_> {
    /// What it asks for, in short.
    fn words(&self) -> String {
        let range = match (self.low.trim(), self.high.trim()) {
            ("", high) => high.to_owned(),
            (low, high) => format!("{low} to {high}"),
        };
        let asked = [self.of.trim(), &range, self.text.trim()];
        let asked = asked.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        format!("{} {asked}", self.subject.label()).trim_end().to_owned()
    }

    fn parse(&self, currency: Currency) -> Result<RuleInput, String> {
        let text = |missing: &str| typed::required(self.text, 120, missing);
        Ok(match self.subject {
            Subject::Price => {
                let amount = |text: &str| {
                    if text.trim().is_empty() { Ok(None) } else { Money::parse(text, currency).map(|money| Some(money.minor)) }
                };
                let (low, high) = (amount(self.low).map_err(|said| said.to_string())?, amount(self.high).map_err(|said| said.to_string())?);
                match (low, high) {
                    (None, None) => return Err("Enter the least or the most that it may cost, or both".to_owned()),
                    (Some(low), Some(high)) if low > high => return Err("The most must not be less than the least".to_owned()),
                    bounds => RuleInput::Price(bounds.0, bounds.1),
                }
            }
            Subject::Brand => RuleInput::Brand(text("Enter a brand's name")?),
            Subject::Category => RuleInput::Category(CategoryId(self.id("Choose a category")?)),
            Subject::Type => RuleInput::Type(ProductTypeId(self.id("Choose a product type")?)),
            Subject::Tag => RuleInput::Tag(text("Enter a tag")?),
            Subject::Attribute => {
                let id = AttributeId(self.id("Choose an attribute")?);
                RuleInput::Attribute(id, text("Enter what the attribute is to be")?)
            }
            Subject::Sale => RuleInput::Sale,
            Subject::Stock => RuleInput::Stock,
            Subject::New => RuleInput::New(typed::whole(self.high, 1..=3650)?),
            Subject::Title => RuleInput::Title(text("Enter a word or a part of one")?),
        })
    }

    fn id(&self, missing: &str) -> Result<i64, String> {
        self.of.parse().map_err(|_| missing.to_owned())
    }
}

/// What staff name to stand beside a product: lines as in a collection.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RelationsForm {
    pub related: String,
    pub accessories: String,
    /// What it showed when it was opened.
    pub was: String,
}

impl RelationsForm {
    pub fn of(related: String, accessories: String) -> Self {
        let form = Self { related, accessories, was: String::new() };
        Self { was: meanwhile::shown(&form.fields()), ..form }
    }

    pub fn fields(&self) -> Fields<'_> {
        vec![("related", self.related.as_str()), ("accessories", self.accessories.as_str())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn with(subject: &str, low: &str, high: &str, text: &str) -> CollectionForm {
        let one = |text: &str| vec![text.to_owned()];
        CollectionForm {
            title: "Under twenty".into(),
            rule_subject: one(subject),
            rule_of: one(""),
            rule_low: one(low),
            rule_high: one(high),
            rule_text: one(text),
            ..CollectionForm::new()
        }
    }

    #[test]
    fn a_rule_says_beside_its_row_what_is_missing() {
        for (form, said) in [
            (with("price", "", "", ""), "least or the most"),
            (with("price", "20", "10", ""), "not be less"),
            (with("brand", "", "", " "), "brand"),
            (with("category", "", "", ""), "category"),
            (with("new", "", "0", ""), "1 to 3650"),
        ] {
            assert!(form.parse(gbp()).unwrap_err().on("rule-0").unwrap().contains(said), "{said}");
        }
        assert_eq!(with("price", "", "19.99", "").parse(gbp()).unwrap().rules, [(0, RuleInput::Price(None, Some(1999)))]);
    }

    #[test]
    fn rows_are_added_and_taken_out_and_the_others_stay_as_they_were_typed() {
        let mut form = with("price", "", "20", "");
        (form.act, form.new_subject) = (Some("add".into()), "tag".into());
        assert!(form.turn_rows());
        assert_eq!((form.rows().len(), form.rows()[0].high, form.rows()[1].subject), (2, "20", Subject::Tag));
        form.act = Some("remove-0".into());
        assert!(form.turn_rows());
        assert_eq!((form.rows().len(), form.rows()[0].subject), (1, Subject::Tag));
        form.act = Some("remove-7".into());
        assert!(!form.turn_rows());
    }

    #[test]
    fn products_by_rule_have_no_order_of_their_own() {
        let form = CollectionForm { sort: "chosen".into(), ..with("sale", "", "", "") };
        assert!(form.parse(gbp()).unwrap_err().on("sort").is_some());
        assert!(CollectionForm { chosen_by: "hand".into(), ..form }.parse(gbp()).is_ok());
    }

    #[test]
    fn products_are_named_by_sku_slug_or_whole_address() {
        assert_eq!(names("HP-1\n\n claw-hammer \nhttps://shop.example/products/saw"), ["HP-1", "claw-hammer", "saw"]);
    }
}
