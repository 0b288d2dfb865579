//! Signing in, and the ways back for who has lost a password, an address or an account to somebody else.

use std::collections::BTreeSet;

use crate::harness::{Browser, PASSWORD, Page, Shop, Shopper, at_once, take_as_long};

const ANNIE: &str = "annie@example.com";
const NEW: &str = "annie.preece@example.org";
const BETTER: &str = "another set of words";

/// Annie has an account and is signed in nowhere.
fn with_annie() -> Shop {
    let shop = Shop::open();
    shop.shopper().signs_up();
    shop.meddle("UPDATE sign_ins SET ended_at = now(), ended_by = 'self'");
    shop
}

fn tries<'a>(browser: &'a mut Browser, email: &str, password: &str) -> &'a Page {
    browser.get("/sign-in");
    browser.submit("Sign in", &[("email", email), ("password", password)])
}

fn is_in(annie: &mut Shopper) -> bool {
    annie.visits("/account").says("Hello, Annie Preece")
}

#[test]
fn a_wrong_password_an_unknown_address_and_a_disabled_account_get_the_same_answer() {
    let shop = with_annie();
    shop.browser().meddle(&crate::harness::account_of("gone@example.com"));
    shop.meddle("UPDATE accounts SET disabled_at = now() WHERE email = 'gone@example.com'");
    let mut answers = BTreeSet::new();
    for (email, password) in [(ANNIE, "a wrong one"), ("nobody@example.com", PASSWORD), ("gone@example.com", PASSWORD)] {
        let mut browser = shop.browser();
        let page = tries(&mut browser, email, password);
        assert_eq!(page.status, 422, "{email}");
        answers.insert(page.text());
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers.first().unwrap().contains("The e-mail address or the password is wrong"));
}

#[test]
fn a_sign_in_tells_nobody_by_its_time_whether_the_address_has_an_account() {
    let shop = with_annie();
    let mut browser = shop.browser();
    browser.get("/sign-in");
    let attempt = |email: &str| drop(browser.prepare("Sign in", &[("email", email), ("password", "a wrong one")]).send().unwrap());
    take_as_long(200, || shop.forgets_tries(), || attempt(ANNIE), || attempt("nobody@example.com"));
}

#[test]
fn who_never_confirmed_their_address_does_it_by_a_link_before_they_come_in() {
    let shop = with_annie();
    shop.meddle("UPDATE accounts SET confirmed_at = NULL");
    let mut annie = shop.browser();
    tries(&mut annie, ANNIE, "a wrong one").must_say("is wrong");
    assert_eq!(shop.mails_to(ANNIE), 0, "only who knows the password learns that");
    let page = tries(&mut annie, ANNIE, PASSWORD);
    assert_eq!(page.url.path(), "/sign-in/mailed");
    page.must_say("Confirm your address first");
    annie.get("/account");
    assert_eq!(annie.page().url.path(), "/sign-in", "not in yet");
    annie.get(&shop.link_to(ANNIE, "/sign-in/link"));
    annie.submit("Sign in now", &[]).must_say("Hello, Annie Preece");
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE confirmed_at IS NOT NULL"), 1);
}

#[test]
fn a_mailed_link_signs_in_without_a_password_once_and_for_a_quarter_of_an_hour() {
    let shop = with_annie();
    let mut annie = shop.browser();
    annie.get("/sign-in/link");
    annie.submit("Send me a link", &[("email", ANNIE)]).must_say("If there is an account");
    let link = shop.link_to(ANNIE, "/sign-in/link");
    for _ in 0..2 {
        annie.get(&link).must_say("You are about to sign in as annie@example.com");
    }
    annie.submit("Sign in now", &[]).must_say("Hello, Annie Preece");
    assert_eq!(shop.browser().get(&link).status, 404, "used");
    let mut late = shop.browser();
    late.get("/sign-in/link");
    late.submit("Send me a link", &[("email", ANNIE)]);
    let link = shop.link_to(ANNIE, "/sign-in/link");
    assert_eq!(shop.count("SELECT round(extract(epoch FROM expires_at - now()) / 60) FROM account_links WHERE used_at IS NULL"), 15);
    late.get(&link);
    shop.meddle("UPDATE account_links SET expires_at = now()");
    late.submit("Sign in now", &[]).must_say("does not work any more");
}

