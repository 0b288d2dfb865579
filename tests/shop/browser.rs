//! The shop in headless Chromium with scripting off, driven by the scripts in tests/browser; axe-core looks at its pages.

use std::{path::Path, process::Command, thread};

use ironmonger::{accounts, web::Role};
use tokio::{runtime, sync::watch};

use crate::harness::Shop;

#[test]
fn a_guest_buys_two_products_in_a_browser_without_scripting() {
    let shop = stocked();
    play("buy.mjs", &shop, &[]);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 1));
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid'"), 1);
    let mails = shop.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].text.contains("annie@example.com"), "{}", mails[0].text);
}

#[test]
fn a_cart_is_kept_while_the_browser_is_closed() {
    let shop = stocked();
    play("return.mjs", &shop, &[]);
}

#[test]
fn the_owner_of_a_new_shop_sets_a_password_and_ships_an_order() {
    let shop = stocked();
    let mut annie = shop.shopper();
    annie.adds_to_cart("/products/claw-hammer", 1);
    let number = annie.buys();
    play("ship.mjs", &shop, &[&invitation(&shop), &number]);
    assert_eq!(shop.stock("CLAW-HAMMER"), (9, 0));
    let mails = shop.mails();
    assert!(mails.iter().any(|mail| mail.text.contains("AB123456789GB")), "{mails:?}");
}

#[test]
fn the_pages_of_the_shop_are_accessible_in_light_and_dark() {
    let shop = stocked();
    play("accessible.mjs", &shop, &[]);
}

#[test]
fn the_pages_of_the_back_office_are_accessible_in_light_and_dark() {
    let shop = stocked();
    let mut annie = shop.shopper();
    annie.adds_to_cart("/products/claw-hammer", 1);
    annie.buys();
    annie.adds_to_cart("/products/claw-hammer", 1);
    annie.reaches_payment();
    annie.orders_by("manual");
    play("accessible-office.mjs", &shop, &[&invitation(&shop)]);
}

fn stocked() -> Shop {
    let shop = Shop::open();
    let about = "<p>Drop-forged, with a shaft of ash.</p><ul><li>Made in <a href=\"/\">our forge</a></li></ul>";
    shop.product("Claw hammer").price("24.95").was("29.95").category(&["Hand tools", "Hammers"]).described(about).featured().put_up();
    let hinge = shop.product("Brass hinge").price("8.40").options(&["Length", "Finish"]).category(&["Hinges"]).featured();
    let hinge = hinge.variant(&["75 mm", "Polished"], 40).variant(&["75 mm", "Antique"], 0);
    hinge.variant(&["100 mm", "Polished"], 3).put_up();
    shop.product("Copper nail").price("0.15").stock(0).category(&["Hand tools", "Hammers"]).featured().put_up();
    shop
}

/// The one-time link by which the owner of a new shop sets a password.
fn invitation(shop: &Shop) -> String {
    let token = shop.write(|conn| accounts::invite(conn, None, Role::Owner));
    format!("/invitations/{token}")
}

/// Runs a script of tests/browser on this shop while the worker works, and fails with what it says.
fn play(script: &str, shop: &Shop, more: &[&str]) {
    const ADVICE: &str = "run bin/test, which installs what the tests in a browser need";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(folder.join("node_modules/.package-lock.json").exists(), "tests/browser has no node_modules: {ADVICE}");
    let mut node = Command::new("node");
    node.arg(folder.join(script)).arg(&shop.url).args(more);
    let output = with_worker(shop, || node.output()).unwrap_or_else(|error| panic!("node does not start ({error}): {ADVICE}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "tests/browser/{script}:\n{}", String::from_utf8_lossy(&said));
}

/// The worker works in a thread of its own as long as this takes.
fn with_worker<T>(shop: &Shop, during: impl FnOnce() -> T) -> T {
    let (stop, stopped) = watch::channel(false);
    let worker = shop.wired.worker();
    thread::scope(|scope| {
        scope.spawn(|| runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(worker.run(1, stopped)));
        let result = during();
        // The worker sees that nobody is left to stop it, and stops.
        drop(stop);
        result
    })
}
