//! Stock, redirects, customers and orders as files; and files that one server takes and another works with.

use std::{fs, path::Path};

use ironmonger::exchange::{self, Report, Subject};

use crate::harness::Shop;

fn export(shop: &Shop, subject: Subject, file: &Path) -> String {
    shop.block_on(exchange::export(&shop.db, subject, file, &mut |_| ())).unwrap();
    fs::read_to_string(file).unwrap()
}

fn import(shop: &Shop, subject: Subject, text: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.csv");
    fs::write(&file, text).unwrap();
    shop.block_on(exchange::import_table(&shop.db, subject, &file, false)).unwrap()
}

fn told(report: &Report) -> String {
    report.problems.iter().map(|problem| format!("{}: {}\n", problem.row, problem.message)).collect()
}

#[test]
fn stock_goes_out_and_comes_in_by_location() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    shop.product("Hammer").stock(5).put_up_as("hammer", "HAMMER");
    shop.product("Advice").put_up_as("advice", "ADVICE");
    shop.meddle("INSERT INTO locations (name) VALUES ('=Shop floor')");
    shop.meddle("UPDATE stock SET low_at = 2 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'HAMMER')");
    let text = "SKU,Location,Units on hand\nHAMMER,'=shop floor,3\nHAMMER,Nowhere,3\nNAIL,,3\nHAMMER,,many\n";
    let report = import(&shop, Subject::Stock, text);
    assert_eq!((report.others_changed, report.others_refused, shop.stock("HAMMER")), (1, 3, (8, 0)), "{report}");
    let said = told(&report);
    assert!(said.contains("3: there is no location \"Nowhere\"") && said.contains("4: no variant has the SKU \"NAIL\""), "{said}");
    assert!(said.contains("5: the quantity \"many\""), "{said}");
    let out = export(&shop, Subject::Stock, &folder.path().join("stock.csv"));
    assert_eq!(shop.count("SELECT count(*) FROM stock WHERE low_at = 2"), 1, "what the file does not say stays");
    assert!(out.contains("HAMMER,Hammer,,Warehouse,5,0,0,no") && out.contains("HAMMER,Hammer,,'=Shop floor,3,"), "{out}");
    let same = import(&shop, Subject::Stock, &out);
    assert_eq!((same.others_changed, same.others_refused), (0, 0), "{same}");
    import(&shop, Subject::Stock, &out.replace("Warehouse,5,", "Warehouse,9,"));
    assert_eq!(shop.stock("HAMMER"), (12, 0));
    assert!(shop.examination().is_clean());
}

#[test]
fn customers_come_without_passwords_and_those_of_staff_are_left_alone() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    shop.owner();
    let owner = shop.first("SELECT email FROM accounts WHERE role = 'owner'");
    let mut annie = shop.shopper();
    annie.signs_up();
    let hash = shop.first("SELECT password_hash FROM accounts WHERE role IS NULL");
    let text = format!(
        "E-mail,Name,Group,Since,Agreed to offers\nBO@example.com,'=Bo,,2020-02-01,2021-03-04T05:06:07Z\n{owner},Thief,,,\nnobody,Nobody,,,\n\
         cy@example.com,Cy,Trade,,\n{},Annie Anew,,,2021-01-01\n",
        annie.email
    );
    let report = import(&shop, Subject::Customers, &text);
    assert_eq!((report.others_created, report.others_changed, report.others_refused), (2, 1, 2), "{report}");
    let said = told(&report);
    assert!(
        said.contains("3: This is an account of somebody who works here") && said.contains("4: \"nobody\" is no e-mail address"),
        "{said}"
    );
    assert!(said.contains("the group \"Trade\" is unknown"), "{said}");
    // What a customer agreed to, and the password, are the customer's own.
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE name = 'Annie Anew' AND offers_agreed_at IS NULL AND has_password"), 1);
    assert_eq!(shop.first("SELECT password_hash FROM accounts WHERE name = 'Annie Anew'"), hash);
    let mut bo = shop.browser();
    bo.get("/sign-in");
    bo.submit("Sign in", &[("email", "bo@example.com"), ("password", "three plain words")]).must_say("is wrong");

    let out = export(&shop, Subject::Customers, &folder.path().join("customers.csv"));
    assert!(out.contains("bo@example.com,'=Bo,,,2020-02-01T00:00:00Z,2021-03-04T05:06:07Z") && !out.contains("argon2"), "{out}");
    let other = Shop::open();
    import(&other, Subject::Customers, &out);
    assert_eq!(export(&other, Subject::Customers, &folder.path().join("again.csv")), out);
    assert_eq!(import(&other, Subject::Customers, &out).others_unchanged, 3);
}