#[test]
fn of_ten_who_follow_a_link_at_once_one_is_signed_in() {
    let shop = with_annie();
    let mut annie = shop.browser();
    annie.get("/sign-in/link");
    annie.submit("Send me a link", &[("email", ANNIE)]);
    let link = shop.link_to(ANNIE, "/sign-in/link");
    let open = |_| {
        let mut browser = shop.browser();
        browser.get(&link);
        browser.prepare("Sign in now", &[])
    };
    let pages = at_once((0..10).map(open).collect());
    assert_eq!(pages.iter().filter(|page| page.says("Hello, Annie Preece")).count(), 1);
    assert_eq!(pages.iter().filter(|page| page.status == 404).count(), 9);
}

#[test]
fn asking_for_a_link_tells_nobody_whether_there_is_an_account() {
    let shop = with_annie();
    for (form, button) in [("/sign-in/link", "Send me a link"), ("/sign-in/reset", "Send me a link")] {
        let told = [ANNIE, "nobody@example.com"].map(|email| {
            let mut browser = shop.browser();
            browser.get(form);
            let page = browser.submit(button, &[("email", email)]);
            (page.status, page.url.path().to_owned(), page.text().replace(email, ""))
        });
        assert_eq!(told[0], told[1], "{form}");
    }
    assert_eq!(shop.mails().len(), 2);
    assert_eq!(shop.mails_to(ANNIE), 2);
    let mut browser = shop.browser();
    browser.get("/sign-in/reset");
    assert_eq!(browser.submit("Send me a link", &[("email", "no address")]).status, 422);
}

#[test]
fn a_new_device_is_told_and_a_known_one_is_not() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    assert_eq!(shop.mails_to(ANNIE), 0, "where an account begins is no news");
    annie.browser.submit("Sign out", &[]);
    annie.signs_in();
    assert_eq!(shop.mails_to(ANNIE), 0, "the browser is known again, though it was signed out");
    let mut other = shop.browser();
    other.get("/sign-in");
    let fields = [("email", ANNIE), ("password", PASSWORD)];
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let request = other.prepare("Sign in", &fields).header("user-agent", agent);
    other.sends(request).must_say("Hello, Annie Preece");
    let mails = shop.mails();
    let told = &mails.last().unwrap().text;
    assert!(mails.len() == 1 && told.contains("Firefox on Linux") && told.contains("It was not me"), "{mails:?}");
    assert!(told.contains(&format!("{}/sign-in/reset", shop.url)), "{told}");
    other.submit("Sign out", &[]);
    tries(&mut other, ANNIE, PASSWORD);
    assert_eq!(shop.mails_to(ANNIE), 1);
}

/// Through the mailed link to the page that follows.
fn resets(shop: &Shop, browser: &mut Browser, password: &str) {
    browser.get("/sign-in/reset");
    browser.submit("Send me a link", &[("email", ANNIE)]);
    browser.get(&shop.link_to(ANNIE, "/sign-in/reset")).must_say("Choose a new password");
    browser.submit("Set the password", &[("password", password)]);
}

#[test]
fn a_reset_ends_all_sign_ins_and_is_told_by_mail() {
    let shop = with_annie();
    let mut mallory = shop.shopper();
    mallory.signs_in();
    assert!(is_in(&mut mallory));
    let mut annie = shop.browser();
    resets(&shop, &mut annie, BETTER);
    assert_eq!(annie.page().url.path(), "/sign-in");
    annie.page().must_say("Your password is changed");
    assert!(!is_in(&mut mallory), "whoever was in is out");
    tries(&mut annie, ANNIE, PASSWORD).must_say("is wrong");
    tries(&mut annie, ANNIE, BETTER).must_say("Hello, Annie Preece");
    let told = shop.mails().into_iter().filter(|mail| mail.text.contains("was changed just now")).count();
    assert_eq!(told, 1);
    assert_eq!(shop.count("SELECT count(*) FROM sign_ins WHERE ended_by = 'password'"), 1);
}

