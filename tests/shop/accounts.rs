//! Coming and going, and what is closed to whom.

use crate::harness::Shop;

#[test]
fn somebody_signs_out_and_in_again_and_sees_their_orders() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up().must_say("Hello, Annie Preece");
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    annie.visits("/account").must_say(&number);
    annie.browser.submit("Sign out", &[]).must_say("signed out");
    annie.visits("/account");
    assert_eq!(annie.page().url.path(), "/sign-in");
    annie.browser.submit("Sign in", &[("email", "annie@example.com"), ("password", "three plain words")]);
    annie.page().must_say(&number);
}

#[test]
fn an_order_of_somebody_else_is_not_to_be_found() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let mut stranger = shop.shopper();
    for path in [format!("/orders/{number}"), format!("/orders/{number}?token=wrong"), format!("/checkout/return/{number}?token=x")] {
        assert_eq!(stranger.visits(&path).status, 404, "{path}");
    }
}

#[test]
fn the_back_office_is_closed_to_guests_and_customers_and_settings_to_staff() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.visits("/admin");
    assert_eq!(annie.page().url.path(), "/sign-in");
    annie.signs_up();
    for path in ["/admin", "/admin/orders", "/admin/products/new", "/admin/settings", "/admin/mails", "/admin/jobs"] {
        assert_eq!(annie.visits(path).status, 403, "{path}");
    }
    let mut staff = shop.staff(ironmonger::web::Role::Staff);
    assert_eq!(staff.visits("/admin/orders").status, 200);
    assert_eq!(staff.visits("/admin/settings").status, 403);
}

#[test]
fn an_invitation_works_once() {
    let shop = Shop::open();
    let token = shop.write(|conn| ironmonger::accounts::invite(conn, None, ironmonger::web::Role::Owner));
    let path = format!("/invitations/{token}");
    let mut first = shop.browser();
    first.get(&path);
    first.submit("Set the password", &[("name", "Pat"), ("email", "pat@example.com"), ("password", "a password of the shop")]);
    assert_eq!(first.page().url.path(), "/admin");
    assert_eq!(shop.browser().get(&path).status, 404);
}

#[test]
fn we_never_lead_on_to_another_site_after_signing_in() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.signs_up();
    for foreign in ["//evil.example", "/\\evil.example", "https://evil.example/"] {
        annie.browser.forget();
        annie.visits("/sign-in");
        annie.browser.submit("Sign in", &[("email", "annie@example.com"), ("password", "three plain words"), ("return_to", foreign)]);
        assert!(annie.page().url.as_str().starts_with(&shop.url), "{}", annie.page().url);
    }
}
