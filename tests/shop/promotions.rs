//! Promotions: made in the back office, tried on a cart, counted in orders, and codes that nobody guesses.

use std::thread;

use ironmonger::{
    accounts::Buyer,
    base::{AccountId, Client, CouponId, Currency, Error, OrderId, PromotionId},
    limits::{self, Door},
    promotions::{
        self, ActionKind, BasketLine, Chosen, ConditionChange, ConditionInput, ConditionKind, NewCoupon, Outcome, Plan, Shape, Situation,
    },
    web::Role,
};

use crate::harness::{Shop, Staff};

fn pounds() -> Currency {
    Currency::parse("GBP").unwrap()
}

/// A promotion of ten percent that is on.
fn ten_percent(shop: &Shop, change: impl FnOnce(Plan) -> Plan) -> PromotionId {
    let plan =
        Plan { name: "Ten".into(), label: "10% off".into(), percent: Some(10.into()), ..Plan::empty(ActionKind::OrderPercent, pounds()) };
    let everything = Chosen { all: true, ..Chosen::default() };
    let shape = Shape { plan: change(plan), gift: None, goods: everything.clone(), bought: everything };
    shop.write(move |conn| {
        let id = promotions::save(conn, None, &shape)?;
        promotions::set_active(conn, id, true)?;
        Ok(id)
    })
}

fn by_coupon(plan: Plan) -> Plan {
    Plan { by_coupon: true, ..plan }
}

fn coupon(shop: &Shop, promotion: PromotionId, code: &str, max_uses: Option<i32>, max_uses_each: Option<i32>) -> CouponId {
    let new = NewCoupon { code: code.into(), batch: String::new(), starts_at: None, ends_at: None, max_uses, max_uses_each };
    shop.write(move |conn| promotions::make_coupon(conn, promotion, &new))
}

/// An order of nothing, for what counts orders.
fn order(shop: &Shop, email: &str) -> OrderId {
    let number = shop.count("SELECT count(*) + 1 FROM orders");
    shop.meddle(&format!(
        "INSERT INTO orders (number, token, cart_id, email, currency, items_total, delivery_total, tax_total, total, delivery_method, gateway)
         VALUES ('N{number}', 'T{number}', gen_random_uuid(), '{email}', 'GBP', 0, 0, 0, 0, '', 'manual')"
    ));
    OrderId(shop.count("SELECT max(id) FROM orders"))
}

fn takes(shop: &Shop, order: OrderId, email: &str, applied: (PromotionId, Option<CouponId>)) -> Result<(), Vec<String>> {
    let email = email.to_owned();
    shop.write(move |conn| promotions::take_uses(conn, order, &Buyer::default(), &email, &[applied]))
}

/// What a cart of one thing for ten pounds gets.
fn decide(shop: &Shop, codes: &[&str], buyer: Buyer, email: Option<&str>) -> Outcome {
    let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    let (asked_by, email) = (buyer.clone(), email.map(str::to_owned));
    let book = shop.read(move |conn| promotions::book(conn, &codes, &asked_by, email.as_deref()));
    let variant = ironmonger::base::VariantId(1);
    let product = ironmonger::base::ProductId(1);
    let line = BasketLine { variant, product, categories: vec![], unit_price: 1000, quantity: 1, is_reduced: false, is_gift_card: false };
    book.decide(&Situation { lines: &[line], currency: pounds(), place: None, buyer: &buyer, now: chrono::Utc::now() })
}

#[test]
fn an_automatic_promotion_applies_while_it_is_on() {
    let shop = Shop::open();
    let id = ten_percent(&shop, |plan| plan);
    let outcome = decide(&shop, &[], Buyer::default(), None);
    assert_eq!(outcome.discounts.iter().map(|discount| discount.amount).sum::<i64>(), -100);
    shop.write(move |conn| promotions::set_active(conn, id, false));
    assert_eq!(decide(&shop, &[], Buyer::default(), None), Outcome::default());
}

