//! The ring of secret keys turns while the shop is open.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    thread,
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use ironmonger::base::Keys;
use reqwest::{
    blocking::{Client, Response},
    redirect::Policy,
};

use crate::harness::{Page, Shop};

/// The key of all shops of these tests, and two that come after it.
fn keys() -> [String; 3] {
    ["k", "m", "n"].map(|letter| letter.repeat(40))
}

fn cookie_in(headers: &reqwest::header::HeaderMap) -> String {
    let cookie = headers.get("set-cookie").expect("a cookie").to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn ask(shop: &Shop, path: &str, cookie: &str) -> Response {
    let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    client.get(format!("{}{path}", shop.url)).header("accept", "text/html").header("cookie", cookie).send().unwrap()
}

fn is_in(shop: &Shop, cookie: &str) -> bool {
    ask(shop, "/account", cookie).status() == 200
}

/// Sends the form "Add to cart" of a page that another server rendered.
fn adds(shop: &Shop, cookie: &str, page: &Page) -> u16 {
    let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let form = page.form("Add to cart");
    client.post(format!("{}/cart/lines", shop.url)).header("cookie", cookie).form(&form.fields).send().unwrap().status().as_u16()
}

#[test]
fn what_a_former_key_sealed_is_still_read_and_what_a_retired_one_sealed_is_not() {
    let [former, newest, _] = keys();
    let before = Shop::open();
    let both = Shop::over_with_keys(&before, &format!("{newest},{former}"));
    let after = Shop::over_with_keys(&before, &newest);
    let mut annie = before.shopper();
    annie.signs_up();
    let old = cookie_in(&annie.page().headers);
    assert!(is_in(&both, &old));
    assert!(!is_in(&after, &old), "its key has gone");

    let anew = cookie_in(ask(&both, "/account", &old).headers());
    assert!(anew != old && is_in(&after, &anew) && is_in(&both, &anew), "it was sealed again with the newest key");
    assert!(!is_in(&before, &anew), "which a server that knows only the former can't read");
}

#[test]
fn a_kept_page_seals_an_old_cookie_again_as_well() {
    let [former, newest, _] = keys();
    let before = Shop::open();
    before.product("Claw hammer").put_up();
    let both = Shop::over_with_keys(&before, &format!("{newest},{former}"));
    let mut annie = before.shopper();
    annie.signs_up();
    let old = cookie_in(&annie.page().headers);
    let page = ask(&both, "/products/claw-hammer", &old);
    let anew = cookie_in(page.headers());
    assert!(anew != old && page.text().unwrap().contains("Annie Preece"));
}

#[test]
fn two_servers_in_the_middle_of_a_rotation_read_each_other_s_cookies_and_forms() {
    let [former, newest, _] = keys();
    let first = Shop::open();
    first.product("Claw hammer").put_up();
    let mut annie = first.shopper();
    let cookie = cookie_in(&annie.signs_up().headers);
    let open = annie.visits("/products/claw-hammer");
    let from = Utc::now() + TimeDelta::seconds(6);
    let ring = format!("{newest} @ {},{former}", from.to_rfc3339());
    let (second, third) = (Shop::over_with_keys(&first, &ring), Shop::over_with_keys(&first, &ring));
    let early = cookie_in(&second.browser().get("/sign-in").headers);
    assert_eq!(ask(&first, "/sign-in", &early).headers().get("set-cookie"), None, "who has not read the file yet can read it");
    assert!(is_in(&second, &cookie) && is_in(&third, &cookie));

    thread::sleep((from + TimeDelta::seconds(1) - Utc::now()).to_std().unwrap_or(Duration::ZERO));
    assert_eq!(adds(&third, &cookie, open), 303, "a form that was open while the ring turned");
    assert_eq!(adds(&second, &cookie, open), 303);
    let late = cookie_in(ask(&third, "/account", &cookie).headers());
    assert!(is_in(&second, &late) && is_in(&second, &cookie) && is_in(&third, &late));
    assert!(!is_in(&first, &late), "now it is sealed with the new key");
}

fn ironmonger(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
    command.env_clear().current_dir(folder).arg("--data-dir").arg(folder).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn the_command_line_turns_the_file_and_says_when_the_new_key_seals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.keys");
    fs::write(&file, format!("{}\n", keys()[0])).unwrap();
    let told = said(&ironmonger(folder.path(), &["keys", "rotate"]));
    let ring = fs::read_to_string(&file).unwrap();
    let (newest, rest) = ring.split_once('\n').unwrap();
    let (secret, from) = newest.split_once(" @ ").unwrap();
    assert!(secret.len() >= 32 && rest.contains(&keys()[0]) && told.contains(from) && told.contains("keys reseal"), "{told}");
    let from: chrono::DateTime<Utc> = from.parse().unwrap();
    assert!(from > Utc::now() + TimeDelta::minutes(8) && from < Utc::now() + TimeDelta::minutes(11));
    assert!(!told.contains(secret), "a key is no business of a terminal");
    said(&ironmonger(folder.path(), &["keys", "rotate", "--now"]));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
}

#[test]
fn where_the_ring_is_a_setting_the_command_line_says_the_two_to_roll_out() {
    let folder = tempfile::tempdir().unwrap();
    let former = &keys()[0];
    let told = said(&ironmonger(folder.path(), &["--secret-keys", former, "keys", "rotate"]));
    let settings: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("SECRET_KEYS=")).collect();
    assert_eq!(settings.len(), 2);
    assert!(settings[0].starts_with(former) && settings[1].ends_with(former), "{settings:?}");
    assert!(!folder.path().join("secret.keys").exists());
}

