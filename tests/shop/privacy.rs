//! What people may ask of a shop about themselves, and what it forgets by itself.

use std::collections::HashSet;

use ironmonger::{
    privacy::{ApplyRetention, EXCUSED, EraseDue, HOLDINGS},
    web::Role,
};

use crate::harness::{Shop, Shopper};

/// Nobody else in a shop of a test has any of these.
const TRACES: [&str; 5] = ["annie@example.com", "Annie Preece", "Corve Street", "01584 872361", "SY8 1AE"];

/// Somebody signed in whose order is paid, shipped and delivered.
fn customer(shop: &Shop) -> (Shopper, String) {
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    let number = buys(&mut annie, &hammer);
    finish(shop);
    (annie, number)
}

fn buys(shopper: &mut Shopper, product: &str) -> String {
    shopper.adds_to_cart(product, 1);
    shopper.goes_to_checkout();
    shopper.gives_address(&[("phone", "01584 872361")]);
    shopper.chooses_delivery();
    shopper.checks_the_order();
    shopper.orders_by("sandbox");
    shopper.pays_with(crate::harness::CARD);
    shopper.order_number()
}

fn finish(shop: &Shop) {
    let open = shop.first("SELECT string_agg(number, ' ') FROM orders WHERE lifecycle = 'placed'");
    let mut packer = shop.staff(Role::Staff);
    for number in open.split(' ') {
        packer.ships(number, "RM123456785GB");
        packer.opens_order(number);
        packer.browser.follow("Mark as delivered");
        packer.browser.submit("Yes, it has arrived", &[]);
    }
    shop.works();
}

fn tables(shop: &Shop) -> Vec<String> {
    let all = shop.first("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'");
    all.split(' ').map(str::to_owned).collect()
}

/// Tables in whose rows any of these words stands.
fn tables_with(shop: &Shop, words: &[&str]) -> Vec<String> {
    let holds = |table: &String| {
        let text = shop.first(&format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM \"{table}\" t")).to_lowercase();
        words.iter().any(|word| text.contains(&word.to_lowercase()))
    };
    tables(shop).into_iter().filter(holds).collect()
}

/// The round for erasures has come, and their days are over.
fn days_pass(shop: &Shop) {
    shop.meddle("UPDATE erasures SET due_at = now() - interval '1 minute' WHERE done_at IS NULL");
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works();
}

fn asks_to_be_forgotten(shopper: &mut Shopper) {
    shopper.visits("/account/data/erasure");
    shopper.browser.submit("Erase my data", &[]);
}

#[test]
fn a_copy_has_all_that_the_shop_knows_and_is_its_owner_s_alone() {
    let shop = Shop::open();
    let (mut annie, number) = customer(&shop);
    annie.visits("/account/data");
    annie.browser.submit("Make a copy", &[]).must_say("Being put together");
    annie.browser.submit("Make a copy", &[]);
    assert_eq!(shop.count("SELECT count(*) FROM privacy_exports"), 1, "asking twice makes one");
    let mails = shop.mails();
    assert!(mails.iter().any(|mail| mail.text.contains("The copy of your data") && mail.text.contains("/account/data")));
    annie.visits("/account/data");
    let (json, html) = (annie.page().link("JSON"), annie.page().link("To read"));
    let copy = annie.visits(&json).body.clone();
    let read: serde_json::Value = serde_json::from_str(&copy).unwrap();
    for trace in TRACES.iter().copied().chain([&*number, "Claw hammer", "Ludlow"]) {
        assert!(copy.contains(trace), "{trace} is not in {copy}");
    }
    assert!(!copy.contains("argon2"), "no hash of the password");
    assert!(read["sections"].as_array().unwrap().len() > 4);
    assert!(annie.visits(&html).body.contains("Corve Street"));
    assert!(annie.page().headers["content-disposition"].to_str().unwrap().starts_with("attachment"));

    let mut bob = shop.shopper();
    assert_eq!(bob.visits(&json).url.path(), "/sign-in", "a guest");
    bob.email = "bob@example.com".to_owned();
    bob.signs_up();
    assert_eq!(bob.visits(&json).status, 404, "another customer");
    shop.meddle("UPDATE privacy_exports SET expires_at = now() - interval '1 second'");
    assert_eq!(annie.visits(&json).status, 404, "its time is over");
}

