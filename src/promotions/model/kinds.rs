//! Kinds that are stored as text.

use crate::base::text_enum;

text_enum! {
    /// What a promotion does.
    pub enum ActionKind {
        OrderPercent = "order_percent",
        OrderAmount = "order_amount",
        GoodsPercent = "goods_percent",
        GoodsAmount = "goods_amount",
        CheapestFree = "cheapest_free",
        BuyGet = "buy_get",
        Delivery = "delivery",
        Gift = "gift",
    }
}

text_enum! {
    /// What must hold for it.
    pub enum ConditionKind {
        TotalFrom = "total_from",
        TotalUpTo = "total_up_to",
        QuantityFrom = "quantity_from",
        Group = "group",
        FirstOrder = "first_order",
        OrderExactly = "order_exactly",
        OrderFrom = "order_from",
        OrdersMoreThan = "orders_more_than",
        Destination = "destination",
    }
}

impl ActionKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::OrderPercent => "Percent off the order",
            Self::OrderAmount => "An amount off the order",
            Self::GoodsPercent => "Percent off some goods",
            Self::GoodsAmount => "An amount off each of some goods",
            Self::CheapestFree => "The cheapest of several is free",
            Self::BuyGet => "Buy some, get others for less",
            Self::Delivery => "Free or cheaper delivery",
            Self::Gift => "A gift",
        }
    }

    pub fn hint(self) -> &'static str {
        match self {
            Self::OrderPercent => "10% off everything in the cart.",
            Self::OrderAmount => "£5 off, spread over everything in the cart.",
            Self::GoodsPercent => "15% off hand tools.",
            Self::GoodsAmount => "£2 off each hammer.",
            Self::CheapestFree => "Three for two: of each three, the cheapest costs nothing.",
            Self::BuyGet => "Buy two padlocks, get a third at half price.",
            Self::Delivery => "Free delivery, or half of it, or up to an amount.",
            Self::Gift => "A pencil with every order.",
        }
    }

    pub fn has_percent(self) -> bool {
        matches!(self, Self::OrderPercent | Self::GoodsPercent | Self::BuyGet | Self::Delivery)
    }

    pub fn has_amount(self) -> bool {
        matches!(self, Self::OrderAmount | Self::GoodsAmount)
    }

    pub fn has_most(self) -> bool {
        !matches!(self, Self::OrderAmount | Self::Gift)
    }

    /// It is about some goods rather than the order.
    pub fn has_goods(self) -> bool {
        matches!(self, Self::GoodsPercent | Self::GoodsAmount | Self::CheapestFree | Self::BuyGet)
    }

    pub fn has_groups(self) -> bool {
        matches!(self, Self::CheapestFree | Self::BuyGet)
    }
}

impl ConditionKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::TotalFrom => "There are goods for an amount or more",
            Self::TotalUpTo => "There are goods for an amount at most",
            Self::QuantityFrom => "There are so many units of some goods",
            Self::Group => "The customer belongs to a group",
            Self::FirstOrder => "It is the customer’s first order",
            Self::OrderExactly => "It is exactly the customer’s n-th order",
            Self::OrderFrom => "It is the customer’s n-th order or a later one",
            Self::OrdersMoreThan => "The customer has more than so many orders already",
            Self::Destination => "It is delivered to some countries",
        }
    }

    pub fn has_amount(self) -> bool {
        matches!(self, Self::TotalFrom | Self::TotalUpTo)
    }

    pub fn has_number(self) -> bool {
        matches!(self, Self::QuantityFrom | Self::OrderExactly | Self::OrderFrom | Self::OrdersMoreThan)
    }

    pub fn has_goods(self) -> bool {
        matches!(self, Self::TotalFrom | Self::TotalUpTo | Self::QuantityFrom)
    }
}

text_enum! {
    /// How a promotion stands, for staff.
    pub enum Standing {
        Running = "running",
        Off = "off",
        /// Active, and begins later.
        Planned = "planned",
        Ended = "ended",
        UsedUp = "used_up",
    }
}

impl Standing {
    pub fn label(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Off => "Off",
            Self::Planned => "Begins later",
            Self::Ended => "Ended",
            Self::UsedUp => "Used up",
        }
    }

    /// How a badge shows it: `good`, `warn` or nothing.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Running => "good",
            Self::Planned => "warn",
            Self::Off | Self::Ended | Self::UsedUp => "",
        }
    }
}

text_enum! {
    /// What a promotion's target is named for.
    pub enum Purpose {
        /// It is discounted.
        Goods = "goods",
        /// It must be bought, so that something else is discounted.
        Bought = "bought",
        /// A condition names it.
        Condition = "condition",
    }
}