#[test]
fn a_code_is_read_in_any_case_and_counted_for_its_promotion() {
    let shop = Shop::open();
    let id = ten_percent(&shop, by_coupon);
    let spring = coupon(&shop, id, "SPRING10", None, None);
    let outcome = decide(&shop, &[" spring 10 ", "NOSUCH"], Buyer::default(), None);
    assert_eq!(outcome.applied(), [(id, Some(spring))]);
    assert!(outcome.coupons[0].applied);
    assert_eq!(outcome.coupons[1].reason, "NOSUCH is not valid.");
    shop.meddle("UPDATE coupons SET active = false");
    assert_eq!(decide(&shop, &["SPRING10"], Buyer::default(), None).coupons[0].reason, "SPRING10 is not valid.");
}

#[test]
fn a_first_order_is_known_by_address_and_a_cancelled_one_does_not_count() {
    let shop = Shop::open();
    let id = ten_percent(&shop, |plan| plan);
    let change = ConditionChange { kind: ConditionKind::FirstOrder, amount: None, number: None, all_goods: true };
    let everything = Chosen { all: true, ..Chosen::default() };
    shop.write(move |conn| promotions::add_condition(conn, id, &ConditionInput { change, goods: everything, aims: vec![] }).map(|_| ()));
    let gets = |email: Option<&str>| !decide(&shop, &[], Buyer::default(), email).discounts.is_empty();
    assert!(!gets(None), "nobody knows yet");
    assert!(gets(Some("annie@example.com")));
    order(&shop, "Annie@Example.com");
    assert!(!gets(Some("annie@example.com")));
    shop.meddle("UPDATE orders SET lifecycle = 'cancelled'");
    assert!(gets(Some("annie@example.com")));
}

