//! Signing in by OpenID Connect, at a real provider and at one that lies.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use ironmonger::{accounts, base::AccountId, web::Role};
use reqwest::{
    blocking::{Client, Response},
    redirect::Policy,
};
use serde_json::{Value, json};

use crate::{
    harness::{Browser, PASSWORD, Page, Shop, account_of},
    standins::{
        IdentityProvider,
        identity::{CLIENT, Lie, SECRET},
    },
};

const ANNIE: &str = "annie@example.com";

/// node-oidc-provider in a process of its own. Its description, keys and tokens are its authors' work.
struct Real {
    process: Child,
    issuer: String,
}

impl Real {
    fn beside(shop: &Shop) -> Self {
        const ADVICE: &str = "run bin/test, which installs what these tests need";
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        assert!(folder.join("node_modules/.package-lock.json").exists(), "tests/oidc has no node_modules: {ADVICE}");
        let mut node = Command::new("node");
        node.arg(folder.join("provider.mjs")).arg(format!("{}/sign-in/with/example-id/answer", shop.url));
        let mut process = node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect(ADVICE);
        let mut issuer = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut issuer).unwrap();
        Self { process, issuer: issuer.trim().to_owned() }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The owner connects the provider. `ticks`: for whom besides customers, or not for them.
fn connect(shop: &Shop, issuer: &str, client: &str, secret: &str, ticks: &[(&str, &str)]) {
    let mut owner = shop.owner();
    owner.visits("/admin/identity-providers/new");
    let fields = [("name", "Example ID"), ("issuer", issuer), ("client_id", client), ("secret", secret)];
    owner.browser.submit("Save provider", &[&fields[..], ticks].concat()).must_say("The provider is saved.");
}

fn with_real(ticks: &[(&str, &str)]) -> (Shop, Real) {
    let shop = Shop::open();
    let real = Real::beside(&shop);
    connect(&shop, &real.issuer, "the-shop", "a secret of the shop: at 100%", ticks);
    (shop, real)
}

fn with_stand_in(ticks: &[(&str, &str)]) -> (Shop, IdentityProvider) {
    let shop = Shop::open();
    let provider = IdentityProvider::open();
    provider.knows(annie());
    connect(&shop, provider.url(), CLIENT, SECRET, ticks);
    (shop, provider)
}

fn annie() -> Value {
    json!({ "sub": "annie", "email": ANNIE, "email_verified": true, "name": "Annie Preece" })
}

/// Presses the provider's button on the page for signing in.
fn goes(browser: &mut Browser) -> &Page {
    browser.get("/sign-in");
    browser.submit("Continue with Example ID", &[])
}

/// Signs in at the real provider, on its own page.
fn shows_there<'a>(browser: &'a mut Browser, login: &str) -> &'a Page {
    browser.submit("Sign-in", &[("login", login), ("password", "any")])
}

fn identities(shop: &Shop) -> i64 {
    shop.count("SELECT count(*) FROM identities")
}

fn is_in(browser: &mut Browser) -> bool {
    browser.get("/account").url.path() == "/account"
}

#[test]
fn a_newcomer_whose_address_the_provider_vouches_for_gets_an_account_and_comes_in_again() {
    let (shop, real) = with_real(&[]);
    let mut browser = shop.browser();
    browser.get("/sign-in?return_to=/account/credit");
    let page = browser.submit("Continue with Example ID", &[]);
    assert!(page.url.as_str().starts_with(&real.issuer), "{}", page.url);
    let page = shows_there(&mut browser, "annie");
    assert_eq!(page.url.path(), "/account/credit", "{}", page.text());
    page.must_say("Welcome, annie of Ludlow. Your account is ready.");
    let made = "SELECT count(*) FROM accounts WHERE email = 'annie@example.com' AND confirmed_at IS NOT NULL AND NOT has_password";
    assert_eq!((shop.count(made), identities(&shop)), (1, 1));
    let mut other = shop.browser();
    goes(&mut other);
    assert_eq!(shows_there(&mut other, "annie").url.path(), "/account");
    other.page().must_say("Hello, annie of Ludlow");
    assert_eq!((shop.count("SELECT count(*) FROM accounts WHERE role IS NULL"), identities(&shop)), (1, 1));
    assert_eq!(
        shop.first("SELECT string_agg(DISTINCT way, ' ') FROM sign_ins s JOIN accounts a ON a.id = s.account_id WHERE a.role IS NULL"),
        "oidc"
    );
}

