//! What buyers say: who may, who reads it first, and what it adds up to.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use ironmonger::{
    base::AccountId,
    search::{self, Keeper, SearchIndex},
    web::Role,
};
use serde_json::Value;

use crate::harness::{Page, Shop, Shopper, Staff, UNTICKED};

const HAMMER: &str = "/products/claw-hammer";

fn with_hammer() -> Shop {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(50).category(&["Hand tools", "Hammers"]).put_up();
    shop
}

/// Annie, who was sent the hammer.
fn buyer(shop: &Shop, staff: &mut Staff) -> Shopper {
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(HAMMER, 1);
    let number = annie.buys();
    staff.ships(&number, "RM1");
    annie
}

fn writes<'a>(annie: &'a mut Shopper, stars: &str, body: &str) -> &'a Page {
    annie.visits(&format!("{HAMMER}/reviews/new"));
    annie.browser.submit("Send the review", &[("stars", stars), ("body", body)])
}

/// Reviews that nobody with an account wrote.
fn brought(shop: &Shop, slug: &str, stars: &[i16]) {
    for stars in stars {
        shop.meddle(&format!(
            "INSERT INTO reviews (product_id, name, stars, body, state)
             SELECT id, 'Somebody', {stars}, 'Well', 'published' FROM products WHERE slug = '{slug}'"
        ));
    }
}

fn reviews(shop: &Shop, state: &str) -> i64 {
    shop.count(&format!("SELECT count(*) FROM reviews WHERE state = '{state}'"))
}

/// A page as it is without waiting for anything.
fn plainly(shop: &Shop, path: &str) -> String {
    reqwest::blocking::Client::builder().no_proxy().build().unwrap().get(format!("{}{path}", shop.url)).send().unwrap().text().unwrap()
}

fn soon(what: &str, mut look: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !look() {
        assert!(began.elapsed() < Duration::from_secs(8), "it does not come: {what}");
        thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}

fn product_thing(page: &Page) -> Value {
    let things = page.texts_of("script[type='application/ld+json']");
    things.iter().map(|text| serde_json::from_str::<Value>(text).unwrap()).find(|thing| thing["@type"] == "Product").unwrap()
}

#[test]
fn only_who_was_sent_it_may_review_it_and_once() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = shop.shopper();
    annie.visits(HAMMER).must_say("Nobody has reviewed this yet");
    annie.browser.follow("Write a review");
    assert_eq!(annie.page().url.path(), "/sign-in", "a stranger signs in first");
    assert!(annie.page().url.query().unwrap().contains("reviews%2Fnew"), "{}", annie.page().url);

    annie.signs_up();
    let refusal = "Only those who bought this here can review it";
    assert!(!annie.visits(&format!("{HAMMER}/reviews/new")).must_say(refusal).says("Send the review"));
    let fields = |annie: &Shopper| {
        let csrf = annie.page().attribute("input[name=csrf]", "value").unwrap();
        [("csrf", csrf), ("stars", "5".to_owned()), ("body", "Great".to_owned()), ("name", "Annie".to_owned())]
    };
    let forged = fields(&annie);
    let forged: Vec<_> = forged.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = annie.browser.forge(&format!("{HAMMER}/reviews"), &forged);
    assert_eq!(page.must_say(refusal).status, 422);

    annie.adds_to_cart(HAMMER, 1);
    let number = annie.buys();
    annie.visits(&format!("{HAMMER}/reviews/new")).must_say(refusal);
    staff.ships(&number, "RM1");

    annie.visits("/account/reviews").must_say("What do you think of these?");
    annie.browser.follow("Review Claw hammer");
    assert_eq!(annie.page().attribute("#name", "value").as_deref(), Some("Annie"), "not the whole name");
    annie.browser.submit("Send the review", &[("stars", "4"), ("title", "Well balanced"), ("body", "It drives nails.")]);
    annie.page().must_say("We read every review before it is shown").must_say("Being read").must_say("Well balanced");
    assert!(!annie.page().says("What do you think of these?"), "it is said");
    annie.visits(HAMMER).must_say("Nobody has reviewed this yet");

    annie.visits(&format!("{HAMMER}/reviews/new")).must_say("We have not read this yet");
    assert_eq!(annie.page().text_of("#body"), "It drives nails.");
    annie.browser.submit("Send the review", &[("body", "It drives nails, and draws them.")]);
    assert_eq!(shop.count("SELECT count(*) FROM reviews"), 1, "another wording takes the place of the first");
    assert_eq!(shop.first("SELECT stars || ' ' || body FROM reviews"), "4 It drives nails, and draws them.");
}

