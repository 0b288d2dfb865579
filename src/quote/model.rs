use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::Buyer,
    base::{CategoryId, CouponId, Currency, Money, PromotionId, ShippingMethodId, VariantId},
    catalog::VariantForSale,
    promotions::Verdict,
    settings::Place,
    shipping::{Method, Parcel},
    tax::{Person, Treatment},
};

/// What is asked: so many of these, there, for this buyer.
#[derive(Clone, Debug)]
pub struct Request {
    pub lines: Vec<RequestLine>,
    /// `None`: not known yet, as on the cart's page; then nothing is delivered and the shop's own taxes hold.
    pub place: Option<Place>,
    pub buyer: Buyer,
    pub email: Option<String>,
    pub vat_number: String,
    pub coupons: Vec<String>,
    pub method: Option<ShippingMethodId>,
    pub currency: Currency,
    pub fees: Vec<AskedFee>,
}

#[derive(Clone, Debug)]
pub struct RequestLine {
    pub variant: VariantId,
    pub quantity: i32,
    /// `None`: today's price.
    pub agreed: Option<Agreed>,
}

/// A price that was agreed before and holds, whatever the lists say today.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// Minor units as the shop enters prices, with or without tax.
    pub entered: i64,
    pub note: String,
}

/// A charge that staff puts on an order, such as engraving.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskedFee {
    pub label: String,
    pub tax_class: String,
    /// Minor units as the shop enters prices.
    pub entered: i64,
}

/// The same as facts: what the pure function looks at.
#[derive(Clone, Debug)]
pub struct Basket {
    pub lines: Vec<BasketLine>,
    pub place: Option<Place>,
    pub buyer: Buyer,
    pub person: Person,
    pub method: Option<ShippingMethodId>,
    pub currency: Currency,
    pub fees: Vec<AskedFee>,
    pub now: DateTime<Utc>,
}

impl Basket {
    pub fn has(&self, variant: VariantId) -> bool {
        self.lines.iter().any(|line| line.item.variant.id == variant)
    }
}

#[derive(Clone, Debug)]
pub struct BasketLine {
    pub item: VariantForSale,
    /// With their ancestors.
    pub categories: Vec<CategoryId>,
    pub quantity: i32,
    pub agreed: Option<Agreed>,
}

/// What it costs. Amounts are minor units of `currency`, all of them with tax (`tax_included`) or all without.
#[derive(Clone, Debug)]
pub struct Quote {
    pub currency: Currency,
    /// The basket's lines in their order, then gifts.
    pub lines: Vec<Line>,
    /// What is to be brought there.
    pub parcel: Parcel,
    /// Every way to bring it there; empty while the place is not known.
    pub offers: Vec<DeliveryOffer>,
    /// Why there is none, in words.
    pub refusal: Option<String>,
    /// The chosen way, when it is offered.
    pub delivery: Option<Delivery>,
    pub fees: Vec<Fee>,
    pub coupons: Vec<Verdict>,
    /// What little is missing for a promotion.
    pub nearly: Vec<String>,
    pub treatment: Treatment,
    pub tax_included: bool,
    /// Why the tax is what it is: one sentence.
    pub tax_reason: String,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub item: VariantForSale,
    pub quantity: i32,
    /// The unit price as the shop entered it.
    pub entered: i64,
    /// The unit price as this buyer sees it.
    pub unit_price: i64,
    /// Former unit price, struck through.
    pub compare_at: Option<i64>,
    /// Lowest unit price of the 30 days before a reduction.
    pub lowest_30: Option<i64>,
    /// Why it costs that.
    pub note: String,
    pub is_gift: bool,
    pub discounts: Vec<Discount>,
    pub taxes: Vec<Tax>,
}

impl Line {
    /// Before discounts.
    pub fn total(&self) -> i64 {
        self.unit_price * i64::from(self.quantity)
    }

    pub fn discount(&self) -> i64 {
        self.discounts.iter().map(|discount| discount.amount).sum()
    }

