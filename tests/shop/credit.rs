//! Gift cards and store credit: the ledger, its races and refusals.

use std::{sync::Barrier, thread};

use ironmonger::{
    base::{AccountId, Client, Currency, Email, Error, Money, OrderId, OrderLineId},
    credit::{self, BoughtCard, Credit, Recipient},
    limits::{self, Door, Knock},
    web::Role,
};

use crate::harness::{Shop, Shopper};

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

/// An order of three hammers at £10.00 each, paid, and its line.
fn an_order(shop: &Shop) -> (OrderId, OrderLineId) {
    let mut shopper = shop.shopper();
    an_order_of(shop, &mut shopper)
}

fn an_order_of(shop: &Shop, shopper: &mut Shopper) -> (OrderId, OrderLineId) {
    let hammer = shop.product(&format!("Hammer {}", shop.count("SELECT count(*) FROM products"))).put_up();
    shopper.adds_to_cart(&hammer, 3);
    let number = shopper.buys();
    let id = shop.count(&format!("SELECT id FROM orders WHERE number = '{number}'"));
    (OrderId(id), OrderLineId(shop.count(&format!("SELECT id FROM order_lines WHERE order_id = {id}"))))
}

/// Cards as if the order's line had bought them, with their codes from the mails.
fn issue(shop: &Shop, order: OrderId, line: OrderLineId, amount: i64, quantity: i32) -> Vec<Credit> {
    let bought = BoughtCard { order_line: line, unit_amount: amount, quantity, currency: gbp() };
    shop.write(move |conn| credit::issue_for(conn, "http://shop.test", order, &[bought], "annie@example.com"));
    shop.read(move |conn| credit::cards_of_order(conn, order))
}

/// Does the same so many times at once.
fn race<T: Send>(racers: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    let start = Barrier::new(racers);
    let run = || {
        start.wait();
        work()
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..racers).map(|_| scope.spawn(run)).collect();
        running.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

fn balance(shop: &Shop, card: &Credit) -> i64 {
    let id = card.id;
    shop.read(move |conn| credit::find(conn, id)).balance
}

/// The code in the mail that came last.
fn last_code(shop: &Shop) -> String {
    let text = shop.first("SELECT body_text FROM mails WHERE kind = 'gift_card' ORDER BY created_at DESC, id DESC");
    text.lines().map(str::trim).find(|line| line.len() == 19 && line.matches('-').count() == 3).expect("a code").to_owned()
}

fn account(shop: &Shop) -> AccountId {
    let email = Email::parse("annie@example.com").unwrap();
    shop.read(move |conn| ironmonger::accounts::find_by_email(conn, &email)).unwrap().id
}

#[test]
fn each_unit_that_is_paid_becomes_one_card_and_one_mail_however_often_that_is_told() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    assert_eq!(issue(&shop, order, line, 2500, 3).len(), 3);
    assert_eq!(issue(&shop, order, line, 2500, 3).len(), 3);
    assert_eq!(shop.count("SELECT sum(balance) FROM credits"), 7500);
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'gift_card'"), 3);
    let mail = shop.mails().into_iter().rev().find(|mail| mail.text.contains("gift card of £25.00")).unwrap();
    assert!(mail.text.contains(&last_code(&shop)) && mail.text.contains("/gift-cards/balance"));
}

#[test]
fn the_code_is_in_the_mail_and_nowhere_else() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    issue(&shop, order, line, 2500, 1);
    let (code, bare) = (last_code(&shop), last_code(&shop).replace('-', ""));
    assert_eq!(
        shop.count(&format!("SELECT count(*) FROM credits WHERE credits::text ILIKE '%{bare}%' OR credits::text LIKE '%{code}%'")),
        0
    );
    let found = shop.write({
        let code = code.to_lowercase();
        move |conn| credit::find_card(conn, &code, &Knock::uncounted())
    });
    assert_eq!(found.unwrap().balance, 2500);
}

#[test]
fn many_who_spend_at_once_never_take_more_than_there_is() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    let taken = race(8, || shop.write(move |conn| credit::spend(conn, card.id, order, 300)));
    assert_eq!(taken.iter().sum::<i64>(), 1000);
    assert_eq!(taken.iter().filter(|taken| **taken == 300).count(), 3);
    assert_eq!(balance(&shop, &card), 0);
    assert_eq!(shop.count("SELECT sum(amount) FROM credit_entries"), 0);
}