#[test]
fn nobody_reviews_before_their_address_is_confirmed_nor_while_they_are_blocked() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    let refused = |annie: &mut Shopper, words: &str| {
        let page = annie.visits(&format!("{HAMMER}/reviews/new"));
        assert!(!page.must_say(words).says("Send the review"));
        let csrf = page.attribute("input[name=csrf]", "value").unwrap();
        let fields = [("csrf", csrf.as_str()), ("stars", "5"), ("body", "Great"), ("name", "Annie")];
        assert_eq!(annie.browser.forge(&format!("{HAMMER}/reviews"), &fields).must_say(words).status, 422);
        assert!(!annie.visits("/account/reviews").says("Review Claw hammer"));
    };
    shop.meddle("UPDATE accounts SET confirmed_at = NULL WHERE role IS NULL");
    refused(&mut annie, "Confirm your e-mail address first");
    annie.visits("/account/reviews").must_say("Confirm your e-mail address");
    shop.meddle("UPDATE accounts SET confirmed_at = now(), blocked_at = now() WHERE role IS NULL");
    refused(&mut annie, "Reviews can’t be written with this account");
    assert_eq!(shop.count("SELECT count(*) FROM reviews"), 0);
    shop.meddle("UPDATE accounts SET blocked_at = NULL WHERE role IS NULL");
    writes(&mut annie, "5", "Great").must_say("Thank you");
}

#[test]
fn who_acts_for_a_customer_writes_no_review_in_their_place() {
    let shop = with_hammer();
    let mut owner = shop.owner();
    buyer(&shop, &mut owner);
    owner.opens_customer("annie@example.com");
    owner.browser.submit("Act for them", &[("acting_reason", "Telephoned")]);
    let words = "What they think of it they write themselves";
    let page = owner.visits(&format!("{HAMMER}/reviews/new"));
    assert!(!page.must_say(words).says("Send the review"));
    let csrf = page.attribute("input[name=csrf]", "value").unwrap();
    let fields = [("csrf", csrf.as_str()), ("stars", "5"), ("body", "Great"), ("name", "Annie")];
    assert_eq!(owner.browser.forge(&format!("{HAMMER}/reviews"), &fields).must_say(words).status, 422);
    assert_eq!(shop.count("SELECT count(*) FROM reviews"), 0);
}

#[test]
fn what_a_guest_bought_counts_once_they_have_an_account_with_a_confirmed_address() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let (mut annie, mut guest) = (shop.shopper(), shop.shopper());
    annie.signs_up();
    shop.meddle("UPDATE accounts SET confirmed_at = NULL WHERE role IS NULL");
    guest.adds_to_cart(HAMMER, 1);
    let number = guest.buys();
    staff.ships(&number, "RM1");
    assert!(!annie.visits("/account/reviews").says("Review Claw hammer"));
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE account_id IS NOT NULL"), 0);
    shop.meddle("UPDATE accounts SET confirmed_at = now() WHERE role IS NULL");
    annie.visits("/account/reviews").must_say("Review Claw hammer");
    writes(&mut annie, "4", "Bought at the counter of the web.").must_say("Thank you");
    let mut bert = shop.shopper();
    bert.email = "bert@example.com".to_owned();
    bert.signs_up();
    bert.visits(&format!("{HAMMER}/reviews/new")).must_say("Only those who bought this here");
}