#[test]
fn pages_with_a_provider_s_button_may_lead_to_it_and_no_other_page_may() {
    let (shop, provider) = with_stand_in(&[]);
    let mut browser = shop.browser();
    let policy = |page: &Page| page.headers["content-security-policy"].to_str().unwrap().to_owned();
    let wider = policy(browser.get("/sign-in"));
    assert!(wider.contains(&format!("form-action 'self' {} ", provider.url())), "{wider}");
    let refused = browser.submit("Sign in", &[("email", ANNIE), ("password", "wrong")]);
    assert_eq!((refused.status, policy(refused)), (422, wider));
    assert!(!policy(browser.get("/sign-up")).contains(provider.url()));
}

#[test]
fn an_address_alone_opens_no_account_and_whoever_signs_in_to_it_links_it() {
    let (shop, _real) = with_real(&[]);
    shop.meddle(&account_of(ANNIE));
    let mut browser = shop.browser();
    goes(&mut browser);
    let page = shows_there(&mut browser, "annie");
    assert_eq!(page.url.path(), "/sign-in");
    page.must_say("There is an account of your address already.");
    assert!(!is_in(&mut browser));
    assert_eq!(identities(&shop), 0);
    browser.get("/sign-in");
    browser.submit("Sign in", &[("email", ANNIE), ("password", PASSWORD)]).must_say("Example ID opens your account from now on.");
    assert_eq!(identities(&shop), 1);
    assert!(shop.mails().iter().any(|mail| mail.text.contains("Example ID opens your account now")));
    let mut other = shop.browser();
    goes(&mut other);
    shows_there(&mut other, "annie").must_say("Hello, Annie Preece");
}

#[test]
fn whoever_signs_in_to_another_account_links_nothing() {
    let (shop, _provider) = with_stand_in(&[]);
    shop.meddle(&account_of(ANNIE));
    shop.meddle(&account_of("bob@example.com"));
    let mut browser = shop.browser();
    goes(&mut browser).must_say("There is an account of your address already.");
    browser.submit("Sign in", &[("email", "bob@example.com"), ("password", PASSWORD)]);
    assert!(is_in(&mut browser));
    assert_eq!(identities(&shop), 0);
}

#[test]
fn an_address_that_the_provider_does_not_vouch_for_is_confirmed_by_mail_and_linked_in_the_same_browser_only() {
    let (shop, _real) = with_real(&[]);
    let (mut hers, mut another) = (shop.browser(), shop.browser());
    for browser in [&mut hers, &mut another] {
        goes(browser);
        let page = shows_there(browser, "unsure-annie");
        assert_eq!(page.url.path(), "/sign-in/mailed");
        page.must_say("does not say that annie@example.com is yours");
    }
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE role IS NULL"), 0);
    let link = shop.link_to(ANNIE, "/sign-up");
    // The one to whom the mail was never meant opens it elsewhere.
    let mut third = shop.browser();
    third.get(&link);
    third.submit("Make the account", &[("password", "four plain words indeed")]);
    assert_eq!(identities(&shop), 0, "nobody vouched for who sits there");
    goes(&mut hers);
    assert_eq!(
        shows_there_if_asked(&mut hers, "unsure-annie").url.path(),
        "/sign-in/mailed",
        "the same is said of an address with an account"
    );
    shop.works();
    hers.get("/sign-in");
    hers.submit("Sign in", &[("email", ANNIE), ("password", "four plain words indeed")])
        .must_say("Example ID opens your account from now on.");
    assert_eq!(identities(&shop), 1);
}

/// The provider may know the browser still.
fn shows_there_if_asked<'a>(browser: &'a mut Browser, login: &str) -> &'a Page {
    if browser.page().has("input[name=login]") { shows_there(browser, login) } else { browser.page() }
}

