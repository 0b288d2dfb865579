//! The record of what staff did.

use diesel::connection::SimpleConnection;
use ironmonger::{base::Error, web::Role};

use crate::harness::Shop;

#[test]
fn what_staff_do_is_on_record_with_who_when_from_where_and_what_changed() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/brands/new");
    owner.browser.submit("Save brand", &[("name", "Sorby")]);
    let id = shop.count("SELECT id FROM brands WHERE name = 'Sorby'");
    owner.visits(&format!("/admin/brands/{id}/edit"));
    owner.browser.submit("Save brand", &[("name", "Robert Sorby")]);
    let page = owner.visits("/admin/audit");
    page.must_say("Pat Pike").must_say("127.0.0.1").must_say("POST /admin/brands").must_say("Sorby → Robert Sorby");
    let acts = "SELECT count(*) FROM audit_entries WHERE kind = 'act' AND door LIKE 'POST /admin/brands%'";
    assert_eq!(shop.count(acts), 2);
    let joined = "SELECT count(*) FROM audit_entries c JOIN audit_entries a USING (request_id) WHERE c.kind = 'change' AND a.kind = 'act'";
    assert!(shop.count(joined) >= 2, "an act and its changes share the request");
    owner.visits("/admin/audit?subject=brands&kind=change").must_say("Robert Sorby");
    owner.visits("/admin/audit?who=Nobody").must_say("Nothing on record fits");
    owner.visits("/admin/audit?to=2001-01-01").must_say("Nothing on record fits");
    let me = shop.count("SELECT id FROM accounts WHERE email = 'owner@example.com'");
    owner.visits(&format!("/admin/audit?who={me}&what=brands&from=2001-01-01")).must_say("Robert Sorby");
}

#[test]
fn a_refusal_is_on_record_and_a_form_that_was_refused_is_not_an_act() {
    let shop = Shop::open();
    let mut helper = shop.staff(Role::Staff);
    assert_eq!(helper.visits("/admin/settings").status, 403);
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE kind = 'refusal' AND door = 'GET /admin/settings'"), 1);
    helper.visits("/admin/brands/new");
    helper.browser.submit("Save brand", &[("name", "")]);
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE kind = 'act'"), 0);
}

#[test]
fn what_customers_and_jobs_do_is_not_staff_s_record() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    annie.buys();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries"), 0);
}

#[test]
fn nobody_changes_deletes_or_empties_the_record_not_even_who_skips_triggers() {
    let shop = Shop::open();
    shop.write(|conn| Ok(conn.batch_execute("INSERT INTO audit_entries (kind, actor, address) VALUES ('act', 'Pat', '192.0.2.7')")?));
    for skip in ["", "SET LOCAL session_replication_role = replica;"] {
        for change in [
            "UPDATE audit_entries SET actor = 'x'",
            "UPDATE audit_entries SET address = NULL",
            "DELETE FROM audit_entries",
            "TRUNCATE audit_entries",
        ] {
            let sql = format!("{skip} {change}");
            assert!(matches!(shop.tries_as_owner(&sql), Err(Error::Internal(_))), "{skip} {change}");
            assert!(matches!(shop.tries_as_served(&sql), Err(Error::Internal(_))), "{skip} {change}");
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE actor = 'Pat' AND address IS NOT NULL"), 1);
}

#[test]
fn an_old_entry_loses_its_address_and_nothing_else() {
    let shop = Shop::open();
    let old = "INSERT INTO audit_entries (kind, actor, address, at) VALUES ('act', 'Pat', '192.0.2.7', now() - interval '181 days')";
    shop.meddle(old);
    assert!(shop.tries_as_owner("UPDATE audit_entries SET address = NULL, actor = ''").is_err());
    shop.tries_as_served("UPDATE audit_entries SET address = NULL WHERE at < now() - interval '180 days'").unwrap();
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE address IS NULL AND actor = 'Pat'"), 1);
}

#[test]
fn before_and_after_say_what_changed_and_no_secret() {
    let shop = Shop::open();
    shop.meddle("INSERT INTO accounts (email, name, password_hash) VALUES ('annie@example.com', 'Annie', 'hash-before')");
    let act = r#"{"account":1,"name":"Pat","client":"192.0.2.7","request_id":"018f3c1e-7e2b-7c5f-8a3f-000000000001","door":"POST /x"}"#;
    let work = format!(
        "SELECT set_config('ironmonger.act', '{act}', true);
         UPDATE accounts SET password_hash = 'hash-after', name = 'Anne', tax_exemption = 'charity 12' WHERE email = 'annie@example.com';
         UPDATE gateway_settings SET secrets = '{{\"key\": \"sk_live_1\"}}';
         INSERT INTO gateway_settings (code, name, position, secrets) VALUES ('stripe', 'Card', 9, '{{\"key\": \"sk_live_2\"}}') ON CONFLICT DO NOTHING;"
    );
    shop.meddle(&work);
    let told = shop.first("SELECT string_agg(before::text || after::text, ' ') FROM audit_entries WHERE subject = 'accounts'");
    assert!(told.contains("charity 12") && told.contains("password_hash"), "{told}");
    let all = shop.first("SELECT string_agg(t::text, ' ') FROM audit_entries t");
    assert!(!all.contains("hash-before") && !all.contains("hash-after") && !all.contains("sk_live"), "{all}");
    assert!(!all.contains("Annie") && !all.contains("Anne"), "nobody could be forgotten in a record that can't be changed: {all}");
}

#[test]
fn what_did_not_change_is_no_change() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[]);
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE kind = 'change' AND subject = 'store'"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE kind = 'act' AND door = 'POST /admin/settings'"), 1);
}

#[test]
fn the_record_is_downloaded_as_a_file_without_formulas_and_that_is_on_record_too() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    shop.meddle("INSERT INTO audit_entries (kind, actor) SELECT 'act', '=HYPERLINK(' || n || ')' FROM generate_series(1, 2500) n");
    owner.visits("/admin/audit").must_say("Download as CSV");
    let file = owner.browser.request("GET", "/admin/audit.csv").send().unwrap();
    assert_eq!(file.headers()["content-type"], "text/csv; charset=utf-8");
    let text = file.text().unwrap();
    assert_eq!(text.matches("'=HYPERLINK").count(), 2500, "all of them, over several looks at the database");
    assert!(!text.lines().any(|line| line.contains(",=HYPERLINK")));
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE kind = 'act' AND door = 'GET /admin/audit.csv'"), 1);
}

#[test]
fn who_may_not_see_a_room_reads_that_something_changed_but_not_what() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[("tagline", "Forged by hand")]);
    owner.visits("/admin/audit").must_say("Forged by hand");
    shop.meddle("UPDATE roles SET permissions = '{orders.see,audit.see}' WHERE standard");
    let mut helper = shop.staff(Role::Staff);
    let page = helper.visits("/admin/audit");
    page.must_say("store").must_say("Not shown to your role");
    assert!(!page.says("Forged by hand") && !page.says("Download as CSV"));
    assert_eq!(helper.visits("/admin/audit.csv").status, 403);
}

#[test]
fn an_export_is_on_record() {
    let shop = Shop::open();
    let owner = shop.owner();
    owner.browser.request("GET", "/admin/invoices.csv").send().unwrap();
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE kind = 'act' AND door = 'GET /admin/invoices.csv'"), 1);
}