#[test]
fn a_reset_link_works_once_for_an_hour_and_only_for_a_good_password() {
    let shop = with_annie();
    let mut annie = shop.browser();
    annie.get("/sign-in/reset");
    annie.submit("Send me a link", &[("email", ANNIE)]);
    let link = shop.link_to(ANNIE, "/sign-in/reset");
    assert_eq!(shop.count("SELECT round(extract(epoch FROM expires_at - now()) / 60) FROM account_links"), 60);
    annie.get(&link);
    assert_eq!(annie.submit("Set the password", &[("password", "annie12345")]).status, 422);
    let requests = (0..5).map(|_| annie.prepare("Set the password", &[("password", BETTER)])).collect();
    let pages = at_once(requests);
    assert_eq!(pages.iter().filter(|page| page.status == 404).count(), 4);
    assert_eq!(shop.browser().get(&link).status, 404);
    tries(&mut annie, ANNIE, BETTER).must_say("Hello, Annie Preece");
    assert_eq!(shop.browser().get(&link.replace("/reset/", "/link/")).status, 404, "a link opens its own page only");
}

#[test]
fn a_reset_confirms_an_address_and_gives_a_password_to_who_came_from_another_shop_without_one() {
    let shop = with_annie();
    shop.meddle("UPDATE accounts SET confirmed_at = NULL, has_password = false");
    let mut annie = shop.browser();
    resets(&shop, &mut annie, BETTER);
    tries(&mut annie, ANNIE, BETTER).must_say("Hello, Annie Preece");
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE confirmed_at IS NOT NULL AND has_password"), 1);
}

#[test]
fn no_link_is_sent_to_a_disabled_account_and_none_from_before_opens_it() {
    let shop = with_annie();
    let mut annie = shop.browser();
    annie.get("/sign-in/reset");
    annie.submit("Send me a link", &[("email", ANNIE)]);
    let link = shop.link_to(ANNIE, "/sign-in/reset");
    shop.meddle("UPDATE accounts SET disabled_at = now()");
    annie.get(&link);
    if annie.page().status == 200 {
        assert_eq!(annie.submit("Set the password", &[("password", BETTER)]).status, 404);
    }
    annie.get("/sign-in/reset");
    annie.submit("Send me a link", &[("email", ANNIE)]);
    assert_eq!(shop.mails_to(ANNIE), 1, "the one from before");
}

#[test]
fn a_change_of_password_asks_for_the_present_one_ends_the_others_and_stays_in() {
    let shop = with_annie();
    let (mut annie, mut elsewhere) = (shop.shopper(), shop.shopper());
    annie.signs_in();
    elsewhere.signs_in();
    annie.visits("/account/password");
    let page = annie.browser.submit("Change the password", &[("present", "a wrong one"), ("password", BETTER)]);
    assert_eq!((page.status, page.text_of("#present-error")), (422, "This is not your present password".to_owned()));
    assert_eq!(annie.browser.submit("Change the password", &[("present", PASSWORD), ("password", "annie.preece")]).status, 422);
    assert!(is_in(&mut elsewhere), "nothing has changed yet");
    annie.visits("/account/password");
    annie.browser.submit("Change the password", &[("present", PASSWORD), ("password", BETTER)]).must_say("Your password is changed");
    assert!(is_in(&mut annie));
    assert!(!is_in(&mut elsewhere));
    tries(&mut elsewhere.browser, ANNIE, PASSWORD).must_say("is wrong");
    assert!(shop.mails().iter().any(|mail| mail.text.contains("was changed just now")));
    assert_eq!(shop.browser().get("/account/password").url.path(), "/sign-in");
}

/// Asks for the new address; gives the two links, of the old address and of the new.
fn asks_for_another_address(shop: &Shop, annie: &mut Shopper) -> (String, String) {
    annie.visits("/account/email");
    annie.browser.submit("Change the address", &[("email", NEW)]).must_say("We have sent a link to annie@example.com and one to");
    annie.page().must_say(&format!("A change to {NEW} is waiting"));
    (shop.link_to(ANNIE, "/account/email"), shop.link_to(NEW, "/account/email"))
}

