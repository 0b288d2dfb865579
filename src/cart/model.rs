use crate::{
    base::{CartId, Currency, Money, ShippingMethodId, VariantId},
    catalog::VariantForSale,
    inventory::Item,
    promotions::Verdict,
    quote::{AskedFee, Quote, Totals},
    settings::Place,
};

/// What changed since the line was put in, or stands in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Not sold any more.
    Gone,
    SoldOut,
    /// Fewer are left than wanted.
    OnlyLeft(i32),
    /// More than one order may have.
    TooMany(i32),
    /// Without a price in the currency that the shopper chose.
    NotIn(Currency),
    /// The price was another when the shopper last looked; the line has today's.
    PriceWas(Money),
}

impl Notice {
    /// Whether the line can't be ordered as it stands.
    pub fn blocks(&self) -> bool {
        !matches!(self, Self::PriceWas(_))
    }

    pub fn is_price(&self) -> bool {
        matches!(self, Self::PriceWas(_))
    }

    /// In words, with the mend.
    pub fn text(&self) -> String {
        match self {
            Self::Gone => "This is not sold any more. Remove it to go on.".to_owned(),
            Self::SoldOut => "This has sold out since you chose it. Remove it to go on.".to_owned(),
            Self::OnlyLeft(1) => "Only 1 is left. Change the quantity to go on.".to_owned(),
            Self::OnlyLeft(left) => format!("Only {left} are left. Change the quantity to go on."),
            Self::TooMany(most) => format!("An order can have {most} of it at most. Change the quantity to go on."),
            Self::NotIn(currency) => format!("This is not sold in {}. Remove it, or choose another currency, to go on.", currency.code()),
            Self::PriceWas(was) => format!("The price has changed. It was {was} when you last looked."),
        }
    }
}

/// What was ordered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// `None`: there is no such variant any more.
    pub variant: Option<VariantId>,
    pub quantity: i32,
    pub title: String,
}

/// What is known of the buyer's wishes beyond the cart; nothing at first.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub place: Option<Place>,
    pub email: Option<String>,
    pub vat_number: String,
    pub method: Option<ShippingMethodId>,
    /// What staff charges besides.
    pub fees: Vec<AskedFee>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub item: VariantForSale,
    pub quantity: i32,
    pub unit_price: Money,
    /// Before discounts.
    pub total: Money,
    /// Former unit price, struck through.
    pub compare_at: Option<Money>,
    /// Why it costs what it costs; empty for an ordinary price.
    pub note: String,
    /// Discounts by label, each below zero.
    pub discounts: Vec<(String, Money)>,
    /// Given by a promotion: it can't be changed or removed.
    pub is_gift: bool,
    pub notice: Option<Notice>,
}

impl Line {
    pub fn id(&self) -> VariantId {
        self.item.variant.id
    }
}

/// A cart as it is shown, at today's prices.
#[derive(Clone, Debug)]
pub struct CartView {
    pub id: CartId,
    pub lines: Vec<Line>,
    pub coupons: Vec<Verdict>,
    pub quote: Quote,
}

impl CartView {
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.is_gift)
    }

    /// Whether every line can be ordered as it stands.
    pub fn is_orderable(&self) -> bool {
        !self.is_empty() && !self.lines.iter().any(|line| line.notice.as_ref().is_some_and(Notice::blocks))
    }

    pub fn has_notices(&self) -> bool {
        self.lines.iter().any(|line| line.notice.is_some())
    }

    pub fn count(&self) -> i64 {
        self.lines.iter().filter(|line| !line.is_gift).map(|line| i64::from(line.quantity)).sum()
    }

    /// The sums so far.
    pub fn totals(&self) -> Totals {
        self.quote.totals()
    }

    /// What is to be set aside for it.
    pub fn items(&self) -> Vec<Item> {
        self.quote.lines.iter().map(|line| Item { variant: line.item.variant.id, quantity: line.quantity }).collect()
    }
}
