//! Who of the staff may do what, and who may change that.

use ironmonger::base::{Permission, Rights};

use crate::harness::{Browser, Shop, Staff, UNTICKED, at_once};

const PASSWORD: &str = "a password of the shop";

/// The link in the newest mail to this address.
fn link_to(shop: &Shop, email: &str) -> String {
    let mails = shop.mails();
    let mail = mails.iter().rev().find(|mail| mail.text.contains(email) && mail.text.contains("/invitations/")).expect("an invitation");
    let from = mail.text.find("/invitations/").unwrap();
    mail.text[from..].split(|c: char| c.is_whitespace() || c == '"').next().unwrap().to_owned()
}

fn invites(owner: &mut Staff, shop: &Shop, email: &str, role: &str) -> String {
    owner.visits("/admin/staff");
    let choice = if role == "owner" { role.to_owned() } else { role_id(shop, role) };
    owner.browser.submit("Send the invitation", &[("email", email), ("role", &choice)]).must_say("A mail with a link went to");
    link_to(shop, email)
}

fn role_id(shop: &Shop, name: &str) -> String {
    shop.first(&format!("SELECT id FROM roles WHERE name = '{name}'"))
}

fn id_of(shop: &Shop, email: &str) -> i64 {
    shop.count(&format!("SELECT id FROM accounts WHERE email = '{email}'"))
}

/// Somebody with this role, come by a mailed invitation.
fn joins(shop: &Shop, owner: &mut Staff, email: &str, role: &str) -> Staff {
    let link = invites(owner, shop, email, role);
    let mut browser = shop.browser();
    browser.get(&link);
    browser.submit("Set the password", &[("name", "Sam Till"), ("password", PASSWORD)]);
    Staff::new(browser)
}

fn token(browser: &mut Browser, path: &str) -> String {
    browser.get(path).attribute("input[name=csrf]", "value").unwrap()
}

#[test]
fn the_standard_role_may_what_the_program_says() {
    let shop = Shop::open();
    let stored = shop.first("SELECT array_to_string(permissions, ',') FROM roles WHERE standard");
    assert_eq!(Rights::read(stored.split(',')), Rights::standard());
    for role in ["Warehouse", "Support", "Marketing", "Books"] {
        let stored = shop.first(&format!("SELECT array_to_string(permissions, ',') FROM roles WHERE name = '{role}'"));
        let known = stored.split(',').all(|text| text.parse::<Permission>().is_ok());
        assert!(known, "{role}: {stored}");
    }
}

#[test]
fn somebody_is_invited_by_mail_and_may_what_their_role_says() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let mut sam = joins(&shop, &mut owner, "sam@example.com", "Warehouse");
    assert_eq!(sam.visits("/admin/stock").status, 200);
    assert_eq!(sam.visits("/admin/customers").status, 403);
    assert_eq!(sam.visits("/admin/staff").status, 403);
    owner.visits("/admin/staff").must_say("Sam Till").must_say("Warehouse");
    assert!(!owner.page().says("Invited by"), "the invitation is used up");
}

#[test]
fn a_withdrawn_invitation_and_a_replaced_one_open_nothing() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let first = invites(&mut owner, &shop, "sam@example.com", "Warehouse");
    let second = invites(&mut owner, &shop, "sam@example.com", "Support");
    assert_eq!(shop.browser().get(&first).status, 404);
    assert_eq!(shop.browser().get(&second).status, 200);
    owner.visits("/admin/staff");
    owner.browser.submit("Withdraw", &[]).must_say("withdrawn");
    assert_eq!(shop.browser().get(&second).status, 404);
}

#[test]
fn who_works_here_already_is_not_invited_again() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/staff");
    let page = owner.browser.submit("Send the invitation", &[("email", "owner@example.com"), ("role", &role_id(&shop, "Warehouse"))]);
    assert_eq!(page.status, 422);
    page.must_say("works here already");
}

