//! Where parcels go, what that costs, and carriers that are asked.

mod carrier;

use carrier::{Manner, StandIn};
use ironmonger::web::Role;

use crate::harness::{Page, Shop, Staff, UNTICKED};

/// What a shopper would be offered, by the owner's own page.
fn offers<'a>(owner: &'a mut Staff, parcel: &[(&str, &str)]) -> &'a Page {
    owner.visits("/admin/delivery");
    owner.browser.submit("Show the offers", parcel)
}

/// The id of a method or zone, from its link.
fn id_in(link: &str) -> String {
    link.split('/').find(|part| part.parse::<i64>().is_ok()).unwrap().to_owned()
}

#[test]
fn post_by_weight_costs_so_much_a_kg_by_where_it_goes() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    for (country, price, reason) in
        [("US", "£6.00", "2.4 kg at £2.50 per kg"), ("FR", "£7.20", "2.4 kg at £3.00 per kg"), ("NZ", "£9.60", "2.4 kg at £4.00 per kg")]
    {
        offers(&mut owner, &[("country", country), ("weight", "2.4")]).must_say(price).must_say(reason);
    }
}

#[test]
fn enough_goods_are_sent_for_nothing_and_people_near_may_pick_them_up() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let page = offers(&mut owner, &[("country", "GB"), ("weight", "1"), ("total", "149.99")]);
    page.must_say("£3.95").must_say("Pick up in the shop");
    offers(&mut owner, &[("country", "GB"), ("weight", "1"), ("total", "150")]).must_say("Free from £150.00");
    let abroad = offers(&mut owner, &[("country", "FR"), ("weight", "1")]);
    assert!(!abroad.says("Pick up in the shop"));
}

#[test]
fn a_shopper_is_offered_what_goes_there_and_pays_it() {
    let shop = Shop::open();
    let anvil = shop.product("Anvil").weighs(2400).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&anvil, 1);
    annie.goes_to_checkout();
    // The states are asked for once the country is known.
    annie.gives_address(&[("country", "US"), ("postcode", "90210")]);
    annie.gives_address(&[("country", "US"), ("region", "US-CA"), ("postcode", "90210")]);
    annie.page().must_say("Post by weight").must_say("£6.00").must_say("Standard delivery");
}

#[test]
fn where_nothing_goes_the_reason_is_told() {
    let shop = Shop::open();
    shop.meddle("DELETE FROM shipping_methods WHERE is_pickup");
    let mut owner = shop.owner();
    offers(&mut owner, &[("country", "GB"), ("weight", "34.5")]).must_say("it weighs 34.5 kg, and we send 30 kg at most");
    shop.meddle("DELETE FROM shipping_zones WHERE rest_of_world");
    offers(&mut owner, &[("country", "NZ"), ("weight", "1")]).must_say("We don't deliver to New Zealand");
    let page = offers(&mut owner, &[("country", ""), ("weight", "much"), ("region", "XX-1"), ("items", "0")]);
    assert_eq!(page.status, 422);
    for field in ["country", "weight", "region", "items"] {
        assert!(page.has(&format!("#{field}-error")), "{field}");
    }
}

#[test]
fn the_owner_makes_a_zone_a_method_and_its_prices() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/delivery");
    owner.browser.follow("New zone");
    let zone = [("name", "Highlands"), ("countries", "GB"), ("postcodes", "iv*\nHS*")];
    let page = owner.browser.submit("Save zone", &zone);
    assert_eq!(page.status, 200, "{}", page.text());
    page.must_say("The zone is saved").must_say("only HS*, IV*");
    owner.browser.follow("New method");
    owner.browser.submit("Save method", &[("name", "Our own lorry"), ("delivery_time", "Next Tuesday"), ("position", "0")]);
    owner.page().must_say("Set its price for each zone");
    owner.browser.follow("Set the price in Highlands");
    let page = owner.browser.submit("Add rows", &[("kind", "by_items"), ("up_to_1", "2"), ("row_price_1", "9")]);
    assert_eq!(page.attribute("#row_price_1", "value").as_deref(), Some("9"), "what was typed is kept");
    assert!(page.has("#up_to_6"));
    let page = owner.browser.submit("Save price", &[("up_to_6", ""), ("row_price_6", "20")]);
    page.must_say("is saved").must_say("to 2 items £9.00, beyond £20.00");
    let there = [("country", "GB"), ("postcode", "IV27 4EG"), ("weight", "1")];
    let page = offers(&mut owner, &[&there[..], &[("items", "2")]].concat());
    page.must_say("Our own lorry").must_say("Up to 2 items").must_say("£9.00");
    offers(&mut owner, &[&there[..], &[("items", "3")]].concat()).must_say("£20.00");
    let elsewhere = offers(&mut owner, &[("country", "GB"), ("postcode", "SY8 1AE")]);
    assert!(!elsewhere.says("Our own lorry"));
}

