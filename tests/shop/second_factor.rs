//! Codes of an authenticator app besides the password, and recovery codes for who has lost it.

use std::collections::BTreeSet;

use ironmonger::{
    accounts,
    base::{Email, Permission},
    web::Role,
};
use totp_rs::{Builder, Secret, Totp};

use crate::harness::{Browser, PASSWORD, Page, Shop, Shopper, UNTICKED, at_once};

const ANNIE: &str = "annie@example.com";

/// An authenticator app that was told a seed.
struct AppOf {
    totp: Totp,
    /// The code that set it up.
    first: String,
}

impl AppOf {
    /// Reads the key that the page shows for typing.
    fn reading(page: &Page) -> Self {
        let seed: String = page.text_of("code").split_whitespace().collect();
        assert!(page.attribute(".code-picture path:last-child", "d").is_some_and(|path| path.len() > 1000), "a picture to scan");
        let mut app =
            Self { totp: Builder::new().with_secret(Secret::try_from_base32(seed).unwrap()).build().unwrap(), first: String::new() };
        app.first = app.code(0);
        app
    }

    /// The code of so many steps from now.
    fn code(&self, steps: i64) -> String {
        let now = chrono::Utc::now().timestamp() + 30 * steps;
        self.totp.generate(now.try_into().unwrap()).to_string()
    }
}

/// Annie sets the second factor up; gives her app and the recovery codes.
fn sets_up(annie: &mut Shopper) -> (AppOf, Vec<String>) {
    annie.visits("/account/second-factor");
    annie.browser.submit("Set it up", &[]);
    let app = AppOf::reading(annie.page());
    annie.browser.submit("Ask for codes from now on", &[("code", &app.first)]).must_say("This page is shown once");
    let codes = annie.page().texts_of("ol code");
    assert_eq!(codes.len(), 10);
    (app, codes)
}

fn with_annie() -> (Shop, Shopper, AppOf, Vec<String>) {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    let (app, codes) = sets_up(&mut annie);
    (shop, annie, app, codes)
}

/// Up to the page that asks for the code.
fn owes_a_code(shop: &Shop) -> Browser {
    let mut browser = shop.browser();
    browser.get("/sign-in");
    browser.submit("Sign in", &[("email", ANNIE), ("password", PASSWORD)]).must_say("Enter the code");
    assert_eq!(browser.page().url.path(), "/sign-in/code");
    browser
}

#[test]
fn with_a_second_factor_the_password_alone_lets_nobody_in() {
    let (shop, mut annie, app, _) = with_annie();
    annie.visits("/account/second-factor").must_say("You have 10 left");
    let mut other = owes_a_code(&shop);
    for closed in ["/account", "/account/second-factor", "/account/password", "/account/email"] {
        other.get(closed);
        assert_eq!(other.page().url.path(), "/sign-in", "{closed}");
    }
    other.get("/sign-in/code?return_to=/account/credit");
    let page = other.submit("Sign in", &[("code", "000000")]);
    assert_eq!(page.status, 422);
    page.must_say("This code is wrong, or was used before");
    let typed = format!(" {} {} ", &app.code(1)[..3], &app.code(1)[3..]);
    let page = other.submit("Sign in", &[("code", &typed)]);
    assert_eq!(page.url.path(), "/account/credit");
    assert_eq!(shop.first("SELECT way FROM sign_ins ORDER BY started_at DESC"), "code");
}