#[test]
fn an_address_is_changed_when_both_ends_have_agreed_in_either_order() {
    for old_first in [true, false] {
        let shop = with_annie();
        let (mut annie, mut elsewhere) = (shop.shopper(), shop.shopper());
        annie.signs_in();
        elsewhere.signs_in();
        let (old, new) = asks_for_another_address(&shop, &mut annie);
        let (first, second) = if old_first { (old, new) } else { (new, old) };
        // The first is opened where the mail is read, by somebody not signed in.
        let mut mailbox = shop.browser();
        mailbox.get(&first).must_say(NEW);
        assert_eq!(shop.count("SELECT count(*) FROM account_links WHERE used_at IS NOT NULL"), 0, "looking changes nothing");
        mailbox.submit("Yes, change it", &[]).must_say("as soon as the link in the other mail is followed too");
        assert_eq!(shop.first("SELECT email FROM accounts"), ANNIE);
        annie.visits(&second);
        annie.browser.submit("Yes, change it", &[]).must_say("is changed");
        assert_eq!(shop.first("SELECT email FROM accounts"), NEW);
        assert!(is_in(&mut annie), "who agreed here stays in");
        assert!(!is_in(&mut elsewhere));
        let told = shop
            .mails()
            .into_iter()
            .filter(|mail| mail.text.contains(&format!("To: {ANNIE}")) && mail.text.contains("This is the last mail"))
            .count();
        assert_eq!(told, 1, "the address so far is told");
        tries(&mut mailbox, ANNIE, PASSWORD).must_say("is wrong");
        tries(&mut mailbox, NEW, PASSWORD).must_say("Hello, Annie Preece");
        assert_eq!(mailbox.get(&second).status, 404);
    }
}

#[test]
fn both_ends_at_the_same_moment_change_the_address_once() {
    let shop = with_annie();
    let mut annie = shop.shopper();
    annie.signs_in();
    let (old, new) = asks_for_another_address(&shop, &mut annie);
    let prepared = [old, new].map(|link| {
        let mut mailbox = shop.browser();
        mailbox.get(&link);
        mailbox.prepare("Yes, change it", &[])
    });
    at_once(prepared.into_iter().collect());
    assert_eq!(shop.first("SELECT email FROM accounts"), NEW);
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'email_changed'"), 1);
}

#[test]
fn an_address_of_another_s_account_can_not_be_taken_and_nobody_learns_that_it_has_one() {
    let shop = with_annie();
    shop.browser().meddle(&crate::harness::account_of(NEW));
    let mut annie = shop.shopper();
    annie.signs_in();
    annie.visits("/account/email");
    annie.browser.submit("Change the address", &[("email", NEW)]).must_say("We have sent a link to annie@example.com and one to");
    let old = shop.link_to(ANNIE, "/account/email");
    annie.visits(&old);
    annie.browser.submit("Yes, change it", &[]).must_say("as soon as the link in the other mail is followed too");
    assert_eq!(shop.count(&format!("SELECT count(*) FROM accounts WHERE email = '{ANNIE}'")), 1);
    assert!(shop.mails().iter().any(|mail| mail.text.contains(&format!("To: {NEW}")) && mail.text.contains("There is one already")));
    // One who got an account while the links were on their way keeps it as well.
    shop.meddle(&format!("DELETE FROM accounts WHERE email = '{NEW}'; DELETE FROM account_links"));
    let (old, new) = asks_for_another_address(&shop, &mut annie);
    shop.browser().meddle(&crate::harness::account_of(NEW));
    annie.visits(&old);
    annie.browser.submit("Yes, change it", &[]);
    annie.visits(&new);
    annie.browser.submit("Yes, change it", &[]).must_say("got an account of its own meanwhile");
    assert!(is_in(&mut annie));
}

#[test]
fn a_change_of_address_that_was_not_finished_ends_with_a_new_password_and_the_own_address_is_no_change() {
    let shop = with_annie();
    let mut annie = shop.shopper();
    annie.signs_in();
    annie.visits("/account/email");
    assert_eq!(annie.browser.submit("Change the address", &[("email", "Annie@Example.com")]).status, 422);
    let (old, new) = asks_for_another_address(&shop, &mut annie);
    resets(&shop, &mut annie.browser, BETTER);
    for link in [old, new] {
        assert_eq!(shop.browser().get(&link).status, 404);
    }
}