#[test]
fn linking_asks_for_a_proof_of_the_account_and_of_the_provider_and_opens_one_account_only() {
    let (shop, _provider) = with_stand_in(&[]);
    let (mut annie, mut bob) = (shop.shopper(), shop.shopper());
    bob.email = "bob@example.com".to_owned();
    annie.signs_up();
    bob.signs_up();
    annie.visits("/account/password");
    annie.browser.follow("Sign in by another provider");
    annie.browser.meddle("UPDATE sign_ins SET proved_at = now() - interval '1 hour'");
    let page = annie.browser.submit("Link Example ID", &[]);
    assert_eq!(page.url.path(), "/sign-in/proof");
    annie.browser.submit("Go on", &[("password", PASSWORD)]);
    annie.visits("/account/identities");
    let page = annie.browser.submit("Link Example ID", &[]);
    page.must_say("It is linked, and opens your account from now on.").must_say(ANNIE);
    bob.browser.meddle("UPDATE sign_ins SET proved_at = now()");
    bob.visits("/account/identities");
    bob.browser.submit("Link Example ID", &[]).must_say("is linked with an account of this shop already");
    assert_eq!(identities(&shop), 1);
    let mut browser = shop.browser();
    goes(&mut browser).must_say("Hello, Annie Preece");
}

#[test]
fn whoever_has_no_password_shows_who_they_are_by_signing_in_anew_at_the_provider() {
    let (shop, _real) = with_real(&[]);
    let mut browser = shop.browser();
    goes(&mut browser);
    shows_there(&mut browser, "annie");
    let page = browser.get("/account/second-factor");
    assert_eq!(page.url.path(), "/sign-in/proof", "that a provider knows somebody is no proof");
    assert!(!page.has("input[type=password]"));
    let page = browser.submit("Show it at Example ID", &[]);
    assert!(page.has("input[name=login]"), "the provider asks again: {}", page.text());
    let page = shows_there(&mut browser, "annie");
    assert_eq!(page.url.path(), "/account/second-factor", "{}", page.text());
}

#[test]
fn a_provider_that_does_not_say_when_somebody_signed_in_or_names_somebody_else_proves_nothing() {
    let (shop, provider) = with_stand_in(&[]);
    let mut browser = shop.browser();
    goes(&mut browser).must_say("Your account is ready.");
    for lie in [Lie::Claim("auth_time", None), Lie::Time("auth_time", -120)] {
        provider.lies(Some(lie.clone()));
        browser.get("/account/second-factor");
        let page = browser.submit("Show it at Example ID", &[]);
        assert_eq!(page.url.path(), "/sign-in/proof", "{lie:?}");
        page.must_say("It did not show that you signed in anew there");
    }
    provider.lies(None);
    provider.knows(json!({ "sub": "bob", "email": "bob@example.com", "email_verified": true }));
    browser.get("/account/second-factor");
    let page = browser.submit("Show it at Example ID", &[]);
    assert_eq!(page.url.path(), "/sign-in/proof", "somebody else signed in there");
    page.must_say("It did not show that you signed in anew there, as who you are linked with.");
    provider.knows(annie());
    browser.get("/account/second-factor");
    assert_eq!(browser.submit("Show it at Example ID", &[]).url.path(), "/account/second-factor");
}

#[test]
fn the_only_way_in_is_not_taken_away_and_taking_one_away_signs_out_elsewhere() {
    let (shop, _provider) = with_stand_in(&[]);
    let (mut here, mut elsewhere) = (shop.browser(), shop.browser());
    goes(&mut here);
    goes(&mut elsewhere);
    shop.meddle("UPDATE sign_ins SET proved_at = now()");
    here.get("/account/identities");
    here.submit("Take the link away", &[]).must_say("This is your only way in. Choose a password first");
    assert_eq!(identities(&shop), 1);
    shop.meddle("UPDATE accounts SET has_password = true WHERE role IS NULL");
    here.submit("Take the link away", &[]).must_say("Example ID opens your account no more");
    assert_eq!(identities(&shop), 0);
    assert!(is_in(&mut here) && !is_in(&mut elsewhere));
    goes(&mut elsewhere).must_say("There is an account of your address already.");
}

