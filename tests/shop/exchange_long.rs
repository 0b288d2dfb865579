//! Imports of hours: they wait for others, are broken off and go on, and are not given up while they get on.

use std::fs;

use ironmonger::exchange::{self, ImportOptions};

use crate::harness::{Shop, Staff};

const GOODS: &str =
    "Address,Title,SKU,Price,Option values,Variant archived\nhammer,Hammer,H,12.00,,no\nnail,Nail,N,0.10,,no\nsaw,Saw,S,many,,no\n";

/// A confirmed import at which no worker was yet; gives its page.
fn confirmed(shop: &Shop, owner: &mut Staff) -> String {
    owner.visits("/admin/exchange");
    let url = owner.browser.upload("Look it through", "file", "goods.csv", GOODS.as_bytes(), &[]).url.path().to_owned();
    shop.works();
    owner.visits(&url);
    owner.browser.submit("Import", &[]).must_say("At work");
    url
}

/// No file can be fetched to where the server works with it, until it is taken away.
fn blocks_the_desk(shop: &Shop) {
    let desk = shop.folder().join("exchange");
    if desk.exists() {
        fs::remove_dir_all(&desk).unwrap();
    }
    fs::write(desk, "in the way").unwrap();
}

#[test]
fn an_import_waits_while_others_hold_what_it_needs() {
    let shop = Shop::open();
    // Sequences don't go back with a transaction: the first two tries fail.
    shop.meddle(
        "CREATE SEQUENCE times_tried; GRANT SELECT ON times_tried TO PUBLIC;
         CREATE FUNCTION is_busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('times_tried') <= 2 THEN RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = '55P03'; END IF;
            RETURN NULL;
         END $$;
         CREATE TRIGGER is_busy BEFORE INSERT ON products FOR EACH STATEMENT EXECUTE FUNCTION is_busy()",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("goods.csv");
    fs::write(&file, GOODS).unwrap();
    let options = ImportOptions::default();
    let import = async { exchange::import_products(&shop.db, &shop.wired.media, &file, &options, &mut |_| ()).await };
    let report = shop.block_on(import).unwrap();
    assert_eq!((report.products_created, shop.count("SELECT last_value FROM times_tried")), (3, 3), "{report}");
}

#[test]
fn an_import_that_gets_on_is_not_given_up_and_one_that_does_not_says_so_and_goes_on_when_asked() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let url = confirmed(&shop, &mut owner);
    blocks_the_desk(&shop);
    // It was tried eleven times, and got on in the last.
    shop.meddle("UPDATE exchange_runs SET position = 1, report = '{\"rows\": 1, \"products_created\": 1}'");
    shop.meddle("UPDATE jobs SET attempts = 11 WHERE kind = 'run_exchange'");
    shop.works();
    assert_eq!(shop.count("SELECT attempts FROM jobs WHERE kind = 'run_exchange' AND parked_at IS NULL"), 1);
    owner.visits(&url).must_say("At work");

    shop.meddle("UPDATE jobs SET attempts = 11 WHERE kind = 'run_exchange'");
    shop.jobs_become_due();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE kind = 'run_exchange' AND parked_at IS NOT NULL"), 1);
    let page = owner.visits(&url);
    page.must_say("Stopped").must_say("1 product").must_say("It failed of this");
    assert!(!page.has("meta[http-equiv=refresh]"), "there is nothing to wait for");
    owner.visits("/admin/exchange").must_say("Stopped");

    fs::remove_file(shop.folder().join("exchange")).unwrap();
    owner.visits(&url);
    owner.browser.submit("Go on", &[]).must_say("It is tried again now").must_say("At work");
    shop.works();
    owner.visits(&url).must_say("Done");
    assert_eq!(shop.first("SELECT string_agg(slug, ',' ORDER BY slug) FROM products"), "nail,saw");
    assert_eq!(shop.count("SELECT told FROM exchange_runs"), shop.count("SELECT count(*) FROM exchange_problems"));
    assert_eq!(shop.count("SELECT told FROM exchange_runs"), 1, "a price that can't be read");
}

#[test]
fn a_stopped_import_that_is_cancelled_leaves_no_job_behind() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let url = confirmed(&shop, &mut owner);
    blocks_the_desk(&shop);
    shop.meddle("UPDATE jobs SET attempts = 11 WHERE kind = 'run_exchange'");
    shop.works();
    owner.visits(&url).must_say("Stopped");
    owner.browser.submit("Cancel", &[]).must_say("Cancelled");
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE kind = 'run_exchange'"), 0);
}

#[test]
fn what_is_told_of_rows_ends_somewhere() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let url = confirmed(&shop, &mut owner);
    shop.meddle("UPDATE exchange_runs SET told = 100000");
    shop.works();
    owner.visits(&url).must_say("Done");
    assert_eq!(shop.count("SELECT count(*) FROM exchange_problems"), 0);
}