#[test]
fn what_an_erasure_leaves_names_nobody_but_in_invoices() {
    let shop = Shop::open();
    let (mut annie, number) = customer(&shop);
    annie.visits("/account/data");
    annie.browser.submit("Make a copy", &[]);
    shop.works();
    let before = tables_with(&shop, &TRACES);
    for table in ["accounts", "orders", "order_addresses", "mails", "invoices", "checkouts", "privacy_exports"] {
        assert!(before.contains(&table.to_owned()), "{table} names nobody even before: {before:?}");
    }
    let sums = shop.first("SELECT total || ' ' || tax_total || ' ' || payment_state FROM orders");
    asks_to_be_forgotten(&mut annie);
    annie.page().must_say("Your account is about to be erased");
    days_pass(&shop);
    assert_eq!(tables_with(&shop, &TRACES), ["invoices"]);
    assert_eq!(shop.first("SELECT total || ' ' || tax_total || ' ' || payment_state FROM orders"), sums, "the books stay");
    assert!(shop.examination().is_clean(), "{:?}", shop.examination().findings);
    annie.visits("/account");
    assert_eq!(annie.page().url.path(), "/sign-in", "nobody is signed in to it any more");
    assert_ne!(annie.signs_in().url.path(), "/account");
    let mut owner = shop.owner();
    owner.opens_order(&number).must_say("Erased");
    owner.visits("/admin/privacy/erasures").must_say("Forgotten");
    // A second run finds nothing to do, and changes nothing.
    days_pass(&shop);
    assert_eq!(shop.count("SELECT count(*) FROM erasures WHERE done_at IS NOT NULL"), 1);
}

#[test]
fn nobody_is_forgotten_while_something_is_not_finished() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    let number = buys(&mut annie, &hammer);
    asks_to_be_forgotten(&mut annie);
    assert_eq!(annie.page().status, 422);
    annie.page().must_say(&format!("order {number}"));
    finish(&shop);
    asks_to_be_forgotten(&mut annie);
    annie.page().must_say("about to be erased");
    // Ordered again meanwhile: it waits until that is finished, too.
    buys(&mut annie, &hammer);
    days_pass(&shop);
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE name = 'Annie Preece'"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM erasures WHERE done_at IS NULL AND due_at > now()"), 1, "put off");
    finish(&shop);
    days_pass(&shop);
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE name = 'Annie Preece'"), 0);
}

#[test]
fn who_changes_their_mind_in_time_stays() {
    let shop = Shop::open();
    let (mut annie, _) = customer(&shop);
    asks_to_be_forgotten(&mut annie);
    assert!(shop.mails().iter().any(|mail| mail.text.contains("will be erased on")));
    asks_to_be_forgotten_again(&shop, &mut annie);
    annie.visits("/account/data");
    annie.browser.submit("Keep my account", &[]).must_say("Your account stays");
    days_pass(&shop);
    annie.visits("/account").must_say("Annie Preece");
}

fn asks_to_be_forgotten_again(shop: &Shop, shopper: &mut Shopper) {
    let csrf = shopper.visits("/account/data").attribute("input[name=csrf]", "value").unwrap();
    assert_eq!(shopper.browser.forge("/account/data/erasure", &[("csrf", &csrf)]).status, 422);
    assert_eq!(shop.count("SELECT count(*) FROM erasures"), 1, "once is enough");
}

#[test]
fn two_workers_forget_somebody_once() {
    let shop = Shop::open();
    let (mut annie, _) = customer(&shop);
    asks_to_be_forgotten(&mut annie);
    shop.works();
    shop.meddle("UPDATE erasures SET due_at = now() - interval '1 minute'");
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let worker = shop.wired.worker();
            scope.spawn(move || tokio::runtime::Runtime::new().unwrap().block_on(worker.drain()).unwrap());
        }
    });
    assert_eq!(shop.count("SELECT count(*) FROM erasures WHERE done_at IS NOT NULL"), 1);
    assert_eq!(tables_with(&shop, &TRACES), ["invoices"]);
}

