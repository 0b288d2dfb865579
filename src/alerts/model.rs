use diesel::prelude::*;

use crate::{
    base::{AccountId, AlertId, Currency, Money, VariantId, text_enum},
    catalog::VariantForSale,
    schema::alerts,
};

text_enum! {
    /// What somebody waits for.
    pub enum Kind {
        /// That it can be had again.
        Stock = "stock",
        /// That it costs less.
        Price = "price",
    }
}

/// What somebody waits for, and has not been told.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = alerts)]
pub struct Alert {
    pub id: AlertId,
    pub account_id: AccountId,
    pub variant_id: VariantId,
    pub kind: Kind,
    below: Option<i64>,
    currency: Option<Currency>,
}

impl Alert {
    /// Below which price they want to be told; `None`: they wait for stock.
    pub fn below(&self) -> Option<Money> {
        Some(Money::new(self.below?, self.currency?))
    }

    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct NewAlert {
    pub account: AccountId,
    pub variant: VariantId,
    /// `None`: when it is back in stock.
    pub below: Option<Money>,
}

impl NewAlert {
    pub fn kind(&self) -> Kind {
        if self.below.is_some() { Kind::Price } else { Kind::Stock }
    }
}

/// A thing that is waited for, as it is today.
#[derive(Clone, Debug)]
pub struct Thing {
    pub item: VariantForSale,
    /// What this customer would pay for one; `None`: not sold in their currency.
    pub price: Option<Money>,
    pub can_be_had: bool,
}

impl Thing {
    /// `Claw hammer, Ash`.
    pub fn name(&self) -> String {
        let label = self.item.variant.label();
        if label.is_empty() { self.item.title.clone() } else { format!("{}, {label}", self.item.title) }
    }

    /// The product's page with this variant chosen.
    pub fn path(&self) -> String {
        let values = self.item.variant.option_values.iter().enumerate();
        let chosen: Vec<_> = values.map(|(at, value)| (format!("o{}", at + 1), value)).collect();
        let query = serde_urlencoded::to_string(chosen).unwrap_or_default();
        if query.is_empty() { format!("/products/{}", self.item.slug) } else { format!("/products/{}?{query}", self.item.slug) }
    }
}

/// An alert with the thing that is waited for.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub alert: Alert,
    pub thing: Thing,
}

impl Waiting {
    pub fn words(&self) -> String {
        match self.alert.below() {
            Some(below) => format!("When it costs less than {below}"),
            None => "When it is back in stock".to_owned(),
        }
    }

    /// What they wait for has come.
    pub fn has_come(&self) -> bool {
        match self.alert.below() {
            Some(below) => {
                self.thing.item.is_sold
                    && self.thing.price.is_some_and(|price| price.currency == below.currency && price.minor < below.minor)
            }
            None => self.thing.item.is_sold && self.thing.can_be_had,
        }
    }
}
