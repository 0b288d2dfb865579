//! Who may carry customers away in a file.

use ironmonger::web::Role;

use crate::harness::{Shop, Staff};

fn with_annie() -> Shop {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("20.00").stock(20).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    annie.buys();
    shop
}

fn who_may(shop: &Shop, permissions: &str) -> Staff {
    shop.meddle(&format!("UPDATE roles SET permissions = '{{{permissions}}}' WHERE standard"));
    shop.staff(Role::Staff)
}

#[test]
fn customers_are_downloaded_by_who_may_and_that_is_on_record() {
    let shop = with_annie();
    let mut staff = who_may(&shop, "customers.export");
    staff.visits("/admin/customers").must_say("Download");
    let file = staff.browser.request("GET", "/admin/customers.csv").send().unwrap();
    assert_eq!(file.headers()["content-type"], "text/csv; charset=utf-8");
    let text = file.text().unwrap();
    assert!(text.lines().any(|line| line.starts_with("annie@example.com,Annie Preece,yes,1,")), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE door = 'GET /admin/customers.csv'"), 1);
    shop.meddle("UPDATE roles SET permissions = '{customers.change}' WHERE standard");
    assert!(!staff.visits("/admin/customers").says("Download"));
    assert_eq!(staff.visits("/admin/customers.csv").status, 403);
}

#[test]
fn who_may_export_but_not_customers_gets_no_file_that_names_them() {
    let shop = with_annie();
    let mut staff = who_may(&shop, "exchange.import,exchange.export");
    staff.visits("/admin/exchange");
    let offered = staff.page().texts_of("#subject option");
    assert_eq!(offered.len(), 3, "{offered:?}");
    let csrf = staff.page().attribute("input[name=csrf]", "value").unwrap();
    for subject in ["customers", "orders"] {
        assert_eq!(staff.browser.forge("/admin/exchange/exports", &[("csrf", &csrf), ("subject", subject)]).status, 403, "{subject}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM exchange_runs"), 0);
    assert_eq!(staff.browser.forge("/admin/exchange/exports", &[("csrf", &csrf), ("subject", "stock")]).status, 200);
}

#[test]
fn a_file_that_names_customers_stays_shut_for_who_may_not_carry_them_away() {
    let shop = with_annie();
    let mut staff = who_may(&shop, "exchange.import,exchange.export,customers.export");
    staff.visits("/admin/exchange");
    staff.browser.submit("Write the file", &[("subject", "customers")]);
    shop.works();
    let run = staff.page().url.path().to_owned();
    staff.visits(&run).must_say("Fetch the file");
    assert!(staff.browser.request("GET", &format!("{run}/file")).send().unwrap().text().unwrap().contains("annie@example.com"));
    shop.meddle("UPDATE roles SET permissions = '{exchange.import,exchange.export}' WHERE standard");
    staff.visits(&run).must_say("Your role may not fetch this file");
    assert_eq!(staff.visits(&format!("{run}/file")).status, 403);
}
