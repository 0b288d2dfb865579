//! The link by which somebody becomes the first owner of a shop: where it is told, and how long it works.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use nix::sys::signal::Signal;

use crate::{
    harness::{Browser, Shop, at_once},
    program::{Running, folder},
};

#[test]
fn the_first_owner_s_link_stands_in_a_file_that_nobody_else_reads_and_in_no_log() {
    let (empty, folder) = (Shop::open(), folder());
    let over: [&str; 6] = ["--no-demo", "--no-worker", "--log", "debug", "--database-url", &empty.database_url];
    let shop = Running::start(folder.path(), &over);
    let path = shop.owner_link();
    assert_eq!(fs::metadata(shop.kept_link()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Browser::new(&shop.url).get(&path).status, 200);
    let token = path.strip_prefix("/invitations/").unwrap();
    assert!(token.len() >= 32 && !shop.log().contains(token), "{}", shop.log());
    assert!(shop.log().contains("owner-link"), "it says where");
}

#[test]
fn a_server_that_starts_ends_no_link_that_was_told_and_the_first_owner_ends_all() {
    let shop = Shop::open();
    let (one, two) = (folder(), folder());
    let over: [&str; 4] = ["--no-demo", "--no-worker", "--database-url", &shop.database_url];
    let mut first = Running::start(one.path(), &over);
    let told = first.owner_link();
    let second = Running::start(two.path(), &over);
    let other = second.owner_link();
    assert_ne!(told, other);
    first.signal(Signal::SIGTERM);
    assert!(first.ends_within(Duration::from_secs(10)));
    drop(first);
    let first = Running::start(one.path(), &over);
    assert_eq!(first.owner_link(), told, "what was told is told again");
    for path in [&told, &other] {
        assert_eq!(Browser::new(&second.url).get(path).status, 200, "{path}");
    }
    let browsers = [&told, &other].map(|path| {
        let mut browser = shop.browser();
        browser.get(path);
        browser
    });
    let fields = |email| [("name", "Pat"), ("email", email), ("password", "a password of the shop")];
    let emails = ["pat@example.com", "mallory@example.com"];
    let tries = browsers.iter().zip(emails).map(|(browser, email)| browser.prepare("Set the password", &fields(email)));
    let pages = at_once(tries.collect());
    assert_eq!(pages.iter().filter(|page| page.url.path() == "/admin").count(), 1, "one of both is the first owner");
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE role = 'owner'"), 1);
    for path in [&told, &other] {
        assert_eq!(Browser::new(&second.url).get(path).status, 404, "{path}");
    }
    drop(second);
    let second = Running::start(two.path(), &over);
    assert!(!second.kept_link().exists(), "a link that leads nowhere is not kept");
}