#[test]
fn wrong_answers_are_told_beside_their_fields_and_kept() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/delivery/methods/new");
    let wrong = [("name", ""), ("is_pickup", "on"), ("position", "x"), ("carrier_url", "http://10.0.0.1/"), ("surcharge_price_1", "3")];
    let page = owner.browser.submit("Save method", &wrong);
    assert_eq!(page.status, 422);
    assert!(page.title().starts_with("Error: "));
    for field in ["name", "pickup_address", "position", "carrier_url", "surcharge_category_1"] {
        assert!(page.has(&format!("#{field}-error")), "{field}");
    }
    assert_eq!(page.attribute("#surcharge_price_1", "value").as_deref(), Some("3"));
    let page = owner.browser.submit(
        "Save method",
        &[("name", "Standard delivery"), ("is_pickup", UNTICKED), ("position", ""), ("carrier_url", ""), ("surcharge_price_1", "")],
    );
    assert_eq!(page.status, 422);
    assert!(page.text_of("#name-error").contains("Another method has this name"));

    owner.visits("/admin/delivery/zones/new");
    let page = owner.browser.submit("Save zone", &[("name", "Europe"), ("groups", "eu")]);
    assert!(page.text_of("#name-error").contains("Another zone has this name"), "{}", page.text());
    let page = owner.browser.submit("Save zone", &[("name", "All"), ("groups", UNTICKED), ("rest_of_world", "on")]);
    assert_eq!(page.status, 422);
    page.must_say("Another zone is the rest of the world already");
    let page = owner.browser.submit("Save zone", &[("name", "Nothing"), ("rest_of_world", UNTICKED)]);
    page.must_say("Choose a country");

    let prices = shop.first("SELECT '/admin/delivery/methods/' || method_id || '/zones/' || zone_id FROM shipping_tariffs ORDER BY 1");
    owner.visits(&prices);
    let page = owner.browser.submit("Save price", &[("kind", "by_weight"), ("up_to_1", "heavy"), ("free_above", "lots")]);
    assert_eq!(page.status, 422);
    assert_eq!(page.attribute("#up_to_1", "value").as_deref(), Some("heavy"));
    assert!(page.has("#up_to_1-error") && page.has("#free_above-error"));
}

#[test]
fn methods_zones_and_prices_go_after_a_question_and_inactive_ones_are_not_offered() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let express = shop.first("SELECT id FROM shipping_methods WHERE name = 'Express delivery'");
    owner.visits(&format!("/admin/delivery/methods/{express}/edit"));
    owner.browser.submit("Save method", &[("active", UNTICKED)]).must_say("is saved");
    assert!(!offers(&mut owner, &[("country", "GB"), ("weight", "1")]).says("Express delivery"));
    owner.visits(&format!("/admin/delivery/methods/{express}/deletion"));
    owner.browser.submit("Delete the method", &[]).must_say("The method is deleted");
    assert_eq!(shop.count(&format!("SELECT count(*) FROM shipping_rates WHERE method_id = {express}")), 0);

    let union = shop.first("SELECT id FROM shipping_zones WHERE name = 'European Union'");
    owner.visits(&format!("/admin/delivery/zones/{union}/deletion")).must_say("1 method has a price for this zone");
    owner.browser.submit("Delete the zone", &[]).must_say("The zone is deleted");
    offers(&mut owner, &[("country", "FR"), ("weight", "1")]).must_say("1 kg at £4.00 per kg");

    let post = shop.first("SELECT id FROM shipping_methods WHERE name = 'Post by weight'");
    let world = shop.first("SELECT id FROM shipping_zones WHERE rest_of_world");
    owner.visits(&format!("/admin/delivery/methods/{post}/zones/{world}/deletion"));
    owner.browser.submit("Delete the price", &[]).must_say("The price is deleted");
    assert!(!offers(&mut owner, &[("country", "FR"), ("weight", "1")]).says("Post by weight"));
}

