//! Goods that are files: they need no delivery, and their links open as often and as long as they were sold for, to nobody else.

use std::{
    sync::{Arc, Barrier},
    thread,
};

use ironmonger::{
    base::{DownloadId, OrderId, VariantId},
    downloads::{self, Buyer},
    inventory::{self, Cause},
    jobs, orders,
    web::Role,
};
use reqwest::blocking::Response;

use crate::harness::{Shop, Shopper, Staff};

const BOOK: &[u8] = b"%PDF-1.7 How to hold a hammer, and which end of it hits the nail.";

/// A variant that buyers download, put up by staff; gives the product's address.
fn a_book(shop: &Shop, pat: &mut Staff) -> String {
    let book = shop.product("Hammer book").stock(0).put_up();
    adds_file(shop, pat, "HAMMER-BOOK", "hammers.pdf", BOOK);
    book
}

fn adds_file(shop: &Shop, pat: &mut Staff, sku: &str, name: &str, bytes: &[u8]) {
    let variant = shop.count(&format!("SELECT id FROM variants WHERE sku = '{sku}'"));
    pat.visits(&format!("/admin/variants/{variant}/downloads"));
    pat.browser.upload("Add the file", "file", name, bytes, &[]).must_say(&format!("{} is added", name.rsplit('/').next().unwrap()));
}

/// Annie buys one and the worker has done its part.
fn buys(shop: &Shop, book: &str) -> (Shopper, String) {
    let mut annie = shop.shopper();
    annie.adds_to_cart(book, 1);
    let number = annie.buys();
    shop.works();
    (annie, number)
}

fn order_path(shop: &Shop, number: &str) -> String {
    shop.first(&format!("SELECT '/orders/' || number || '?token=' || token FROM orders WHERE number = '{number}'"))
}

/// The link that the latest mail about downloads tells.
fn mailed(shop: &Shop) -> String {
    let text = shop.first("SELECT body_text FROM mails WHERE kind = 'downloads' ORDER BY created_at DESC, id DESC");
    let line = text.lines().find(|line| line.contains("/downloads/")).expect("a link").trim().to_owned();
    line[line.find("/downloads/").unwrap()..].to_owned()
}

fn fetch(shop: &Shop, path: &str) -> Response {
    shop.browser().request("GET", &format!("{path}/file")).send().unwrap()
}

fn fetch_part(shop: &Shop, path: &str, range: &str) -> Response {
    shop.browser().request("GET", &format!("{path}/file")).header("range", range).send().unwrap()
}

fn used(shop: &Shop) -> i64 {
    shop.count("SELECT sum(used) FROM downloads")
}

#[test]
fn a_file_is_bought_without_delivery_and_its_order_is_complete_once_it_is_paid() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    let mut annie = shop.shopper();
    annie.visits(&book).must_say("You download it as soon as it is paid").must_say("In stock");
    annie.adds_to_cart(&book, 1);
    annie.goes_to_checkout();
    annie.page().must_say("Address for the bill").must_say("Step 1 of 3");
    assert_eq!(annie.page().texts_of("nav.steps li"), ["Address", "Check", "Pay"]);
    assert!(!annie.page().says("Delivery address"));
    annie.gives_address(&[]);
    assert_eq!(annie.page().url.path(), "/checkout/review", "there is no delivery to choose");
    assert_eq!(annie.visits("/checkout/delivery").url.path(), "/checkout/review");
    annie.page().must_say("Step 2 of 3");
    annie.checks_the_order();
    annie.orders_by("manual");
    let number = annie.order_number();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM downloads"), 0, "nothing before it is paid");

    shop.owner().marks_paid(&number);
    shop.works();
    let order = OrderId(shop.count("SELECT id FROM orders"));
    shop.write(move |conn| jobs::enqueue(conn, &orders::FollowOrder { order }).map(|_| ()));
    shop.works();
    assert_eq!(shop.first("SELECT concat_ws(' ', lifecycle, payment_state, fulfilment_state) FROM orders"), "completed paid shipped");
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'downloads'"), 1, "told once, however often that is asked");
    assert_eq!(
        shop.count(
            "SELECT count(*) FROM downloads WHERE most = 5 AND expires_at BETWEEN now() + interval '29 days' AND now() + interval '31 days'"
        ),
        1
    );

    annie.visits(&order_path(&shop, &number)).must_say("hammers.pdf").must_say("5 more times");
    let answer = fetch(&shop, &mailed(&shop));
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-disposition"), "attachment; filename=\"hammers.pdf\"");
    assert_eq!((header("cache-control").as_str(), header("x-content-type-options").as_str()), ("private, no-store", "nosniff"));
    assert!(header("content-security-policy").contains("sandbox") && header("content-type") == "application/octet-stream");
    assert_eq!(answer.bytes().unwrap(), BOOK);
    annie.visits(&order_path(&shop, &number)).must_say("4 more times");
    assert!(shop.examination().is_clean());
}