#[test]
fn a_coupon_limited_to_four_is_used_four_times_by_forty_racers() {
    let shop = Shop::open();
    let id = ten_percent(&shop, by_coupon);
    let code = coupon(&shop, id, "FOUR", Some(4), None);
    let orders: Vec<(OrderId, String)> =
        (0..40).map(|at| format!("racer{at}@example.com")).map(|email| (order(&shop, &email), email)).collect();
    let race = |(order, email): &(OrderId, String)| takes(&shop, *order, email, (id, Some(code))).is_ok();
    let won = thread::scope(|scope| {
        let racers: Vec<_> = orders.iter().map(|racer| scope.spawn(|| race(racer))).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(won, 4);
    assert_eq!(shop.count("SELECT uses FROM coupons"), 4);
    assert_eq!(shop.count("SELECT uses FROM promotions"), 4);
    assert_eq!(shop.count("SELECT count(*) FROM promotion_uses WHERE released_at IS NULL"), 4);
    assert_eq!(decide(&shop, &["FOUR"], Buyer::default(), None).coupons[0].reason, "FOUR has been used up.");
}

#[test]
fn one_customer_gets_it_twice_however_many_orders_race() {
    let shop = Shop::open();
    let id = ten_percent(&shop, |plan| Plan { max_uses_each: Some(2), ..plan });
    let orders: Vec<OrderId> = (0..20).map(|_| order(&shop, "annie@example.com")).collect();
    let won = thread::scope(|scope| {
        let race = |order: OrderId| takes(&shop, order, "ANNIE@example.com", (id, None)).is_ok();
        let racers: Vec<_> = orders.iter().map(|order| scope.spawn(move || race(*order))).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(won, 2);
    let told = takes(&shop, order(&shop, "annie@example.com"), "annie@example.com", (id, None)).unwrap_err();
    assert_eq!(told, ["You have used 10% off as often as one can."]);
    assert!(takes(&shop, order(&shop, "bert@example.com"), "bert@example.com", (id, None)).is_ok());
}

#[test]
fn a_customer_is_known_by_account_and_by_address() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    let account = AccountId(shop.count("SELECT id FROM accounts WHERE email = 'annie@example.com'"));
    let id = ten_percent(&shop, |plan| Plan { max_uses_each: Some(1), ..plan });
    assert!(takes(&shop, order(&shop, "annie@example.com"), "annie@example.com", (id, None)).is_ok(), "as a guest");
    let signed_in = Buyer { account: Some(account), ..Buyer::default() };
    assert_eq!(decide(&shop, &[], signed_in.clone(), None), Outcome::default());
    let another = order(&shop, "other@example.com");
    let told = shop.write(move |conn| promotions::take_uses(conn, another, &signed_in, "other@example.com", &[(id, None)]));
    assert!(told.is_err());
}

#[test]
fn a_failed_payment_gives_its_use_back_and_a_retry_takes_it_again() {
    let shop = Shop::open();
    let id = ten_percent(&shop, by_coupon);
    let code = coupon(&shop, id, "ONCE", Some(1), None);
    let (first, second) = (order(&shop, "annie@example.com"), order(&shop, "bert@example.com"));
    assert!(takes(&shop, first, "annie@example.com", (id, Some(code))).is_ok());
    assert!(takes(&shop, first, "annie@example.com", (id, Some(code))).is_ok(), "taking the same again changes nothing");
    assert_eq!(takes(&shop, second, "bert@example.com", (id, Some(code))).unwrap_err(), ["ONCE has been used up."]);

    for _ in 0..2 {
        shop.write(move |conn| promotions::release_uses(conn, first));
        assert_eq!(shop.count("SELECT uses FROM coupons"), 0, "given back once, however often it is asked");
    }
    shop.meddle("UPDATE promotions SET active = false");
    assert!(shop.write(move |conn| promotions::retake_uses(conn, first)).is_ok(), "the order has its price");
    assert!(shop.write(move |conn| promotions::retake_uses(conn, first)).is_ok());
    assert_eq!(shop.count("SELECT uses FROM coupons"), 1);

    shop.meddle("UPDATE promotions SET active = true");
    shop.write(move |conn| promotions::release_uses(conn, first));
    assert!(takes(&shop, second, "bert@example.com", (id, Some(code))).is_ok());
    assert_eq!(shop.write(move |conn| promotions::retake_uses(conn, first)).unwrap_err(), ["ONCE has been used up."]);
}

#[test]
fn what_can_t_be_had_any_more_takes_nothing_of_the_rest() {
    let shop = Shop::open();
    let (open, spent) =
        (ten_percent(&shop, |plan| plan), ten_percent(&shop, |plan| Plan { label: "Five only".into(), max_uses: Some(5), ..plan }));
    shop.meddle("UPDATE promotions SET uses = 5 WHERE max_uses = 5");
    let order = order(&shop, "annie@example.com");
    let applied = [(spent, None), (open, None)];
    let told = shop.write(move |conn| promotions::take_uses(conn, order, &Buyer::default(), "annie@example.com", &applied));
    assert_eq!(told.unwrap_err(), ["Five only has been used up."]);
    assert_eq!(shop.count("SELECT sum(uses) FROM promotions"), 5);
    assert_eq!(shop.count("SELECT count(*) FROM promotion_uses"), 0);
}

#[test]
fn guessing_codes_is_throttled_and_told_nothing() {
    let shop = Shop::open();
    let id = ten_percent(&shop, by_coupon);
    coupon(&shop, id, "SPRING10", None, None);
    coupon(&shop, id, "OLD-ONE", None, None);
    shop.meddle("UPDATE coupons SET ends_at = now() - interval '1 day' WHERE code = 'OLD-ONE'");
    let tries = |code: &str, who: &str| {
        let (code, client) = (code.to_owned(), Client { address: who.parse().unwrap() });
        let knock = match shop.block_on(limits::knock(&shop.db, Door::Coupon, &client, None)) {
            Err(Error::TooMany(seconds)) => return Err(format!("wait {seconds}")),
            counted => counted.unwrap(),
        };
        shop.write(move |conn| promotions::check_code(conn, &code, &knock))
    };
    assert_eq!(tries("old-one", "10.0.0.1").unwrap_err(), "OLD-ONE is not valid.");
    for _ in 0..9 {
        assert_eq!(tries("guess", "10.0.0.1").unwrap_err(), "GUESS is not valid.");
    }
    assert!(tries("spring10", "10.0.0.1").unwrap_err().starts_with("wait "), "even the right one");
    for _ in 0..20 {
        assert_eq!(tries("spring10", "10.0.0.2").unwrap().0, "SPRING10", "right codes don’t count");
    }
    assert_eq!(shop.count("SELECT count(*) FROM tries WHERE who LIKE '%10.0%'"), 0, "nobody can be read out of it");
    shop.meddle("UPDATE tries SET free_at = free_at - interval '61 seconds'");
    assert!(tries("spring10", "10.0.0.1").is_ok(), "one more after a minute");
}

/// In the back office: a promotion by coupon of ten percent off hammers.
fn makes_promotion(owner: &mut Staff) {
    owner.visits("/admin/promotions");
    owner.browser.follow("New promotion");
    owner.browser.submit("Go on", &[("action", "goods_percent")]);
    let fields =
        [("name", "Spring"), ("label", "10% off hammers"), ("percent", "10"), ("goods_products", "claw-hammer"), ("by_coupon", "on")];
    owner.browser.submit("Save promotion", &fields).must_say("It is off until you switch it on");
}

#[test]
fn the_owner_makes_a_promotion_tries_it_and_switches_it_on() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/promotions").must_say("No promotions yet");
    makes_promotion(&mut owner);
    owner.page().must_say("10% off Claw hammer. Only with a coupon.");
    owner.browser.submit("Add it", &[("kind", "total_from")]);
    owner.browser.submit("Add the condition", &[("amount", "50")]);
    owner.page().must_say("If there is £50.00 or more of goods");

    owner.browser.follow("Make codes");
    owner.browser.submit("Add the code", &[("code", "spring 10"), ("max_uses", "100")]).must_say("SPRING10 can be used");
    owner.browser.follow("Spring");
    owner.browser.follow("Try it on a cart");
    owner.browser.submit("Try it", &[("lines", "CLAW-HAMMER × 2"), ("codes", "spring10")]);
    owner.page().must_say("SPRING10 needs £50.00 of goods; £10.00 are missing.");
    owner.browser.submit("Try it", &[("lines", "CLAW-HAMMER × 3"), ("codes", "spring10")]);
    owner.page().must_say("10% off hammers (SPRING10)").must_say("−£6.00").must_say("£54.00");
    assert_eq!(owner.browser.submit("Try it", &[("lines", "NO-SUCH 2")]).status, 422);
    owner.page().must_say("There is no variant with the SKU NO-SUCH");

    owner.browser.follow("Back to the promotion");
    owner.browser.submit("Switch it on", &[]).must_say("Running");
    owner.browser.submit("Remove if there is £50.00 or more of goods", &[]).must_say("The condition is removed");
    owner.browser.submit("Switch it off", &[]).must_say("Orders that have it keep it");
    owner.browser.follow("Delete it…");
    owner.browser.submit("Delete the promotion", &[]).must_say("No promotions yet");
}

#[test]
fn what_is_wrong_is_told_beside_its_field_and_kept() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/promotions/new?action=goods_percent");
    let wrong = [
        ("name", "Spring"),
        ("percent", "120"),
        ("goods_products", "nothing-of-ours"),
        ("starts_at", "2026-12-02T00:00"),
        ("ends_at", "2026-12-01T00:00"),
    ];
    let page = owner.browser.submit("Save promotion", &wrong);
    assert_eq!(page.status, 422);
    page.must_say("up to 100").must_say("Enter what customers read");
    assert_eq!(page.attribute("#name", "value").as_deref(), Some("Spring"));
    assert!(page.text_of("#goods_products").contains("nothing-of-ours"));
    owner
        .browser
        .submit("Save promotion", &[("percent", "12"), ("label", "12%")])
        .must_say("no product with this address or SKU: nothing-of-ours");
    owner.browser.submit("Save promotion", &[("goods", "all"), ("goods_products", "")]).must_say("It must end after it begins");
    owner.browser.submit("Save promotion", &[("ends_at", "2027-01-01T00:00")]).must_say("12% off all goods");
    owner.browser.follow("Edit");
    assert_eq!(owner.page().attribute("#percent", "value").as_deref(), Some("12"));
    owner.browser.submit("Save promotion", &[("percent", "15")]).must_say("15% off all goods");
}

#[test]
fn a_batch_of_codes_is_made_and_downloaded_without_formulas() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    makes_promotion(&mut owner);
    owner.browser.follow("Make codes");
    assert_eq!(owner.browser.submit("Make the codes", &[("batch", "=cmd()"), ("number", "0")]).status, 422);
    owner.browser.submit("Make the codes", &[("number", "12"), ("prefix", "fair")]).must_say("12 codes are made");
    assert_eq!(shop.count("SELECT count(DISTINCT code) FROM coupons WHERE code ~ '^FAIR(-[0-9A-Z]{4}){3}$' AND max_uses = 1"), 12);
    let file = owner.browser.follow("Download all as CSV");
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(file.body.lines().count(), 13);
    assert!(file.body.lines().nth(1).unwrap().contains(",'=cmd(),yes,0,1,,"), "{}", file.body);

    let first = shop.first("SELECT code FROM coupons ORDER BY id DESC");
    let id = shop.count("SELECT id FROM promotions");
    owner.visits(&format!("/admin/promotions/{id}/coupons"));
    owner.browser.submit(&format!("Switch off {first}"), &[]).must_say(&format!("{first} can’t be used any more"));
    owner.browser.submit("Add the code", &[("code", &first)]).must_say("There is a coupon of this code already");
}