#[test]
fn an_order_that_is_cancelled_or_not_paid_lets_nobody_review() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    for change in ["payment_state = 'due'", "lifecycle = 'cancelled'", "account_id = NULL, email = 'bert@example.com'"] {
        shop.meddle(&format!("SET LOCAL session_replication_role = replica; UPDATE orders SET {change}"));
        annie.visits(&format!("{HAMMER}/reviews/new")).must_say("Only those who bought this here");
        annie.visits("/account/reviews");
        assert!(!annie.page().says("Review Claw hammer"), "{change}");
        shop.meddle(
            "SET LOCAL session_replication_role = replica;
             UPDATE orders SET payment_state = 'paid', lifecycle = 'completed', account_id = (SELECT id FROM accounts WHERE role IS NULL),
                email = 'annie@example.com'",
        );
    }
    assert!(annie.visits(&format!("{HAMMER}/reviews/new")).says("Send the review"));
}

#[test]
fn what_is_missing_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    annie.visits(&format!("{HAMMER}/reviews/new"));
    let page = annie.browser.submit("Send the review", &[("title", "Heavy"), ("body", ""), ("name", "")]);
    assert_eq!(page.status, 422);
    page.must_say("Choose from 1 to 5 stars").must_say("Write a few words").must_say("Enter a name to stand beside it");
    assert!(page.title().starts_with("Error: "));
    assert_eq!(page.attribute("#title", "value").as_deref(), Some("Heavy"));
    let page = annie.browser.submit("Send the review", &[("stars", "2"), ("body", &"x".repeat(4001)), ("name", "A")]);
    page.must_say("Shorten this to 4000 characters");
    assert!(page.has("input[name=stars][value='2'][checked]"));
    assert_eq!(reviews(&shop, "waiting"), 0);
}

#[test]
fn a_review_changes_average_count_and_json_ld_on_every_server_within_a_second_and_a_refused_one_does_not() {
    let shop = with_hammer();
    let other = Shop::over(&shop);
    let mut staff = shop.staff(Role::Staff);
    brought(&shop, "claw-hammer", &[5]);
    let mut annie = buyer(&shop, &mut staff);
    writes(&mut annie, "2", "The head came loose.");
    let sees = |words: &str| plainly(&other, HAMMER).contains(words);
    soon("the first review", || sees("5.0 out of 5, from 1 review"));
    assert!(plainly(&other, "/categories/hammers").contains("5.0<span class=\"unseen\"> out of 5 stars"));

    staff.visits("/admin/reviews").must_say("The head came loose.").must_say("annie@example.com");
    let wording = staff.page().attribute("input[name=review]", "value").unwrap();
    staff.browser.submit("Refuse the chosen ones", &[("review", &wording)]).must_say("1 review is refused");
    thread::sleep(Duration::from_millis(300));
    assert!(sees("5.0 out of 5, from 1 review") && !sees("came loose"));
    annie.visits("/account/reviews").must_say("Not shown");

    staff.visits("/admin/reviews?state=refused");
    staff.browser.submit("Publish the chosen ones", &[("review", &wording)]).must_say("1 review is published");
    let took = soon("the second review", || sees("3.5 out of 5, from 2 reviews") && sees("The head came loose."));
    assert!(took < Duration::from_secs(1), "{took:?}");
    soon("the list", || plainly(&other, "/categories/hammers").contains("3.5<span class=\"unseen\"> out of 5 stars"));

    let thing = product_thing(shop.shopper().visits(HAMMER));
    assert_eq!((&thing["aggregateRating"]["ratingValue"], &thing["aggregateRating"]["reviewCount"]), (&"3.5".into(), &2.into()));
    let said = thing["review"].as_array().unwrap();
    assert_eq!((&said[0]["reviewBody"], &said[0]["reviewRating"]["ratingValue"]), (&"The head came loose.".into(), &2.into()));
    assert_eq!(said[0]["author"]["name"], "Annie");
    assert!(product_thing(shop.shopper().visits(HAMMER)).get("review").is_some());
}

#[test]
fn a_product_without_reviews_says_nothing_of_stars_to_search_engines() {
    let shop = with_hammer();
    let thing = product_thing(shop.shopper().visits(HAMMER));
    assert!(thing.get("aggregateRating").is_none() && thing.get("review").is_none(), "{thing}");
}

