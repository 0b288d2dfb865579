//! Making an account: behind a mailed link, and telling nobody who has one already.

use std::collections::BTreeSet;

use crate::harness::{Browser, Page, Shop, at_once, take_as_long};

const ANNIE: &str = "annie@example.com";

/// Asks for an account on the page for it.
fn asks<'a>(browser: &'a mut Browser, name: &str, email: &str) -> &'a Page {
    browser.get("/sign-up");
    browser.submit("Make an account", &[("name", name), ("email", email)])
}

#[test]
fn an_account_is_made_behind_the_mailed_link_and_not_before() {
    let shop = Shop::open();
    let mut annie = shop.browser();
    let page = asks(&mut annie, "Annie Preece", "Annie@Example.com");
    assert_eq!(page.url.path(), "/sign-in/mailed");
    page.must_say("We have sent a mail to Annie@Example.com");
    assert_eq!(shop.count("SELECT count(*) FROM accounts"), 0);
    annie.get(&shop.link_to(ANNIE, "/sign-up")).must_say("Choose a password");
    assert_eq!(annie.page().attribute("#email", "value").as_deref(), Some(ANNIE));
    annie.submit("Make the account", &[("password", "three plain words")]).must_say("Welcome, Annie Preece");
    assert_eq!(annie.page().url.path(), "/account");
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE confirmed_at IS NOT NULL AND role IS NULL"), 1);
    annie.submit("Sign out", &[]).must_say("signed out");
    annie.get("/sign-in");
    annie.submit("Sign in", &[("email", ANNIE), ("password", "three plain words")]).must_say("Hello, Annie Preece");
}

#[test]
fn the_link_leads_on_to_where_they_wanted_to_go_and_never_to_another_site() {
    let shop = Shop::open();
    for (place, (return_to, path)) in [("/checkout/address", "/cart"), ("//evil.example", "/account")].into_iter().enumerate() {
        let email = format!("a{place}@example.com");
        let mut annie = shop.browser();
        annie.get(&format!("/sign-up?return_to={return_to}"));
        annie.submit("Make an account", &[("name", "Annie"), ("email", &email)]);
        annie.get(&shop.link_to(&email, "/sign-up"));
        let page = annie.submit("Make the account", &[("password", "three plain words")]);
        assert!(page.url.as_str().starts_with(&shop.url), "{}", page.url);
        assert_eq!(page.url.path(), path, "after {return_to}, with an empty cart");
    }
}

#[test]
fn nobody_can_choose_the_password_of_an_address_that_is_not_theirs() {
    let shop = Shop::open();
    let mut mallory = shop.browser();
    asks(&mut mallory, "Mallory", ANNIE);
    mallory.get("/sign-up");
    let csrf = mallory.page().attribute("input[name=csrf]", "value").unwrap();
    mallory.forge("/sign-up", &[("csrf", &csrf), ("name", "M"), ("email", ANNIE), ("password", "mallory knows this")]);
    shop.works();
    for guess in ["a".repeat(40), "%27".to_owned(), "x".repeat(2000)] {
        assert_eq!(mallory.get(&format!("/sign-up/{guess}")).status, 404, "{guess}");
        let page = mallory.forge(&format!("/sign-up/{}", "a".repeat(40)), &[("csrf", &csrf), ("password", "mallory knows this")]);
        assert!(page.status >= 400, "{}", page.status);
    }
    assert_eq!(shop.count("SELECT count(*) FROM accounts"), 0);
    let hashes = shop.first("SELECT string_agg(encode(token_hash, 'escape'), ' ') FROM account_links");
    let token = shop.link_to(ANNIE, "/sign-up").split('/').next_back().unwrap().to_owned();
    assert!(!hashes.contains(&token), "the table alone opens nothing");
    assert_eq!(shop.count(&format!("SELECT count(*) FROM jobs WHERE payload::text LIKE '%{token}%'")), 0);
}

#[test]
fn a_link_works_once_by_ten_at_once_one_is_right() {
    let shop = Shop::open();
    asks(&mut shop.browser(), "Annie Preece", ANNIE);
    let link = shop.link_to(ANNIE, "/sign-up");
    let open = |_| {
        let mut browser = shop.browser();
        browser.get(&link);
        browser.prepare("Make the account", &[("password", "three plain words")])
    };
    let pages = at_once((0..10).map(open).collect());
    let right = pages.iter().filter(|page| page.url.path() == "/account" && page.says("Welcome")).count();
    assert_eq!(right, 1, "{:?}", pages.iter().map(|page| (page.status, page.url.path())).collect::<Vec<_>>());
    assert!(pages.iter().all(|page| page.says("Welcome") || page.status == 404));
    assert_eq!(shop.count("SELECT count(*) FROM accounts"), 1);
    assert_eq!(shop.browser().get(&link).status, 404);
}