#[test]
fn goods_of_a_category_cost_more_and_so_do_those_of_the_categories_in_it() {
    let shop = Shop::open();
    shop.product("Bench vice").category(&["Workshop", "Vices"]).put_up();
    let mut owner = shop.owner();
    let express = shop.first("SELECT id FROM shipping_methods WHERE name = 'Express delivery'");
    let (workshop, vices) =
        (shop.first("SELECT id FROM categories WHERE name = 'Workshop'"), shop.first("SELECT id FROM categories WHERE name = 'Vices'"));
    owner.visits(&format!("/admin/delivery/methods/{express}/edit"));
    let row = [("surcharge_category_1", workshop.as_str()), ("surcharge_price_1", "4.50"), ("surcharge_per_1", "unit")];
    owner.browser.submit("Save method", &row).must_say("is saved");
    let page = offers(&mut owner, &[("country", "GB"), ("weight", "1"), ("items", "2"), ("category", &vices)]);
    page.must_say("£9.00 for Workshop").must_say("£16.95");
    owner.visits(&format!("/admin/delivery/methods/{express}/edit"));
    assert_eq!(owner.page().attribute("#surcharge_price_1", "value").as_deref(), Some("4.50"));
}

#[test]
fn delivery_is_the_owner_s_business_alone() {
    let shop = Shop::open();
    let mut staff = shop.staff(Role::Staff);
    for path in ["/admin/delivery", "/admin/delivery/methods/new", "/admin/delivery/zones/new", "/admin/delivery/trial?country=GB"] {
        assert_eq!(staff.visits(path).status, 403, "{path}");
    }
    assert_eq!(shop.shopper().visits("/admin/delivery").url.path(), "/sign-in");
    let mut owner = shop.owner();
    for path in [
        "/admin/delivery/methods/999/edit",
        "/admin/delivery/zones/999/edit",
        "/admin/delivery/methods/1/zones/999",
        "/admin/delivery/methods/x/edit",
    ] {
        assert_eq!(owner.visits(path).status, 404, "{path}");
    }
}

/// A shop whose Standard delivery asks this carrier.
fn asks(shop: &Shop, carrier: &StandIn, service: &str) -> Staff {
    let mut owner = shop.owner();
    owner.visits("/admin/delivery");
    let standard = id_in(&owner.page().link("Standard delivery"));
    owner.visits(&format!("/admin/delivery/methods/{standard}/edit"));
    let fields =
        [("carrier", "json"), ("carrier_url", carrier.url.as_str()), ("carrier_token", "a secret token"), ("carrier_service", service)];
    owner.browser.submit("Save method", &fields).must_say("is saved");
    owner
}

const PARCEL: [(&str, &str); 3] = [("country", "GB"), ("postcode", "SY8 1AE"), ("weight", "1.2")];