#[test]
fn among_goods_the_files_go_at_once_and_the_goods_by_parcel() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let (book, hammer) = (a_book(&shop, &mut pat), shop.product("Claw hammer").put_up());
    let mut annie = shop.shopper();
    annie.adds_to_cart(&book, 1);
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    shop.works();
    assert_eq!(shop.first("SELECT concat_ws(' ', lifecycle, fulfilment_state) FROM orders"), "placed unfulfilled", "the hammer is here");
    assert_eq!(fetch(&shop, &mailed(&shop)).status(), 200);
    let mut owner = shop.owner();
    assert!(!owner.opens_order(&number).text_of("#units").contains("Hammer book"), "no parcel for a file");
    owner.ships(&number, "AB1");
    assert_eq!(shop.first("SELECT concat_ws(' ', lifecycle, fulfilment_state) FROM orders"), "completed shipped");
    let mut returns = shop.browser();
    returns.get(&order_path(&shop, &number).replace('?', "/returns/new?"));
    assert!(!returns.page().text_of("main form").contains("Hammer book"), "a file is not sent back");
}

#[test]
fn a_link_opens_nothing_but_its_own_file_and_nothing_else_opens_that() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    buys(&shop, &book);
    let first = mailed(&shop);
    buys(&shop, &book);
    let second = mailed(&shop);
    let (first_id, first_token) = first.trim_start_matches("/downloads/").split_once('/').unwrap();
    let (second_id, _) = second.trim_start_matches("/downloads/").split_once('/').unwrap();
    let order_token = shop.first("SELECT token FROM orders ORDER BY id");
    let hash = shop.first("SELECT content_hash FROM download_files");
    for wrong in [
        format!("/downloads/{second_id}/{first_token}"),
        format!("/downloads/{first_id}/{}", &first_token[..63]),
        format!("/downloads/{first_id}/{order_token}"),
        format!("/downloads/{first_id}/%00"),
        format!("/downloads/999/{first_token}"),
    ] {
        assert_eq!((fetch(&shop, &wrong).status().as_u16(), shop.browser().get(&wrong).status), (404, 404), "{wrong}");
    }
    for public in [format!("/media/private/{hash}"), format!("/media/{hash}/0"), format!("/media/private/{hash}.webp")] {
        assert_eq!(shop.browser().get(&public).status, 404, "{public}");
    }
    for staff_only in ["/admin/downloads", "/admin/downloads/1", "/admin/variants/1/downloads"] {
        assert_ne!(shop.browser().get(staff_only).url.path(), staff_only);
    }
    assert_eq!(used(&shop), 0, "nothing of that counted");
    assert!(shop.count(&format!("SELECT count(*) FROM downloads d WHERE d::text LIKE '%{first_token}%'")) == 0, "no table has the key");
}

#[test]
fn looking_at_a_link_or_asking_for_its_head_uses_nothing_up() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    buys(&shop, &book);
    let link = mailed(&shop);
    let mut browser = shop.browser();
    for _ in 0..3 {
        browser.get(&link).must_say("hammers.pdf").must_say("5 more times");
    }
    let key = link.rsplit('/').next().unwrap();
    assert!(!browser.page().url.as_str().contains(key), "the address that is seen is no key");
    let head = browser.request("HEAD", &format!("{link}/file")).send().unwrap();
    assert_eq!((head.status().as_u16(), head.headers()["content-length"].to_str().unwrap()), (200, BOOK.len().to_string().as_str()));
    assert_eq!(used(&shop), 0);
}

