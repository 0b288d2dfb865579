use chrono::NaiveDate;
use diesel::{deserialize::FromSqlRow, expression::AsExpression, sql_types::Jsonb};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use crate::{
    base::{Currency, Money},
    settings::Address,
};

/// What an invoice or a credit note says, but for its own number and date.
///
/// It holds what Article 226 of Council Directive 2006/112/EC asks of an invoice, and regulation 14 of the UK's VAT Regulations
/// 1995, which asks for the same: who sold what to whom and when, with the taxable amount and the tax for each rate, and the words
/// that explain why there is none. Amounts are minor units of `currency`. Those of lines, delivery and fees are in one basis:
/// with the tax within, or without it where `includes_tax` is false.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub struct Paper {
    pub seller: Seller,
    pub buyer: Buyer,
    /// `None`: nothing is sent, or it goes to the buyer's own address.
    pub delivery_address: Option<Address>,
    pub order_number: String,
    pub ordered_on: NaiveDate,
    /// When the goods were handed over or the money came first (Article 226, 7); `None`: on the day of issue.
    pub supplied_on: Option<NaiveDate>,
    #[serde(with = "by_code")]
    pub currency: Currency,
    pub includes_tax: bool,
    pub lines: Vec<PaperLine>,
    pub delivery: Option<Charge>,
    pub fees: Vec<Charge>,
    /// What the order says it comes to, tax included. Checked against the lines when it is issued.
    pub total: i64,
    /// What has been paid by then, gift cards among it.
    pub payments: Vec<Payment>,
    /// Why there is no tax, in the words that the law asks for, such as `Reverse charge: Article 196 of Council Directive
    /// 2006/112/EC` (Article 226, 11 and 11a); the reason of a credit note.
    pub notes: Vec<String>,
    /// When and how to pay; empty where nothing is due.
    pub terms: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// The name by which the shop is known, in the letterhead.
    pub shop: String,
    /// With the full name of who sells (Article 226, 5).
    pub address: Address,
    pub email: String,
    pub phone: String,
    /// Empty: not registered for VAT (Article 226, 3).
    pub vat_number: String,
    /// Such as the number in the companies' register.
    pub registration: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    pub address: Address,
    pub email: String,
    /// Needed where the buyer is liable for the tax (Article 226, 4); empty: none.
    pub vat_number: String,
    /// The buyer's own mark for it, e.g. a purchase order's number; empty: none.
    pub reference: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaperLine {
    pub title: String,
    pub options: String,
    pub sku: String,
    pub quantity: i32,
    pub unit_price: i64,
    /// Of the whole line, none above zero.
    pub discounts: Vec<Reduction>,
    /// After discounts.
    pub total: i64,
    pub taxes: Vec<LineTax>,
}

/// Delivery or a fee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Charge {
    pub label: String,
    /// Before its discounts.
    pub price: i64,
    pub discounts: Vec<Reduction>,
    /// After them.
    pub total: i64,
    pub taxes: Vec<LineTax>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    pub label: String,
    /// Zero or less.
    pub amount: i64,
}

/// A tax on a line. A rate of zero is said too: exempt, exported and reverse-charged are three different facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTax {
    pub label: String,
    /// Per cent.
    pub rate: Decimal,
    pub amount: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub label: String,
    pub amount: i64,
    pub on: NaiveDate,
}

/// Of one rate: what is taxed and the tax (Article 226, 8 to 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxSum {
    pub label: String,
    pub rate: Decimal,
    pub base: i64,
    pub tax: i64,
}

impl TaxSum {
    pub fn percent(&self) -> String {
        percent(self.rate)
    }
}

impl Paper {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    pub fn items_total(&self) -> i64 {
        self.lines.iter().map(|line| line.total).sum()
    }

    pub fn fees_total(&self) -> i64 {
        self.fees.iter().map(|fee| fee.total).sum()
    }

    pub fn tax_total(&self) -> i64 {
        self.taxed().flat_map(|(_, taxes)| taxes).map(|tax| tax.amount).sum()
    }

    pub fn delivery_total(&self) -> i64 {
        self.delivery.as_ref().map_or(0, |delivery| delivery.total)
    }

