//! Nobody gets the newsletter but who said so themselves, twice.

use ironmonger::web::Role;

use crate::harness::{Browser, Shop, at_once};

fn asks(browser: &mut Browser, email: &str) {
    browser.get("/newsletter");
    browser.submit("Ask for the newsletter", &[("email", email)]);
}

/// The newest mail's link to say yes.
fn link(shop: &Shop) -> String {
    let mail = shop.first("SELECT body_text FROM mails WHERE kind = 'newsletter_confirm' ORDER BY created_at DESC, id DESC");
    let url = mail.lines().find(|line| line.contains("/newsletter/confirmation")).expect("a link");
    url.trim().trim_start_matches(&shop.url).to_owned()
}

fn says_yes(shop: &Shop, browser: &mut Browser) {
    browser.get(&link(shop));
    browser.submit("Yes, send it to me", &[]).must_say("You get the newsletter");
}

fn state(shop: &Shop) -> String {
    shop.first("SELECT COALESCE(string_agg(email || ' ' || state, ', ' ORDER BY email), '') FROM subscribers")
}

fn mails(shop: &Shop) -> i64 {
    shop.count("SELECT count(*) FROM mails")
}

fn refuses(shop: &Shop, sql: &'static str) {
    assert!(shop.tries_as_owner(sql).is_err(), "{sql}");
}

#[test]
fn nobody_is_put_on_the_newsletter_by_another() {
    let shop = Shop::open();
    let mut mallory = shop.browser();
    mallory.get("/");
    mallory.submit("Ask for the newsletter", &[("email", "Annie@Example.com")]).must_say("Look into your mail");
    assert_eq!(state(&shop), "annie@example.com pending");
    let mut annie = shop.browser();
    annie.get(&link(&shop)).must_say("Do you want the newsletter?");
    assert_eq!(state(&shop), "annie@example.com pending", "a look at the link says nothing");
    assert_eq!(annie.get("/newsletter/confirmation?token=guessed").status, 404);
    says_yes(&shop, &mut annie);
    assert_eq!(state(&shop), "annie@example.com confirmed");
    let said = "SELECT string_agg(purpose || ' ' || given || ' ' || source || ' ' || person, ', ' ORDER BY id) FROM consents";
    assert_eq!(shop.first(said), "newsletter_asked true form annie@example.com, newsletter true mail annie@example.com");
    assert_eq!(shop.count("SELECT count(*) FROM consents WHERE wording LIKE 'Send me the newsletter%' AND address IS NOT NULL"), 2);
}

