//! Single fields, and what exports and spreadsheets make of them.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{
    base::{Currency, Money, sha256_hex},
    catalog::{Status, slug_of},
    exchange::{model::Tags, report::quoted},
};

/// What the database takes, in minor units.
const DEAREST: i64 = 100_000_000_000;
const HEAVIEST: i32 = 10_000_000;
const MOST_ON_HAND: i64 = 100_000_000;
const LONGEST_SKU: usize = 64;

/// Minor units of a price such as `24.95`.
pub fn price(text: &str, currency: Currency) -> Result<i64, String> {
    // A form may take "1,234" for thousands; in a file "24,95" is more likely a price from a spreadsheet that writes decimal
    // commas, and a hundredfold price must not come in unnoticed.
    if text.contains(',') {
        return Err(format!("the price {} has a comma; write it as 24.95", quoted(text)));
    }
    let money = Money::parse(text, currency).map_err(|_| format!("the price {} can't be read; write it as 24.95", quoted(text)))?;
    if money.minor > DEAREST { Err(format!("the price {} is too high", quoted(text))) } else { Ok(money.minor) }
}

/// The former price. Exports often repeat the price here, or say 0, where there is none.
pub fn compare_at(text: &str, price_now: i64, currency: Currency) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let former = price(text, currency).map_err(|message| format!("compare-at: {message}"))?;
    Ok((former > price_now).then_some(former))
}

/// Whole grams; exports of older shops have decimals.
pub fn grams(text: &str) -> Result<i32, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let whole = decimal(text).and_then(|grams| grams.round().to_i32());
    whole.filter(|grams| (0..=HEAVIEST).contains(grams)).ok_or_else(|| format!("the weight {} is no number of grams", quoted(text)))
}

/// Units on hand. Shopify counts below zero when it has oversold; nobody has fewer than none.
pub fn quantity(text: &str) -> Result<i32, String> {
    let refused = || format!("the quantity {} is no whole number", quoted(text));
    let number = decimal(text).filter(|number| number.fract().is_zero()).and_then(|number| number.to_i64()).ok_or_else(refused)?;
    i32::try_from(number.clamp(0, MOST_ON_HAND + 1)).ok().filter(|number| i64::from(*number) <= MOST_ON_HAND).ok_or_else(refused)
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

/// A SKU or barcode, without the apostrophe that spreadsheets put before figures to keep them as they are.
pub fn code(text: &str) -> &str {
    text.strip_prefix('\'').unwrap_or(text).trim()
}

pub fn sku(text: &str) -> Result<&str, String> {
    let sku = code(text);
    if sku.chars().count() > LONGEST_SKU {
        Err(format!("the SKU {} is longer than {LONGEST_SKU} characters", quoted(sku)))
    } else {
        Ok(sku)
    }
}

/// A SKU for a variant that has none: `CLAW-HAMMER-16-OZ`. The same handle and options always give the same.
pub fn made_sku(slug: &str, options: &[String]) -> String {
    let whole = std::iter::once(slug.to_owned()).chain(options.iter().map(|value| slug_of(value)));
    let whole = whole.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-").to_uppercase();
    // Room for the position that tells apart what is written alike.
    if whole.len() <= LONGEST_SKU - 5 {
        whole
    } else {
        format!("{}-{}", whole.chars().take(46).collect::<String>(), &sha256_hex(whole.as_bytes())[..12])
    }
}

/// `TRUE`, as exports write it, or what people write instead.
pub fn is_true(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "true" | "yes" | "y" | "1")
}

/// What the columns Status and Published say together; `None` when the file has neither. A product that is active but not
/// published in the online store is not seen there, so here it is a draft.
pub fn status(status: Option<&str>, published: Option<&str>) -> Result<Option<Status>, String> {
    let hidden = published.is_some_and(|text| !text.is_empty() && !is_true(text));
    match status.map(str::to_lowercase) {
        Some(text) if text == "active" && hidden => Ok(Some(Status::Draft)),
        Some(text) if !text.is_empty() => {
            text.parse().map(Some).map_err(|_| format!("the status {} is unknown, so the product is a draft", quoted(&text)))
        }
        _ => Ok(published.or(status).map(|_| if published.is_some_and(is_true) { Status::Active } else { Status::Draft })),
    }
}

pub fn tags(text: &str) -> Tags {
    let mut tags = Tags::default();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if tag.eq_ignore_ascii_case("featured") {
            tags.featured = true;
        } else if !tags.list.iter().any(|known| known == tag) {
            tags.list.push(tag.to_owned());
        }
    }
    tags
}

