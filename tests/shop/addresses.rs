//! The address book, what a customer says of themselves, and what the checkout makes of both.

use crate::harness::{Shop, Shopper, UNTICKED, at_once};

const FIELDS: [(&str, &str); 5] =
    [("name", "Annie Preece"), ("line1", "3 Corve Street"), ("city", "Ludlow"), ("postcode", "SY8 1AE"), ("country", "GB")];

fn customer(shop: &Shop, email: &str) -> Shopper {
    let mut shopper = shop.shopper();
    shopper.email = email.into();
    shopper.signs_up();
    shopper
}

fn keeps(shopper: &mut Shopper, line1: &str, also: &[(&str, &str)]) {
    shopper.visits("/account/addresses/new");
    let fields: Vec<_> =
        FIELDS.into_iter().filter(|(name, _)| *name != "line1").chain([("line1", line1)]).chain(also.iter().copied()).collect();
    shopper.browser.submit("Save the address", &fields).must_say("The address is saved");
}

fn ids(shop: &Shop) -> Vec<String> {
    shop.first("SELECT string_agg(id::text, ' ' ORDER BY id) FROM addresses").split(' ').map(str::to_owned).collect()
}

/// Begins an order, up to the address step.
fn at_the_address(shop: &Shop, annie: &mut Shopper) {
    let hammer = shop.product("Claw hammer").put_up();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
}

#[test]
fn somebody_keeps_several_addresses_and_says_which_are_offered_first() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    annie.visits("/account/addresses").must_say("You keep no addresses here yet");
    keeps(&mut annie, "3 Corve Street", &[("phone", "01584 550142")]);
    keeps(&mut annie, "9 Broad Street", &[]);
    let page = annie.visits("/account/addresses");
    page.must_say("3 Corve Street").must_say("01584 550142").must_say("9 Broad Street");
    assert_eq!(page.texts_of(".badge"), ["First for deliveries", "First for bills"], "the first of all is");
    annie.browser.submit("Offer first for deliveries : Annie Preece, 9 Broad Street", &[]);
    let page = annie.visits("/account/addresses");
    assert!(page.texts_of(".panel")[0].starts_with("First for deliveries Annie Preece 9 Broad Street"), "{:?}", page.texts_of(".panel"));
    assert_eq!(shop.count("SELECT count(*) FROM addresses WHERE delivery_default"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM addresses WHERE billing_default AND address ->> 'line1' = '3 Corve Street'"), 1);
}

#[test]
fn an_address_is_changed_and_deleted_after_a_question() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    keeps(&mut annie, "3 Corve Street", &[]);
    annie.visits("/account/addresses");
    annie.browser.follow("Change");
    assert_eq!(annie.page().attribute("#line1", "value").as_deref(), Some("3 Corve Street"));
    annie.browser.submit("Save the address", &[("line1", "4 Corve Street"), ("delivery_default", UNTICKED)]).must_say("4 Corve Street");
    assert_eq!(annie.page().texts_of(".badge"), ["First for bills"]);
    annie.browser.follow("Delete");
    annie.page().must_say("can’t be undone");
    annie.browser.submit("Delete the address", &[]).must_say("You keep no addresses here yet");
}

#[test]
fn a_wrong_address_comes_back_with_what_was_typed() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    annie.visits("/account/addresses/new");
    let wrong = [("line1", "3 Corve Street"), ("city", ""), ("postcode", "nowhere"), ("phone", "call me")];
    let page = annie.browser.submit("Save the address", &wrong);
    assert_eq!(page.status, 422);
    page.must_say("Enter the town or city").must_say("Enter a telephone number");
    assert_eq!(page.attribute("#line1", "value").as_deref(), Some("3 Corve Street"));
    assert_eq!(shop.count("SELECT count(*) FROM addresses"), 0);
    annie.browser.submit("Use this country", &[("country", "US")]).must_say("State or province");
}