#[test]
fn giving_back_at_once_gives_back_no_more_than_was_spent() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    shop.write(move |conn| credit::spend(conn, card.id, order, 700));
    let given = race(6, || shop.block_on(shop.db.write(move |conn| credit::give_back(conn, card.id, order, 200, "Pat"))).is_ok());
    assert_eq!(given.into_iter().filter(|given| *given).count(), 3);
    assert_eq!(balance(&shop, &card), 900);
}

#[test]
fn a_refund_comes_back_to_a_card_once() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    shop.meddle(
        "INSERT INTO refunds (id, attempt_id, amount, actor)
         SELECT '00000000-0000-0000-0000-000000000001', id, 1, 'Pat' FROM payment_attempts LIMIT 1",
    );
    let refund = "00000000-0000-0000-0000-000000000001".parse().unwrap();
    shop.write(move |conn| credit::spend(conn, card.id, order, 700));
    let once = || shop.write(move |conn| credit::give_back_once(conn, card.id, order, refund, 300, "Pat"));
    assert_eq!((once(), once()), (true, false));
    assert_eq!(balance(&shop, &card), 600);
}

#[test]
fn what_is_disabled_expired_or_in_other_money_pays_for_nothing() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    let spend = || shop.write(move |conn| credit::spend(conn, card.id, order, 100));
    for (change, undo) in [
        ("disabled_at = now()", "disabled_at = NULL"),
        ("expires_at = now() - interval '1 second'", "expires_at = NULL"),
        ("currency = 'EUR'", "currency = 'GBP'"),
    ] {
        shop.meddle(&format!("UPDATE credits SET {change}"));
        assert_eq!(spend(), 0, "{change}");
        shop.meddle(&format!("UPDATE credits SET {undo}"));
    }
    assert_eq!(spend(), 100);
    assert_eq!(shop.write(move |conn| credit::spend(conn, card.id, order, -5)), 0);
}

#[test]
fn the_ledger_can_t_be_rewritten_nor_a_balance_written_past_it() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    issue(&shop, order, line, 1000, 1);
    for sql in [
        "UPDATE credit_entries SET amount = 5000",
        "DELETE FROM credit_entries",
        "TRUNCATE credit_entries",
        "UPDATE credits SET balance = 5000",
        "INSERT INTO credits (kind, currency, balance) VALUES ('store_credit', 'GBP', 500)",
        "INSERT INTO credit_entries (credit_id, amount, cause, actor) SELECT id, -2000, 'adjusted', 'x' FROM credits",
    ] {
        assert!(shop.tries_as_owner(sql).is_err(), "{sql}");
    }
    assert_eq!(shop.count("SELECT balance FROM credits"), 1000);
}

#[test]
fn whoever_guesses_codes_is_stopped_and_others_are_not() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    issue(&shop, order, line, 1000, 1);
    let code = last_code(&shop);
    let (mallory, annie) = ("203.0.113.9", "203.0.113.10");
    let tries = |code: &str, who: &str| {
        let (code, client) = (code.to_owned(), Client { address: who.parse().unwrap() });
        let knock = match shop.block_on(limits::knock(&shop.db, Door::GiftCard, &client, None)) {
            Err(Error::TooMany(_)) => return Err("wait".to_owned()),
            counted => counted.unwrap(),
        };
        shop.write(move |conn| credit::find_card(conn, &code, &knock)).map(|card| card.balance)
    };
    let wrong = race(12, || tries("0000-0000-0000-0000", mallory).unwrap_err());
    assert_eq!(wrong.iter().filter(|told| *told == "wait").count(), 2);
    assert_eq!(tries(&code, mallory), Err("wait".to_owned()), "even the right one");
    for _ in 0..12 {
        assert_eq!(tries(&code, annie), Ok(1000), "right codes do not count");
        assert!(tries("what is no code", annie).is_err(), "nor do slips of the pen");
    }
    shop.meddle("UPDATE tries SET free_at = free_at - interval '61 seconds'");
    assert_eq!(tries(&code, mallory), Ok(1000));
}

#[test]
fn unknown_empty_disabled_and_expired_cards_are_told_in_the_same_words() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    let code = last_code(&shop);
    let told = |code: &str| {
        let code = code.to_owned();
        shop.write(move |conn| credit::find_card(conn, &code, &Knock::uncounted())).unwrap_err()
    };
    let unknown = told("0000-0000-0000-0000");
    shop.meddle("UPDATE credits SET disabled_at = now()");
    assert_eq!(told(&code), unknown);
    shop.meddle("UPDATE credits SET disabled_at = NULL, expires_at = now()");
    assert_eq!(told(&code), unknown);
    shop.meddle("UPDATE credits SET expires_at = NULL");
    shop.write(move |conn| credit::spend(conn, card.id, order, 1000));
    assert_eq!(told(&code), unknown);
}