#[test]
fn the_answer_is_the_same_whether_an_address_is_on_the_list_or_not() {
    let shop = Shop::open();
    let mut anybody = shop.browser();
    asks(&mut anybody, "annie@example.com");
    says_yes(&shop, &mut shop.browser());
    let mut answers = vec![];
    for email in ["annie@example.com", "nobody@example.com"] {
        asks(&mut anybody, email);
        answers.push((anybody.page().status, anybody.page().url.clone(), anybody.page().text()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(state(&shop), "annie@example.com confirmed, nobody@example.com pending", "who gets it goes on getting it");
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE recipient = 'annie@example.com'"), 1);
}

#[test]
fn what_is_no_address_comes_back_with_what_was_typed() {
    let shop = Shop::open();
    let mut annie = shop.browser();
    asks(&mut annie, "annie");
    assert_eq!(annie.page().status, 422);
    annie.page().must_say("name@example.com");
    assert_eq!(annie.page().attribute("#email", "value").as_deref(), Some("annie"));
    assert_eq!((mails(&shop), shop.count("SELECT count(*) FROM consents")), (0, 0));
}

#[test]
fn a_link_works_for_a_day_and_once_and_only_the_newest() {
    let shop = Shop::open();
    let mut annie = shop.browser();
    asks(&mut annie, "annie@example.com");
    let first = link(&shop);
    annie.get(&first);
    let late = annie.prepare("Yes, send it to me", &[]);
    shop.meddle("UPDATE subscribers SET asked_at = now() - interval '25 hours'");
    assert_eq!(annie.get(&first).status, 404);
    assert_eq!(annie.sends(late).status, 404);
    asks(&mut annie, "annie@example.com");
    assert_eq!(annie.get(&first).status, 404, "another was sent since");
    annie.get(&link(&shop));
    let again = annie.prepare("Yes, send it to me", &[]);
    says_yes(&shop, &mut annie);
    assert_eq!(annie.sends(again).status, 404);
    assert_eq!(shop.count("SELECT count(*) FROM consents WHERE purpose = 'newsletter'"), 1);
}

#[test]
fn one_address_is_mailed_three_times_a_day_at_most_and_nobody_is_told() {
    let shop = Shop::open();
    let mut mallory = shop.browser();
    for _ in 0..5 {
        asks(&mut mallory, "annie@example.com");
        mallory.page().must_say("Look into your mail");
    }
    assert_eq!(mails(&shop), 3);
}

#[test]
fn asked_for_many_times_at_once_an_address_is_on_the_list_once() {
    let shop = Shop::open();
    let mut anybody = shop.browser();
    anybody.get("/newsletter");
    let asked = |_| anybody.prepare("Ask for the newsletter", &[("email", "annie@example.com")]).header("origin", &shop.url);
    let pages = at_once((0..2).map(asked).collect());
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(state(&shop), "annie@example.com pending");
    asks(&mut anybody, "annie@example.com");
    let mut annie = shop.browser();
    annie.get(&link(&shop));
    at_once((0..4).map(|_| annie.prepare("Yes, send it to me", &[])).collect());
    assert_eq!(shop.count("SELECT count(*) FROM consents WHERE purpose = 'newsletter' AND given"), 1);
}

#[test]
fn it_is_ended_by_a_link_on_a_page_or_by_a_mail_programs_click_and_can_be_asked_for_anew() {
    let shop = Shop::open();
    let mut annie = shop.browser();
    asks(&mut annie, "annie@example.com");
    let mail = shop.mails().pop().unwrap().text;
    assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click") && mail.contains("/newsletter/end?token"), "{mail}");
    says_yes(&shop, &mut annie);
    annie.follow("End it");
    assert_eq!(state(&shop), "annie@example.com confirmed", "a look ends nothing");
    annie.submit("End the newsletter", &[]).must_say("The newsletter is ended");
    assert_eq!(state(&shop), "annie@example.com ended");
    asks(&mut annie, "annie@example.com");
    says_yes(&shop, &mut annie);
    let end = format!("/newsletter/end?token={}", shop.first("SELECT end_token FROM subscribers"));
    for path in ["/newsletter/end?token=guessed", end.as_str(), end.as_str()] {
        let page = at_once(vec![shop.browser().request("POST", path).body("List-Unsubscribe=One-Click")]).pop().unwrap();
        assert_eq!(page.status, 200);
        page.must_say("The newsletter is ended");
    }
    assert_eq!(state(&shop), "annie@example.com ended");
    assert_eq!(shop.count("SELECT count(*) FROM consents WHERE purpose = 'newsletter' AND NOT given"), 2);
    assert_eq!(annie.get("/newsletter/end?token=guessed").status, 404);
}

#[test]
fn a_customer_of_a_proven_address_chooses_at_once_and_another_is_sent_the_link() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    shop.meddle("UPDATE accounts SET confirmed_at = now()");
    let before = mails(&shop);
    annie.visits("/account/newsletter").must_say("You do not get the newsletter at annie@example.com");
    annie.browser.submit("Send it to me", &[]).must_say("You get the newsletter from now on");
    assert_eq!((state(&shop), mails(&shop) - before), ("annie@example.com confirmed".to_owned(), 0));
    annie.browser.submit("Send me no more of them", &[]).must_say("You do not get the newsletter");
    assert_eq!(state(&shop), "annie@example.com ended");
    assert_eq!(shop.first("SELECT string_agg(given || ' ' || source, ', ' ORDER BY id) FROM consents"), "true account, false account");
}

#[test]
fn the_record_of_consents_is_only_added_to_and_a_person_can_be_taken_out_of_it() {
    let shop = Shop::open();
    asks(&mut shop.browser(), "annie@example.com");
    for sql in [
        "UPDATE consents SET given = false",
        "UPDATE consents SET at = now() - interval '1 day'",
        "DELETE FROM consents",
        "TRUNCATE consents",
    ] {
        refuses(&shop, sql);
    }
    shop.tries_as_served("UPDATE consents SET person = 'someone erased', address = NULL").unwrap();
    assert_eq!(shop.count("SELECT count(*) FROM consents WHERE given"), 1);
}

#[test]
fn staff_see_who_gets_it_and_the_owner_takes_a_file_with_the_links_that_end_it() {
    let shop = Shop::open();
    let mut annie = shop.browser();
    asks(&mut annie, "annie@example.com");
    says_yes(&shop, &mut annie);
    asks(&mut annie, "=1+1@example.com");
    let mut owner = shop.owner();
    owner.visits("/admin/newsletter").must_say("annie@example.com").must_say("Gets it");
    assert!(!owner.visits("/admin/newsletter?state=pending").says("annie@example.com"));
    owner.visits("/admin/newsletter");
    let file = owner.browser.follow("Download who gets it").body.clone();
    assert!(file.contains("annie@example.com") && !file.contains("1+1"), "only who said yes: {file}");
    assert!(file.contains(&format!(
        "{}/newsletter/end?token={}",
        shop.url,
        shop.first("SELECT end_token FROM subscribers WHERE state = 'confirmed'")
    )));
    let mut guest = shop.browser();
    guest.get("/admin/newsletter.csv");
    assert_eq!(guest.page().url.path(), "/sign-in");
    let mut staff = shop.staff(Role::Staff);
    assert_eq!(staff.visits("/admin/newsletter").status, 200);
}