#[test]
fn a_role_change_counts_at_the_next_request_on_both_servers() {
    let shop = Shop::open();
    let other = Shop::over(&shop);
    let mut owner = shop.owner();
    let mut sam = joins(&shop, &mut owner, "sam@example.com", "Support");
    assert_eq!(sam.visits("/admin/customers").status, 200);
    let id = role_id(&shop, "Support");
    owner.visits(&format!("/admin/roles/{id}/edit"));
    let csrf = owner.page().attribute("input[name=csrf]", "value").unwrap();
    owner.browser.forge(&format!("/admin/roles/{id}/edit"), &[("csrf", &csrf), ("name", "Support"), ("permission", "orders.see")]);
    for server in [&shop, &other] {
        let page = sam.browser.get(&format!("{}/admin/customers", server.url));
        assert_eq!(page.status, 403, "{}", server.url);
    }
    assert_eq!(sam.visits(&format!("{}/admin/orders", shop.url)).status, 200, "what is left of the role still holds");
}

#[test]
fn another_role_signs_somebody_out_and_tells_them_by_mail() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let mut sam = joins(&shop, &mut owner, "sam@example.com", "Support");
    let page = format!("/admin/staff/{}", id_of(&shop, "sam@example.com"));
    owner.visits(&page);
    owner.browser.submit("Change the role", &[("role", &role_id(&shop, "Books"))]).must_say("is now: Books");
    sam.visits("/admin/orders");
    assert_eq!(sam.page().url.path(), "/sign-in");
    assert!(shop.mails().iter().any(|mail| mail.text.contains("sam@example.com") && mail.text.contains("Books")));
}

#[test]
fn who_is_shut_out_is_out_at_once_and_comes_back_with_the_same_role() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let mut sam = joins(&shop, &mut owner, "sam@example.com", "Warehouse");
    let page = format!("/admin/staff/{}", id_of(&shop, "sam@example.com"));
    owner.visits(&page);
    owner.browser.submit("Shut them out", &[]).must_say("is shut out from now on");
    sam.visits("/admin/stock");
    assert_eq!(sam.page().url.path(), "/sign-in");
    sam.browser.submit("Sign in", &[("email", "sam@example.com"), ("password", PASSWORD)]).must_say("wrong");
    owner.visits(&page);
    owner.browser.submit("Let them in again", &[]).must_say("can sign in again");
    sam.visits("/sign-in");
    sam.browser.submit("Sign in", &[("email", "sam@example.com"), ("password", PASSWORD)]);
    assert_eq!(sam.visits("/admin/stock").status, 200);
}

#[test]
fn staff_are_signed_out_everywhere_by_who_may_change_them() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let mut sam = joins(&shop, &mut owner, "sam@example.com", "Warehouse");
    owner.visits(&format!("/admin/staff/{}", id_of(&shop, "sam@example.com")));
    owner.browser.submit("Sign them out everywhere", &[]).must_say("signed out everywhere");
    sam.visits("/admin/stock");
    assert_eq!(sam.page().url.path(), "/sign-in");
}

