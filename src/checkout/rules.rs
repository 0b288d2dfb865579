use super::model::{Checkout, Quote, Step};
use crate::{
    base::Money,
    cart::{CartView, Line},
    orders::{NewLine, NewOrder, NewTaxLine},
    shipping::Offer,
    tax::{Rates, tax_within},
};

/// The tax class of delivery.
const DELIVERY_CLASS: &str = "standard";

/// What the cart costs, delivered there. No clock and no database: the same cart gives the same quote.
pub fn quote(cart: CartView, offer: Offer, rates: &Rates) -> Quote {
    let line_taxes = cart.lines.iter().map(|line| tax_line(rates, &line.item.variant.tax_class, line.total.minor)).collect();
    let delivery_tax = tax_line(rates, DELIVERY_CLASS, offer.price);
    let currency = cart.total.currency;
    let (items_total, delivery_total) = (cart.total, Money::new(offer.price, currency));
    let total = Money::new(items_total.minor + delivery_total.minor, currency);
    Quote { cart, offer, line_taxes, delivery_tax, items_total, delivery_total, total }
}

fn tax_line(rates: &Rates, class: &str, gross: i64) -> Option<NewTaxLine> {
    let rate = rates.of_class(class)?;
    Some(NewTaxLine { label: rate.label.clone(), rate: rate.rate, amount: tax_within(gross, rate.rate) })
}

/// The order that this quote becomes.
pub fn order_of(
    quote: Quote,
    checkout: Checkout,
    account: Option<crate::base::AccountId>,
    gateway: &str,
    pay_within: Option<i32>,
) -> NewOrder {
    let lines = quote.cart.lines.iter().zip(quote.line_taxes).map(|(line, tax)| order_line(line, tax)).collect();
    NewOrder {
        cart: quote.cart.id,
        account,
        email: checkout.email,
        phone: checkout.phone,
        currency: quote.total.currency,
        lines,
        delivery_method: quote.offer.method.name,
        delivery_total: quote.delivery_total.minor,
        delivery_tax: quote.delivery_tax,
        delivery_address: checkout.delivery_address,
        billing_address: checkout.billing_address,
        gateway: gateway.to_owned(),
        pay_within_minutes: pay_within,
    }
}

fn order_line(line: &Line, tax: Option<NewTaxLine>) -> NewLine {
    let variant = &line.item.variant;
    NewLine {
        variant: variant.id,
        title: line.item.title.clone(),
        options: variant.label(),
        sku: variant.sku.clone(),
        image: line.item.picture.as_ref().map(|picture| picture.media.content_hash.clone()),
        unit_price: line.unit_price.minor,
        quantity: line.quantity,
        weight_grams: variant.weight_grams,
        tax,
    }
}

/// The first step whose answers are missing; the last one when none is.
pub fn first_open(checkout: Option<&Checkout>) -> Step {
    match checkout {
        None => Step::Address,
        Some(checkout) if checkout.shipping_method.is_none() => Step::Delivery,
        Some(_) => Step::Payment,
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::{
        base::{CartId, Currency, ProductId, ShippingMethodId, TextList, VariantId},
        catalog::{Variant, VariantForSale},
        settings::Address,
        shipping::Method,
        tax::TaxRate,
    };

    fn gbp(minor: i64) -> Money {
        Money::new(minor, Currency::parse("GBP").unwrap())
    }

    fn line(id: i64, price: i64, quantity: i32) -> Line {
        let variant = Variant {
            id: VariantId(id),
            product_id: ProductId(id),
            position: 1,
            sku: format!("HP-{id}"),
            option_values: TextList::default(),
            price,
            compare_at: None,
            weight_grams: 500,
            barcode: String::new(),
            tax_class: "standard".into(),
            archived_at: None,
        };
        let item = VariantForSale { variant, slug: "x".into(), title: "Hammer".into(), is_sold: true, is_gift_card: false, picture: None };
        Line { item, quantity, unit_price: gbp(price), total: gbp(price * i64::from(quantity)), notice: None }
    }

    fn example() -> Quote {
        let lines = vec![line(1, 2495, 1), line(2, 333, 3)];
        let total = gbp(lines.iter().map(|line| line.total.minor).sum());
        let cart = CartView { id: CartId::new(), lines, total };
        let method = Method { id: ShippingMethodId(1), name: "Standard".into(), description: String::new() };
        let rate = TaxRate {
            tax_class: "standard".into(),
            country: "GB".into(),
            region: String::new(),
            label: "VAT 20%".into(),
            rate: Decimal::from(20),
        };
        quote(cart, Offer { method, price: 395 }, &Rates(vec![rate]))
    }

    #[test]
    fn parts_add_up_to_the_total_and_taxes_are_rounded_once_a_line() {
        let quote = example();
        assert_eq!((quote.items_total.minor, quote.delivery_total.minor, quote.total.minor), (3494, 395, 3889));
        let taxes: Vec<_> = quote.line_taxes.iter().flatten().map(|tax| tax.amount).collect();
        assert_eq!(taxes, [416, 167]);
        assert_eq!(quote.tax_sums(), [("VAT 20%".to_owned(), gbp(416 + 167 + 66))]);
    }

    #[test]
    fn an_order_s_sums_are_those_of_its_quote() {
        let quote = example();
        let checkout = Checkout {
            cart: quote.cart.id,
            email: "ann@example.com".into(),
            phone: String::new(),
            delivery_address: Address::default(),
            billing_address: None,
            shipping_method: Some(ShippingMethodId(1)),
            wants_reminder: false,
        };
        let (total, taxes) = (quote.total.minor, quote.tax_sums()[0].1.minor);
        let order = order_of(quote, checkout, None, "sandbox", Some(60));
        assert_eq!((order.total(), order.tax_total()), (total, taxes));
    }
}