#[test]
fn setting_it_up_asks_for_a_code_of_the_app_and_is_told_by_mail_and_ends_other_sign_ins() {
    let shop = Shop::open();
    let (mut annie, mut elsewhere) = (shop.shopper(), shop.shopper());
    annie.signs_up();
    elsewhere.signs_in();
    annie.visits("/account/second-factor");
    annie.browser.submit("Set it up", &[]);
    let (app, first_key) = (AppOf::reading(annie.page()), annie.page().text_of("code"));
    for wrong in ["", "000000", "12345", &app.code(-9)] {
        assert_eq!(annie.browser.submit("Ask for codes from now on", &[("code", wrong)]).status, 422, "{wrong}");
    }
    assert_eq!(annie.page().text_of("code"), first_key, "the key stays while one mistypes");
    let mut third = shop.shopper();
    assert!(third.signs_in().says("Hello, Annie Preece"), "until it is confirmed, nothing is asked");
    annie.visits("/account/second-factor/confirmation");
    annie.browser.submit("Ask for codes from now on", &[("code", &app.code(0))]).must_say("This page is shown once");
    assert_eq!(annie.page().headers["cache-control"], "no-store");
    annie.browser.follow("I have kept them").must_say("You have 10 left");
    assert_eq!(elsewhere.visits("/account").url.path(), "/sign-in");
    assert!(shop.mails().iter().any(|mail| mail.text.contains("asks for a code of your authenticator app")));
    let sealed = shop.first("SELECT seed_sealed FROM second_factors");
    let key: String = first_key.split_whitespace().collect();
    assert!(sealed.starts_with("v1.") && !sealed.contains(&key), "the key is sealed");
}

#[test]
fn a_code_works_once_also_at_two_servers_at_the_same_moment() {
    let (shop, _annie, app, _) = with_annie();
    let other = Shop::over(&shop);
    let mut first = owes_a_code(&shop);
    assert_eq!(first.submit("Sign in", &[("code", &app.first)]).status, 422, "it set the app up");
    let code = app.code(1);
    let browsers = [owes_a_code(&shop), owes_a_code(&other), owes_a_code(&shop), owes_a_code(&other)];
    let pages = at_once(browsers.iter().map(|browser| browser.prepare("Sign in", &[("code", &code)])).collect());
    let right = pages.iter().filter(|page| page.says("Hello, Annie Preece")).count();
    assert_eq!(right, 1, "{:?}", pages.iter().map(|page| (page.status, page.url.path())).collect::<Vec<_>>());
    shop.forgets_tries();
    assert_eq!(owes_a_code(&shop).submit("Sign in", &[("code", &code)]).status, 422, "nor afterwards");
}

#[test]
fn a_recovery_code_works_once_and_is_told_by_mail() {
    let (shop, mut annie, _, codes) = with_annie();
    let mut other = owes_a_code(&shop);
    other.submit("Sign in", &[("code", &codes[3].to_lowercase().replace('-', " "))]).must_say("Hello, Annie Preece");
    assert_eq!(shop.first("SELECT way FROM sign_ins ORDER BY started_at DESC"), "recovery");
    assert_eq!(owes_a_code(&shop).submit("Sign in", &[("code", &codes[3])]).status, 422);
    annie.visits("/account/second-factor").must_say("You have 9 left");
    assert!(shop.mails().iter().any(|mail| mail.text.contains("one of your recovery codes in place of")));
    let requests = (0..3).map(|_| owes_a_code(&shop).prepare("Sign in", &[("code", &codes[4])])).collect();
    assert_eq!(at_once(requests).iter().filter(|page| page.says("Hello, Annie Preece")).count(), 1);
    let hashes: BTreeSet<_> = codes
        .iter()
        .map(|code| shop.count(&format!("SELECT count(*) FROM recovery_codes WHERE encode(code_hash, 'escape') LIKE '%{code}%'")))
        .collect();
    assert_eq!(hashes, BTreeSet::from([0]), "they are kept as hashes");
}

#[test]
fn new_recovery_codes_end_the_former_ones() {
    let (shop, mut annie, _, former) = with_annie();
    annie.visits("/account/second-factor");
    annie.browser.follow("Make new recovery codes").must_say("the 10 that you have left are worth nothing");
    annie.browser.submit("Make new codes", &[]).must_say("This page is shown once");
    let codes = annie.page().texts_of("ol code");
    assert!(codes.len() == 10 && codes.iter().all(|code| !former.contains(code)));
    assert_eq!(owes_a_code(&shop).submit("Sign in", &[("code", &former[0])]).status, 422);
    owes_a_code(&shop).submit("Sign in", &[("code", &codes[0])]).must_say("Hello, Annie Preece");
}