#[test]
fn what_its_author_changed_meanwhile_is_not_published() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    writes(&mut annie, "5", "Nice.");
    staff.visits("/admin/reviews");
    let wording = staff.page().attribute("input[name=review]", "value").unwrap();
    writes(&mut annie, "1", "Buy at evil.example instead.");
    staff.browser.submit("Publish the chosen ones", &[("review", &wording)]).must_say("None is published").must_say("look again");
    assert_eq!((reviews(&shop, "published"), reviews(&shop, "waiting")), (0, 1));

    let wording = staff.visits("/admin/reviews").attribute("input[name=review]", "value").unwrap();
    staff.browser.submit("Publish the chosen ones", &[("review", &wording)]).must_say("1 review is published");
    writes(&mut annie, "1", "Buy at evil.example instead.").must_say("Thank you");
    assert_eq!(reviews(&shop, "published"), 1, "the same words once more change nothing");
    writes(&mut annie, "1", "Something else.").must_say("We read every review before it is shown");
    assert_eq!((reviews(&shop, "published"), reviews(&shop, "waiting")), (0, 1), "another wording waits");
    annie.visits(HAMMER).must_say("Nobody has reviewed this yet");
}

#[test]
fn staff_publish_several_at_once_and_none_without_choosing() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    brought(&shop, "claw-hammer", &[5, 4, 3]);
    shop.meddle("UPDATE reviews SET state = 'waiting'");
    staff.visits("/admin/reviews").must_say("3 reviews");
    staff.browser.submit("Publish the chosen ones", &[]).must_say("Select at least one review first");
    assert_eq!(reviews(&shop, "published"), 0);
    let csrf = staff.page().attribute("input[name=csrf]", "value").unwrap();
    let ids: Vec<String> = (1..=3).map(|at| format!("{at}-1")).collect();
    let mut fields = vec![("csrf", csrf.as_str()), ("decision", "publish"), ("state", "waiting")];
    fields.extend(ids.iter().map(|id| ("review", id.as_str())));
    staff.browser.forge("/admin/reviews/decisions", &fields).must_say("3 reviews are published").must_say("Nothing waits to be read");
    fields.retain(|(name, _)| *name != "decision");
    assert_eq!(staff.browser.forge("/admin/reviews/decisions", &fields).status, 422, "nothing says what to do");
    assert_eq!(reviews(&shop, "published"), 3);
    let told = "SELECT count(*) FROM audit_entries WHERE subject = 'reviews' AND before ->> 'state' = 'waiting' AND after ->> 'state' = 'published'";
    assert_eq!(shop.count(told), 3, "who decided stands in the record");
    staff.visits("/admin/reviews?state=all&q=nowhere").must_say("No review fits");
    staff.visits("/admin/reviews?state=all&q=claw").must_say("3 reviews");
}

#[test]
fn the_shop_s_answer_stands_below_the_review_until_it_is_taken_away() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    brought(&shop, "claw-hammer", &[2]);
    staff.visits("/admin/reviews?state=published");
    staff.browser.follow("Claw hammer");
    staff.browser.submit("Save the answer", &[("reply", "We are sorry.\n\nSend it back.")]).must_say("The answer is saved");
    let mut annie = shop.shopper();
    annie.visits(HAMMER).must_say("answers:").must_say("We are sorry.").must_say("Send it back.");
    staff.browser.submit("Save the answer", &[("reply", &"x".repeat(2001))]).must_say("Shorten this to 2000 characters");
    assert_eq!(staff.page().status, 422);
    staff.browser.submit("Save the answer", &[("reply", "")]).must_say("The answer is taken away");
    assert!(!annie.visits(HAMMER).says("answers:"));
    assert_eq!(staff.visits("/admin/reviews/999").status, 404);
}

#[test]
fn a_sixth_review_on_one_day_waits_until_there_is_time_for_it() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    for n in 1..=5 {
        writes(&mut annie, "5", &format!("Wording {n}.")).must_say("Thank you");
    }
    let page = writes(&mut annie, "5", "Wording 6.");
    assert_eq!(page.status, 429);
    assert!(page.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 60);
    assert_eq!(shop.first("SELECT body FROM reviews"), "Wording 5.");
}