#[test]
fn a_get_of_a_link_changes_nothing() {
    let shop = Shop::open();
    asks(&mut shop.browser(), "Annie Preece", ANNIE);
    let link = shop.link_to(ANNIE, "/sign-up");
    for _ in 0..3 {
        assert_eq!(shop.browser().get(&link).status, 200);
    }
    assert_eq!(shop.count("SELECT count(*) FROM accounts"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM account_links WHERE used_at IS NULL"), 1);
}

#[test]
fn a_newer_link_ends_the_older_and_each_ends_by_itself() {
    let shop = Shop::open();
    asks(&mut shop.browser(), "Annie Preece", ANNIE);
    let older = shop.link_to(ANNIE, "/sign-up");
    asks(&mut shop.browser(), "Annie Preece", ANNIE);
    let newer = shop.link_to(ANNIE, "/sign-up");
    assert_ne!(older, newer);
    let mut annie = shop.browser();
    assert_eq!(annie.get(&older).status, 404);
    annie.page().must_say("This link does not work any more").must_say("two days");
    assert_eq!(annie.get(&newer).status, 200);
    shop.meddle("UPDATE account_links SET expires_at = now() - interval '1 second'");
    annie.submit("Make the account", &[("password", "three plain words")]).must_say("This link does not work any more");
    assert_eq!(shop.count("SELECT count(*) FROM accounts"), 0);
    shop.meddle("UPDATE account_links SET expires_at = now() - interval '8 days'");
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works_within(30);
    assert_eq!(shop.count("SELECT count(*) FROM account_links"), 0, "and is forgotten");
}

#[test]
fn a_password_that_is_easy_to_guess_is_refused_with_a_reason_and_the_link_goes_on_working() {
    let shop = Shop::open();
    asks(&mut shop.browser(), "Annie Preece", ANNIE);
    let mut annie = shop.browser();
    annie.get(&shop.link_to(ANNIE, "/sign-up"));
    for (typed, told) in [
        ("", "Choose a password"),
        ("short", "8 characters or more"),
        ("password1", "others would try"),
        ("anniepreece", "easy to guess"),
        ("harrowpike", "easy to guess"),
        ("qwertyuiop[", "easy to guess"),
    ] {
        let page = annie.submit("Make the account", &[("password", typed)]);
        assert_eq!(page.status, 422, "{typed}");
        assert!(page.title().starts_with("Error: "), "{}", page.title());
        assert!(page.text_of("#password-error").contains(told), "{typed}: {}", page.text_of("#password-error"));
        assert!(typed.is_empty() || !page.body.contains(typed), "a password is never sent back");
    }
    annie.submit("Make the account", &[("password", " drei Wörter, so lala ")]).must_say("Welcome");
    annie.submit("Sign out", &[]);
    annie.get("/sign-in");
    annie.submit("Sign in", &[("email", ANNIE), ("password", "drei Wörter, so lala")]).must_say("wrong");
    annie.submit("Sign in", &[("email", ANNIE), ("password", " drei Wörter, so lala ")]).must_say("Hello, Annie");
}

#[test]
fn what_was_typed_as_a_name_goes_to_no_stranger_s_mailbox() {
    let shop = Shop::open();
    asks(&mut shop.browser(), "Win a prize at evil.example", "victim@example.com");
    let mails = shop.mails();
    assert_eq!(mails.len(), 1);
    assert!(!mails[0].text.contains("evil.example"), "{}", mails[0].text);
}

#[test]
fn a_mail_with_a_link_is_forgotten_once_it_is_sent_and_staff_never_see_its_text() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    asks(&mut shop.browser(), "Annie Preece", ANNIE);
    let link = shop.link_to(ANNIE, "/sign-up");
    let token = link.split('/').next_back().unwrap();
    assert_eq!(shop.count(&format!("SELECT count(*) FROM mails WHERE body_text || body_html LIKE '%{token}%'")), 0);
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE private AND sent_at IS NOT NULL AND body_html = ''"), 1);
    let id = shop.first("SELECT id FROM mails WHERE private");
    // Also while it waits for a mail server that does not answer.
    shop.meddle(&format!("UPDATE mails SET sent_at = NULL, body_text = '{link}', body_html = '{link}' WHERE private"));
    let page = owner.visits(&format!("/admin/mails/{id}"));
    page.must_say("This mail’s text is not shown");
    assert!(!page.body.contains(token));
    assert_eq!(owner.visits(&format!("/admin/mails/{id}/html")).status, 404);
}

#[test]
fn who_has_an_account_is_told_by_mail_and_by_nothing_else() {
    let shop = Shop::open();
    shop.shopper().signs_up();
    let pages = ["new@example.com", ANNIE].map(|email| {
        let mut browser = shop.browser();
        let page = asks(&mut browser, "Somebody", email);
        (page.status, page.url.path().to_owned(), page.text().replace(email, ""))
    });
    assert_eq!(pages[0], pages[1]);
    let mails = shop.mails();
    let told: BTreeSet<_> =
        mails.iter().map(|mail| (mail.text.contains(&format!("To: {ANNIE}")), mail.text.contains("There is one already"))).collect();
    assert_eq!(told, BTreeSet::from([(true, true), (false, false)]));
    assert_eq!(shop.count("SELECT count(*) FROM accounts"), 1);
}

#[test]
fn a_sign_up_tells_nobody_by_its_time_whether_the_address_has_an_account() {
    let shop = Shop::open();
    shop.shopper().signs_up();
    let mut browser = shop.browser();
    browser.get("/sign-up");
    let ask = |email: &str| drop(browser.prepare("Make an account", &[("name", "Somebody"), ("email", email)]).send().unwrap());
    take_as_long(200, || shop.forgets_tries(), || ask(ANNIE), || ask("nobody@example.com"));
}
