//! The columns of our files of stock, redirects, customers and orders.

use crate::exchange::model::Subject;

/// A column of such a file.
#[derive(Clone, Copy, Debug)]
pub struct TableColumn {
    pub name: &'static str,
    /// A file without it can't be used.
    pub required: bool,
    /// What becomes of it; `None`: it is for people to read.
    pub meaning: Option<&'static str>,
}

const fn must(name: &'static str, meaning: &'static str) -> TableColumn {
    TableColumn { name, required: true, meaning: Some(meaning) }
}

const fn may(name: &'static str, meaning: &'static str) -> TableColumn {
    TableColumn { name, required: false, meaning: Some(meaning) }
}

const fn told(name: &'static str) -> TableColumn {
    TableColumn { name, required: false, meaning: None }
}

pub const STOCK: [TableColumn; 11] = [
    must("SKU", "which variant"),
    told("Product"),
    told("Options"),
    may("Location", "where the units are; empty: wherever"),
    must("Units on hand", "units there; empty: not counted"),
    told("Belonging to orders"),
    may("Sold beyond stock", "units that may be sold beyond stock"),
    may("Pre-order", "sold before it is out"),
    may("Available from", "day from which it ships"),
    may("Low at", "when stock counts as low"),
    may("Most per order", "most for each order"),
];

pub const REDIRECTS: [TableColumn; 2] = [must("From", "the former address"), must("To", "where it leads")];

pub const CUSTOMERS: [TableColumn; 6] = [
    must("E-mail", "who it is"),
    must("Name", "name"),
    may("Group", "group of customers"),
    may("Tax exemption", "why they pay no tax"),
    may("Since", "customer since"),
    may("Agreed to offers", "when they agreed to be sent offers; only of who is new here"),
];

pub const ORDERS: [TableColumn; 37] = [
    must("Number", "number; rows with the same are one order"),
    must("Placed", "when it was placed"),
    must("E-mail", "whose it is"),
    may("Phone", "telephone"),
    may("State", "completed or cancelled"),
    may("Payment", "what became of the payment"),
    may("Fulfilment", "what became of the goods"),
    must("Currency", "currency of all amounts"),
    may("Items", "sum of the lines, to be checked"),
    may("Discount", "what was taken off"),
    may("Delivery", "price of the delivery"),
    may("Fees", "sum of the fees"),
    may("Tax", "sum of the taxes"),
    may("Tax included", "whether the amounts contain the tax"),
    must("Total", "what was to be paid, to be checked"),
    may("Tax treatment", "why tax was due, or not"),
    may("Tax reason", "what the customer read about it"),
    may("VAT number", "VAT number"),
    may("Delivery method", "how it was delivered"),
    may("Pick-up", "whether it was picked up"),
    may("Delivery address", "name|company|street|second line|town|region|postcode|country"),
    may("Billing address", "the same of the bill"),
    may("Discounts", "line|label|amount of each"),
    may("Fee lines", "label|tax class|amount of each"),
    may("Tax lines", "line|label|percent|net amount|amount of each"),
    may("Line", "order of the lines"),
    may("SKU", "SKU"),
    must("Title", "what was bought"),
    may("Options", "which of it"),
    must("Unit price", "price of one"),
    must("Quantity", "how many"),
    may("Line total", "price of the line, to be checked"),
    may("Shipped", "how many were shipped"),
    may("Weight (g)", "weight of one"),
    may("Tax class", "tax class"),
    may("Gift card", "whether it was a gift card"),
    may("Note", "why it cost what it cost"),
];

/// The columns of a subject's file; none of products, which have a file of their own kind.
pub fn columns(subject: Subject) -> &'static [TableColumn] {
    match subject {
        Subject::Products => &[],
        Subject::Stock => &STOCK,
        Subject::Redirects => &REDIRECTS,
        Subject::Customers => &CUSTOMERS,
        Subject::Orders => &ORDERS,
    }
}

/// Whether a header's name is this column's.
pub fn is_named(header: &str, column: &TableColumn) -> bool {
    header.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(column.name)
}

/// Whose table this is, if its header has all that one of them needs.
pub fn subject_of<'a>(header: impl Iterator<Item = &'a str> + Clone) -> Option<Subject> {
    [Subject::Orders, Subject::Customers, Subject::Stock, Subject::Redirects].into_iter().find(|subject| {
        let mut needed = columns(*subject).iter().filter(|column| column.required);
        needed.all(|column| header.clone().any(|name| is_named(name, column)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_known_by_the_columns_that_it_needs() {
        let of = |header: &str| subject_of(header.split(','));
        assert_eq!(of("SKU,Units on hand"), Some(Subject::Stock));
        assert_eq!(of("\u{feff}from,TO"), Some(Subject::Redirects));
        assert_eq!(of("Name,E-mail,Colour of the moon"), Some(Subject::Customers));
        assert_eq!(of("Number,Placed,E-mail,Currency,Total,Title,Unit price,Quantity"), Some(Subject::Orders));
        assert_eq!(of("SKU,Price"), None);
    }
}