#[test]
fn nobody_grants_what_they_do_not_hold_by_no_forged_field() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let head = "INSERT INTO roles (name, permissions) VALUES ('Head', '{staff.see,staff.change,orders.see,stock.see,stock.change,catalog.see,orders.change}')";
    shop.meddle(head);
    let mut head = joins(&shop, &mut owner, "head@example.com", "Head");
    joins(&shop, &mut owner, "sam@example.com", "Warehouse");
    let (sam, own, books) = (id_of(&shop, "sam@example.com"), id_of(&shop, "head@example.com"), role_id(&shop, "Books"));
    let (boss, head_role, warehouse) = (id_of(&shop, "owner@example.com"), role_id(&shop, "Head"), role_id(&shop, "Warehouse"));
    let csrf = token(&mut head.browser, "/admin/staff");
    let csrf = csrf.as_str();
    let tries: Vec<(String, Vec<(&str, &str)>)> = vec![
        ("/admin/staff/invitations".into(), vec![("email", "friend@example.com"), ("role", "owner")]),
        ("/admin/staff/invitations".into(), vec![("email", "friend@example.com"), ("role", &books)]),
        (format!("/admin/staff/{sam}/role"), vec![("role", "owner")]),
        (format!("/admin/staff/{sam}/role"), vec![("role", &books)]),
        (format!("/admin/staff/{own}/role"), vec![("role", &warehouse)]),
        (format!("/admin/staff/{own}/disablement"), vec![]),
        (format!("/admin/staff/{boss}/role"), vec![("role", &warehouse)]),
        (format!("/admin/staff/{boss}/disablement"), vec![]),
        (format!("/admin/staff/{boss}/sign-ins/end"), vec![]),
        ("/admin/roles".into(), vec![("name", "New"), ("permission", "payments.settings")]),
        (format!("/admin/roles/{head_role}/edit"), vec![("name", "Head"), ("permission", "orders.see")]),
        (format!("/admin/roles/{warehouse}/edit"), vec![("name", "Warehouse"), ("permission", "orders.see"), ("permission", "books.see")]),
        (format!("/admin/roles/{books}/edit"), vec![("name", "Books"), ("permission", "orders.see")]),
        (format!("/admin/roles/{books}/deletion"), vec![]),
    ];
    let before =
        shop.first("SELECT string_agg(t::text, ';' ORDER BY t::text) FROM (SELECT id, role, role_id, disabled_at FROM accounts) t");
    let roles = shop.first("SELECT string_agg(t::text, ';' ORDER BY t::text) FROM roles t");
    for (path, fields) in tries {
        let fields: Vec<_> = [("csrf", csrf)].into_iter().chain(fields).collect();
        assert_eq!(head.browser.forge(&path, &fields).status, 403, "{path} {fields:?}");
    }
    assert_eq!(
        before,
        shop.first("SELECT string_agg(t::text, ';' ORDER BY t::text) FROM (SELECT id, role, role_id, disabled_at FROM accounts) t")
    );
    assert_eq!(roles, shop.first("SELECT string_agg(t::text, ';' ORDER BY t::text) FROM roles t"));
    assert_eq!(shop.count("SELECT count(*) FROM invitations WHERE email = 'friend@example.com'"), 0);
    head.visits(&format!("/admin/staff/{sam}"));
    head.browser.submit("Shut them out", &[]).must_say("is shut out");
}

#[test]
fn a_role_is_made_box_by_box_and_deleted_once_nobody_has_it() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/roles/new");
    let csrf = owner.page().attribute("input[name=csrf]", "value").unwrap();
    let fields = [("csrf", &*csrf), ("name", "Till"), ("permission", "orders.change"), ("permission", "stock.see")];
    owner.browser.forge("/admin/roles", &fields).must_say("The role is saved").must_say("Till");
    assert_eq!(shop.first("SELECT permissions::text FROM roles WHERE name = 'Till'"), "{orders.see,orders.change,stock.see}");
    let fields = [("csrf", &*csrf), ("name", "till")];
    let page = owner.browser.forge("/admin/roles", &fields);
    assert_eq!(page.status, 422);
    page.must_say("There is a role of this name already");
    let fields = [("csrf", &*csrf), ("name", "Odd"), ("permission", "orders.everything")];
    assert_eq!(owner.browser.forge("/admin/roles", &fields).status, 422);
    let id = role_id(&shop, "Till");
    joins(&shop, &mut owner, "sam@example.com", "Till");
    owner.visits(&format!("/admin/roles/{id}/deletion"));
    owner.browser.submit("Delete the role", &[]).must_say("Somebody has this role");
    owner.visits(&format!("/admin/staff/{}", id_of(&shop, "sam@example.com")));
    owner.browser.submit("Change the role", &[("role", &role_id(&shop, "Books"))]);
    owner.visits(&format!("/admin/roles/{id}/deletion"));
    owner.browser.submit("Delete the role", &[]).must_say("The role is deleted");
    let standard = role_id(&shop, "Standard");
    owner.visits(&format!("/admin/roles/{standard}/deletion"));
    owner.browser.submit("Delete the role", &[]).must_say("so it stays");
}