#[test]
fn the_code_is_waited_for_ten_minutes_and_not_beyond_a_change_of_password() {
    let (shop, _annie, app, _) = with_annie();
    let mut late = owes_a_code(&shop);
    shop.meddle("UPDATE accounts SET generation = generation + 1");
    late.submit("Sign in", &[("code", &app.code(1))]).must_say("That took too long");
    assert_eq!(late.page().url.path(), "/sign-in");
    assert_eq!(late.get("/sign-in/code").url.path(), "/sign-in", "nothing is owed any more");
    let mut disabled = owes_a_code(&shop);
    shop.meddle("UPDATE accounts SET disabled_at = now()");
    disabled.submit("Sign in", &[("code", &app.code(1))]).must_say("That took too long");
    assert_eq!(shop.count("SELECT count(*) FROM sign_ins WHERE way = 'code'"), 0);
}

#[test]
fn neither_a_reset_nor_a_mailed_link_gets_round_the_code() {
    let (shop, _annie, app, codes) = with_annie();
    let mut browser = shop.browser();
    browser.get("/sign-in/reset");
    browser.submit("Send me a link", &[("email", ANNIE)]);
    browser.get(&shop.link_to(ANNIE, "/sign-in/reset"));
    browser.submit("Set the password", &[("password", "another set of words")]);
    browser.submit("Sign in", &[("email", ANNIE), ("password", "another set of words")]).must_say("Enter the code");
    browser.submit("Sign in", &[("code", &app.code(1))]).must_say("Hello, Annie Preece");
    let mut linked = shop.browser();
    linked.get("/sign-in/link");
    linked.submit("Send me a link", &[("email", ANNIE)]);
    linked.get(&shop.link_to(ANNIE, "/sign-in/link"));
    linked.submit("Sign in now", &[]).must_say("Enter the code");
    linked.submit("Sign in", &[("code", &codes[0])]).must_say("Hello, Annie Preece");
}

#[test]
fn it_is_taken_away_after_asking_and_the_password_alone_lets_in_again() {
    let (shop, mut annie, _, codes) = with_annie();
    annie.visits("/account/second-factor");
    annie.browser.follow("Ask for no codes any more").must_say("your recovery codes are worth nothing then");
    annie.browser.submit("Ask for no codes", &[]).must_say("asks for your password alone");
    let mut other = shop.shopper();
    other.signs_in().must_say("Hello, Annie Preece");
    assert_eq!(shop.count("SELECT count(*) FROM recovery_codes"), 0);
    assert!(shop.mails().iter().any(|mail| mail.text.contains("asks for the password alone")));
    assert_eq!(annie.visits("/account/second-factor/removal").url.path(), "/account/second-factor");
    let (_, newer) = sets_up(&mut annie);
    assert!(newer.iter().all(|code| !codes.contains(code)), "it is set up anew");
}

