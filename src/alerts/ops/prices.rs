//! What one of a thing costs one customer today, as the shop's pages show it to them.

use std::collections::{BTreeMap, HashMap};

use crate::{
    accounts::{self, Buyer},
    base::{AccountId, Conn, Currency, Moment, Money, Result, VariantId},
    catalog::{Variant, VariantForSale},
    pricing::{self, PriceBook},
    tax::{self, Person, TaxBook},
};

/// Prices in the currencies that are asked for, for any of some customers.
pub struct Prices {
    moment: Moment,
    tax: TaxBook,
    buyers: HashMap<AccountId, Buyer>,
    books: BTreeMap<&'static str, PriceBook>,
}

impl Prices {
    pub fn load(conn: &mut Conn, accounts: &[AccountId], currencies: &[Currency], items: &[&VariantForSale]) -> Result<Self> {
        let moment = Moment::of(conn)?;
        let variants: Vec<&Variant> = items.iter().map(|item| &item.variant).collect();
        let mut books = BTreeMap::new();
        for currency in currencies {
            if !books.contains_key(currency.code()) {
                books.insert(currency.code(), pricing::book_at(conn, &moment, *currency, &variants)?);
            }
        }
        Ok(Self { moment, tax: tax::book_under(conn, moment.edition, None)?, buyers: accounts::buyers(conn, accounts)?, books })
    }

    /// `None`: not sold in this currency, or nobody asked for it.
    pub fn of(&self, account: AccountId, currency: Currency, item: &VariantForSale) -> Option<Money> {
        let (book, buyer) = (self.books.get(currency.code())?, self.buyers.get(&account)?);
        let unit = book.unit(item.variant.id, 1, buyer.group, book.at)?;
        let person = Person { exemption: buyer.tax_exemption.clone(), ..Person::default() };
        let regime = self.tax.regime(None, &person, self.moment.now);
        Some(Money::new(regime.unit_price(unit.amount, &item.variant.tax_class), currency))
    }
}

/// By id, to be looked up.
pub fn by_id(items: Vec<VariantForSale>) -> HashMap<VariantId, VariantForSale> {
    items.into_iter().map(|item| (item.variant.id, item)).collect()
}