#[test]
fn the_checkout_offers_the_book_and_goes_to_what_is_chosen() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    keeps(&mut annie, "3 Corve Street", &[("phone", "01584 550142")]);
    keeps(&mut annie, "9 Broad Street", &[]);
    at_the_address(&shop, &mut annie);
    let first = annie.page().attribute("input[name=saved][checked]", "value").expect("one is chosen");
    assert_eq!(first, ids(&shop)[0]);
    annie.browser.submit("Go on to delivery", &[]).must_say("Delivery");
    assert_eq!(shop.first("SELECT delivery_address ->> 'line1' FROM checkouts"), "3 Corve Street");
    assert_eq!(shop.first("SELECT phone FROM checkouts"), "01584 550142");
    annie.visits("/checkout/address");
    annie.browser.submit("Go on to delivery", &[("saved", &ids(&shop)[1])]);
    assert_eq!(shop.first("SELECT delivery_address ->> 'line1' FROM checkouts"), "9 Broad Street");
    annie.visits("/checkout/address");
    assert_eq!(annie.page().attribute("input[name=saved][checked]", "value").as_deref(), Some(ids(&shop)[1].as_str()));
    assert_eq!(annie.page().attribute("#line1", "value").as_deref(), Some(""), "the fields are for another");
}

#[test]
fn another_address_is_typed_below_the_book_and_kept_when_that_is_wished_and_once() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    keeps(&mut annie, "3 Corve Street", &[]);
    at_the_address(&shop, &mut annie);
    let page = annie.gives_address(&[("saved", "new"), ("line1", "")]);
    assert_eq!((page.status, page.attribute("input[name=saved][checked]", "value").as_deref()), (422, Some("new")));
    annie.gives_address(&[("saved", "new"), ("line1", "1 Mill Lane")]);
    assert_eq!(shop.count("SELECT count(*) FROM addresses"), 1, "nobody wished it");
    for _ in 0..2 {
        annie.visits("/checkout/address");
        annie.gives_address(&[("saved", "new"), ("line1", "1 Mill Lane"), ("keep", "on")]);
    }
    assert_eq!(shop.count("SELECT count(*) FROM addresses WHERE address ->> 'line1' = '1 Mill Lane' AND NOT delivery_default"), 1);
    assert_eq!(shop.first("SELECT delivery_address ->> 'line1' FROM checkouts"), "1 Mill Lane");
}

#[test]
fn the_bill_goes_to_an_address_of_the_book_or_to_another() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    keeps(&mut annie, "3 Corve Street", &[]);
    keeps(&mut annie, "9 Broad Street", &[("billing_default", "on")]);
    at_the_address(&shop, &mut annie);
    annie.browser.submit("Go on to delivery", &[("bill_elsewhere", "on")]).must_say("Where does the bill go?");
    annie.browser.submit("Go on to delivery", &[]);
    assert_eq!(shop.first("SELECT billing_address ->> 'line1' FROM checkouts"), "9 Broad Street");
    annie.visits("/checkout/billing");
    let typed: Vec<_> = FIELDS
        .into_iter()
        .filter(|(name, _)| *name != "line1")
        .chain([("line1", "1 Mill Lane"), ("saved", "new"), ("keep", "on")])
        .collect();
    annie.browser.submit("Go on to delivery", &typed);
    assert_eq!(shop.first("SELECT billing_address ->> 'line1' FROM checkouts"), "1 Mill Lane");
    assert_eq!(shop.count("SELECT count(*) FROM addresses"), 3);
}

#[test]
fn a_guest_and_a_customer_without_a_book_type_their_address_as_before() {
    let shop = Shop::open();
    let mut guest = shop.shopper();
    at_the_address(&shop, &mut guest);
    assert!(!guest.page().has("input[name=saved]") && !guest.page().has("input[name=keep]"));
    guest.gives_address(&[]);
    let mut bob = customer(&shop, "bob@example.com");
    bob.adds_to_cart("/products/claw-hammer", 1);
    bob.goes_to_checkout();
    assert!(!bob.page().has("input[name=saved]") && bob.page().has("input[name=keep]:not([checked])"));
    assert_eq!(bob.page().attribute("#name", "value").as_deref(), Some("Annie Preece"));
}