#[test]
fn a_carrier_is_asked_once_for_a_place_and_weight_and_its_price_counts() {
    let (shop, carrier) = (Shop::open(), StandIn::start());
    let mut owner = asks(&shop, &carrier, "Parcel");
    offers(&mut owner, &PARCEL).must_say("The carrier’s price up to 1.5 kg").must_say("£5.12");
    offers(&mut owner, &[("country", "GB"), ("postcode", "sy81ae"), ("weight", "1.4")]).must_say("£5.12");
    assert_eq!(carrier.questions().len(), 1, "the same place and class of weight");
    let question = &carrier.questions()[0];
    assert!(question.contains("authorization: Bearer a secret token"), "{question}");
    assert!(question.contains(r#""weight_grams":1500"#) && question.contains(r#""postcode":"SY81AE""#), "{question}");
    offers(&mut owner, &[("country", "GB"), ("postcode", "SY8 1AE"), ("weight", "1.6")]);
    assert_eq!(carrier.questions().len(), 2);
    shop.meddle("UPDATE shipping_carrier_rates SET expires_at = now() - interval '1 second'");
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM shipping_carrier_rates"), 0, "old answers are cleared away");
}

#[test]
fn a_carrier_s_token_is_stored_encrypted_never_shown_and_goes_to_no_other_address() {
    let (shop, carrier) = (Shop::open(), StandIn::start());
    let mut owner = asks(&shop, &carrier, "");
    assert!(!shop.first("SELECT carrier_token FROM shipping_methods WHERE carrier <> ''").contains("secret"));
    let standard = shop.first("SELECT id FROM shipping_methods WHERE carrier <> ''");
    let page = owner.visits(&format!("/admin/delivery/methods/{standard}/edit"));
    assert!(!page.body.contains("a secret token"));
    page.must_say("One is set");
    owner.browser.submit("Save method", &[("description", "Tracked")]);
    assert_ne!(shop.first("SELECT carrier_token FROM shipping_methods WHERE carrier <> ''"), "", "an empty field keeps it");
    let other = StandIn::start();
    owner.visits(&format!("/admin/delivery/methods/{standard}/edit"));
    owner.browser.submit("Save method", &[("carrier_url", &other.url)]);
    offers(&mut owner, &PARCEL);
    assert!(!other.questions()[0].contains("authorization"));
}

#[test]
fn what_the_carrier_does_not_take_is_not_offered() {
    let (shop, carrier) = (Shop::open(), StandIn::start());
    let mut owner = asks(&shop, &carrier, "Drone");
    assert!(!offers(&mut owner, &PARCEL).says("Standard delivery"));
}

#[test]
fn when_the_carrier_fails_the_shop_s_own_price_holds_and_says_so() {
    for manner in [Manner::Fails, Manner::Garbage, Manner::WrongCurrency, Manner::Redirects, Manner::Refuses, Manner::TooLong] {
        let (shop, carrier) = (Shop::open(), StandIn::start());
        let mut owner = asks(&shop, &carrier, "");
        carrier.behave(manner);
        let page = offers(&mut owner, &PARCEL);
        assert!(page.says("our own price, since the carrier gave none") && page.says("£3.95"), "{manner:?}: {}", page.text());
        let tries = if manner == Manner::Fails { 2 } else { 1 };
        assert_eq!(carrier.questions().len(), tries, "{manner:?}: only what may pass is tried again");
        carrier.behave(Manner::Answers);
        offers(&mut owner, &PARCEL).must_say("£5.12");
    }
}

#[test]
fn a_carrier_that_hangs_costs_four_seconds_and_after_three_failures_nothing() {
    let (shop, carrier) = (Shop::open(), StandIn::start());
    let mut owner = asks(&shop, &carrier, "");
    carrier.behave(Manner::Hangs);
    let asked = std::time::Instant::now();
    offers(&mut owner, &PARCEL).must_say("our own price");
    let took = asked.elapsed().as_secs_f32();
    assert!((3.5..6.5).contains(&took), "{took} s");
    carrier.behave(Manner::Garbage);
    offers(&mut owner, &PARCEL);
    offers(&mut owner, &PARCEL);
    let before = carrier.questions().len();
    carrier.behave(Manner::Answers);
    offers(&mut owner, &PARCEL).must_say("our own price");
    assert_eq!(carrier.questions().len(), before, "it is left alone");
    owner.visits("/admin/delivery");
    owner.browser.follow("Standard delivery");
    owner.browser.submit("Save method", &[]);
    offers(&mut owner, &PARCEL).must_say("£5.12");
}

#[test]
fn an_answer_that_still_holds_outlives_the_carrier_s_failure() {
    let (shop, carrier) = (Shop::open(), StandIn::start());
    let mut owner = asks(&shop, &carrier, "");
    offers(&mut owner, &PARCEL).must_say("£5.12");
    carrier.behave(Manner::Fails);
    shop.meddle("UPDATE shipping_carrier_rates SET expires_at = now() + interval '10 minutes'");
    offers(&mut owner, &PARCEL).must_say("£5.12");
    assert_eq!(carrier.questions().len(), 3, "it was asked anew in time, twice");
}