#[test]
fn markup_in_a_review_is_shown_as_the_text_that_it_is() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    let evil = "</script><script>alert(1)</script> <a href=\"https://evil.example\">x</a> https://evil.example";
    annie.visits(&format!("{HAMMER}/reviews/new"));
    annie.browser.submit("Send the review", &[("stars", "5"), ("title", "<b>bold</b>"), ("body", evil), ("name", "<i>Annie</i>")]);
    let wording = staff.visits("/admin/reviews").must_say("<b>bold</b>").attribute("input[name=review]", "value").unwrap();
    assert!(!staff.page().has("td b") && !staff.page().has("script"));
    staff.browser.submit("Publish the chosen ones", &[("review", &wording)]);
    for path in [HAMMER.to_owned(), format!("{HAMMER}/reviews")] {
        let page = annie.visits(&path);
        page.must_say("<b>bold</b>").must_say("<script>alert(1)</script>").must_say("<i>Annie</i>");
        assert!(
            !page.has("a[href*='evil']") && !page.has(".opinions b") && !page.has("script:not([type='application/ld+json'])"),
            "{path}"
        );
    }
    assert_eq!(product_thing(annie.visits(HAMMER))["review"][0]["reviewBody"], evil);
}

#[test]
fn an_author_deletes_what_is_theirs_and_nothing_else() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    writes(&mut annie, "5", "Nice.");
    shop.meddle("UPDATE reviews SET state = 'published'");
    let id = shop.first("SELECT id FROM reviews");
    let mut bert = shop.shopper();
    bert.email = "bert@example.com".to_owned();
    bert.signs_up();
    assert_eq!(bert.visits(&format!("/account/reviews/{id}/deletion")).status, 404);
    let csrf = bert.visits("/account/reviews").attribute("input[name=csrf]", "value").unwrap();
    assert_eq!(bert.browser.forge(&format!("/account/reviews/{id}/deletion"), &[("csrf", &csrf)]).status, 404);
    assert_eq!(reviews(&shop, "published"), 1);

    annie.visits("/account/reviews").must_say("Shown");
    annie.browser.follow("Delete").must_say("This can’t be undone");
    annie.browser.submit("Delete the review", &[]).must_say("Your review is deleted");
    assert_eq!(shop.first("SELECT reviews || ' ' || stars FROM product_ratings"), "0 0");
    annie.visits(HAMMER).must_say("Nobody has reviewed this yet");
}

#[test]
fn many_reviews_come_in_pages_the_newest_first() {
    let shop = with_hammer();
    shop.meddle(
        "INSERT INTO reviews (product_id, name, stars, body, state)
         SELECT p.id, '', 4, 'Number ' || n || '.', CASE n WHEN 45 THEN 'waiting' ELSE 'published' END
         FROM products p, generate_series(1, 45) n",
    );
    let mut annie = shop.shopper();
    let page = annie.visits(HAMMER);
    assert_eq!(page.texts_of(".opinions li").len(), 5);
    page.must_say("Number 44.").must_say("A customer");
    assert!(!page.says("Number 45.") && !page.says("Number 39."));
    annie.browser.follow("All 44 reviews").must_say("1–20 of 44 reviews").must_say("Number 44.");
    let page = annie.browser.follow("Next");
    page.must_say("21–40 of 44 reviews").must_say("Number 24.");
    assert!(page.title().contains("page 2"), "{}", page.title());
    assert_eq!(page.attribute("link[rel=canonical]", "href").unwrap(), format!("{}{HAMMER}/reviews?page=2", shop.url));
    for odd in ["?page=0", "?page=-1", "?page=99", "?page=9999999999999"] {
        assert!(annie.visits(&format!("{HAMMER}/reviews{odd}")).status < 500, "{odd}");
    }
    shop.meddle("UPDATE products SET status = 'draft'");
    assert_eq!(annie.visits(&format!("{HAMMER}/reviews")).status, 404, "what is not shown has no reviews either");
    assert_eq!(annie.visits("/products/nothing/reviews").status, 404);
}