#[test]
fn staff_come_in_by_a_link_of_their_own_and_a_provider_makes_nobody_staff() {
    let (shop, provider) = with_stand_in(&[("for_staff", "on")]);
    provider.knows(json!({ "sub": "sam", "email": "staff@example.com", "email_verified": true }));
    let mut sam = shop.staff(Role::Staff);
    let mut browser = shop.browser();
    goes(&mut browser).must_say("There is an account of your address already.");
    assert!(!is_in(&mut browser), "not by the address");
    sam.visits("/account/identities");
    sam.browser.submit("Link Example ID", &[]).must_say("It is linked");
    let mut browser = shop.browser();
    goes(&mut browser);
    assert_eq!(browser.page().url.path(), "/admin");
    shop.meddle("UPDATE identity_providers SET for_staff = false");
    let mut browser = shop.browser();
    goes(&mut browser).must_say("No account here is linked with whom you are there.");
    assert!(!is_in(&mut browser));
    shop.meddle("UPDATE identity_providers SET for_staff = true, for_customers = false");
    provider.knows(json!({ "sub": "new", "email": "new@example.com", "email_verified": true }));
    goes(&mut browser).must_say("No account here is linked with whom you are there.");
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE email = 'new@example.com'"), 0, "nobody is made by a provider for staff");
}

#[test]
fn the_second_factor_of_the_shop_is_asked_for_unless_one_was_shown_there() {
    let (shop, provider) = with_stand_in(&[]);
    goes(&mut shop.browser());
    shop.meddle(
        "INSERT INTO second_factors (account_id, seed_sealed, confirmed_at) SELECT id, 'v1.none', now() FROM accounts WHERE email = 'annie@example.com'",
    );
    let tried = |amr: Option<Value>| {
        let mut claims = annie();
        if let Some(amr) = amr {
            claims["amr"] = amr;
        }
        provider.knows(claims);
        let mut browser = shop.browser();
        goes(&mut browser).url.path().to_owned()
    };
    assert_eq!(tried(None), "/sign-in/code");
    assert_eq!(tried(Some(json!(["pwd"]))), "/sign-in/code");
    assert_eq!(tried(Some(json!(["pwd", "otp"]))), "/account");
    assert_eq!(tried(Some(json!(["mfa"]))), "/account");
}

/// Each lie in an answer that is right otherwise. What the shop says of it.
fn lies() -> Vec<(Lie, &'static str)> {
    const FOREIGN: &str = "That took too long, or was begun in another browser.";
    const UNTRUSTED: &str = "What came back from there can’t be trusted";
    vec![
        (Lie::State, FOREIGN),
        (Lie::Error("access_denied"), "Signing in there was not finished"),
        (Lie::AnsweredBy("https://another.example"), UNTRUSTED),
        (Lie::NoIss, UNTRUSTED),
        (Lie::NoToken, UNTRUSTED),
        (Lie::Algorithm("none"), UNTRUSTED),
        (Lie::Algorithm("HS256"), UNTRUSTED),
        (Lie::OtherKey, UNTRUSTED),
        (Lie::Changed, UNTRUSTED),
        (Lie::Claim("nonce", Some(json!("another"))), UNTRUSTED),
        (Lie::Claim("nonce", None), UNTRUSTED),
        (Lie::Claim("iss", Some(json!("https://another.example"))), UNTRUSTED),
        (Lie::Claim("aud", Some(json!("another-shop"))), UNTRUSTED),
        (Lie::Claim("aud", Some(json!([CLIENT, "another-shop"]))), UNTRUSTED),
        (Lie::Claim("azp", Some(json!("another-shop"))), UNTRUSTED),
        (Lie::Claim("sub", Some(json!(""))), UNTRUSTED),
        (Lie::Claim("sub", Some(json!("x".repeat(256)))), UNTRUSTED),
        (Lie::Claim("sub", Some(json!("an\u{7}nie"))), UNTRUSTED),
        (Lie::Time("exp", -61), UNTRUSTED),
        (Lie::Time("iat", 90), UNTRUSTED),
        (Lie::Time("iat", -700), UNTRUSTED),
    ]
}