#[test]
fn the_form_is_filled_again_and_leads_to_where_they_wanted_to_go() {
    let shop = with_annie();
    let mut annie = shop.browser();
    annie.get("/sign-in?return_to=/account/credit");
    let page = annie.submit("Sign in", &[("email", ANNIE), ("password", "")]);
    assert_eq!((page.status, page.attribute("#email", "value").as_deref()), (422, Some(ANNIE)));
    assert!(page.title().starts_with("Error: "));
    let page = annie.submit("Sign in", &[("password", PASSWORD)]);
    assert_eq!(page.url.path(), "/account/credit");
}

/// As if the next try came from another address of the network.
fn from_elsewhere(shop: &Shop) {
    shop.meddle("DELETE FROM tries WHERE who <> encode(sha256('email annie@example.com'), 'hex')");
}

#[test]
fn an_attacker_who_fails_a_hundred_times_does_not_shut_the_owner_out() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.browser.submit("Sign out", &[]);
    let mut mallory = shop.browser();
    let mut slowed = 0;
    for _ in 0..100 {
        from_elsewhere(&shop);
        let page = tries(&mut mallory, ANNIE, "a wrong one");
        match page.status {
            429 => slowed += 1,
            other => assert_eq!(other, 422),
        }
    }
    assert!((85..=90).contains(&slowed), "{slowed} of 100 were not looked at");
    assert_eq!(tries(&mut mallory, ANNIE, PASSWORD).status, 429, "nor is the right one, guessed in the end");
    annie.signs_in().must_say("Hello, Annie Preece");
    from_elsewhere(&shop);
    let mut elsewhere = shop.browser();
    let page = tries(&mut elsewhere, ANNIE, PASSWORD);
    assert_eq!(page.status, 429);
    let wait: u32 = page.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    page.must_say("Too many tries").must_say("You need not wait");
    elsewhere.submit("Send a link to annie@example.com", &[]).must_say("If there is an account");
    elsewhere.get(&shop.link_to(ANNIE, "/sign-in/link"));
    elsewhere.submit("Sign in now", &[]).must_say("Hello, Annie Preece");
}

#[test]
fn tries_are_slowed_alike_whether_there_is_an_account_or_not() {
    let shop = with_annie();
    let mut told = vec![];
    for email in [ANNIE, "nobody@example.com"] {
        shop.forgets_tries();
        let mut mallory = shop.browser();
        let statuses: Vec<u16> = (0..12).map(|_| tries(&mut mallory, email, "a wrong one").status).collect();
        told.push((statuses, mallory.page().text().replace(email, "")));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].0[9..], [422, 429, 429]);
}

#[test]
fn who_guesses_at_many_accounts_from_one_address_is_slowed_and_right_tries_count_for_nothing() {
    let shop = with_annie();
    for _ in 0..25 {
        let mut annie = shop.shopper();
        annie.signs_in().must_say("Hello, Annie Preece");
    }
    let mut mallory = shop.browser();
    let statuses: Vec<u16> =
        (0..22).map(|turn| tries(&mut mallory, &format!("a{turn}@example.com"), "three guessed words").status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 20, "{statuses:?}");
    assert_eq!(statuses[21], 429);
}

#[test]
fn nobody_s_mailbox_is_filled_and_whoever_asks_too_often_reads_the_same() {
    let shop = with_annie();
    for (form, button) in [("/sign-in/link", "Send me a link"), ("/sign-in/reset", "Send me a link"), ("/sign-up", "Make an account")] {
        let before = shop.mails_to(ANNIE);
        let mut mallory = shop.browser();
        let mut pages = vec![];
        for _ in 0..11 {
            mallory.get(form);
            let named = if form == "/sign-up" { vec![("name", "Annie"), ("email", ANNIE)] } else { vec![("email", ANNIE)] };
            let page = mallory.submit(button, &named);
            pages.push((page.status, page.text()));
        }
        let last = pages.pop().unwrap();
        assert_eq!(last.0, 429, "{form}: from one address ten in an hour");
        assert!(pages.iter().all(|page| *page == pages[0]), "{form}");
        assert_eq!(shop.mails_to(ANNIE) - before, 3, "{form}");
    }
}
