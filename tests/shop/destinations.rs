//! One cart on its way to several places: where nothing goes, whose tax is due, and what the register says of a business.

use std::sync::Arc;

use async_trait::async_trait;
use ironmonger::tax::{VatAnswer, VatCheck, VatCheckError, VatNumber};

use crate::harness::{Shop, Shopper};

const GERMAN: &str = "DE136695976";

/// A register that always says the same.
struct Register(fn() -> Result<VatAnswer, VatCheckError>);

#[async_trait]
impl VatCheck for Register {
    async fn check(&self, _: &VatNumber) -> Result<VatAnswer, VatCheckError> {
        (self.0)()
    }
}

/// A shop in Ireland that asks a register about VAT numbers.
fn asking(register: fn() -> Result<VatAnswer, VatCheckError>) -> Shop {
    let shop = Shop::asking_of_vat_numbers(Arc::new(Register(register)));
    shop.meddle("UPDATE store SET country = 'IE'; UPDATE tax_settings SET checks_online = true");
    shop
}

/// Somebody with a hammer of £24.60 before the form for the address.
fn at_the_address(shop: &Shop) -> Shopper {
    let hammer = shop.product("Claw hammer").price("24.60").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
    annie
}

fn in_bonn(vat_number: &str) -> [(&str, &str); 4] {
    [("country", "DE"), ("city", "Bonn"), ("postcode", "53111"), ("vat_number", vat_number)]
}

/// What is typed at the address, the sentence about tax, and what stands in the bill.
type Destination<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a [&'a str]);

#[test]
fn one_cart_to_four_places_has_each_place_s_tax_and_says_why() {
    let shop = Shop::open();
    shop.meddle("UPDATE store SET country = 'IE'");
    let mut annie = at_the_address(&shop);
    let los_angeles = [("country", "US"), ("city", "Beverly Hills"), ("postcode", "90210"), ("vat_number", "")];
    let with_state = [&los_angeles[..], &[("region", "US-CA")]].concat();
    let cases: [Destination<'_>; 4] = [
        (&[], "£28.55", &["Includes £4.76 VAT 20%.", "Taxed as in United Kingdom: VAT 20% and VAT 5%, within the prices."]),
        (
            &in_bonn(""),
            "£34.55",
            &["Goods £24.60", "Includes £5.52 MwSt 19%.", "Taxed as in Germany: MwSt 19% and MwSt 7%, within the prices."],
        ),
        (
            &in_bonn(GERMAN),
            "£28.09",
            &["Goods £20.00", "£8.09", "No VAT: reverse charge, your VAT number DE136695976 is noted on the invoice."],
        ),
        (
            &with_state,
            "£40.55",
            &[
                "Goods £20.00",
                "£16.95",
                "California sales tax 7.25% £2.68",
                "Los Angeles County tax 2.5% £0.92",
                "Taxed as in Los Angeles County: California sales tax 7.25% and Los Angeles County tax 2.5%, added to the prices.",
            ],
        ),
    ];
    for (place, total, words) in cases {
        annie.visits("/checkout/address");
        if place.contains(&("country", "US")) {
            // The states are asked for once the country is known.
            annie.gives_address(&los_angeles);
        }
        annie.gives_address(place);
        annie.chooses_delivery();
        assert_eq!(annie.page().url.path(), "/checkout/review", "{}", annie.page().text());
        annie.page().must_say(&format!("Total {total}")).must_say(&format!("Go on to pay {total}"));
        for word in words {
            annie.page().must_say(word);
        }
    }
}

#[test]
fn who_gives_an_address_to_which_nothing_goes_stays_there_and_reads_why_beside_the_country() {
    let shop = Shop::open();
    shop.meddle("DELETE FROM shipping_zones WHERE rest_of_world");
    let mut annie = at_the_address(&shop);
    annie.gives_address(&[("country", "NZ"), ("city", "Wellington"), ("postcode", "6011")]);
    assert_eq!((annie.page().status, annie.page().url.path()), (422, "/checkout/address"));
    let said = annie.page().text_of("#country-error");
    assert_eq!(said, "We don't deliver to New Zealand. Choose another address, or ask us for an offer");
    assert_eq!(annie.page().attribute("#country option[selected]", "value").as_deref(), Some("NZ"));
    for (field, typed) in [("line1", "3 Corve Street"), ("city", "Wellington"), ("postcode", "6011"), ("email", "annie@example.com")] {
        assert_eq!(annie.page().attribute(&format!("#{field}"), "value").as_deref(), Some(typed), "what was typed is kept");
    }
    assert_eq!(shop.count("SELECT count(*) FROM checkouts"), 0);
    annie.gives_address(&[]);
    assert_eq!(annie.page().url.path(), "/checkout/delivery");
}

#[test]
fn a_number_that_the_register_does_not_know_is_refused_beside_its_field() {
    let shop = asking(|| Ok(VatAnswer::Invalid));
    let mut annie = at_the_address(&shop);
    annie.gives_address(&in_bonn(GERMAN));
    assert_eq!((annie.page().status, annie.page().url.path()), (422, "/checkout/address"));
    assert_eq!(
        annie.page().text_of("#vat_number-error"),
        "The register knows no business with this VAT number. Check it, or leave it empty"
    );
    assert_eq!(annie.page().attribute("#vat_number", "value").as_deref(), Some(GERMAN));
    annie.gives_address(&in_bonn(""));
    annie.chooses_delivery();
    annie.page().must_say("Taxed as in Germany");
}

/// What stands in the order's history of a business that buys while the register answers so.
fn noted(register: fn() -> Result<VatAnswer, VatCheckError>) -> String {
    let shop = asking(register);
    let mut annie = at_the_address(&shop);
    annie.gives_address(&in_bonn("de 136 695 976"));
    annie.chooses_delivery();
    annie.page().must_say("No VAT: reverse charge").must_say(GERMAN);
    annie.checks_the_order();
    annie.orders_by("manual");
    let number = annie.order_number();
    assert_eq!(shop.first("SELECT vat_number || ' ' || tax_treatment || ' ' || total FROM orders"), "DE136695976 reverse_charge 2809");
    let noted = shop.first("SELECT detail FROM order_events WHERE kind = 'vat_number'");
    let path = shop.first("SELECT '/orders/' || number || '?token=' || token FROM orders");
    assert!(!annie.visits(&path).says(&noted), "staff's business");
    shop.owner().opens_order(&number).must_say(&noted);
    noted
}

#[test]
fn what_the_register_said_of_a_business_is_noted_in_its_order() {
    let known = noted(|| Ok(VatAnswer::Valid { name: "Eisenwaren Bonn".to_owned() }));
    assert_eq!(known, "DE136695976 is in the register");
}

#[test]
fn a_register_that_is_down_turns_no_business_away_and_the_order_says_so() {
    let unasked = noted(|| Err(VatCheckError::Unavailable("it is Sunday".to_owned())));
    assert_eq!(unasked, "DE136695976 has the right form; the register was not asked, or did not answer");
}

#[test]
fn nobody_is_asked_while_the_setting_is_off() {
    let shop = asking(|| Ok(VatAnswer::Invalid));
    shop.meddle("UPDATE tax_settings SET checks_online = false");
    let mut annie = at_the_address(&shop);
    annie.gives_address(&in_bonn(GERMAN));
    annie.chooses_delivery();
    annie.page().must_say("No VAT: reverse charge");
}
