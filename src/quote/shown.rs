//! Prices as this visitor is to read them: their currency, their group, with or without tax as at the shop's own place, like the
//! cart shows them while no address is known.

use crate::{
    accounts,
    base::{AccountId, Conn, Currency, GroupId, Moment, Money, Result, VariantId},
    catalog::Priced,
    pricing::{self, PriceBook, UnitPrice},
    tax::{self, Person, Regime, Treatment},
    web::Shell,
};

/// Whoever looks at prices, as the page's shell knows them.
pub struct Looker {
    currency: String,
    account: Option<AccountId>,
}

impl Looker {
    pub fn of(shell: &Shell) -> Self {
        Self { currency: shell.currency.clone(), account: shell.looker }
    }

    /// What the prices that are shown to them depend on.
    pub fn terms(&self, conn: &mut Conn) -> Result<Terms> {
        let moment = Moment::of(conn)?;
        self.terms_at(conn, moment)
    }

    /// The same at this moment.
    pub fn terms_at(&self, conn: &mut Conn, moment: Moment) -> Result<Terms> {
        let currency = pricing::currency_under(conn, moment.edition, Some(&self.currency))?;
        let buyer = accounts::buyer(conn, self.account)?;
        let person = Person { exemption: buyer.tax_exemption, ..Person::default() };
        let regime = tax::book_under(conn, moment.edition, None)?.regime(None, &person, moment.now);
        Ok(Terms { moment, currency, group: buyer.group, regime })
    }
}

/// In which currency, for which group and with which tax prices are shown.
#[derive(Clone, Debug)]
pub struct Terms {
    pub moment: Moment,
    pub currency: Currency,
    group: Option<GroupId>,
    regime: Regime,
}

impl Terms {
    /// The prices of these variants.
    pub fn book(&self, conn: &mut Conn, variants: &[&Priced]) -> Result<PriceBook> {
        pricing::book_of(conn, &self.moment, self.currency, variants)
    }

    /// The price of one unit of a variant of this tax class now.
    pub fn unit(&self, book: &PriceBook, variant: VariantId, class: &str) -> Option<ShownPrice> {
        book.unit(variant, 1, self.group, book.at).map(|unit| self.shown(&unit, class))
    }

    /// The lowest price of these variants, and whether another is higher. It stands for several, so it gives no reason.
    pub fn lowest(&self, book: &PriceBook, variants: &[Priced]) -> Option<(ShownPrice, bool)> {
        let prices: Vec<_> = variants.iter().filter_map(|variant| self.unit(book, variant.id, &variant.tax_class)).collect();
        let highest = prices.iter().map(|price| price.amount.minor).max()?;
        let lowest = prices.into_iter().min_by_key(|price| price.amount.minor)?;
        let is_from = highest > lowest.amount.minor;
        Some((ShownPrice { why: None, ..lowest }, is_from))
    }

    /// What one unit costs from a quantity on.
    pub fn breaks(&self, book: &PriceBook, variant: VariantId, class: &str) -> Vec<(i32, Money)> {
        book.breaks(variant, self.group, book.at).into_iter().map(|step| (step.from, self.money(step.amount, class))).collect()
    }

    /// What to say of tax beside the prices.
    pub fn tax_note(&self) -> TaxNote {
        match self.regime.treatment() {
            Treatment::Taxed if self.regime.rates().is_empty() => TaxNote::Nothing,
            Treatment::Taxed if self.regime.includes_tax() => TaxNote::Within,
            Treatment::Taxed => TaxNote::OnTop,
            Treatment::Exempt | Treatment::ReverseCharge | Treatment::Export => TaxNote::Without,
        }
    }

    fn shown(&self, unit: &UnitPrice, class: &str) -> ShownPrice {
        let money = |entered| self.money(entered, class);
        ShownPrice {
            amount: money(unit.amount),
            former: unit.compare_at.map(money),
            lowest_30: unit.lowest_30.map(money),
            why: unit.reason.text(),
        }
    }

    fn money(&self, entered: i64, class: &str) -> Money {
        Money::new(self.regime.unit_price(entered, class), self.currency)
    }
}

/// A price as a page shows it.
#[derive(Clone, Debug)]
pub struct ShownPrice {
    pub amount: Money,
    pub former: Option<Money>,
    /// The lowest of the 30 days before the reduction, which the law wants beside it (directive 98/6/EC, art. 6a).
    pub lowest_30: Option<Money>,
    /// Why it is what it is, where that is worth telling.
    pub why: Option<String>,
}

/// Whether the prices on a page have tax in them. Consumers must be told the final price (directive 98/6/EC, art. 2a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxNote {
    /// There is no tax to speak of.
    Nothing,
    Within,
    OnTop,
    /// Whoever looks pays none.
    Without,
}

impl TaxNote {
    /// Below one price.
    pub fn of_one(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Within => "Includes tax.",
            Self::OnTop => "Plus tax, which is worked out for your address.",
            Self::Without => "Without tax.",
        }
    }

    /// Below a list of prices.
    pub fn of_many(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Within => "Prices include tax.",
            Self::OnTop => "Prices are without tax, which is worked out for your address.",
            Self::Without => "Prices are without tax.",
        }
    }
}