#[test]
fn what_is_stored_is_sealed_anew_and_only_then_a_key_goes() {
    let [former, newest, _] = keys();
    let shop = Shop::open();
    let ring = |setting: &str| Keys::load(Some(setting), Path::new("/nowhere")).unwrap();
    let (purpose, context) = ("payment gateways", "stripe/secret_key");
    let sealed = ring(&former).seal(purpose, context, "sk_test_1").unwrap();
    shop.meddle(&format!("UPDATE gateway_settings SET secrets = '{{\"secret_key\": \"{sealed}\"}}' WHERE code = 'stripe'"));
    let seed = ring(&former).seal("second factor", "1", "JBSWY3DPEHPK3PXP").unwrap();
    shop.meddle(&format!(
        "INSERT INTO accounts (id, email, name, password_hash) OVERRIDING SYSTEM VALUE VALUES (1, 'annie@example.com', 'Annie Preece', 'x');
         INSERT INTO second_factors (account_id, seed_sealed) VALUES (1, '{seed}')"
    ));
    let both = format!("{newest},{former}");
    let command = |arguments: &[&str]| {
        let all = [&["--database-url", &shop.database_url, "--secret-keys", &both], arguments].concat();
        said(&ironmonger(shop.folder(), &all))
    };
    assert!(command(&["keys", "retire", "--now"]).contains("secrets in the database are sealed with it"));
    assert!(command(&["keys", "retire"]).contains("Nothing to take away"));
    assert!(command(&["keys", "reseal"]).contains("Sealed anew: 2."));
    assert!(command(&["keys", "reseal"]).contains("Sealed anew: 0."), "a second time there is nothing to do");
    let stored = shop.first("SELECT secrets->>'secret_key' FROM gateway_settings WHERE code = 'stripe'");
    assert_eq!(ring(&newest).open(purpose, context, &stored).unwrap(), "sk_test_1");
    let stored = shop.first("SELECT seed_sealed FROM second_factors");
    assert_eq!(ring(&newest).open("second factor", "1", &stored).unwrap(), "JBSWY3DPEHPK3PXP");
    let told = command(&["keys", "retire", "--now"]);
    assert!(told.contains(&format!("SECRET_KEYS={newest}")) && !told.contains(&former), "{told}");
}

#[test]
fn a_file_loses_the_keys_whose_cookies_are_over() {
    let [oldest, former, newest] = keys();
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret.keys");
    let at = |days: i64| (Utc::now() - TimeDelta::days(days)).to_rfc3339();
    fs::write(&file, format!("{newest} @ {}\n{former} @ {}\n{oldest}\n", at(59), at(61))).unwrap();
    let retire = |arguments: &[&str]| {
        let all = [&["--database-url", &shop.database_url, "keys", "retire"], arguments].concat();
        said(&ironmonger(folder.path(), &all))
    };
    assert!(retire(&[]).contains("cookies that it sealed may still be about"));
    let left = fs::read_to_string(&file).unwrap();
    assert!(left.contains(&newest) && left.contains(&former) && !left.contains(&oldest), "{left}");
    assert!(retire(&["--now"]).contains("Taken away: 1."));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 1);
}