/// The first two levels of `Hardware > Tools > Hammers`; of a product without a category, its type.
pub fn category(path: &str, product_type: &str) -> Vec<String> {
    // Older exports number Google's categories, newer ones name "Uncategorized" what has none.
    let is_name = |text: &&str| !text.is_empty() && !text.eq_ignore_ascii_case("uncategorized") && text.chars().any(char::is_alphabetic);
    let levels: Vec<_> = path.split('>').map(str::trim).filter(is_name).take(2).map(str::to_owned).collect();
    if levels.is_empty() { Some(product_type).filter(is_name).map(str::to_owned).into_iter().collect() } else { levels }
}

/// Slugs of the handles in `tack-hammer; claw-hammer`, without the product itself.
pub fn related(text: &str, own: &str) -> Vec<String> {
    let mut slugs: Vec<String> = vec![];
    for slug in text.split([';', ',', '\n']).map(slug_of) {
        if !slug.is_empty() && slug != own && !slugs.contains(&slug) {
            slugs.push(slug);
        }
    }
    slugs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp(text: &str) -> Result<i64, String> {
        price(text, Currency::parse("GBP").unwrap())
    }

    #[test]
    fn prices_are_read_as_shopify_writes_them() {
        assert_eq!(gbp("24.95"), Ok(2495));
        assert_eq!(gbp("5"), Ok(500));
        assert_eq!(gbp("0.00"), Ok(0));
        for text in ["", "free", "-1.00", "24.955", "2000000000.00"] {
            assert!(gbp(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_decimal_comma_does_not_make_a_price_a_hundredfold() {
        assert!(gbp("24,95").unwrap_err().contains("comma"));
    }

    #[test]
    fn a_former_price_that_is_not_above_the_price_is_none() {
        let former = |text| compare_at(text, 2495, Currency::parse("GBP").unwrap());
        assert_eq!([former(""), former("0.00"), former("24.95"), former("20")], [Ok(None), Ok(None), Ok(None), Ok(None)]);
        assert_eq!(former("29.95"), Ok(Some(2995)));
        assert!(former("soon").is_err());
    }

    #[test]
    fn weights_may_have_decimals_and_quantities_may_be_oversold() {
        assert_eq!((grams("453.592"), grams("0.0"), grams("")), (Ok(454), Ok(0), Ok(0)));
        assert!(grams("-1").is_err() && grams("1 kg").is_err());
        assert_eq!((quantity("12"), quantity("12.0"), quantity("-3")), (Ok(12), Ok(12), Ok(0)));
        assert!(quantity("a few").is_err() && quantity("1.5").is_err() && quantity("100000001").is_err());
    }

    #[test]
    fn codes_lose_the_apostrophe_of_spreadsheets() {
        assert_eq!(code("'0012345"), "0012345");
        assert_eq!(sku("HP-1"), Ok("HP-1"));
        assert!(sku(&"x".repeat(65)).is_err());
    }

    #[test]
    fn a_made_sku_is_short_stable_and_tells_variants_apart() {
        let made = |value: &str| made_sku("claw-hammer", &[value.to_owned()]);
        assert_eq!(made("16 oz"), "CLAW-HAMMER-16-OZ");
        assert_eq!(made_sku("claw-hammer", &[]), "CLAW-HAMMER");
        let (one, other) = (made(&"long ".repeat(20)), made(&"long ".repeat(21)));
        assert!(one.len() < LONGEST_SKU && one != other);
    }

    #[test]
    fn a_product_is_for_sale_when_it_is_active_and_not_hidden() {
        assert_eq!(status(Some("Active"), Some("FALSE")), Ok(Some(Status::Draft)));
        assert_eq!(status(Some("active"), Some("")), Ok(Some(Status::Active)));
        assert_eq!(status(Some("Archived"), Some("TRUE")), Ok(Some(Status::Archived)));
        assert_eq!(status(Some(""), Some("TRUE")), Ok(Some(Status::Active)));
        assert_eq!(status(None, Some("false")), Ok(Some(Status::Draft)));
        assert_eq!(status(None, None), Ok(None));
        assert!(status(Some("unlisted"), Some("TRUE")).is_err());
    }

    #[test]
    fn the_tag_featured_becomes_the_flag() {
        assert_eq!(tags("ash, Featured,ash , steel,"), Tags { list: vec!["ash".into(), "steel".into()], featured: true });
        assert_eq!(tags(""), Tags::default());
    }

    #[test]
    fn categories_are_the_first_two_levels_or_the_type() {
        assert_eq!(category("Hardware > Tools > Hammers", "Hammer"), ["Hardware", "Tools"]);
        assert_eq!(category("Uncategorized", "Hammer"), ["Hammer"]);
        assert_eq!(category("1167", ""), [""; 0]);
    }

    #[test]
    fn related_handles_may_be_separated_in_several_ways() {
        assert_eq!(related("a-b; C D,e\nself; a-b;", "self"), ["a-b", "c-d", "e"]);
    }
}