#[test]
fn orders_that_have_it_are_listed_and_keep_it_from_deletion() {
    let shop = Shop::open();
    let id = ten_percent(&shop, |plan| plan);
    let first = order(&shop, "annie@example.com");
    takes(&shop, first, "annie@example.com", (id, None)).unwrap();
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/promotions/{id}"));
    owner.browser.follow("Orders that have it");
    owner.page().must_say("annie@example.com").must_say("N1");
    owner.visits(&format!("/admin/promotions/{id}/deletion"));
    owner.browser.submit("Delete the promotion", &[]).must_say("so it stays for their history");
}

#[test]
fn staff_sees_promotions_and_the_owner_alone_changes_them() {
    let shop = Shop::open();
    let id = ten_percent(&shop, |plan| plan);
    let mut staff = shop.staff(Role::Staff);
    staff.visits("/admin/promotions").must_say("10% off the order. By itself, without a coupon.");
    staff.browser.follow("Ten");
    assert!(!staff.page().says("Switch it off"));
    for path in ["/admin/promotions/new".to_owned(), format!("/admin/promotions/{id}/edit"), format!("/admin/promotions/{id}/deletion")] {
        assert_eq!(staff.visits(&path).status, 403, "{path}");
    }
    assert_eq!(shop.browser().get(&format!("/admin/promotions/{id}/coupons.csv")).status, 200, "a sign-in form");
    assert!(shop.browser().get(&format!("/admin/promotions/{id}/coupons.csv")).says("Sign in"));
}

#[test]
fn a_gift_of_the_kind_that_is_bought_changes_no_price_that_was_seen() {
    let shop = Shop::open();
    let pencil = shop.product("Pencil").price("2.00").stock(9).put_up();
    let everything = Chosen { all: true, ..Chosen::default() };
    let plan = Plan { name: "Pencil".into(), label: "A pencil".into(), gets: Some(1), ..Plan::empty(ActionKind::Gift, pounds()) };
    let shape = Shape { plan, gift: Some("PENCIL".into()), goods: everything.clone(), bought: everything };
    shop.write(move |conn| {
        let id = promotions::save(conn, None, &shape)?;
        promotions::set_active(conn, id, true)
    });
    let mut annie = shop.shopper();
    annie.adds_to_cart(&pencil, 1);
    annie.visits("/cart").must_say("1 × free of charge");
    annie.reaches_payment();
    assert!(!annie.visits("/checkout/review").text().contains("The price has changed"));
    assert!(!annie.visits("/cart").text().contains("The price has changed"));
}