#[test]
fn what_a_newer_program_put_into_a_role_stays_in_it() {
    let shop = Shop::open();
    shop.meddle("INSERT INTO roles (name, permissions) VALUES ('Pilot', '{orders.see,moon.land}')");
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/roles/{}/edit", role_id(&shop, "Pilot")));
    owner.browser.submit("Save role", &[("name", "Captain"), ("needs_second_factor", UNTICKED)]);
    assert_eq!(shop.first("SELECT permissions::text FROM roles WHERE name = 'Captain'"), "{orders.see,moon.land}");
}

#[test]
fn the_last_owner_is_neither_demoted_nor_shut_out_nor_deleted() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let mut second = joins(&shop, &mut owner, "second@example.com", "owner");
    let (first_id, second_id) = (id_of(&shop, "owner@example.com"), id_of(&shop, "second@example.com"));
    owner.visits(&format!("/admin/staff/{second_id}"));
    owner.browser.submit("Shut them out", &[]).must_say("is shut out");
    second.visits("/admin/staff");
    assert_eq!(second.page().url.path(), "/sign-in");
    for change in ["UPDATE accounts SET disabled_at = now()", "UPDATE accounts SET role = 'staff'", "DELETE FROM accounts"] {
        let sql = format!("{change} WHERE id = {first_id}");
        let refused = shop.block_on(
            shop.db
                .write(move |conn| diesel::connection::SimpleConnection::batch_execute(conn, &sql).map_err(ironmonger::base::Error::from)),
        );
        assert!(refused.is_err(), "{change}");
    }
    owner.visits(&format!("/admin/staff/{first_id}")).must_say("This is you");
}

#[test]
fn two_owners_who_demote_each_other_at_once_leave_one() {
    let shop = Shop::open();
    let mut first = shop.owner();
    let mut second = joins(&shop, &mut first, "second@example.com", "owner");
    let (first_id, second_id) = (id_of(&shop, "owner@example.com"), id_of(&shop, "second@example.com"));
    let books = role_id(&shop, "Books");
    first.visits(&format!("/admin/staff/{second_id}"));
    second.visits(&format!("/admin/staff/{first_id}"));
    let requests = [&first, &second].map(|owner| owner.browser.prepare("Change the role", &[("role", &books)]));
    at_once(requests.into());
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE role = 'owner'"), 1);
}

#[test]
fn the_command_line_lets_an_owner_in_again() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let email = ironmonger::base::Email::parse("owner@example.com").unwrap();
    let token = shop.write(move |conn| ironmonger::accounts::reset_staff(conn, &email));
    owner.visits("/admin/staff");
    assert_eq!(owner.page().url.path(), "/sign-in", "all sign-ins ended");
    owner.visits(&format!("/invitations/{token}"));
    owner.browser.submit("Set the password", &[("name", "Pat Pike"), ("password", "another password of the shop")]);
    assert_eq!(owner.visits("/admin/settings").status, 200);
    let nobody = ironmonger::base::Email::parse("nobody@example.com").unwrap();
    assert!(shop.block_on(shop.db.write(move |conn| ironmonger::accounts::reset_staff(conn, &nobody))).is_err());
}

#[test]
fn what_somebody_invited_is_void_once_they_may_no_more() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let mut second = joins(&shop, &mut owner, "second@example.com", "owner");
    let link = invites(&mut second, &shop, "friend@example.com", "owner");
    owner.visits(&format!("/admin/staff/{}", id_of(&shop, "second@example.com")));
    owner.browser.submit("Shut them out", &[]);
    assert_eq!(shop.browser().get(&link).status, 404);
}