#[test]
fn where_the_shop_leaves_reading_out_a_review_is_seen_at_once() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[("reviews_moderated", UNTICKED)]);
    assert!(!owner.visits("/admin/settings").has("#reviews_moderated[checked]"));
    writes(&mut annie, "5", "Nice.").must_say("Your review is on the product’s page");
    annie.visits(HAMMER).must_say("5.0 out of 5");
    shop.meddle("UPDATE reviews SET state = 'refused'");
    writes(&mut annie, "5", "Nicer.").must_say("We read every review");
    assert_eq!(reviews(&shop, "waiting"), 1, "what staff refused once they look at again");
}

#[test]
fn only_pages_that_show_it_are_made_anew_for_a_review() {
    let shop = with_hammer();
    shop.product("Hand saw").category(&["Hand tools", "Saws"]).put_up();
    brought(&shop, "claw-hammer", &[5]);
    let _index = indexed(&shop);
    let comes = |path: &str| {
        let client = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_millis(700)).build().unwrap();
        client.get(format!("{}{path}", shop.url)).send().is_ok()
    };
    let warm = || {
        follows(&shop);
        for path in ["/products/hand-saw", "/categories/saws", "/categories/hammers", HAMMER] {
            plainly(&shop, path);
        }
    };
    let held = || {
        thread::sleep(Duration::from_millis(150));
        let mut conn = PgConnection::establish(&shop.database_url).unwrap();
        conn.batch_execute("BEGIN; LOCK TABLE products, editions, categories, shelves").unwrap();
        conn
    };
    warm();
    shop.meddle("UPDATE reviews SET reply = 'Thank you.'");
    let hold = held();
    assert!(comes("/products/hand-saw") && comes("/categories/saws"), "others show nothing of it");
    assert!(comes("/categories/hammers"), "a list shows stars and no words");
    assert!(!comes(HAMMER));
    drop(hold);
    warm();
    brought(&shop, "claw-hammer", &[1]);
    let hold = held();
    assert!(comes("/products/hand-saw") && comes("/categories/saws"));
    assert!(!comes("/categories/hammers") && !comes(HAMMER));
    drop(hold);
    warm();
    shop.meddle(
        "UPDATE reviews SET decided_at = now(); INSERT INTO reviews (product_id, name, stars, body) SELECT id, '', 3, 'x' FROM products",
    );
    let hold = held();
    assert!(comes("/categories/hammers") && comes(HAMMER), "what waits, and who decided, is shown nowhere");
    drop(hold);
}

/// The search's index of this shop, once it knows all that there is.
fn indexed(shop: &Shop) -> Keeper {
    let keeper = shop.wired.keep_index();
    soon("the index", || shop.wired.search.is_ready());
    follows(shop);
    keeper
}

/// The index knows all that was written; only then lists, which count by it, are kept.
fn follows(shop: &Shop) {
    soon("the index follows", || {
        let index = SearchIndex::clone(&shop.wired.search);
        !shop.read(move |conn| search::is_behind(conn, &index))
    });
}

#[test]
fn lists_are_narrowed_by_stars_and_counted_by_what_was_said_last() {
    let shop = with_hammer();
    shop.product("Ball-pein hammer").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Sledge hammer").category(&["Hand tools", "Hammers"]).put_up();
    brought(&shop, "claw-hammer", &[5, 4, 4]);
    brought(&shop, "ball-pein-hammer", &[3, 3]);
    let _index = indexed(&shop);
    let mut annie = shop.shopper();
    let facet = |page: &Page, label: &str| page.texts_of("#filters li").into_iter().find(|text| text.starts_with(label));
    for list in ["/categories/hammers", "/search?q=hammer"] {
        let page = annie.visits(list);
        assert_eq!(facet(page, "4 stars and up").as_deref(), Some("4 stars and up 1 products"), "{list}");
        assert_eq!(facet(page, "3 stars and up").as_deref(), Some("3 stars and up 2 products"), "{list}");
    }
    let page = annie.visits("/categories/hammers?rating=4");
    assert_eq!(page.texts_of(".products h3"), ["Claw hammer"]);
    page.must_say("Reviews: 4 stars and up");
    assert_eq!(annie.visits("/categories/hammers?rating=3").texts_of(".products h3").len(), 2);
    assert_eq!(annie.visits("/categories/hammers?rating=nonsense").texts_of(".products h3").len(), 3, "no such filter");

    brought(&shop, "ball-pein-hammer", &[5, 5, 5, 5]);
    soon("the other is among them", || annie.visits("/categories/hammers?rating=4").texts_of(".products h3").len() == 2);
    soon("and counted", || facet(annie.visits("/categories/hammers"), "4 stars and up").as_deref() == Some("4 stars and up 2 products"));
    shop.meddle("DELETE FROM reviews WHERE product_id = (SELECT id FROM products WHERE slug = 'ball-pein-hammer')");
    soon("it is not any more", || annie.visits("/categories/hammers?rating=1").texts_of(".products h3") == ["Claw hammer"]);
}