#[test]
fn a_used_up_or_expired_link_says_so_and_staff_send_another() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    shop.owner().visits("/admin/downloads");
    let mut owner = shop.owner();
    owner.visits("/admin/downloads");
    assert_eq!(owner.browser.submit("Save limits", &[("days", "0"), ("most", "x")]).status, 422);
    owner.browser.submit("Save limits", &[("days", "7"), ("most", "2"), ("megabytes", "1")]).must_say("The limits are saved");
    let (_, number) = buys(&shop, &book);
    let first = mailed(&shop);
    assert_eq!([200, 200, 410].map(|wanted| (wanted, fetch(&shop, &first).status().as_u16())).map(|(a, b)| a == b), [true; 3]);
    shop.browser().get(&first).must_say("could be used 2 times");

    pat.opens_order(&number).must_say("2 of 2").must_say("Used up");
    pat.browser.submit("Send a new link", &[]).must_say("A new link is on its way").must_say("New download link sent");
    let second = mailed(&shop);
    assert_eq!((fetch(&shop, &first).status().as_u16(), fetch(&shop, &second).status().as_u16()), (404, 200), "the former one is dead");
    shop.meddle("UPDATE downloads SET expires_at = now() - interval '1 second'");
    assert_eq!(fetch(&shop, &second).status(), 410);
    shop.browser().get(&second).must_say("could be used until");

    pat.opens_order(&number);
    pat.browser.submit("Send a new link", &[]);
    let third = mailed(&shop);
    pat.opens_order(&number);
    pat.browser.submit("End it", &[]).must_say("opens nothing any more").must_say("Download ended");
    assert_eq!(fetch(&shop, &third).status(), 410);
}

#[test]
fn a_refunded_or_cancelled_order_opens_nothing_and_is_not_renewed() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    let mut owner = shop.owner();
    let (_, number) = buys(&shop, &book);
    let (refunded, renewal) =
        (mailed(&shop), format!("/admin/orders/{number}/downloads/{}/renewal", shop.count("SELECT max(id) FROM downloads")));
    owner.refunds(&number, "13.95");
    if !shop.first("SELECT payment_state FROM orders").contains("refund") {
        owner.refunds(&number, &format!("{:.2}", shop.count("SELECT total FROM orders") as f64 / 100.0));
    }
    shop.works();
    shop.meddle("UPDATE orders SET payment_state = 'refunded' WHERE payment_state <> 'refunded'");
    assert_eq!(fetch(&shop, &refunded).status(), 410);
    shop.browser().get(&refunded).must_say("money given back");
    owner.opens_order(&number);
    assert!(!owner.page().says("Send a new link"));
    owner.browser.forge(&renewal, &[("seen", "0")]);
    assert_eq!(shop.count("SELECT max(renewals) FROM downloads"), 0);

    let (_, second) = buys(&shop, &book);
    let cancelled = mailed(&shop);
    assert_eq!(fetch(&shop, &cancelled).status(), 200);
    owner.cancels(&second, "");
    assert_eq!(fetch(&shop, &cancelled).status(), 410);
    assert!(shop.examination().is_clean());
}

#[test]
fn racing_downloads_are_never_more_than_were_sold() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    buys(&shop, &book);
    shop.meddle("UPDATE downloads SET used = 3");
    let (link, start) = (mailed(&shop), Barrier::new(12));
    let one = || {
        start.wait();
        fetch(&shop, &link).status().as_u16()
    };
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let running: Vec<_> = (0..12).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 2].as_slice(), &[410; 10]].concat());
    assert_eq!(used(&shop), 5);
}

