use crate::{
    base::{CartId, Money, VariantId},
    catalog::VariantForSale,
};

/// What changed since the line was put in, or stands in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Not sold any more.
    Gone,
    SoldOut,
    /// Fewer are left than wanted.
    OnlyLeft(i32),
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
            Self::PriceWas(was) => format!("The price has changed. It was {was} when you last looked."),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Line {
    pub item: VariantForSale,
    pub quantity: i32,
    pub unit_price: Money,
    pub total: Money,
    pub notice: Option<Notice>,
}

impl Line {
    pub fn id(&self) -> VariantId {
        self.item.variant.id
    }

    pub fn has_former_price(&self) -> bool {
        self.item.variant.compare_at.is_some()
    }
}

/// A cart as it is shown, at today's prices.
#[derive(Clone, Debug)]
pub struct CartView {
    pub id: CartId,
    pub lines: Vec<Line>,
    pub total: Money,
}

impl CartView {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether every line can be ordered as it stands.
    pub fn is_orderable(&self) -> bool {
        !self.is_empty() && !self.lines.iter().any(|line| line.notice.as_ref().is_some_and(Notice::blocks))
    }

    pub fn has_notices(&self) -> bool {
        self.lines.iter().any(|line| line.notice.is_some())
    }

    pub fn count(&self) -> i64 {
        self.lines.iter().map(|line| i64::from(line.quantity)).sum()
    }

    pub fn weight_grams(&self) -> i64 {
        self.lines.iter().map(|line| i64::from(line.quantity) * i64::from(line.item.variant.weight_grams)).sum()
    }
}