#[test]
fn staff_forget_a_guest_who_writes_a_letter() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    let number = buys(&mut annie, &hammer);
    finish(&shop);
    let token = shop.first("SELECT token FROM orders");
    let mut owner = shop.owner();
    owner.visits("/admin/privacy/erasures").must_say("Nobody has asked");
    owner.visits("/admin/privacy/erasures/new");
    owner.browser.submit("Look what there is", &[("email", "nobody@example.com")]).must_say("Nothing is known of");
    owner.browser.submit("Look what there is", &[("email", "not an address")]).must_say("There is a problem");
    owner.browser.submit("Look what there is", &[("email", "Annie@Example.com")]).must_say("Bought without an account");
    owner.browser.submit("Erase annie@example.com", &[]).must_say("annie@example.com");
    days_pass(&shop);
    assert_eq!(tables_with(&shop, &TRACES), ["invoices"]);
    let mut stranger = shop.shopper();
    assert_eq!(stranger.visits(&format!("/orders/{number}?token={token}")).status, 404, "links in old mails open nothing");
    let mut helper = shop.staff(Role::Staff);
    assert_eq!(helper.visits("/admin/privacy/erasures").status, 403, "not a helper's business");
}

#[test]
fn an_account_of_staff_is_not_forgotten_by_a_button() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let csrf = owner.visits("/account/data").attribute("input[name=csrf]", "value").unwrap();
    let page = owner.browser.forge("/account/data/erasure", &[("csrf", &csrf)]);
    assert_eq!(page.status, 422);
    page.must_say("somebody who works here");
}

/// A room that comes to hold people's data must say so.
#[test]
fn every_table_that_may_name_somebody_stands_in_the_register() {
    let shop = Shop::open();
    let listed: HashSet<&str> = HOLDINGS.iter().map(|holding| holding.table).chain(EXCUSED.iter().map(|(table, _)| *table)).collect();
    assert_eq!(listed.len(), HOLDINGS.len() + EXCUSED.len(), "a table stands in it twice");
    let like = "email|phone|recipient|(^|_)address(es)?$|line1|vat_number|customer_note|account_id|device|session|person";
    let found = shop.first(&format!(
        "SELECT string_agg(DISTINCT c.table_name, ' ') FROM information_schema.columns c JOIN pg_tables t ON t.tablename = c.table_name
         WHERE c.table_schema = 'public' AND c.column_name ~ '{like}'"
    ));
    let unlisted: Vec<_> = found.split(' ').filter(|table| !listed.contains(table)).collect();
    assert!(unlisted.is_empty(), "say in privacy's register what becomes of the rows of {unlisted:?}");
    let all = tables(&shop);
    let gone: Vec<_> = listed.iter().filter(|table| !all.contains(&(**table).to_owned())).collect();
    assert!(gone.is_empty(), "there are no such tables: {gone:?}");
}

#[test]
fn what_is_due_is_forgotten_by_night_and_nothing_else() {
    let shop = Shop::open();
    let (mut annie, _) = customer(&shop);
    let mut guest = shop.shopper();
    guest.email = "gert@example.com".to_owned();
    guest.adds_to_cart("/products/claw-hammer", 1);
    guest.goes_to_checkout();
    guest.gives_address(&[]);
    annie.adds_to_cart("/products/claw-hammer", 1);
    let night = || {
        shop.block_on(shop.wired.worker().schedule()).unwrap();
        shop.jobs_become_due();
        shop.works();
    };
    shop.works();
    let counts = || ["carts", "checkouts"].map(|table| shop.count(&format!("SELECT count(*) FROM {table}")));
    let before = counts();
    night();
    assert_eq!(counts(), before, "nothing is old yet");
    assert!(shop.count("SELECT count(*) FROM mails") > 0);
    shop.meddle("UPDATE mails SET sent_at = sent_at - interval '181 days'");
    shop.meddle("UPDATE carts SET updated_at = updated_at - interval '61 days', ordered_at = ordered_at - interval '61 days'");
    night();
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE sent_at < now() - interval '180 days'"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM checkouts"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM carts WHERE account_id IS NULL AND ordered_at IS NULL"), 0, "a guest's cart goes");
    annie.visits("/cart").must_say("Claw hammer");
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE email = 'annie@example.com'"), 1, "orders stay for years");
    shop.meddle("UPDATE orders SET placed_at = placed_at - interval '3651 days'");
    night();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE email LIKE 'erased-%'"), 1);
    assert_eq!(
        shop.count("SELECT count(*) FROM order_addresses WHERE name = 'Erased'"),
        shop.count("SELECT count(*) FROM order_addresses")
    );
}