#[test]
fn a_thousand_reviews_at_once_keep_the_sum() {
    let shop = with_hammer();
    for title in ["Hand saw", "Chisel", "Plane"] {
        shop.product(title).put_up();
    }
    // Each writes of all products, some in the one order and some in the other, and then thinks better of some.
    let write = |at: usize| {
        let mut conn = PgConnection::establish(&shop.database_url).unwrap();
        for n in 0..32 {
            let order = if at.is_multiple_of(2) { "ASC" } else { "DESC" };
            let stars = (at + n) % 5 + 1;
            let state = if n % 3 == 0 { "waiting" } else { "published" };
            let sql = format!(
                "BEGIN;
                 SELECT FROM products ORDER BY id FOR NO KEY UPDATE;
                 INSERT INTO reviews (product_id, name, stars, body, state)
                    SELECT id, 'w{at}', {stars}, 'x', '{state}' FROM products ORDER BY id {order};
                 UPDATE reviews SET state = 'published', stars = 6 - stars WHERE name = 'w{at}' AND stars = 2;
                 DELETE FROM reviews WHERE name = 'w{at}' AND stars = 1 AND id % 2 = 0;
                 COMMIT"
            );
            conn.batch_execute(&sql).unwrap();
        }
    };
    thread::scope(|scope| (0..8).for_each(|at| drop(scope.spawn(move || write(at)))));
    assert_eq!(shop.count("SELECT count(*) FROM product_ratings"), 4);
    assert!(shop.count("SELECT sum(reviews) FROM product_ratings") > 500);
    assert!(shop.examination().is_clean(), "{}", shop.examination());
}

#[test]
fn reviews_of_one_product_by_many_people_at_once_are_all_counted() {
    let shop = with_hammer();
    let write = |at: usize| {
        let mut conn = PgConnection::establish(&shop.database_url).unwrap();
        for _ in 0..25 {
            let sql = "INSERT INTO reviews (product_id, name, stars, body, state) SELECT id, '', 4, 'x', 'published' FROM products";
            conn.batch_execute(sql).unwrap_or_else(|error| panic!("{at}: {error}"));
        }
    };
    thread::scope(|scope| (0..8).for_each(|at| drop(scope.spawn(move || write(at)))));
    assert_eq!(shop.first("SELECT reviews || ' ' || stars FROM product_ratings"), "200 800");
}

#[test]
fn the_books_tell_of_a_rating_that_is_not_what_was_said() {
    let shop = with_hammer();
    brought(&shop, "claw-hammer", &[5, 3]);
    assert!(shop.examination().is_clean());
    shop.meddle("UPDATE product_ratings SET stars = 9");
    let told = shop.examination().to_string();
    assert!(told.contains("claw-hammer") && told.contains("2 reviews with 9 stars are counted, 2 with 8 are published"), "{told}");
}