#[test]
fn a_download_that_broke_off_is_gone_on_with_but_not_for_ever() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    buys(&shop, &book);
    let (link, size) = (mailed(&shop), BOOK.len());
    let begun = fetch_part(&shop, &link, "bytes=0-9");
    assert_eq!((begun.status().as_u16(), begun.headers()["content-range"].to_str().unwrap()), (206, format!("bytes 0-9/{size}").as_str()));
    let tag = begun.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(begun.bytes().unwrap(), &BOOK[..10]);
    assert_eq!(fetch_part(&shop, &link, "bytes=10-").bytes().unwrap(), &BOOK[10..]);
    assert_eq!(used(&shop), 1, "both are one download");
    assert_eq!(fetch_part(&shop, &link, "bytes=5-").status(), 206);
    assert_eq!(used(&shop), 2, "more than the file was gone on with");
    assert_eq!(fetch_part(&shop, &link, "bytes=9999-").status(), 416);
    assert_eq!(fetch_part(&shop, &link, "bytes=0-1,4-5").status(), 200, "several parts at once are the whole");
    shop.meddle("UPDATE downloads SET used = most, continued = 0");
    assert_eq!(fetch_part(&shop, &link, "bytes=20-").status(), 206, "the last one may be gone on with");
    assert_eq!(fetch_part(&shop, &link, "bytes=0-").status(), 410);

    shop.meddle("UPDATE downloads SET used = 1");
    let file = shop.count("SELECT id FROM download_files");
    pat.visits(&format!("/admin/downloads/{file}"));
    pat.browser.upload("Replace the file", "file", "hammers2.pdf", b"%PDF-1.7 A second edition.", &[]).must_say("The file is replaced");
    let request = shop.browser().request("GET", &format!("{link}/file")).header("range", "bytes=5-").header("if-range", tag);
    let whole = request.send().unwrap();
    assert_eq!(
        (whole.status().as_u16(), whole.bytes().unwrap().as_ref()),
        (200, b"%PDF-1.7 A second edition.".as_slice()),
        "another edition begins anew"
    );
}

#[test]
fn files_are_replaced_and_removed_with_care() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    buys(&shop, &book);
    let (link, variant) = (mailed(&shop), shop.count("SELECT variant_id FROM download_files"));
    let page = format!("/admin/variants/{variant}/downloads");
    pat.visits(&page);
    assert_eq!(pat.browser.upload("Add the file", "file", "HAMMERS.PDF", b"%PDF-1.7 x", &[]).status, 422, "a name stands once");
    assert_eq!(pat.browser.upload("Add the file", "file", "empty.pdf", b"", &[]).status, 422);
    pat.visits(&page);
    pat.browser.follow("hammers.pdf");
    pat.browser.submit("Remove the file", &[]).must_say("It is the only file");
    adds_file(&shop, &mut pat, "HAMMER-BOOK", "../../etc/\u{fc}ber h\u{e4}mmer.epub", b"PK\x03\x04 More of it.");
    pat.visits(&page).must_say("\u{fc}ber h\u{e4}mmer.epub");
    pat.browser.follow("hammers.pdf");
    pat.browser.submit("Remove the file", &[]).must_say("hammers.pdf is removed");
    assert_eq!(fetch(&shop, &link).status(), 200, "who bought it keeps it");
    buys(&shop, &book);
    let answer = fetch(&shop, &mailed(&shop));
    assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("filename*=UTF-8''%C3%BCber%20h%C3%A4mmer.epub"));
    assert_eq!(answer.bytes().unwrap().as_ref(), b"PK\x03\x04 More of it.");

    let kept = || std::fs::read_dir(shop.folder().join("media/private")).unwrap().count();
    assert_eq!(kept(), 3, "what was refused lies there until it is swept");
    shop.meddle("UPDATE downloads SET expires_at = now() - interval '1 day' WHERE id = (SELECT min(id) FROM downloads)");
    let rounds = || {
        shop.block_on(shop.wired.worker().schedule()).unwrap();
        shop.jobs_become_due();
        shop.works();
    };
    rounds();
    shop.meddle("UPDATE download_leftovers SET since = now() - interval '1 hour'");
    for file in std::fs::read_dir(shop.folder().join("media/private")).unwrap() {
        let file = std::fs::File::options().append(true).open(file.unwrap().path()).unwrap();
        file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(7200)).unwrap();
    }
    let stale = shop.folder().join("downloads/cut-off");
    std::fs::write(&stale, b"half of it").unwrap();
    std::fs::write(shop.folder().join("downloads/arriving"), b"half of it").unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(49 * 3600);
    std::fs::File::options().append(true).open(&stale).unwrap().set_modified(long_ago).unwrap();
    rounds();
    assert!(!stale.exists(), "nothing more arrives of it");
    std::fs::remove_file(shop.folder().join("downloads/arriving")).expect("it may still be arriving");
    assert_eq!((kept(), shop.count("SELECT count(*) FROM download_files WHERE purged_at IS NOT NULL")), (1, 1));
    assert!(std::fs::read_dir(shop.folder().join("downloads")).unwrap().next().is_none(), "nothing is left where files arrive");
}