#[test]
fn whatever_is_forged_in_an_answer_lets_nobody_in() {
    let (shop, provider) = with_stand_in(&[]);
    let everybody = shop.count("SELECT count(*) FROM accounts");
    for (lie, words) in lies() {
        provider.lies(Some(lie.clone()));
        let mut browser = shop.browser();
        let page = goes(&mut browser);
        assert_eq!(page.url.path(), "/sign-in", "{lie:?}");
        assert!(page.says(words), "{lie:?}: {}", page.text());
        assert!(!is_in(&mut browser), "{lie:?}");
        shop.forgets_tries();
    }
    assert_eq!((shop.count("SELECT count(*) FROM accounts"), identities(&shop)), (everybody, 0));
    provider.lies(None);
    goes(&mut shop.browser()).must_say("Your account is ready.");
    provider.lies(Some(Lie::Time("exp", -55)));
    goes(&mut shop.browser()).must_say("Hello, Annie Preece");
}

/// A browser that follows no redirect, between setting out for a provider and coming back.
struct Traveller {
    client: Client,
    /// Before it set out.
    before: String,
    /// Since then.
    away: String,
    /// Where the shop sends it.
    there: String,
}

impl Traveller {
    fn sets_out(shop: &Shop) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let page = client.get(format!("{}/sign-in", shop.url)).header("accept", "text/html").send().unwrap();
        let before = cookie_of(&page);
        let form = Page::new(page.url().clone(), 200, page.headers().clone(), page.text().unwrap()).form("Continue with Example ID");
        let sent = client.post(format!("{}{}", shop.url, form.action)).header("cookie", &before).form(&form.fields).send().unwrap();
        Self { client, before, away: cookie_of(&sent), there: led(&sent) }
    }

    fn get(&self, url: &str, cookie: &str) -> Response {
        self.client.get(url).header("cookie", cookie).header("accept", "text/html").send().unwrap()
    }
}