#[test]
fn orders_come_as_records_that_touch_nothing_and_go_out_as_they_came() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    let hammer = shop.product("Hammer; \"big\" | =one").price("12.00").stock(9).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 2);
    annie.buys();
    let open = export(&shop, Subject::Orders, &folder.path().join("open.csv"));
    shop.meddle(
        "UPDATE orders SET lifecycle = 'completed', payment_state = 'paid', fulfilment_state = 'shipped';
         UPDATE order_lines SET shipped = quantity",
    );
    let out = export(&shop, Subject::Orders, &folder.path().join("orders.csv"));

    let other = Shop::open();
    other.product("Hammer").stock(9).put_up_as("hammer", &shop.first("SELECT sku FROM variants"));
    let refused = import(&other, Subject::Orders, &open);
    assert!(refused.others_refused == 1 && told(&refused).contains("still open"), "{refused}");
    let jobs = other.count("SELECT count(*) FROM jobs");
    let report = import(&other, Subject::Orders, &out);
    assert_eq!((report.others_created, report.others_refused), (1, 0), "{report}");
    assert_eq!(export(&other, Subject::Orders, &folder.path().join("again.csv")), out);
    assert_eq!(import(&other, Subject::Orders, &out).others_unchanged, 1);
    let sku = other.first("SELECT sku FROM variants");
    assert_eq!((other.stock(&sku), other.count("SELECT count(*) FROM jobs")), ((9, 0), jobs));
    assert!(other.examination().is_clean(), "{}", other.examination());
    let mut owner = other.owner();
    let page = owner.visits(&format!("/admin/orders/{}", other.first("SELECT number FROM orders")));
    page.must_say("Completed").must_say("Brought in from another shop");
    assert!(!page.body.contains("/refund") && !page.body.contains("/shipments\"") && !page.body.contains("/cancellation"), "{}", page.body);
}

#[test]
fn orders_that_do_not_add_up_are_refused_by_row_and_the_rest_comes_in() {
    let shop = Shop::open();
    let text = "Number,Placed,E-mail,Currency,Total,Title,Unit price,Quantity\n\
        #1001,2024-05-01 10:00:00 +0200,annie@example.com,GBP,26.00,Hammer,10.00,2\n\
        #1001,2024-05-01 10:00:00 +0200,annie@example.com,GBP,26.00,Nail,6.00,1\n\
        #1002,2024-05-02,annie@example.com,GBP,99.00,Hammer,10.00,2\n\
        #1003,2024-05-03,nobody,GBP,20.00,Hammer,10.00,2\n";
    let report = import(&shop, Subject::Orders, text);
    assert_eq!((report.rows, report.others_created, report.others_refused), (4, 1, 2), "{report}");
    let said = told(&report);
    assert!(said.contains("4: Total: the parts make 20.00, but the order says 99.00") && said.contains("5: \"nobody\""), "{said}");
    assert_eq!(shop.count("SELECT total FROM orders WHERE number = '1001'"), 2600);
}

#[test]
fn redirects_come_back_as_they_went_out() {
    let shop = Shop::open();
    let folder = tempfile::tempdir().unwrap();
    shop.product("Hammer").put_up_as("hammer", "H");
    let report = import(&shop, Subject::Redirects, "From,To\n/old/hammer,/products/hammer\n/a b,/x\n/ring,/ring\n");
    assert_eq!((report.others_created, report.others_refused), (1, 2), "{report}");
    let out = export(&shop, Subject::Redirects, &folder.path().join("redirects.csv"));
    assert_eq!(import(&shop, Subject::Redirects, &out).others_unchanged, 1);
    assert_eq!(shop.browser().get("/old/hammer").status, 200);
}

#[test]
fn a_table_of_our_own_is_known_by_its_header_in_the_back_office() {
    let shop = Shop::open();
    shop.product("Hammer").stock(5).put_up_as("hammer", "HAMMER");
    let mut owner = shop.owner();
    owner.visits("/admin/exchange");
    let file = b"SKU,Units on hand,Colour of the moon\nHAMMER,7,red\nNAIL,1,red\n";
    let url = owner.browser.upload("Look it through", "file", "stock.csv", file, &[]).url.path().to_owned();
    owner.visits(&url).must_say("Ironmonger's own stock").must_say("Left aside");
    shop.works();
    assert_eq!(shop.stock("HAMMER"), (5, 0));
    owner.visits(&url).must_say("Waiting for you").must_say("no variant has the SKU");
    owner.browser.submit("Import", &[]).must_say("At work");
    shop.works();
    owner.visits(&url).must_say("Done").must_say("no variant has the SKU");
    assert_eq!(shop.stock("HAMMER"), (7, 0));
}

#[test]
fn one_server_takes_a_file_and_another_works_with_it_and_gives_one_out() {
    let first = Shop::open();
    let second = Shop::beside(&first);
    let mut owner = first.owner();
    owner.visits("/admin/exchange");
    let file = b"From,To\n/old,/products/hammer\n";
    let url = owner.browser.upload("Look it through", "file", "redirects.csv", file, &[]).url.path().to_owned();
    second.works();
    owner.visits(&url).must_say("Waiting for you");
    owner.browser.submit("Import", &[]);
    second.works();
    owner.visits(&url).must_say("Done");
    owner.visits("/admin/exchange");
    let url = owner.browser.submit("Write the file", &[("subject", "redirects")]).url.path().to_owned();
    second.works();
    assert!(owner.visits(&format!("{url}/file")).body.contains("/old,/products/hammer"));
    for shop in [&first, &second] {
        assert_eq!(fs::read_dir(shop.folder().join("exchange")).map_or(0, Iterator::count), 0, "nothing lies about");
    }

    let kept = |shop: &Shop| shop.block_on(shop.wired.media.files("exchange")).unwrap().len();
    assert_eq!(kept(&first), 2);
    first.meddle("UPDATE exchange_runs SET expires_at = now() - INTERVAL '1 second'");
    first.block_on(first.wired.worker().schedule()).unwrap();
    first.jobs_become_due();
    first.works();
    assert_eq!(kept(&first), 0);
}
