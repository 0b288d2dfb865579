//! The three axes of an order, how it came about, and how each is called.

use crate::base::text_enum;

text_enum! {
    pub enum Lifecycle {
        Placed = "placed",
        Cancelled = "cancelled",
        /// Paid and shipped: nothing left to do.
        Completed = "completed",
    }
}

text_enum! {
    pub enum Fulfilment {
        Unfulfilled = "unfulfilled",
        Partial = "partial",
        Shipped = "shipped",
        Delivered = "delivered",
        Returned = "returned",
    }
}

text_enum! {
    /// How an order came about.
    pub enum Source {
        Shop = "shop",
        /// Put together by staff, for instance on the telephone.
        Staff = "staff",
        /// In place of something that came back.
        Exchange = "exchange",
        /// A record of another shop: nothing is shipped, charged or given back by it.
        Import = "import",
    }
}

text_enum! {
    /// A tab of the back office's list.
    pub enum Tab {
        All = "all",
        /// Paid, or to be paid on delivery, and not (wholly) shipped.
        ToShip = "to-ship",
        Unpaid = "unpaid",
        Completed = "completed",
        Cancelled = "cancelled",
    }
}

impl Tab {
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::ToShip => "To ship",
            Self::Unpaid => "Payment due",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl Lifecycle {
    pub fn label(self) -> &'static str {
        match self {
            Self::Placed => "Placed",
            Self::Cancelled => "Cancelled",
            Self::Completed => "Completed",
        }
    }
}

impl Fulfilment {
    pub fn label(self) -> &'static str {
        match self {
            Self::Unfulfilled => "Not shipped",
            Self::Partial => "Partly shipped",
            Self::Shipped => "Shipped",
            Self::Delivered => "Delivered",
            Self::Returned => "Returned",
        }
    }

    pub fn tone(self) -> &'static str {
        match self {
            Self::Shipped | Self::Delivered => "good",
            Self::Unfulfilled | Self::Partial => "warn",
            Self::Returned => "",
        }
    }
}