#[test]
fn a_second_factor_that_is_set_is_not_replaced_by_who_finds_the_browser_open() {
    let (shop, mut annie, _, _) = with_annie();
    let csrf = annie.visits("/account/second-factor").attribute("input[name=csrf]", "value").unwrap();
    annie.browser.forge("/account/second-factor", &[("csrf", &csrf)]).must_say("A second factor is set already");
    annie.browser.forge("/account/second-factor/confirmation", &[("csrf", &csrf), ("code", "123456")]);
    assert_eq!(shop.count("SELECT count(*) FROM second_factors WHERE confirmed_at IS NOT NULL"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM recovery_codes"), 10);
}

#[test]
fn a_seed_that_was_put_in_the_place_of_another_s_opens_nothing() {
    let (shop, _annie, _, _) = with_annie();
    let mut bob = shop.shopper();
    bob.email = "bob@example.com".to_owned();
    bob.signs_up();
    let (app, _) = sets_up(&mut bob);
    shop.meddle(
        "UPDATE second_factors SET seed_sealed = (SELECT seed_sealed FROM second_factors ORDER BY account_id DESC LIMIT 1), last_step = 0",
    );
    let mut mallory = owes_a_code(&shop);
    assert_eq!(mallory.submit("Sign in", &[("code", &app.code(0))]).status, 500, "sealed for Bob's account, it does not open for Annie's");
    assert_eq!(shop.count("SELECT count(*) FROM sign_ins WHERE way = 'code'"), 0);
}

#[test]
fn wrong_codes_end_the_half_sign_in() {
    let (shop, mut annie, app, _) = with_annie();
    let mut mallory = owes_a_code(&shop);
    for guess in 0..5 {
        assert_eq!(mallory.submit("Sign in", &[("code", &format!("00000{guess}"))]).status, 422, "{guess}");
    }
    mallory.submit("Sign in", &[("code", &app.code(1))]).must_say("Too many wrong codes");
    assert_eq!(mallory.page().url.path(), "/sign-in");
    assert_eq!(mallory.get("/sign-in/code").url.path(), "/sign-in");
    assert!(annie.visits("/account").says("Hello, Annie Preece"), "whoever is in stays in");
    let mut again = owes_a_code(&shop);
    again.submit("Sign in", &[("code", "000009")]).must_say("Too many wrong codes");
}

#[test]
fn before_what_is_delicate_a_code_does_as_well_as_the_password() {
    let (shop, mut annie, app, codes) = with_annie();
    for proof in [app.code(1), codes[0].clone(), PASSWORD.to_owned()] {
        shop.meddle("UPDATE sign_ins SET proved_at = now() - interval '1 hour'");
        annie.visits("/account/second-factor").must_say("or a code of your app");
        assert_eq!(annie.browser.submit("Go on", &[("password", "000000")]).status, 422);
        annie.browser.submit("Go on", &[("password", &proof)]);
        assert_eq!(annie.page().url.path(), "/account/second-factor", "{proof}");
    }
    shop.meddle("UPDATE sign_ins SET proved_at = now() - interval '1 hour'");
    annie.visits("/account/second-factor");
    assert_eq!(annie.browser.submit("Go on", &[("password", &codes[0])]).status, 422, "a code that was used proves nothing");
}

#[test]
fn a_role_may_ask_for_it_and_then_nothing_of_the_back_office_opens_without() {
    let shop = Shop::open();
    let helper = shop.staff(Role::Staff);
    let mut helper = Shopper { browser: helper.browser, email: "staff@example.com".to_owned() };
    assert_eq!(helper.visits("/admin/orders").url.path(), "/admin/orders");
    shop.meddle("UPDATE roles SET needs_second_factor = true WHERE standard");
    for door in ["/admin", "/admin/orders", "/admin/products"] {
        assert_eq!(helper.visits(door).url.path(), "/account/second-factor", "{door}");
    }
    helper.page().must_say("Your role asks for this");
    assert_eq!(helper.visits("/").status, 200, "the shop itself stays open");
    sets_up(&mut helper);
    assert_eq!(helper.visits("/admin/orders").url.path(), "/admin/orders");
    helper.visits("/account/second-factor/removal").must_say("the back office stays closed to you");
    helper.browser.submit("Ask for no codes", &[]);
    assert_eq!(helper.visits("/admin/orders").url.path(), "/account/second-factor");
}

/// An owner's browser, as somebody who can set up an app.
fn owner_of(shop: &Shop) -> Shopper {
    Shopper { browser: shop.owner().browser, email: "owner@example.com".to_owned() }
}

/// A second owner, who has nothing but a password.
fn another_owner(shop: &Shop) -> Shopper {
    let token = shop.write(|conn| accounts::invite(conn, Some(&Email::parse("ann@example.com").unwrap()), Role::Owner));
    let mut browser = shop.browser();
    browser.get(&format!("/invitations/{token}"));
    browser.submit("Set the password", &[("name", "Ann Other"), ("password", "a password of the shop")]);
    Shopper { browser, email: "ann@example.com".to_owned() }
}

#[test]
fn what_is_demanded_of_owners_holds_at_the_next_request_on_every_server() {
    let (shop, other) = with_two_servers();
    let (mut pat, mut ann) = (owner_of(&shop), another_owner(&shop));
    sets_up(&mut pat);
    assert_eq!(ann.visits("/admin/orders").url.path(), "/admin/orders");
    pat.visits("/admin/roles").must_say("Up to each");
    pat.visits("/admin/roles/owner");
    pat.browser.submit("Save", &[("needed", "on")]).must_say("from the next page on that they open");
    for server in [&shop, &other] {
        for door in ["/admin", "/admin/orders", "/admin/roles/owner"] {
            assert_eq!(ann.visits(&format!("{}{door}", server.url)).url.path(), "/account/second-factor", "{door}");
        }
    }
    ann.visits(&format!("{}/account/second-factor", shop.url)).must_say("Your role asks for this");
    assert_eq!(ann.visits("/").status, 200, "the shop itself stays open");
    assert_eq!(pat.visits("/admin/orders").url.path(), "/admin/orders", "who has one works on");
    sets_up(&mut ann);
    assert_eq!(ann.visits("/admin/orders").url.path(), "/admin/orders", "and who has set one up");
    let noted =
        shop.count("SELECT count(*) FROM audit_entries WHERE subject = 'sign_in_rules' AND after ->> 'owners_need_second_factor' = 'true'");
    assert_eq!(noted, 1, "it is on record");
}

fn with_two_servers() -> (Shop, Shop) {
    let shop = Shop::open();
    let other = Shop::over(&shop);
    (shop, other)
}

fn is_demanded(shop: &Shop) -> bool {
    shop.first("SELECT owners_need_second_factor FROM sign_in_rules") == "true"
}

#[test]
fn nobody_without_a_second_factor_demands_it_of_owners_and_nobody_who_is_no_owner() {
    let shop = Shop::open();
    let mut pat = owner_of(&shop);
    pat.visits("/admin/roles/owner").must_say("once you have a second factor yourself");
    let csrf = pat.page().attribute("input[name=csrf]", "value").unwrap();
    let page = pat.browser.forge("/admin/roles/owner", &[("csrf", &csrf), ("needed", "on")]);
    assert_eq!(page.status, 422);
    page.must_say("Set up a second factor of your own first");
    assert!(!is_demanded(&shop));
    let mut helper = Shopper { browser: shop.staff(Role::Staff).browser, email: "staff@example.com".to_owned() };
    sets_up(&mut helper);
    let all: Vec<_> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
    shop.meddle(&format!("UPDATE roles SET permissions = string_to_array('{}', ',') WHERE standard", all.join(",")));
    helper.visits("/admin/roles/owner").must_say("Only an owner decides");
    let csrf = helper.page().attribute("input[name=csrf]", "value").unwrap();
    assert_eq!(helper.browser.forge("/admin/roles/owner", &[("csrf", &csrf), ("needed", "on")]).status, 403);
    assert!(!is_demanded(&shop));
}

#[test]
fn to_demand_it_of_owners_one_proves_first_that_it_is_oneself() {
    let shop = Shop::open();
    let mut pat = owner_of(&shop);
    sets_up(&mut pat);
    pat.visits("/admin/roles/owner");
    shop.meddle("UPDATE sign_ins SET proved_at = now() - interval '2 hours'");
    pat.browser.submit("Save", &[("needed", "on")]);
    assert_eq!(pat.page().url.path(), "/sign-in/proof");
    assert!(!is_demanded(&shop));
}

#[test]
fn an_owner_leaves_it_to_each_again_and_one_who_lost_app_and_codes_gets_in_at_the_command_line() {
    let shop = Shop::open();
    let (mut pat, mut ann) = (owner_of(&shop), another_owner(&shop));
    sets_up(&mut pat);
    pat.visits("/admin/roles/owner");
    pat.browser.submit("Save", &[("needed", "on")]);
    assert!(is_demanded(&shop));
    let token = shop.write(|conn| accounts::reset_staff(conn, &Email::parse("owner@example.com").unwrap()));
    let mut back = shop.browser();
    back.get(&format!("/invitations/{token}"));
    back.submit("Set the password", &[("name", "Pat Pike"), ("password", "another password of it")]);
    assert_eq!(back.page().url.path(), "/account/second-factor", "the first page leads to a new one");
    let mut pat = Shopper { browser: back, email: "owner@example.com".to_owned() };
    sets_up(&mut pat);
    pat.visits("/admin/roles/owner");
    pat.browser.submit("Save", &[("needed", UNTICKED)]).must_say("Each owner decides");
    assert!(!is_demanded(&shop));
    assert_eq!(ann.visits("/admin/orders").url.path(), "/admin/orders");
}
