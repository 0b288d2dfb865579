//! What a shopper typed and chose is kept, and what changed is told.

use crate::harness::Shop;

#[test]
fn answers_are_kept_when_one_is_wrong_and_when_going_back() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
    annie.gives_address(&[("postcode", "SY8"), ("company", "Preece & Daughters")]);
    let page = annie.page();
    assert_eq!(page.status, 422);
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    page.must_say("Enter a postcode in the form SY8 1AE");
    assert_eq!(page.attribute("#postcode", "value").as_deref(), Some("SY8"));
    assert_eq!(page.attribute("#postcode", "aria-invalid").as_deref(), Some("true"));
    assert_eq!(page.attribute("#company", "value").as_deref(), Some("Preece & Daughters"));
    assert_eq!(page.attribute("#email", "value").as_deref(), Some("annie@example.com"));

    annie.gives_address(&[]);
    annie.chooses_delivery();
    annie.visits("/checkout/address");
    assert_eq!(annie.page().attribute("#line1", "value").as_deref(), Some("3 Corve Street"));
    annie.visits("/checkout").must_say("Check your order");
}

#[test]
fn the_states_of_a_country_appear_once_it_is_chosen() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
    assert!(!annie.page().has("select[name=region]"));
    annie.browser.submit("Use this country", &[("country", "US"), ("name", "Annie Preece")]);
    assert!(annie.page().has("select[name=region]"));
    assert_eq!(annie.page().attribute("#name", "value").as_deref(), Some("Annie Preece"));
    annie.gives_address(&[("country", "US"), ("region", "US-CA"), ("postcode", "90210")]);
    annie.page().must_say("Standard delivery");
}

#[test]
fn a_line_that_sold_out_meanwhile_is_told_before_anything_is_ordered() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let (mut annie, mut bob) = (shop.shopper(), shop.shopper());
    for shopper in [&mut annie, &mut bob] {
        shopper.adds_to_cart(&hammer, 1);
        shopper.goes_to_checkout();
        shopper.gives_address(&[]);
    }
    bob.chooses_delivery();
    annie.chooses_delivery();
    annie.page().must_say("sold out");
    assert_eq!(annie.page().url.path(), "/cart", "it is held for the one who was here first");
    shop.holds_run_out();
    annie.goes_to_checkout();
    annie.chooses_delivery();
    annie.checks_the_order();
    bob.checks_the_order();
    bob.page().must_say("sold out");
    annie.orders_by("sandbox");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 1));
}

#[test]
fn a_price_that_changed_is_shown_again_before_it_is_charged() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("20.00").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    shop.meddle("UPDATE variants SET price = 2500");
    annie.orders_by("sandbox");
    annie.page().must_say("The total has changed to £28.95");
    assert_eq!(annie.page().url.path(), "/checkout/review");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
    annie.checks_the_order();
    annie.orders_by("sandbox").must_say("28.95");
}

#[test]
fn a_form_from_a_session_that_ended_says_what_to_do() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.visits("/cart");
    annie.visits(&hammer);
    annie.browser.forget();
    annie.browser.submit("Add to cart", &[("quantity", "1")]);
    assert_eq!(annie.page().status, 403);
    annie.page().must_say("Your session ended");
    assert!(annie.page().has("form[action='/search']"));
}

#[test]
fn a_double_click_on_pay_places_one_order_and_both_reach_the_same_payment() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(10).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    let clicks: Vec<_> = (0..10).map(|_| annie.browser.prepare("Place the order", &[("gateway", "sandbox")])).collect();
    let ends: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = clicks.into_iter().map(|click| scope.spawn(move || click.send().unwrap().url().to_string())).collect();
        running.into_iter().map(|click| click.join().unwrap()).collect()
    });
    assert!(ends.iter().all(|end| end == &ends[0] && end.contains("/sandbox/pay/")), "{ends:?}");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 1));
}

#[test]
fn a_guest_s_cart_joins_the_account_s_at_sign_in() {
    let shop = Shop::open();
    let (hammer, saw) = (shop.product("Claw hammer").put_up(), shop.product("Hand saw").put_up());
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    let mut elsewhere = shop.shopper();
    elsewhere.adds_to_cart(&saw, 2);
    elsewhere.adds_to_cart(&hammer, 1);
    elsewhere.signs_in();
    let page = elsewhere.visits("/cart");
    page.must_say("Hand saw").must_say("Claw hammer").must_say("£40.00");
    annie.visits("/cart").must_say("Hand saw");
}