#[test]
fn two_accounts_of_one_person_become_one_with_one_review_of_each_product() {
    let shop = with_hammer();
    shop.product("Hand saw").put_up();
    let (mut annie, mut again) = (shop.shopper(), shop.shopper());
    again.email = "annie@elsewhere.example".to_owned();
    annie.signs_up();
    again.signs_up();
    shop.meddle(
        "INSERT INTO reviews (product_id, account_id, name, stars, body, state)
            SELECT p.id, a.id, a.email, CASE WHEN a.email LIKE '%elsewhere%' THEN 1 ELSE 5 END, 'x', 'published' FROM products p, accounts a
            WHERE p.slug = 'claw-hammer' OR a.email LIKE '%elsewhere%'",
    );
    let id = |email: &str| AccountId(shop.count(&format!("SELECT id FROM accounts WHERE email = '{email}'")));
    let (into, from) = (id("annie@example.com"), id("annie@elsewhere.example"));
    assert_eq!(shop.write(move |conn| ironmonger::reviews::merge(conn, from, into)), 1);
    let told = "SELECT string_agg(p.slug || ' ' || r.stars, ', ' ORDER BY p.slug) FROM reviews r JOIN products p ON p.id = r.product_id";
    assert_eq!(shop.first(told), "claw-hammer 5, hand-saw 1");
    assert_eq!(shop.count(&format!("SELECT count(*) FROM reviews WHERE account_id = {into}")), 2);
    assert!(shop.examination().is_clean());
}

#[test]
fn an_author_is_told_by_mail_that_a_review_is_shown_and_that_it_is_not_with_the_reason() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    let mut annie = buyer(&shop, &mut staff);
    let told = |kind: &str| shop.count(&format!("SELECT count(*) FROM mails WHERE kind = '{kind}'"));
    writes(&mut annie, "2", "My neighbour Bob broke it.");
    let decide = |staff: &mut Staff, button: &str, fields: &[(&str, &str)]| {
        staff.visits("/admin/reviews?state=all");
        staff.browser.follow("Claw hammer");
        staff.browser.submit(button, fields).must_say("1 review is");
    };
    decide(&mut staff, "Refuse it", &[("reason", "It names somebody. Leave that out.")]);
    let mails = shop.mails();
    let mail = mails.iter().find(|mail| mail.text.contains("We have read it and do not show it")).unwrap();
    assert!(mail.text.contains("To: annie@example.com") && mail.text.contains("It names somebody. Leave that out."), "{}", mail.text);
    assert!(mail.text.contains("/products/claw-hammer/reviews/new"), "{}", mail.text);
    annie.visits("/account/reviews").must_say("Why we do not show it").must_say("It names somebody");
    annie.visits(&format!("{HAMMER}/reviews/new")).must_say("It names somebody");

    writes(&mut annie, "2", "It broke.").must_say("We read every review");
    assert!(!annie.visits("/account/reviews").says("It names somebody"), "another wording has not that fault");
    decide(&mut staff, "Publish it", &[("reason", "not meant for anybody")]);
    let mails = shop.mails();
    let mail = mails.iter().find(|mail| mail.text.contains("helps others to choose")).unwrap();
    assert!(mail.text.contains("To: annie@example.com") && mail.text.contains(HAMMER), "{}", mail.text);
    assert_eq!((told("review_refused"), told("review_published")), (1, 1));
    assert_eq!(shop.count("SELECT count(*) FROM reviews WHERE reason <> ''"), 0);

    let csrf = staff.visits("/admin/reviews?state=all").attribute("input[name=csrf]", "value").unwrap();
    let wording = shop.first("SELECT id || '-' || revision FROM reviews");
    let again = [("csrf", csrf.as_str()), ("review", &wording), ("decision", "publish"), ("state", "all")];
    staff.browser.forge("/admin/reviews/decisions", &again).must_say("None is published");
    let long = "x".repeat(1001);
    let too_long = [("csrf", csrf.as_str()), ("review", &wording), ("decision", "refuse"), ("reason", &long)];
    assert_eq!(staff.browser.forge("/admin/reviews/decisions", &too_long).status, 422);
    assert_eq!((told("review_refused"), told("review_published")), (1, 1), "nobody is told twice");
}

#[test]
fn nobody_is_mailed_about_a_review_that_came_from_elsewhere() {
    let shop = with_hammer();
    let mut staff = shop.staff(Role::Staff);
    brought(&shop, "claw-hammer", &[4]);
    staff.visits("/admin/reviews?state=all");
    staff.browser.follow("Claw hammer");
    staff.browser.submit("Refuse it", &[("reason", "Not about a hammer")]).must_say("1 review is refused");
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind LIKE 'review%'"), 0);
}