#[test]
fn a_cancelled_order_s_cards_are_taken_back_unless_some_were_spent() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 2).remove(0);
    let void = || shop.write(move |conn| credit::void_of_order(conn, order, "Pat"));
    shop.write(move |conn| credit::spend(conn, card.id, order, 300));
    assert_eq!(void().unwrap_err().amount, Money::new(300, gbp()));
    shop.write(move |conn| credit::give_back(conn, card.id, order, 300, "Pat"));
    assert_eq!(void(), Ok(2000));
    assert_eq!(void(), Ok(0));
    assert_eq!(shop.count("SELECT count(*) FROM credits WHERE balance = 0 AND disabled_at IS NOT NULL"), 2);
}

#[test]
fn a_card_that_is_sent_to_a_friend_has_a_new_code_and_the_old_one_is_void() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    let old = last_code(&shop);
    let friend = Recipient { email: "bob@example.com".into(), name: "Bob".into(), message: "Many happy returns".into() };
    shop.write(move |conn| credit::send_to(conn, "http://shop.test", card.id, &friend, "Pat Bridger"));
    let new = last_code(&shop);
    let find = |code: String| shop.write(move |conn| credit::find_card(conn, &code, &Knock::uncounted())).is_ok();
    assert!(old != new && !find(old) && find(new));
    let mail = shop.mails().pop().unwrap().text;
    assert!(mail.contains("bob@example.com") && mail.contains("Hello Bob") && mail.contains("Many happy returns"));
    assert_eq!(shop.first("SELECT concat_ws(' ', recipient_email, actor) FROM credit_sendings"), "bob@example.com Pat Bridger");
    assert_eq!(
        shop.count(
            "SELECT count(*) FROM credit_sendings s JOIN credits c ON c.code_last4 = s.code_after AND s.code_before <> s.code_after"
        ),
        1
    );
}

#[test]
fn store_credit_is_one_balance_for_each_customer_and_currency() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    let (order, _) = an_order_of(&shop, &mut annie);
    let account = account(&shop);
    let granted = race(4, || shop.write(move |conn| credit::grant(conn, account, gbp(), 250, Some(order), "Sorry", "Pat")));
    assert!(granted.windows(2).all(|two| two[0] == two[1]));
    let held = shop.read(move |conn| credit::store_credit_of(conn, account, gbp())).unwrap();
    assert_eq!(held.balance, 1000);
    assert_eq!(shop.write(move |conn| credit::spend(conn, held.id, order, 5000)), 1000);
    assert!(shop.read(move |conn| credit::store_credit_of(conn, account, Currency::parse("EUR").unwrap())).is_none());
}

#[test]
fn what_is_owed_is_the_sum_of_all_balances_and_expired_cards_are_written_off() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    issue(&shop, order, line, 1000, 3);
    let owed = || shop.read(credit::liability).first().map_or(0, |liability| liability.owed.minor);
    assert_eq!(owed(), 3000);
    shop.meddle("UPDATE credits SET expires_at = now() - interval '1 day' WHERE unit = 1");
    assert_eq!(shop.write(credit::write_off_expired), 1);
    assert_eq!(shop.write(credit::write_off_expired), 0);
    assert_eq!(owed(), 2000);
}

#[test]
fn a_new_card_lives_as_long_as_the_shop_has_set() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    shop.meddle("UPDATE store SET gift_card_months = 24");
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    let days = (card.expires_at.unwrap() - card.created_at).num_days();
    assert!((729..=732).contains(&days), "{days}");
}

#[test]
fn money_that_comes_back_to_a_card_that_ended_meanwhile_can_be_spent_again() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    shop.write(move |conn| credit::spend(conn, card.id, order, 1000));
    shop.meddle("UPDATE credits SET expires_at = now() - interval '1 day'");
    shop.write(move |conn| credit::give_back(conn, card.id, order, 1000, "Pat"));
    assert_eq!(shop.write(move |conn| credit::spend(conn, card.id, order, 400)), 400);
}