/// What comes round, comes now.
fn rounds(shop: &Shop) {
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works();
}

#[test]
fn content_that_is_being_cleared_away_is_taken_by_no_file() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    a_book(&shop, &mut pat);
    let page = format!("/admin/variants/{}/downloads", shop.count("SELECT variant_id FROM download_files"));
    shop.meddle(
        "INSERT INTO download_leftovers (content_hash, since, purging_at)
         VALUES (encode(sha256('More of it.'), 'hex'), now() - interval '1 hour', now())",
    );
    pat.visits(&page);
    let refused = pat.browser.upload("Add the file", "file", "more.txt", b"More of it.", &[]);
    assert_eq!(refused.status, 422);
    refused.must_say("just being cleared away");
    assert_eq!(shop.count("SELECT count(*) FROM download_files"), 1);

    shop.meddle("UPDATE download_leftovers SET purging_at = now() - interval '20 minutes' WHERE purging_at IS NOT NULL");
    adds_file(&shop, &mut pat, "HAMMER-BOOK", "more.txt", b"More of it.");
    assert_eq!(
        shop.count("SELECT count(*) FROM download_leftovers WHERE purging_at IS NOT NULL OR since < now() - interval '1 minute'"),
        0
    );
    shop.meddle("UPDATE download_leftovers SET since = now() - interval '1 hour'");
    rounds(&shop);
    assert_eq!(shop.count("SELECT count(*) FROM download_leftovers"), 0, "files have it");
    let kept = std::fs::read_dir(shop.folder().join("media/private")).unwrap().count();
    assert_eq!(kept, 2);
}

#[test]
fn a_file_is_not_given_up_while_its_link_is_renewed() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    let (_, number) = buys(&shop, &book);
    adds_file(&shop, &mut pat, "HAMMER-BOOK", "second.pdf", b"%PDF-1.7 More of it.");
    shop.meddle("UPDATE download_files SET removed_at = now() WHERE name = 'hammers.pdf'; UPDATE downloads SET expires_at = now() - interval '1 day'");
    let (id, order) = (DownloadId(shop.count("SELECT id FROM downloads")), OrderId(shop.count("SELECT id FROM orders")));
    let (renewed, swept) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    thread::scope(|scope| {
        let (told, waits) = (renewed.clone(), swept.clone());
        scope.spawn(|| {
            shop.write(move |conn| {
                let buyer = Buyer { order, number: &number, email: "annie@example.com", site: "http://shop.test", order_url: "" };
                downloads::renew(conn, &buyer, id, 0)?;
                told.wait();
                waits.wait();
                Ok(())
            });
        });
        renewed.wait();
        rounds(&shop);
        swept.wait();
    });
    assert_eq!(shop.count("SELECT count(*) FROM download_files WHERE purged_at IS NOT NULL"), 0);
    assert_eq!(fetch(&shop, &mailed(&shop)).status(), 200);
}