#[test]
fn sign_ins_that_are_over_known_browsers_and_used_links_are_forgotten_in_their_time_and_what_holds_stays() {
    let shop = Shop::open();
    let (mut annie, mut elsewhere) = (shop.shopper(), shop.shopper());
    annie.signs_up();
    elsewhere.signs_in();
    elsewhere.visits("/account");
    elsewhere.browser.submit("Sign out", &[]);
    let mut forgetful = shop.browser();
    forgetful.get("/sign-in/reset");
    forgetful.submit("Send me a link", &[("email", "annie@example.com")]);
    shop.owner();
    shop.works();
    let counts =
        || ["sign_ins", "known_devices", "account_links", "invitations"].map(|table| shop.count(&format!("SELECT count(*) FROM {table}")));
    let night = || {
        shop.block_on(shop.wired.worker().schedule()).unwrap();
        shop.jobs_become_due();
        shop.works();
    };
    let before = counts();
    assert_eq!(before, [3, 3, 1, 1]);
    shop.meddle("UPDATE sign_ins SET ended_at = now() - interval '29 days' WHERE ended_at IS NOT NULL");
    shop.meddle("UPDATE known_devices SET seen_at = now() - interval '364 days'");
    shop.meddle("UPDATE account_links SET expires_at = now() - interval '6 days'");
    shop.meddle("UPDATE invitations SET used_at = now() - interval '6 days'");
    night();
    assert_eq!(counts(), before, "their time has not come");
    shop.meddle("UPDATE sign_ins SET ended_at = now() - interval '31 days' WHERE ended_at IS NOT NULL");
    shop.meddle(
        "UPDATE known_devices SET seen_at = now() - interval '366 days' WHERE account_id IN (SELECT id FROM accounts WHERE role IS NULL)",
    );
    shop.meddle("UPDATE account_links SET expires_at = now() - interval '8 days'");
    shop.meddle("UPDATE invitations SET used_at = now() - interval '8 days'");
    night();
    assert_eq!(counts(), [2, 1, 0, 0]);
    annie.visits("/account").must_say("Hello, Annie Preece");
    shop.meddle("UPDATE sign_ins SET started_at = now() - interval '61 days' WHERE way = 'password'");
    night();
    assert_eq!(
        shop.count("SELECT count(*) FROM sign_ins"),
        1,
        "one that was just left is over after thirty days, and forgotten after thirty more"
    );
}

#[test]
fn the_owner_says_how_long_things_are_kept() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/privacy").must_say("Mails that were sent");
    for wrong in ["0", "7301", "-1", "a year", ""] {
        let csrf = owner.visits("/admin/privacy").attribute("input[name=csrf]", "value").unwrap();
        let page = owner.browser.forge("/admin/privacy/rules/mails", &[("csrf", &csrf), ("days", wrong)]);
        assert_eq!(page.status, 422, "{wrong}");
        page.must_say("from 1 to 7300");
    }
    let csrf = owner.visits("/admin/privacy").attribute("input[name=csrf]", "value").unwrap();
    owner.browser.forge("/admin/privacy/rules/mails", &[("csrf", &csrf), ("days", "30")]).must_say("The rule is saved");
    assert_eq!(owner.browser.forge("/admin/privacy/rules/moonlight", &[("csrf", &csrf), ("days", "30")]).status, 404);
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.visits("/account/data").must_say("After 30 days: Mails that were sent are deleted");
    assert_eq!((EraseDue::EVERY, ApplyRetention::EVERY), (600, 86_400));
}