#[test]
fn anybody_looks_at_a_card_s_balance_by_its_code() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    issue(&shop, order, line, 2550, 1);
    let mut annie = shop.browser();
    annie.get("/");
    annie.follow("Gift card balance");
    annie.submit("Show the balance", &[("code", "7Q2M")]).must_say("16 letters and digits");
    assert_eq!(annie.page().status, 422);
    annie.submit("Show the balance", &[("code", "0000-0000-0000-0000")]).must_say("no money on a gift card with this code");
    assert_eq!(annie.page().attribute("input[name=code]", "value").as_deref(), Some("0000-0000-0000-0000"));
    annie.submit("Show the balance", &[("code", &last_code(&shop))]).must_say("£25.50");
    assert!(!annie.page().url.as_str().contains(&last_code(&shop)));
}

#[test]
fn staff_issue_a_card_once_send_it_again_and_disable_it() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    pat.visits("/admin/gift-cards").must_say("No gift cards yet");
    pat.browser.follow("Issue a gift card");
    let form = pat.page().form("Issue and send it");
    pat.browser.submit("Issue and send it", &[("amount", "none"), ("email", "bob")]).must_say("name@example.com");
    assert_eq!((pat.page().status, pat.page().attribute("#amount", "value").as_deref()), (422, Some("none")));
    let right = [("amount", "30"), ("email", "bob@example.com"), ("message", "Well done")];
    pat.browser.submit("Issue and send it", &right).must_say("£30.00");
    let request = &form.fields.iter().find(|(name, _)| name == "request").unwrap().1;
    pat.visits("/admin/gift-cards/new");
    pat.browser.submit("Issue and send it", &[&right[..], &[("request", request.as_str())]].concat());
    assert_eq!(shop.count("SELECT count(*) FROM credits"), 1);
    let code = last_code(&shop);
    pat.browser.follow("Send it again");
    pat.browser.submit("Send it with a new code", &[("email", "rob@example.com")]).must_say("Sent: to rob@example.com, with the code …");
    assert_ne!(last_code(&shop), code);
    assert_eq!(shop.mails().len(), 2);
    pat.browser.submit("Disable it", &[]).must_say("Disabled");
    assert!(!pat.page().says("Send it again"));
    pat.browser.submit("Let it be spent again", &[]).must_say("Unused");
    for sought in [last_code(&shop), last_code(&shop)[15..].to_owned(), "rob@".to_owned()] {
        pat.visits(&format!("/admin/gift-cards?q={sought}")).must_say("1 gift card");
    }
    pat.visits("/admin/gift-cards?q=ann@").must_say("No gift card fits");
}

#[test]
fn a_card_that_was_just_sent_is_not_sent_again_by_a_second_click() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    let mut pat = shop.staff(Role::Staff);
    let path = format!("/admin/gift-cards/{}/mails/new", card.id);
    pat.visits(&path);
    pat.browser.submit("Send it with a new code", &[]);
    pat.visits(&path);
    pat.browser.submit("Send it with a new code", &[("last4", &card.last4)]).must_say("just been sent");
    assert_eq!(pat.page().status, 422);
}

#[test]
fn only_the_owner_changes_a_balance_and_a_second_click_changes_nothing() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    let path = format!("/admin/gift-cards/{}/adjustments/new", card.id);
    assert_eq!(shop.staff(Role::Staff).visits(&path).status, 403);
    let mut owner = shop.owner();
    owner.visits(&path);
    let take = [("direction", "take"), ("amount", "4"), ("reason", "Issued too much")];
    owner.browser.submit("Change the balance", &[&take[..2], &[("amount", "40"), ("reason", "x")]].concat()).must_say("only £10.00");
    owner.browser.submit("Change the balance", &take).must_say("Issued too much");
    assert_eq!(balance(&shop, &card), 600);
    owner.visits(&path);
    owner.browser.submit("Change the balance", &[&take[..], &[("seen", "1000")]].concat()).must_say("£6.00 by now");
    assert_eq!(balance(&shop, &card), 600);
}

#[test]
fn a_customer_s_store_credit_is_given_by_staff_and_seen_in_the_account() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.visits("/account/credit").must_say("You have no store credit");
    an_order_of(&shop, &mut annie);
    let mut pat = shop.staff(Role::Staff);
    pat.opens_customer("annie@example.com");
    pat.browser.follow("Look at it or change it");
    pat.browser.submit("Add to the store credit", &[("amount", "7.50"), ("reason", "")]).must_say("Enter the reason");
    pat.browser.submit("Add to the store credit", &[("amount", "7.50"), ("reason", "A late parcel")]).must_say("A late parcel");
    pat.browser.submit("Add to the store credit", &[("direction", "take"), ("amount", "1"), ("reason", "x")]);
    assert_eq!(pat.page().status, 403);
    annie.visits("/account");
    annie.browser.follow("Store credit");
    annie.page().must_say("£7.50").must_say("Credited: A late parcel").must_say("+£7.50");
    assert_eq!(shop.browser().get("/account/credit").url.path(), "/sign-in");
}

