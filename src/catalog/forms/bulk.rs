//! What is to be done to many products, as staff chose it.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    base::{CategoryId, Currency, Money, Problems, typed},
    catalog::model::{BulkAction, PriceStep, Rounding, Status},
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    /// Which of the fields below counts.
    pub action: String,
    pub direction: String,
    pub by: String,
    pub unit: String,
    pub rounding: String,
    pub keep_former: Option<String>,
    pub status: String,
    pub category: String,
    pub tag: String,
    pub brand: String,
    pub tax_class: String,
}

impl BulkForm {
    pub fn parse(&self, currency: Currency) -> Result<BulkAction, Problems> {
        let mut problems = Problems::default();
        let category = || self.category.parse().map(CategoryId).map_err(|_| "Choose a category");
        let tag = || {
            typed::required(&self.tag, 60, "Enter a tag")
                .and_then(|tag| if tag.contains(',') { Err("Enter one tag".to_owned()) } else { Ok(tag) })
        };
        let action = match self.action.as_str() {
            "price" => return self.price(currency),
            "status" => problems.take("status", self.status.parse::<Status>().map_err(|_| "Choose a state")).map(BulkAction::Status),
            "add_category" => problems.take("category", category()).map(BulkAction::AddCategory),
            "remove_category" => problems.take("category", category()).map(BulkAction::RemoveCategory),
            "add_tag" => problems.take("tag", tag()).map(BulkAction::AddTag),
            "remove_tag" => problems.take("tag", tag()).map(BulkAction::RemoveTag),
            "brand" => problems.take("brand", typed::optional(&self.brand, 100)).map(BulkAction::Brand),
            "tax_class" => problems.take("tax_class", typed::required(&self.tax_class, 64, "Choose a tax class")).map(BulkAction::TaxClass),
            _ => problems.take("action", Err("Choose what to do")),
        };
        action.ok_or(problems)
    }

    fn price(&self, currency: Currency) -> Result<BulkAction, Problems> {
        let mut problems = Problems::default();
        let lowers = self.direction == "lower";
        let step = if self.unit == "amount" {
            Money::parse(&self.by, currency).map(|money| PriceStep::Amount(if lowers { -money.minor } else { money.minor }))
        } else {
            percent(&self.by, lowers).map(PriceStep::Percent).map_err(str::to_owned)
        };
        let step = problems.take("by", step);
        let rounding = problems.take("rounding", self.rounding.parse::<Rounding>().map_err(|_| "Choose how to round"));
        let keep_former = self.keep_former.is_some();
        step.zip(rounding).map(|(step, rounding)| BulkAction::Price { step, rounding, keep_former }).ok_or(problems)
    }
}

fn percent(text: &str, lowers: bool) -> Result<Decimal, &'static str> {
    let read = text.trim().trim_end_matches('%').trim().replace(',', ".").parse::<Decimal>().ok();
    let most = if lowers { 100 } else { 1000 };
    let fits = |percent: &Decimal| *percent > Decimal::ZERO && *percent <= Decimal::from(most) && percent.normalize().scale() <= 4;
    let read = read.filter(fits).ok_or("Enter a percentage above 0, such as 10 or 12.5")?;
    Ok(if lowers { -read } else { read })
}