    /// What the parts come to; equal to `total` on every paper that is issued.
    pub fn sum(&self) -> i64 {
        let on_top = if self.includes_tax { 0 } else { self.tax_total() };
        self.items_total() + self.delivery_total() + self.fees_total() + on_top
    }

    /// All without the tax.
    pub fn net_total(&self) -> i64 {
        self.total - self.tax_total()
    }

    pub fn paid(&self) -> i64 {
        self.payments.iter().map(|payment| payment.amount).sum()
    }

    pub fn due(&self) -> i64 {
        (self.total - self.paid()).max(0)
    }

    /// Each rate with its taxable amount and its tax, in the order in which they first stand on the paper.
    pub fn tax_sums(&self) -> Vec<TaxSum> {
        let mut sums: Vec<TaxSum> = vec![];
        for (amount, taxes) in self.taxed() {
            let base = self.net(amount, taxes);
            for tax in taxes {
                match sums.iter_mut().find(|sum| sum.label == tax.label && sum.rate == tax.rate) {
                    Some(sum) => (sum.base, sum.tax) = (sum.base + base, sum.tax + tax.amount),
                    None => sums.push(TaxSum { label: tax.label.clone(), rate: tax.rate, base, tax: tax.amount }),
                }
            }
        }
        sums
    }

    /// What bears no tax at all, not even at a rate of zero.
    pub fn untaxed(&self) -> i64 {
        self.taxed().filter(|(_, taxes)| taxes.is_empty()).map(|(amount, _)| amount).sum()
    }

    /// Everything that can bear tax: its amount and its taxes.
    fn taxed(&self) -> impl Iterator<Item = (i64, &[LineTax])> {
        let lines = self.lines.iter().map(|line| (line.total, line.taxes.as_slice()));
        let charges = self.delivery.iter().chain(&self.fees).map(|charge| (charge.total, charge.taxes.as_slice()));
        lines.chain(charges)
    }

    /// An amount of this paper without its tax.
    pub fn net(&self, amount: i64, taxes: &[LineTax]) -> i64 {
        let within: i64 = if self.includes_tax { taxes.iter().map(|tax| tax.amount).sum() } else { 0 };
        amount - within
    }

    /// The unit price without tax and before discounts (Article 226, 8), where the paper's prices are with tax.
    pub fn net_unit_price(&self, line: &PaperLine) -> Option<i64> {
        let rate: Decimal = line.taxes.iter().map(|tax| tax.rate).sum();
        if !self.includes_tax || rate.is_zero() {
            return None;
        }
        let net = Decimal::from(line.unit_price) * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + rate);
        net.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()
    }

    /// The name and the company, for lists.
    pub fn buyer_name(&self) -> String {
        let Address { name, company, .. } = &self.buyer.address;
        if company.is_empty() { name.clone() } else { format!("{name}, {company}") }
    }
}

impl Seller {
    /// What stands below the shop's name in the letterhead.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.address.lines();
        if lines.first() == Some(&self.shop) {
            lines.remove(0);
        }
        let vat = if self.vat_number.is_empty() { String::new() } else { format!("VAT number {}", self.vat_number) };
        lines.extend([self.registration.clone(), vat, self.email.clone(), self.phone.clone()]);
        lines.retain(|line| !line.is_empty());
        lines
    }
}

impl PaperLine {
    /// What was chosen and the SKU, in one line below the title; empty: neither.
    pub fn about(&self) -> String {
        let sku = if self.sku.is_empty() { String::new() } else { format!("SKU {}", self.sku) };
        [self.options.clone(), sku].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// `20%`, or `6.25% + 1%`.
    pub fn rates(&self) -> String {
        rates(&self.taxes)
    }
}

impl Charge {
    pub fn rates(&self) -> String {
        rates(&self.taxes)
    }
}

fn rates(taxes: &[LineTax]) -> String {
    if taxes.is_empty() {
        return "–".to_owned();
    }
    taxes.iter().map(|tax| percent(tax.rate)).collect::<Vec<_>>().join(" + ")
}

pub(super) fn percent(rate: Decimal) -> String {
    format!("{}%", rate.normalize())
}

/// `21 November 2026`, which no reader takes for another day.
pub(in crate::invoices) fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// A currency as its code.
mod by_code {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::base::Currency;

    pub fn serialize<S: Serializer>(currency: &Currency, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(currency.code())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
        Currency::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
