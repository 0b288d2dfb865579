//! What must be, in plain Rust: worked out from the acts alone, never read from the shop.

use std::collections::BTreeMap;

use ironmonger::base::{CartId, CreditId, OrderId, OrderLineId, VariantId};

/// Something to sell. Prices are in pence.
#[derive(Clone, Debug)]
pub struct Article {
    pub variant: VariantId,
    pub sku: String,
    pub price: i64,
    pub on_hand: i32,
    pub allocated: i32,
}

/// A hold at the checkout.
#[derive(Clone, Debug, Default)]
pub struct Hold {
    pub units: BTreeMap<usize, i32>,
    /// Its time has not run out.
    pub is_live: bool,
}

#[derive(Clone, Debug)]
pub struct Cart {
    pub id: CartId,
    pub shopper: u64,
    /// By place in [`Model::articles`].
    pub lines: BTreeMap<usize, i32>,
    pub has_answers: bool,
    pub coupon: bool,
    pub hold: Hold,
    /// The total and what is due of it, as the review showed them.
    pub seen: Option<(i64, i64)>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub id: OrderLineId,
    pub article: usize,
    pub quantity: i32,
    pub shipped: i32,
    /// On its way back, or back.
    pub returned: i32,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: OrderId,
    pub number: String,
    pub gateway: String,
    pub total: i64,
    pub lines: Vec<Line>,
    pub is_cancelled: bool,
    /// Time to pay has run out at least once, so it may be cancelled by itself.
    pub is_late: bool,
    /// What staff gave back: asked for and not refused.
    pub given_back: i64,
}

impl Order {
    pub fn is_untouched(&self) -> bool {
        self.lines.iter().all(|line| line.shipped == 0)
    }

    pub fn has_left(&self) -> bool {
        self.lines.iter().all(|line| line.shipped == line.quantity)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    Asked,
    Approved,
    Received { worth: i64 },
    Closed,
}

#[derive(Clone, Debug)]
pub struct Return {
    pub order: OrderId,
    pub number: String,
    pub lines: Vec<(OrderLineId, usize, i32)>,
    pub back: Back,
}

#[derive(Clone, Debug)]
pub struct GiftCard {
    pub id: CreditId,
    pub code: String,
}

#[derive(Default)]
pub struct Model {
    pub articles: Vec<Article>,
    pub carts: Vec<Cart>,
    pub orders: Vec<Order>,
    pub returns: Vec<Return>,
    pub cards: Vec<GiftCard>,
    pub promotion_runs: bool,
    /// Orders since the beginning.
    pub placed: u64,
}

/// Of the coupon, which takes a tenth off.
pub const MOST_USES: i64 = 12;

impl Model {
    /// Units that this cart could have of an article now.
    pub fn free_for(&self, cart: CartId, article: usize) -> i32 {
        let held = self.carts.iter().filter(|other| other.id != cart && other.hold.is_live);
        let held: i32 = held.filter_map(|other| other.hold.units.get(&article)).sum();
        let article = &self.articles[article];
        article.on_hand - article.allocated - held
    }

    pub fn has_enough_for(&self, cart: &Cart) -> bool {
        cart.lines.iter().all(|(article, units)| *units <= self.free_for(cart.id, *article))
    }

    /// What an order of this cart costs, with the coupon's discount where it has one: a tenth of the goods, half up; and standard
    /// delivery by weight, with parcels of 100 g each unit.
    pub fn price(&self, cart: &Cart, is_discounted: bool) -> i64 {
        let goods: i64 = cart.lines.iter().map(|(article, units)| self.articles[*article].price * i64::from(*units)).sum();
        let units: i32 = cart.lines.values().sum();
        let discount = if is_discounted { (goods + 5) / 10 } else { 0 };
        goods - discount + if units <= 20 { 395 } else { 695 }
    }
}