fn cookie_of(answer: &Response) -> String {
    let cookie = answer.headers().get("set-cookie").expect("a cookie").to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn led(answer: &Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

#[test]
fn an_answer_works_once_and_in_the_browser_that_asked() {
    let (shop, provider) = with_stand_in(&[]);
    let annie = Traveller::sets_out(&shop);
    for part in ["code_challenge_method=S256", "nonce=", "scope=openid+email+profile", "response_type=code"] {
        assert!(annie.there.contains(part), "{}", annie.there);
    }
    let back = led(&annie.get(&annie.there, ""));
    let comes = |cookie: &str| annie.get(&back, cookie);
    assert_eq!((led(&comes(&annie.before)).as_str(), provider.times_redeemed()), ("/sign-in", 0), "nothing was asked from there");
    let arrived = comes(&annie.away);
    assert_eq!(led(&arrived), "/account");
    assert_eq!((led(&comes(&cookie_of(&arrived))).as_str(), provider.times_redeemed()), ("/sign-in", 1), "what was asked is forgotten");
    assert_eq!((led(&comes(&annie.away)).as_str(), provider.times_redeemed()), ("/sign-in", 2), "the provider takes no code twice");
    assert_eq!(shop.count("SELECT count(*) FROM sign_ins s JOIN accounts a ON a.id = s.account_id WHERE a.role IS NULL"), 1);
}

#[test]
fn an_answer_at_the_address_of_another_provider_is_none() {
    let (shop, provider) = with_stand_in(&[]);
    shop.meddle("INSERT INTO identity_providers (slug, name, issuer, client_id, for_customers) VALUES ('other-id', 'Other ID', 'http://127.0.0.1:1', 'x', true)");
    let annie = Traveller::sets_out(&shop);
    let back = led(&annie.get(&annie.there, ""));
    assert_eq!(led(&annie.get(&back.replace("example-id", "other-id"), &annie.away)), "/sign-in");
    assert_eq!((identities(&shop), provider.times_redeemed()), (0, 0));
    assert_eq!(led(&annie.get(&back, &annie.away)), "/account", "at its own it is right");
}

#[test]
fn a_provider_that_changed_its_keys_is_looked_up_again() {
    let (shop, provider) = with_stand_in(&[]);
    goes(&mut shop.browser()).must_say("Your account is ready.");
    let before = provider.times_asked_for_keys();
    goes(&mut shop.browser()).must_say("Hello, Annie Preece");
    assert_eq!(provider.times_asked_for_keys(), before, "they are known for an hour");
    provider.changes_its_key();
    goes(&mut shop.browser()).must_say("Hello, Annie Preece");
    assert_eq!(provider.times_asked_for_keys(), before + 1);
}

#[test]
fn whoever_is_disabled_or_comes_by_a_provider_that_is_switched_off_stays_outside() {
    let (shop, _provider) = with_stand_in(&[]);
    goes(&mut shop.browser()).must_say("Your account is ready.");
    shop.meddle("UPDATE accounts SET disabled_at = now() WHERE role IS NULL");
    let mut browser = shop.browser();
    goes(&mut browser).must_say("No account here is linked with whom you are there.");
    assert!(!is_in(&mut browser));
    shop.meddle("UPDATE accounts SET disabled_at = NULL; UPDATE identity_providers SET active = false");
    let page = browser.get("/sign-in");
    assert!(!page.says("Example ID"));
    assert_eq!(browser.forge("/sign-in/with/example-id", &[("csrf", &token(&browser))]).status, 404);
}

fn token(browser: &Browser) -> String {
    browser.page().attribute("input[name=csrf]", "value").unwrap()
}

#[test]
fn tries_by_a_provider_are_counted_as_those_of_a_password() {
    let (shop, provider) = with_stand_in(&[]);
    provider.lies(Some(Lie::Claim("nonce", None)));
    let mut browser = shop.browser();
    let statuses: Vec<u16> = (0..12).map(|_| goes(&mut browser).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 2, "{statuses:?}");
    shop.forgets_tries();
    provider.lies(None);
    for _ in 0..25 {
        assert_eq!(goes(&mut shop.browser()).status, 200, "who comes in is not counted");
    }
}

#[test]
fn what_is_wrong_with_a_provider_is_told_beside_its_field_and_its_secret_is_never_seen() {
    let (shop, provider) = (Shop::open(), IdentityProvider::open());
    let mut owner = shop.owner();
    owner.visits("/admin/identity-providers").must_say("None yet");
    owner.browser.follow("Connect the first one");
    let fields = |issuer: &str| {
        [("name", "Example ID"), ("issuer", issuer), ("client_id", CLIENT), ("secret", SECRET)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let inner = ["http://10.0.0.1", "ftp://id.example", "id.example", "", "http://127.0.0.1:1?x=1"];
    for issuer in inner.into_iter().chain(["http://127.0.0.1:1", &format!("{}/not-there", provider.url())]) {
        let typed = fields(issuer);
        let page = owner.browser.submit("Save provider", &typed.each_ref().map(|(name, value)| (*name, value.as_str())));
        assert_eq!(page.status, 422, "{issuer}");
        assert!(page.has("#issuer-error"), "{issuer}: {}", page.text());
        assert_eq!(page.attribute("#client_id", "value").as_deref(), Some(CLIENT), "nothing typed is lost");
        assert!(!page.body.contains(SECRET));
    }
    for (status, description) in
        [(303, json!({})), (200, json!({ "issuer": "https://another.example" })), (200, json!("x".repeat(300_000)))]
    {
        provider.describes_itself_so(status, description);
        let typed = fields(provider.url());
        let page = owner.browser.submit("Save provider", &typed.each_ref().map(|(name, value)| (*name, value.as_str())));
        assert_eq!((page.status, page.has("#issuer-error")), (422, true), "{}", page.text());
    }
    assert_eq!(shop.count("SELECT count(*) FROM identity_providers"), 0);
}

#[test]
fn a_provider_is_tested_changed_and_deleted_with_what_was_linked() {
    let (shop, provider) = with_stand_in(&[]);
    goes(&mut shop.browser()).must_say("Your account is ready.");
    let mut owner = shop.browser();
    owner.get("/sign-in");
    owner.submit("Sign in", &[("email", "owner@example.com"), ("password", "a password of the shop")]);
    owner.get("/admin/identity-providers").must_say(provider.url());
    let page = owner.follow("Edit");
    assert!(page.says("/sign-in/with/example-id/answer") && !page.body.contains(SECRET));
    owner.submit("Test the connection", &[]).must_say("The provider answers, and has people sign in at");
    let sealed = "SELECT secret_sealed FROM identity_providers";
    let before = shop.first(sealed);
    assert!(before.starts_with("v1.") && !before.contains(SECRET));
    owner.submit("Save provider", &[("name", "Renamed ID"), ("for_staff", "on")]).must_say("Renamed ID");
    assert_eq!(shop.first(sealed), before, "an empty field keeps it");
    provider.describes_itself_so(404, json!({}));
    owner.get("/admin/identity-providers");
    owner.follow("Edit");
    let page = owner.submit("Test the connection", &[]);
    assert_eq!((page.status, page.has("#issuer-error")), (422, true));
    owner.get("/admin/identity-providers");
    owner.follow("Delete").must_say("One account is linked with it; that link goes. One of them has no password");
    owner.submit("Delete the provider", &[]).must_say("The provider is deleted.");
    assert_eq!(identities(&shop), 0);
    let masked = "SELECT count(*) FROM audit_entries WHERE subject IN ('identity_providers', 'identities') AND (COALESCE(before::text, '') || COALESCE(after::text, '')) ~ 'v1[.]|annie'";
    assert_eq!(shop.count(masked), 0, "the record holds neither secrets nor people");
    assert!(shop.count("SELECT count(*) FROM audit_entries WHERE subject = 'identity_providers'") >= 3);
}

#[test]
fn a_provider_s_secret_is_sealed_anew_when_the_ring_turns() {
    let (shop, _provider) = with_stand_in(&[]);
    let ring = format!("{},{}", "m".repeat(40), "k".repeat(40));
    let turned = Shop::over_with_keys(&shop, &ring);
    let before = shop.first("SELECT secret_sealed FROM identity_providers");
    let keys = turned.wired.server.keys.clone();
    let done = turned.write(move |conn| accounts::reseal(conn, &keys));
    assert_eq!((done.anew, done.unreadable), (1, 0));
    assert_ne!(shop.first("SELECT secret_sealed FROM identity_providers"), before);
    let newest = Shop::over_with_keys(&shop, &"m".repeat(40));
    goes(&mut newest.browser()).must_say("Your account is ready.");
}

#[test]
fn whatever_opened_an_account_opens_the_one_that_took_it_over() {
    let (shop, _provider) = with_stand_in(&[]);
    goes(&mut shop.browser()).must_say("Your account is ready.");
    shop.meddle(&account_of("kept@example.com"));
    let id = |email: &str| AccountId(shop.count(&format!("SELECT id FROM accounts WHERE email = '{email}'")));
    let (from, into) = (id(ANNIE), id("kept@example.com"));
    shop.write(move |conn| accounts::merge_own(conn, from, into));
    let mut browser = shop.browser();
    goes(&mut browser);
    assert_eq!(shop.count("SELECT account_id FROM identities"), into.0);
    assert_eq!(shop.first("SELECT account_id::text FROM sign_ins ORDER BY started_at DESC"), into.to_string());
}

#[test]
fn the_database_keeps_an_issuer_and_one_account_for_each_person_and_twenty_for_each_account() {
    let (shop, _provider) = with_stand_in(&[]);
    shop.meddle(&account_of(ANNIE));
    shop.meddle("INSERT INTO identities (provider_id, subject, account_id) SELECT p.id, n::text, a.id FROM identity_providers p, accounts a, generate_series(1, 20) n WHERE a.email = 'annie@example.com'");
    let refused = |sql: &str, by: &str| {
        let block = format!(
            "DO $$ DECLARE broke TEXT; BEGIN BEGIN {sql}; EXCEPTION WHEN integrity_constraint_violation OR check_violation OR unique_violation THEN
             GET STACKED DIAGNOSTICS broke = CONSTRAINT_NAME; END;
             IF broke IS DISTINCT FROM '{by}' THEN RAISE EXCEPTION 'not refused by {by} but %', broke; END IF; END $$"
        );
        shop.meddle(&block);
    };
    let one = |subject: &str| {
        format!(
            "INSERT INTO identities (provider_id, subject, account_id) SELECT p.id, '{subject}', a.id FROM identity_providers p, accounts a WHERE a.email = 'annie@example.com'"
        )
    };
    refused(&one("21"), "identities_at_most_20");
    shop.meddle("DELETE FROM identities WHERE subject = '20'");
    refused(&one("1"), "identities_subject_key");
    refused(&one(""), "identities_subject_plain");
    refused("UPDATE identity_providers SET issuer = 'https://another.example'", "identity_providers_stay");
    refused("UPDATE identity_providers SET for_customers = false", "identity_providers_for_somebody");
}
