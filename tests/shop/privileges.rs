//! The account that serves the shop, and what it may not do. Every other test here is served by it as well.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use ironmonger::base::{Cluster, migrate};

use crate::harness::Shop;

/// Runs the program on the shop's database, or on one of its own in the folder.
fn ironmonger(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(folder);
    command.args(["--data-dir", "var", "--log", "warn"]).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn who_serves_the_shop_changes_rows_and_nothing_that_guards_them() {
    let shop = Shop::open();
    for refused in [
        "TRUNCATE jobs",
        "DROP TABLE jobs",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entries_append_only ON audit_entries",
        "CREATE OR REPLACE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "CREATE TABLE mine (id INTEGER)",
        "CREATE TEMPORARY TABLE mine (id INTEGER)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
        "CREATE TRIGGER mine BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION audit_entries_stay()",
        "CREATE TABLE mine (account BIGINT REFERENCES accounts)",
        "SET LOCAL session_replication_role = replica",
        "SET ROLE ironmonger",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "CREATE ROLE another LOGIN",
        "COPY jobs TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('1')",
    ] {
        assert!(shop.tries_as_served(refused).is_err(), "{refused}");
    }
    shop.tries_as_served("SELECT look_at_goods()").unwrap();
    assert_eq!(shop.first("SELECT tgenabled FROM pg_trigger WHERE tgname = 'audit_entries_append_only'"), "A");
}

#[test]
fn who_serves_the_shop_takes_back_nothing_that_is_only_added_to() {
    let shop = Shop::open();
    let rights = "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace";
    let without = |right: &str| shop.first(&format!("{rights} AND NOT has_table_privilege(c.oid, '{right}')"));
    let kept = "audit_entries consents credit_entries invoices payment_events stock_movements";
    assert_eq!(without("DELETE"), format!("__diesel_schema_migrations {kept}"));
    assert_eq!(without("UPDATE"), format!("__diesel_schema_migrations {kept}"));
    assert_eq!(without("INSERT"), "__diesel_schema_migrations");
    let more = "SELECT count(*) FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        AND has_table_privilege(c.oid, 'TRUNCATE, REFERENCES, TRIGGER')";
    assert_eq!(shop.count(more), 0);
    // Whatever has a trigger that keeps it from being emptied is among them.
    let guarded = "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgtype & 34 = 34";
    assert_eq!(shop.count(guarded), 5);
    assert_eq!(shop.count(&format!("{guarded} AND has_table_privilege(c.oid, 'DELETE')")), 0);
    for refused in ["UPDATE stock_movements SET on_hand = 0", "DELETE FROM stock_movements", "UPDATE audit_entries SET actor = 'x'"] {
        assert!(shop.tries_as_served(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_table_that_a_newer_program_makes_can_be_used_at_once() {
    let shop = Shop::open();
    shop.meddle("CREATE TABLE newer (id BIGSERIAL, word TEXT)");
    shop.tries_as_served("INSERT INTO newer (word) VALUES ('a'); UPDATE newer SET word = 'b'; DELETE FROM newer").unwrap();
    assert!(shop.tries_as_served("TRUNCATE newer").is_err());
}

#[test]
fn the_account_that_serves_is_enough_to_start_until_there_is_something_to_migrate() {
    let shop = Shop::open();
    let migrated =
        |arguments: &[&str]| ironmonger(shop.folder(), &[&["--database-url", &shop.database_url], arguments, &["migrate"]].concat());
    let done = migrated(&[]);
    assert!(done.status.success() && !said(&done).contains("owns the tables"), "{}", said(&done));

    shop.meddle("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)");
    let refused = migrated(&[]);
    assert!(!refused.status.success() && said(&refused).contains("DATABASE_OWNER_URL"), "{}", said(&refused));
}

#[test]
fn the_owner_lets_the_other_account_in_and_takes_away_what_it_has_too_much() {
    let shop = Shop::open();
    let owner = shop.owner_s_url();
    let with = |owner: &str| {
        let arguments = ["--database-url", &shop.database_url, "--database-owner-url", owner, "migrate"];
        ironmonger(shop.folder(), &arguments)
    };
    shop.meddle(
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ironmonger_serving;
         GRANT ALL ON audit_entries, jobs TO ironmonger_serving; GRANT CREATE ON SCHEMA public TO PUBLIC",
    );
    let done = with(&owner);
    assert!(done.status.success(), "{}", said(&done));
    shop.tries_as_served("UPDATE store SET hold_minutes = hold_minutes; DELETE FROM jobs").unwrap();
    for refused in ["DELETE FROM audit_entries", "TRUNCATE jobs", "CREATE TABLE mine (id INTEGER)"] {
        assert!(shop.tries_as_served(refused).is_err(), "{refused}");
    }

    let same = with(&shop.database_url);
    assert!(!same.status.success() && said(&same).contains("name one account"), "{}", said(&same));
    let none = ironmonger(shop.folder(), &["--database-owner-url", &owner, "migrate"]);
    assert!(!none.status.success() && said(&none).contains("DATABASE_URL beside it"), "{}", said(&none));
}

#[test]
fn who_serves_by_the_owner_s_account_is_told_so_and_served() {
    let shop = Shop::open();
    let done = ironmonger(shop.folder(), &["--database-url", &shop.owner_s_url(), "migrate"]);
    assert!(done.status.success() && said(&done).contains("owns the tables"), "{}", said(&done));
}

#[test]
fn a_shop_that_was_kept_by_one_account_goes_on_with_two() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let start = || Cluster::start_with(&folder.path().join("var"), None, &[("fsync", "off")]).unwrap();
    let mut former = start();
    former.create_database("ironmonger").unwrap();
    let owner = former.url("ironmonger");
    PgConnection::establish(&owner).unwrap().batch_execute("DROP ROLE ironmonger_serving").unwrap();
    migrate(&owner).unwrap();
    former.stop().unwrap();

    let added = ironmonger(folder.path(), &["staff", "add", "--email", "ann@example.com", "--role", "owner"]);
    assert!(added.status.success() && said(&added).contains("/invitations/"), "{}", said(&added));
    let again = start();
    let mut serving = PgConnection::establish(&again.serving_url("ironmonger")).unwrap();
    serving.batch_execute("UPDATE invitations SET email = email").unwrap();
    assert!(serving.batch_execute("DELETE FROM audit_entries").is_err());
}