#[test]
fn another_s_address_can_be_neither_seen_changed_deleted_nor_sent_to() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    keeps(&mut annie, "3 Corve Street", &[]);
    let id = ids(&shop).remove(0);
    let mut mallory = customer(&shop, "mallory@example.com");
    keeps(&mut mallory, "6 Castle Street", &[]);
    for page in ["edit", "deletion"] {
        assert_eq!(mallory.visits(&format!("/account/addresses/{id}/{page}")).status, 404, "{page}");
    }
    let token = mallory.visits("/account/addresses").attribute("input[name=csrf]", "value").unwrap();
    let fields: Vec<_> = FIELDS.into_iter().chain([("csrf", token.as_str())]).collect();
    assert_eq!(mallory.browser.forge(&format!("/account/addresses/{id}/edit"), &fields).status, 404);
    assert_eq!(mallory.browser.forge(&format!("/account/addresses/{id}/default/delivery"), &fields).status, 404);
    assert_eq!(mallory.browser.forge(&format!("/account/addresses/{}/default/elsewhere", ids(&shop)[1]), &fields).status, 404);
    mallory.browser.forge(&format!("/account/addresses/{id}/deletion"), &fields);
    assert_eq!(shop.count("SELECT count(*) FROM addresses WHERE address ->> 'line1' = '3 Corve Street'"), 1);
    at_the_address(&shop, &mut mallory);
    let page = mallory.browser.submit("Go on to delivery", &[("saved", &id)]);
    assert_eq!(page.status, 422, "an address that is not in the book counts for none");
    assert!(!page.says("3 Corve Street"));
}

#[test]
fn nobody_sees_an_address_book_without_signing_in() {
    let shop = Shop::open();
    for path in ["/account/addresses", "/account/addresses/new", "/account/addresses/1/edit", "/account/details"] {
        let mut guest = shop.browser();
        guest.get(path);
        assert_eq!(guest.page().url.path(), "/sign-in", "{path}");
    }
}

#[test]
fn there_is_one_default_address_whatever_runs_at_once() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    for at in 1..=6 {
        keeps(&mut annie, &format!("{at} Corve Street"), &[]);
    }
    annie.visits("/account/addresses");
    for _ in 0..3 {
        let each = |at: usize| annie.browser.prepare(&format!("Offer first for deliveries : Annie Preece, {at} Corve Street"), &[]);
        let pages = at_once((2..=6).map(each).collect());
        assert!(pages.iter().all(|page| page.status == 200), "{:?}", pages.iter().map(|page| page.status).collect::<Vec<_>>());
        assert_eq!(shop.count("SELECT count(*) FROM addresses WHERE delivery_default"), 1);
    }
}

#[test]
fn a_book_is_full_at_fifty_whatever_runs_at_once() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    keeps(&mut annie, "1 Corve Street", &[]);
    shop.meddle("INSERT INTO addresses (account_id, address) SELECT account_id, address FROM addresses, generate_series(2, 47)");
    annie.visits("/account/addresses/new");
    let each =
        |at: usize| annie.browser.prepare("Save the address", &[&FIELDS[..], &[("company", ["A", "B", "C", "D", "E", "F"][at])]].concat());
    let pages = at_once((0..6).map(each).collect());
    assert_eq!(shop.count("SELECT count(*) FROM addresses"), 50);
    let refused: Vec<_> = pages.iter().filter(|page| page.status == 422).collect();
    assert_eq!(refused.len(), 3);
    refused[0].must_say("Delete one first");
    assert!(!annie.visits("/account/addresses").says("New address"));
}

#[test]
fn markup_in_an_address_and_a_name_is_shown_as_text() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    keeps(&mut annie, "<script>alert(1)</script>", &[]);
    annie.visits("/account/details");
    annie.browser.submit("Save your details", &[("name", "<b>Annie</b> \"Preece\"")]);
    for path in ["/account/addresses", "/account/details", "/account", "/"] {
        let page = annie.visits(path);
        assert!(!page.body.contains("<script>") && !page.body.contains("<b>Annie"), "{path}");
    }
    annie.visits("/account/addresses").must_say("<script>alert(1)</script>");
    annie.page().must_say("<b>Annie</b> \"Preece\"");
}

#[test]
fn a_customer_changes_name_and_telephone_and_the_checkout_knows_both() {
    let shop = Shop::open();
    let mut annie = customer(&shop, "annie@example.com");
    annie.visits("/account/details").must_say("annie@example.com");
    let page = annie.browser.submit("Save your details", &[("name", " "), ("phone", "01584 550142")]);
    assert_eq!(page.status, 422);
    page.must_say("Enter your name");
    assert_eq!(page.attribute("#phone", "value").as_deref(), Some("01584 550142"));
    annie.browser.submit("Save your details", &[("name", "Ann Preece"), ("phone", "01584 550142")]).must_say("Your details are saved");
    annie.page().must_say("Ann Preece");
    at_the_address(&shop, &mut annie);
    assert_eq!(annie.page().attribute("#name", "value").as_deref(), Some("Ann Preece"));
    assert_eq!(annie.page().attribute("#phone", "value").as_deref(), Some("01584 550142"));
}