    pub fn after_discounts(&self) -> i64 {
        self.total() + self.discount()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    pub promotion: PromotionId,
    pub coupon: Option<CouponId>,
    pub label: String,
    /// Never above zero.
    pub amount: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tax {
    pub label: String,
    /// Percent.
    pub rate: Decimal,
    /// Net amount that was taxed.
    pub base: i64,
    pub amount: i64,
}

/// A way to bring it there, at the price that this buyer sees.
#[derive(Clone, Debug)]
pub struct DeliveryOffer {
    pub method: Method,
    pub entered: i64,
    pub tax_class: String,
    /// Before discounts.
    pub price: i64,
    pub discounts: Vec<Discount>,
    pub reason: String,
}

impl DeliveryOffer {
    pub fn discount(&self) -> i64 {
        self.discounts.iter().map(|discount| discount.amount).sum()
    }

    pub fn after_discounts(&self) -> i64 {
        self.price + self.discount()
    }
}

#[derive(Clone, Debug)]
pub struct Delivery {
    pub offer: DeliveryOffer,
    pub taxes: Vec<Tax>,
}

#[derive(Clone, Debug)]
pub struct Fee {
    pub label: String,
    pub tax_class: String,
    pub entered: i64,
    pub amount: i64,
    pub taxes: Vec<Tax>,
}

impl Quote {
    pub fn money(&self, minor: &i64) -> Money {
        Money::new(*minor, self.currency)
    }

    /// Before discounts.
    pub fn items_total(&self) -> i64 {
        self.lines.iter().map(Line::total).sum()
    }

    /// Zero or less: on lines and on delivery.
    pub fn discount_total(&self) -> i64 {
        let on_delivery = self.delivery.as_ref().map_or(0, |delivery| delivery.offer.discount());
        self.lines.iter().map(Line::discount).sum::<i64>() + on_delivery
    }

    /// Before discounts.
    pub fn delivery_total(&self) -> i64 {
        self.delivery.as_ref().map_or(0, |delivery| delivery.offer.price)
    }

    pub fn fee_total(&self) -> i64 {
        self.fees.iter().map(|fee| fee.amount).sum()
    }

    /// Every tax line there is.
    pub fn taxes(&self) -> impl Iterator<Item = &Tax> {
        let of_lines = self.lines.iter().flat_map(|line| &line.taxes);
        of_lines.chain(self.delivery.iter().flat_map(|delivery| &delivery.taxes)).chain(self.fees.iter().flat_map(|fee| &fee.taxes))
    }

    pub fn tax_total(&self) -> i64 {
        self.taxes().map(|tax| tax.amount).sum()
    }

    /// What the buyer pays.
    pub fn total(&self) -> i64 {
        let on_top = if self.tax_included { 0 } else { self.tax_total() };
        self.items_total() + self.discount_total() + self.delivery_total() + self.fee_total() + on_top
    }

    pub fn total_money(&self) -> Money {
        self.money(&self.total())
    }

    /// Tax by label, as the totals show it.
    pub fn tax_sums(&self) -> Vec<(String, Money)> {
        // Of delivery that costs nothing no tax is told.
        sums_by_label(
            self.taxes().filter(|tax| tax.base != 0 || tax.amount != 0).map(|tax| (tax.label.as_str(), tax.amount)),
            self.currency,
        )
    }

    /// Discounts on goods, by label.
    pub fn discount_sums(&self) -> Vec<(String, Money)> {
        self.sums(self.lines.iter().flat_map(|line| &line.discounts))
    }

    /// Discounts on delivery, by label.
    pub fn delivery_discount_sums(&self) -> Vec<(String, Money)> {
        self.sums(self.delivery.iter().flat_map(|delivery| &delivery.offer.discounts))
    }

    fn sums<'a>(&self, discounts: impl Iterator<Item = &'a Discount>) -> Vec<(String, Money)> {
        let given = discounts.filter(|discount| discount.amount != 0);
        sums_by_label(given.map(|discount| (discount.label.as_str(), discount.amount)), self.currency)
    }

    /// The promotions that were applied, each once.
    pub fn applied(&self) -> Vec<(PromotionId, Option<CouponId>)> {
        let on_delivery = self.delivery.iter().flat_map(|delivery| &delivery.offer.discounts);
        let mut applied: Vec<_> = self.lines.iter().flat_map(|line| &line.discounts).chain(on_delivery).map(Discount::source).collect();
        applied.sort();
        applied.dedup();
        applied
    }
}

impl Discount {
    fn source(&self) -> (PromotionId, Option<CouponId>) {
        (self.promotion, self.coupon)
    }
}

/// The sums of a quote or an order, as pages, mails and papers show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    pub items: Money,
    /// On goods, zero or less, by label.
    pub discounts: Vec<(String, Money)>,
    /// `None`: not known yet.
    pub delivery: Option<(String, Money)>,
    pub delivery_discounts: Vec<(String, Money)>,
    pub fees: Vec<(String, Money)>,
    pub taxes: Vec<(String, Money)>,
    /// Whether the amounts contain the taxes or they come on top.
    pub tax_included: bool,
    /// Why the tax is what it is.
    pub tax_reason: String,
    pub total: Money,
}

impl Totals {
    /// The rows above the total, in words: label and amount. Delivery that costs nothing is free.
    pub fn rows(&self) -> Vec<(String, String)> {
        let shown = |(label, sum): &(String, Money)| (label.clone(), sum.to_string());
        let delivery =
            self.delivery.iter().map(|(label, sum)| (label.clone(), if sum.is_zero() { "Free".to_owned() } else { sum.to_string() }));
        let goods = ("Goods".to_owned(), self.items.to_string());
        let on_top = self.taxes.iter().filter(|_| !self.tax_included);
        let before = std::iter::once(goods).chain(self.discounts.iter().map(shown)).chain(delivery);
        let before = before.chain(self.delivery_discounts.iter().map(shown));
        before.chain(self.fees.iter().map(shown)).chain(on_top.map(shown)).collect()
    }

    /// `£4.16 VAT 20% and £0.40 VAT 5%`; empty where there is none.
    pub fn taxes_in_words(&self) -> String {
        let words: Vec<_> = self.taxes.iter().map(|(label, sum)| format!("{sum} {label}")).collect();
        words.join(" and ")
    }
}

impl Quote {
    pub fn totals(&self) -> Totals {
        let delivery = self.delivery.as_ref().map(|delivery| (delivery.offer.method.name.clone(), self.money(&delivery.offer.price)));
        Totals {
            items: self.money(&self.items_total()),
            discounts: self.discount_sums(),
            delivery,
            delivery_discounts: self.delivery_discount_sums(),
            fees: self.fees.iter().map(|fee| (fee.label.clone(), self.money(&fee.amount))).collect(),
            taxes: self.tax_sums(),
            tax_included: self.tax_included,
            tax_reason: self.tax_reason.clone(),
            total: self.total_money(),
        }
    }
}

/// Adds amounts up by their label, in the order in which the labels first come.
pub fn sums_by_label<'a>(amounts: impl Iterator<Item = (&'a str, i64)>, currency: Currency) -> Vec<(String, Money)> {
    let mut sums: Vec<(String, Money)> = vec![];
    for (label, amount) in amounts {
        match sums.iter_mut().find(|(known, _)| known == label) {
            Some((_, sum)) => sum.minor += amount,
            None => sums.push((label.to_owned(), Money::new(amount, currency))),
        }
    }
    sums
}