#[test]
fn what_left_no_shelf_comes_back_to_none() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let book = a_book(&shop, &mut pat);
    let (_, uncounted) = buys(&shop, &book);
    let id = VariantId(shop.count("SELECT variant_id FROM download_files"));
    shop.write(move |conn| inventory::count(conn, id, 10, Cause::Adjusted, "test"));
    let (_, counted) = buys(&shop, &book);
    assert_eq!(shop.stock("HAMMER-BOOK"), (9, 0));
    let mut owner = shop.owner();
    owner.cancels(&uncounted, "");
    assert_eq!(shop.stock("HAMMER-BOOK"), (9, 0), "it was sold before anybody counted");
    owner.cancels(&counted, "");
    assert_eq!(shop.stock("HAMMER-BOOK"), (10, 0));
    assert!(shop.examination().is_clean(), "{}", shop.examination());
    shop.meddle("UPDATE stock_movements SET on_hand = on_hand - 3 WHERE cause = 'shipped'");
    let told = shop.examination().to_string();
    assert!(told.contains("1 units are shipped by its lines, 4 by the stock ledger"), "{told}");
}

#[test]
fn links_end_when_all_the_money_went_back_though_more_is_asked_for() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    let (book, hammer) = (a_book(&shop, &mut pat), shop.product("Claw hammer").stock(9).put_up());
    let mut annie = shop.shopper();
    annie.adds_to_cart(&book, 1);
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    shop.works();
    let (link, paid) = (mailed(&shop), shop.count("SELECT total FROM orders"));
    let field = format!("quantity-{}", shop.count("SELECT id FROM order_lines WHERE title = 'Claw hammer'"));
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/orders/{number}/edit"));
    owner.browser.submit("See the new total", &[(field.as_str(), "3")]);
    owner.browser.submit("Yes, change the order", &[]);
    shop.works();
    assert_eq!(fetch(&shop, &link).status(), 200, "what was paid for it is here");
    owner.refunds(&number, &format!("{}.{:02}", paid / 100, paid % 100));
    shop.works();
    assert_eq!(shop.first("SELECT payment_state FROM orders"), "due");
    assert_eq!(fetch(&shop, &link).status(), 410);
    shop.browser().get(&link).must_say("money given back");
    assert!(!owner.opens_order(&number).says("Send a new link"));
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_refused_and_nothing_is_left() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    a_book(&shop, &mut pat);
    let variant = shop.count("SELECT variant_id FROM download_files");
    let page = format!("/admin/variants/{variant}/downloads");
    for (name, content) in [("hints.pdf", &b"MZ\x90\0 a program"[..]), ("plans.zip", b"%PDF-1.7"), ("hints.txt", b"MZ\x90\0 a program")] {
        pat.visits(&page);
        let refused = pat.browser.upload("Add the file", "file", name, content, &[]);
        assert_eq!(refused.status, 422, "{name}");
        refused.must_say("there is something else in it");
    }
    pat.visits(&page);
    pat.browser.follow("hammers.pdf");
    assert_eq!(pat.browser.upload("Replace the file", "file", "hammers.pdf", b"MZ\x90\0 a program", &[]).status, 422);
    assert_eq!(shop.count("SELECT count(*) FROM download_files"), 1);
    assert_eq!(std::fs::read_dir(shop.folder().join("media/private")).unwrap().count(), 1, "nothing of it is in the store");
    assert_eq!(std::fs::read_dir(shop.folder().join("downloads")).map_or(0, Iterator::count), 0, "nor on its way there");
}

#[test]
fn too_large_a_file_is_refused_and_a_download_becomes_goods_again() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    a_book(&shop, &mut pat);
    shop.meddle("UPDATE store SET download_megabytes = 1");
    let variant = shop.count("SELECT variant_id FROM download_files");
    pat.visits(&format!("/admin/variants/{variant}/downloads"));
    let large = vec![7; 1_000_001];
    assert_eq!(pat.browser.upload("Add the file", "file", "large.bin", &large, &[]).status, 422);
    pat.page().must_say("larger than 1 MB");
    pat.visits(&format!("/admin/variants/{variant}/downloads"));
    pat.browser.follow("Sell it as goods");
    pat.browser.submit("Sell it as goods", &[]).must_say("It is sold as goods from now on");
    assert_eq!(shop.count("SELECT count(*) FROM variants WHERE is_digital"), 0);
}