#[test]
fn a_gift_card_among_the_products_is_sold_without_weight_tax_and_stock() {
    let shop = Shop::open();
    let card = shop.product("Gift card").price("25.00").weighs(900).gift_card().put_up();
    let mut annie = shop.shopper();
    annie.visits(&card).must_say("Sent by e-mail");
    assert!(!annie.page().text_of("main").contains("Includes tax"));
    annie.adds_to_cart(&card, 2);
    annie.buys();
    assert_eq!(shop.count("SELECT count(*) FROM order_tax_lines WHERE order_line_id IS NOT NULL"), 0);
    assert_eq!(shop.count("SELECT weight_grams FROM order_lines"), 0);
}

#[test]
fn staff_mark_a_product_as_gift_card_and_sell_it_without_counting() {
    let shop = Shop::open();
    shop.product("Voucher").put_up();
    let mut pat = shop.staff(Role::Staff);
    pat.visits("/admin/products");
    pat.browser.follow("Voucher");
    pat.browser.follow("Edit");
    pat.browser.submit("Save product", &[("is_gift_card", "on")]).must_say("Gift cards have no stock");
    pat.browser.submit("Sell it without counting", &[]).must_say("Sold without counting");
    assert!(!pat.page().says("Gift cards have no stock"));
}

#[test]
fn expired_cards_are_written_off_by_the_job_that_comes_round() {
    let shop = Shop::open();
    let (order, line) = an_order(&shop);
    let card = issue(&shop, order, line, 1000, 1).remove(0);
    shop.meddle("UPDATE credits SET expires_at = now() - interval '1 day'");
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works();
    assert_eq!(balance(&shop, &card), 0);
    let mut pat = shop.staff(Role::Staff);
    pat.visits(&format!("/admin/gift-cards/{}", card.id)).must_say("Expired").must_say("−£10.00");
}

#[test]
fn the_buyer_sends_a_gift_card_on_with_a_new_code_but_not_to_the_whole_world() {
    let shop = Shop::open();
    let card = shop.product("Gift card").price("25.00").gift_card().put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&card, 1);
    annie.buys();
    shop.works();
    let first = last_code(&shop);
    let order = shop.first("SELECT '/orders/' || number || '?token=' || token FROM orders");
    annie.visits(&order).must_say("Sent to annie@example.com");
    annie.browser.follow("Send it to somebody");
    let page = annie.browser.submit("Send the gift card", &[("email", "no address"), ("message", "Happy birthday")]);
    assert_eq!((page.status, page.text_of("#message").as_str()), (422, "Happy birthday"));
    annie.browser.submit("Send the gift card", &[("email", "bob@example.com")]).must_say("on its way to bob@example.com");
    annie.page().must_say("Sent to bob@example.com");
    assert_ne!(last_code(&shop), first);
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'gift_card' AND recipient = 'bob@example.com'"), 1);
    for _ in 0..4 {
        annie.browser.follow("Send it to somebody");
        annie.browser.submit("Send the gift card", &[("email", "bob@example.com")]).must_say("on its way");
    }
    annie.browser.follow("Send it to somebody");
    annie.browser.submit("Send the gift card", &[("email", "eve@example.com")]).must_say("sent on several times already");
    let path = order.replace('?', &format!("/gift-cards/{}?", shop.count("SELECT id FROM credits")));
    assert_eq!(shop.browser().get(&path).status, 200, "the order's link opens it");
    assert_eq!(shop.browser().get(path.split('?').next().unwrap()).status, 404, "and nothing else does");
}

#[test]
fn what_paid_for_a_gift_card_goes_back_only_once_the_card_is_disabled() {
    let shop = Shop::open();
    let card = shop.product("Gift card").price("25.00").gift_card().put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&card, 1);
    let number = annie.buys();
    shop.works();
    let mut owner = shop.owner();
    owner.refunds(&number, "25.00").must_say("£25.00 of it was paid for gift cards that can be spent");
    assert_eq!(shop.count("SELECT count(*) FROM refunds"), 0);
    shop.meddle("UPDATE credits SET disabled_at = now()");
    owner.refunds(&number, "25.00");
    assert_eq!(shop.count("SELECT count(*) FROM refunds"), 1);
}
